"""The process of image-match, with a stand-in for its Python; and the real one where it is installed."""

import stat
import sys
from pathlib import Path

import numpy as np
import pytest

from errors import EnvironmentFault
from evaluation.edits.degrading import compress
from evaluation.peers.environments import IMAGE_MATCH, peer_python
from evaluation.peers.image_match import LENGTH, ImageMatch
from settings import ROOT
from tests.evaluation.making import draw_picture

STAND_IN = """#!{python}
import struct, sys
while header := sys.stdin.buffer.read(8):
    height, width = struct.unpack("<II", header)
    data = sys.stdin.buffer.read(3 * height * width)
    if height == 13:
        sys.exit(1)
    sys.stdout.buffer.write(bytes(data[place % len(data)] % 3 for place in range({length})))
    sys.stdout.buffer.flush()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A program in the place of the environment's Python, which answers with what it was sent."""
    python = peer_python(IMAGE_MATCH, tmp_path)
    python.parent.mkdir(parents=True)
    python.write_text(STAND_IN.format(python=sys.executable, length=LENGTH))
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def test_pictures_go_there_whole_and_signatures_come_back_in_order(folder: Path) -> None:
    pictures = [draw_picture(seed, 40 + seed, 30) for seed in range(5)]
    with ImageMatch(folder) as method:
        signatures = method.describe(pictures)
        assert method.describe([]).shape == (0, LENGTH)
    assert signatures.shape == (5, LENGTH)
    assert signatures.dtype == np.int8
    assert all(
        np.array_equal(row, np.resize(picture.ravel(), LENGTH) % 3)
        for row, picture in zip(signatures, pictures, strict=True)
    )


def test_a_process_that_ends_is_an_error_of_ours(folder: Path) -> None:
    with ImageMatch(folder) as method, pytest.raises(EnvironmentFault, match="its process ended"):
        method.describe([np.zeros((13, 20, 3), np.uint8)])


def test_the_distance_is_the_packages(folder: Path, rng: np.random.Generator) -> None:
    first, second = (rng.integers(-2, 3, (size, LENGTH), dtype=np.int8) for size in (3, 4))
    first[0] = 0
    second[1] = 0
    with ImageMatch(folder) as method:
        found = method.distance(first, second)
    for row, ours in enumerate(first.astype(float)):
        for column, theirs in enumerate(second.astype(float)):
            norms = np.linalg.norm(ours) + np.linalg.norm(theirs)
            expected = np.linalg.norm(ours - theirs) / norms if norms else 1.0
            assert found[row, column] == pytest.approx(expected, abs=1e-5)


@pytest.mark.skipif(
    not peer_python(IMAGE_MATCH, ROOT / "instance" / "peers").is_file(),
    reason="image-match: `evaluate peers` installs it",
)
def test_the_real_one_finds_a_jpeg(rng: np.random.Generator) -> None:
    pictures = [draw_picture(seed) for seed in range(6)]
    with ImageMatch(ROOT / "instance" / "peers") as method:
        base = method.describe(pictures)
        copies = method.describe([compress(picture, rng, quality=60) for picture in pictures])
        assert (method.distance(copies, base).argmin(axis=1) == np.arange(6)).all()
        assert not method.describe([np.full((64, 64, 3), 9, np.uint8)]).any()
