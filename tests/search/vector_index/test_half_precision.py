import numpy as np

from search.vector_index.half_precision import widen


def test_every_finite_half_keeps_its_value() -> None:
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = halves[np.isfinite(halves)].reshape(-1, 2)
    widened = widen(finite)
    assert widened.dtype == np.float32
    assert np.array_equal(widened.view(np.uint32), finite.astype(np.float32).view(np.uint32))  # zeros' signs too
