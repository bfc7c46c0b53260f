"""Weights that were trained twice still tell where they began."""

from hashlib import sha256
from pathlib import Path

from feature_extractor.training.lineage import RECIPE, keep_start, trace


def test_weights_from_elsewhere_tell_their_checksum_alone(tmp_path: Path) -> None:
    (tmp_path / "found.npz").write_bytes(b"weights")
    assert trace(tmp_path / "found.npz") == {"file": "found.npz", "sha256": sha256(b"weights").hexdigest()}


def test_every_training_on_the_way_is_told(tmp_path: Path) -> None:
    start = tmp_path / "found.npz"
    start.write_bytes(b"weights")
    for number, name in enumerate(("first", "second")):
        folder = tmp_path / name
        folder.mkdir()
        keep_start(folder, start)
        (folder / RECIPE).write_text(f'{{"seed": {number}}}')
        start = folder / "weights.npz"
        start.write_bytes(name.encode())
    told = trace(start)
    assert told["recipe"] == {"seed": 1}
    before = told["start"]
    assert isinstance(before, dict)
    assert (before["sha256"], before["recipe"]) == (sha256(b"first").hexdigest(), {"seed": 0})
    assert before["start"] == trace(tmp_path / "found.npz")
