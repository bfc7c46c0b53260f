import numpy as np
import pytest
from numpy.typing import NDArray

from search.vector_index.coder import Coder, fit_coder, pack_signs
from tests.vectors import draw_vectors, unit


def uneven(count: int, dim: int = 96, seed: int = 1) -> NDArray[np.float32]:
    """Vectors around a mean that is not 0, most of whose variance lies in few dimensions."""
    generator = np.random.default_rng(seed)
    axes = np.linalg.qr(np.random.default_rng(9).standard_normal((dim, dim)))[0]
    return unit((1 + generator.standard_normal((count, dim)) * 2 / (1 + np.arange(dim))) @ axes)


def fitted(vectors: NDArray[np.float32], bits: int = 256, lead: int = 8, seed: int = 3) -> Coder:
    return fit_coder(vectors, bits, seed, lead=lead, drawn_from=len(vectors))


@pytest.mark.parametrize(("dim", "bits"), [(256, 256), (32, 256), (100, 64), (300, 128)])
@pytest.mark.parametrize("lead", [0, 5])
def test_directions_are_orthonormal_in_the_first_word_and_in_runs_behind_it(dim: int, bits: int, lead: int) -> None:
    directions = fitted(draw_vectors(400, seed=1, dim=dim), bits, lead).directions
    assert directions.shape == (bits, dim)
    first = min(64, dim)
    for start, end in ((0, first), *((start, start + dim) for start in range(first, bits, dim))):
        block = directions[start:end]
        assert np.allclose(block @ block.T, np.eye(len(block)), atol=1e-5)


def test_the_leading_bits_carry_the_most_and_later_words_look_everywhere() -> None:
    vectors = uneven(4000)
    variances = fitted(vectors).project(vectors).var(axis=0)
    assert variances[:8].min() > 5 * variances[8:64].mean()
    # A direction of the whole space has the mean variance of all.
    assert variances[64:160].mean() == pytest.approx(vectors.var(axis=0).mean(), rel=0.1)


def test_every_bit_halves_what_it_was_drawn_from() -> None:
    vectors = uneven(4000)
    coder = fitted(vectors)
    assert np.abs(coder.project(vectors).mean(axis=0)).max() < 1e-4
    assert np.all(np.abs((coder.project(vectors) > 0).mean(axis=0) - 0.5) < 0.1)


def test_bits_of_vectors_that_fill_the_space_evenly_differ_in_proportion_to_the_angle() -> None:
    generator = np.random.default_rng(8)
    coder = fitted(unit(generator.standard_normal((20_000, 64))), lead=0)
    one, other = (unit(part) for part in generator.standard_normal((2, 2000, 64)))
    other = unit(other - np.sum(other * one, axis=1, keepdims=True) * one)
    for angle in (0.3, 1.0, 2.0):
        turned = unit(np.cos(angle) * one + np.sin(angle) * other)
        differing = (coder.project(one) > 0) != (coder.project(turned) > 0)
        assert differing.mean() == pytest.approx(angle / np.pi, abs=0.01)


def test_the_seed_decides() -> None:
    vectors = uneven(300)
    assert np.array_equal(fitted(vectors, seed=1).directions, fitted(vectors, seed=1).directions)
    assert not np.array_equal(fitted(vectors, seed=1).directions, fitted(vectors, seed=2).directions)


def test_a_sample_without_any_variance_is_no_reason_to_fail() -> None:
    coder = fitted(np.repeat(uneven(1), 10, axis=0))
    assert np.isfinite(coder.directions).all()


def test_bit_i_of_word_w_is_the_sign_of_projection_64_w_plus_i() -> None:
    projections = np.random.default_rng(3).standard_normal((5, 192)).astype(np.float32)
    words = pack_signs(projections)
    assert words.shape == (3, 5)
    for bit in (0, 1, 63, 64, 130, 191):
        found = (words[bit // 64] >> np.uint64(bit % 64)) & np.uint64(1)
        assert np.array_equal(found.astype(bool), projections[:, bit] > 0)


def test_signing_in_blocks_changes_nothing() -> None:
    coder = fitted(draw_vectors(500, seed=1))
    halves = draw_vectors(9000, seed=4).astype(np.float16)
    at_once = pack_signs(coder.project(halves.astype(np.float32)))
    # A product of another size may round a projection near its threshold to the other side.
    assert (coder.sign(halves) == at_once).mean() > 0.999
