"""Enlarged bases and the statistics that judge them, on distributions that are known."""

from pathlib import Path

import numpy as np
import pytest

from evaluation.index_benchmark.base_file import BaseFile
from evaluation.index_benchmark.local_mixture import BLOCK, LocalMixture
from evaluation.index_benchmark.neighbourhood import (
    Neighbourhood,
    as_distances,
    describe_neighbourhood,
    dimension_by_growth,
    dimension_by_likelihood,
    dimension_by_two,
    expect,
)
from evaluation.index_benchmark.true_neighbours import nearest, right_answers


def draw_unit(rng: np.random.Generator, count: int, dim: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    points = rng.standard_normal((count, dim), dtype=np.float32)
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True))


def describe(
    points: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    queries: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    limit: float = 0.1,
) -> Neighbourhood:
    own = nearest([points], points[-500:], 2)[1][:, 1]
    pairs = (queries @ points[:100].T).ravel()
    found = nearest([points], queries, 100)[1]
    return describe_neighbourhood(len(points), found, random_cosines=pairs, own_cosines=own, limit=limit)


@pytest.mark.parametrize("dim", [2, 5, 10])
def test_a_ball_has_its_dimension(dim: int, rng: np.random.Generator) -> None:
    points = draw_unit(rng, 4000, dim).astype(float) * rng.random((4000, 1)) ** (1 / dim)
    inner = points[np.linalg.norm(points, axis=1) < 0.7][:300]
    distances = np.sort(np.linalg.norm(inner[:, None] - points[None], axis=2), axis=1)[:, 1:21]
    assert dimension_by_likelihood(distances) == pytest.approx(dim, rel=0.15)
    assert dimension_by_two(distances) == pytest.approx(dim, rel=0.2)


def test_growth_tells_how_a_larger_set_lies(rng: np.random.Generator) -> None:
    points, queries = draw_unit(rng, 16_000, 7), draw_unit(rng, 300, 7)  # on a sphere of six dimensions
    parts = [describe(points[:size], queries) for size in (500, 1000, 2000)]
    assert dimension_by_growth(parts) == pytest.approx(6, rel=0.15)
    own = nearest([points[:2000]], points[:500], 2)[1][:, 1]
    (expected,) = expect(parts, own, [16_000], 0.1)
    found = describe(points, queries)
    for rank in ("nearest", "tenth", "hundredth", "own"):
        assert getattr(expected, rank) == pytest.approx(getattr(found, rank)[1], rel=0.08)
    assert expected.near_share == pytest.approx(found.near_share, abs=0.1)


def test_true_neighbours_are_those_of_brute_force(rng: np.random.Generator) -> None:
    base, queries = draw_unit(rng, 500, 16), draw_unit(rng, 20, 16)
    rows, cosines = nearest([base[:7], base[7:300], base[300:]], queries, 12)
    expected = queries @ base.T
    assert (rows == np.argsort(-expected, axis=1)[:, :12]).all()
    np.testing.assert_allclose(cosines, np.take_along_axis(expected, rows, axis=1), atol=1e-6)


def test_ties_with_the_last_are_right_too() -> None:
    cosines = np.array([[0.9, 0.8, 0.8, 0.1]], np.float32)
    assert right_answers(np.array([[4, 2, 7, 1]]), cosines, 2).tolist() == [[4, 2, 7, -1]]


def test_new_points_are_no_nearer_to_real_ones_than_these_to_one_another(rng: np.random.Generator) -> None:
    real = draw_unit(rng, 400, 32)
    mixture = LocalMixture(real, seed=1)
    drawn = mixture.draw(0)
    assert drawn.shape == (BLOCK, 32)
    assert (mixture.draw(0) == drawn).all()
    assert not (mixture.draw(1) == drawn).all()
    to_nearest = nearest([real], drawn[:4000].astype(np.float32), 1)[1]
    assert (to_nearest > mixture.too_near).mean() < 0.02


@pytest.mark.parametrize("inner", [8, 16])
def test_an_enlarged_set_lies_as_one_that_really_grew(inner: int, rng: np.random.Generator) -> None:
    plane, bent = rng.standard_normal((2, inner, 64))
    places = rng.standard_normal((300 + BLOCK, inner))
    points = (places @ plane + np.sin(places) @ bent + 0.2 * rng.standard_normal((len(places), 64))).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    queries, grown, real = points[:300], points[300:], points[300:2300]
    mixture = LocalMixture(real, seed=1)
    limit = float(as_distances(np.array([mixture.too_near], np.float32))[0])
    enlarged = mixture.draw(0).astype(np.float32)
    for size in (len(real), BLOCK):
        expected, found = (describe(array[:size], queries, limit) for array in (grown, enlarged))
        for rank in ("nearest", "tenth", "hundredth", "own"):
            assert getattr(found, rank)[1] == pytest.approx(getattr(expected, rank)[1], rel=0.1)
        assert found.near_share <= expected.near_share + 0.05
        assert found.dimension_mle == pytest.approx(expected.dimension_mle, rel=0.25)


def test_a_few_real_ones_are_one_neighbourhood(rng: np.random.Generator) -> None:
    drawn = LocalMixture(draw_unit(rng, 5, 16), seed=1).draw(0).astype(np.float32)
    assert np.linalg.matrix_rank(drawn[:100], tol=0.1) == 5
    with pytest.raises(ValueError, match="received 1"):
        LocalMixture(draw_unit(rng, 1, 16), seed=1)


def test_a_base_grows_and_a_half_written_block_is_drawn_anew(tmp_path: Path, rng: np.random.Generator) -> None:
    real = draw_unit(rng, 300, 16)
    whole, cut = BaseFile(tmp_path / "a", real, 1), BaseFile(tmp_path / "b", real, 1)
    whole.grow(2 * BLOCK)
    cut.grow(BLOCK)
    with cut.path.open("ab") as file:
        file.write(b"half a block")
    cut.grow(2 * BLOCK)
    assert cut.path.read_bytes() == whole.path.read_bytes()
    np.testing.assert_allclose(next(whole.blocks(300)), real, atol=1e-3)
    np.testing.assert_allclose(whole.rows(np.array([7, 299])), real[[7, 299]], atol=1e-3)
