import numpy as np
import pytest

from evaluation.linear_probe import probe


def test_reads_what_is_there_and_only_chance_where_nothing_is(rng: np.random.Generator) -> None:
    classes = np.array(["a", "b", "c"])[rng.integers(3, size=240)]
    told = rng.normal(size=(240, 8)).astype(np.float32)
    told[:, 0] += 6 * (classes == "b")
    told[:, 1] += 6 * (classes == "c")
    untold = rng.normal(size=(240, 8)).astype(np.float32)
    accuracy = [
        (probe(vectors[:160], classes[:160], vectors[160:]) == classes[160:]).mean() for vectors in (told, untold)
    ]
    assert accuracy[0] > 0.95
    assert accuracy[1] == pytest.approx(1 / 3, abs=0.15)


def test_scale_does_not_matter(rng: np.random.Generator) -> None:
    vectors = rng.normal(size=(120, 6)).astype(np.float32)
    classes = np.where(vectors[:, 0] + 0.3 * rng.normal(size=120) > 0, "up", "down")
    one, hundred = (probe(scale * vectors[:80], classes[:80], scale * vectors[80:]) for scale in (1, 100))
    assert np.array_equal(one, hundred)
