from pathlib import Path

import pytest

from feature_extractor.training.throughput import measure_throughput
from tests.feature_extractor.training.tiny_training import TINY, tiny_training, write_start


@pytest.mark.slow
def test_each_phase_is_measured_with_data_and_without_and_nothing_is_kept(tmp_path: Path) -> None:
    training = tiny_training(tmp_path / "training", write_start(tmp_path / "start.npz"))
    found = measure_throughput(training, steps=2, rounds=1)
    assert [figures.side for figures in found] == [phase.side for phase in TINY.phases]
    for figures in found:
        assert figures.views_per_second > 0
        assert figures.alone_per_second > 0
        assert 0 <= figures.data_share < 1
    assert not training.weights.exists()
    assert not (training.folder / "checkpoints").exists()
