import numpy as np

from search.vector_index.half_precision import narrow, widen


def test_every_finite_half_keeps_its_value() -> None:
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)].reshape(-1, 2)
    widened = widen(finite)
    assert widened.dtype == np.float32
    assert np.array_equal(widened.view(np.uint32), finite.astype(np.float32).view(np.uint32))  # zeros' signs too


def test_every_half_comes_back_from_its_value() -> None:
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)].reshape(-1, 2)
    assert np.array_equal(narrow(finite.astype(np.float32)).view(np.uint16), finite.view(np.uint16))


def test_what_lies_between_goes_where_numpy_puts_it() -> None:
    rng = np.random.default_rng(4)
    halves = np.abs(np.arange(2**15 - 2**10 - 1, dtype=np.uint16).view(np.float16).astype(np.float32))
    middles = (halves[:-1] + halves[1:]) / 2  # as near to one as to the other
    beside = np.nextafter(middles, rng.choice(np.array([0, 1e9], np.float32), len(middles)))
    sizes = rng.standard_normal(2**16).astype(np.float32) * np.float32(10.0) ** rng.integers(-12, 4, 2**16)
    for some in (middles, beside, sizes.astype(np.float32)):
        vectors = np.concatenate([some, -some]).reshape(-1, 1)
        assert np.array_equal(narrow(vectors).view(np.uint16), vectors.astype(np.float16).view(np.uint16))
