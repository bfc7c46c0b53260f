import sys

import numpy as np
import pytest

from evaluation.peak_memory import peak_mb, restart_peak


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells the peak of memory as it is read here")
def test_the_peak_is_that_since_it_was_begun_anew() -> None:
    large = np.ones(40 * 2**20, np.uint8)
    before = peak_mb()
    assert before > large.nbytes / 2**20
    del large
    restart_peak()
    rest = peak_mb()
    assert rest < before - 20
    held = np.ones(80 * 2**20, np.uint8)
    assert peak_mb() > rest + 60
    assert held.all()
