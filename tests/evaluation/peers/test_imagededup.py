"""The process of imagededup, with a stand-in for its Python; and the real one where it is installed."""

import stat
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from errors import EnvironmentFault, PartMissing
from evaluation.edits.degrading import compress
from evaluation.peers.environments import IMAGEDEDUP, peer_python
from evaluation.peers.imagededup import CNN, METHODS, PHASH, DedupFindings, find_with_imagededup, keep_first
from settings import ROOT
from tests.evaluation.making import draw_picture

STAND_IN = """#!{python}
import sys
from pathlib import Path
import numpy as np
method, folder, target = sys.argv[3:]
names = sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())
if not names:
    sys.exit("nothing to look at")
rows = np.arange(len(names))
encodings = rows.astype(np.uint64) if method == "phash" else np.eye(len(names), 4, dtype=np.float32)
pairs = np.array([[0, int(Path(folder, names[0]).read_text())]])
with open(target, "wb") as file:
    np.savez(file, names=np.array(names), encodings=encodings, pairs=pairs, figures=np.array([1.5, 0.25, 99.0]))
"""


@pytest.fixture
def peers(tmp_path: Path) -> Path:
    """A program in the place of the environment's Python, which answers with what it was asked."""
    python = peer_python(IMAGEDEDUP, tmp_path / "peers")
    python.parent.mkdir(parents=True)
    python.write_text(STAND_IN.format(python=sys.executable))
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    return tmp_path / "peers"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    (folder / "below").mkdir(parents=True)
    for name in ("a", "b", "below/c"):
        (folder / name).write_text("2")
    return folder


def test_what_it_finds_comes_back_by_name(peers: Path, pictures: Path) -> None:
    found = find_with_imagededup(PHASH, pictures, peers)
    assert found.names == ("a", "b", "below/c")
    assert found.pairs.tolist() == [[0, 2]]
    assert (found.describing_s, found.finding_s, found.peak_mb) == (1.5, 0.25, 99.0)
    assert found.encodings.dtype == np.uint64
    assert find_with_imagededup(CNN, pictures, peers).encodings.shape == (3, 4)


def test_a_process_that_fails_is_an_error_of_ours(peers: Path, pictures: Path) -> None:
    (pictures / "a").write_text("7")
    with pytest.raises(EnvironmentFault, match="found of 3 pictures; received others"):
        find_with_imagededup(PHASH, pictures, peers)
    empty = pictures.with_name("empty")
    empty.mkdir()
    with pytest.raises(EnvironmentFault, match="its process failed: nothing to look at"):
        find_with_imagededup(CNN, empty, peers)


def test_one_that_is_not_installed_names_the_command(pictures: Path, tmp_path: Path) -> None:
    with pytest.raises(PartMissing) as caught:
        find_with_imagededup(PHASH, pictures, tmp_path)
    assert "evaluate peers" in caught.value.remedy


def test_bits_and_cosines_are_counted_block_by_block(rng: np.random.Generator) -> None:
    names = tuple(map(str, range(300)))  # more than a block
    none = np.zeros((0, 2), np.int64)
    hashes = rng.integers(0, 2**64, len(names), np.uint64)
    hashes[299] = hashes[3] ^ np.uint64(0b1011)
    bits = DedupFindings(names, none, hashes, 0, 0, 0)
    assert bits.pairs_from(-3).tolist() == [[3, 299]]
    assert bits.pairs_from(-2).shape == (0, 2)
    vectors = rng.normal(size=(len(names), 64)).astype(np.float32)
    vectors[298] = 7 * vectors[5]
    cosines = DedupFindings(names, none, vectors, 0, 0, 0)
    assert cosines.pairs_from(0.99).tolist() == [[5, 298]]
    assert [first for first, _ in cosines.close()] == [0, 256]


def test_groups_are_those_that_the_package_would_keep_one_of() -> None:
    pairs = np.array([[0, 2], [1, 2], [1, 3], [3, 4]])
    # 0 removes 2; 1 is kept and removes 3; 4 is kept, and what it is a copy of is gone.
    assert keep_first(5, pairs) == [[0, 2], [1, 3]]
    assert keep_first(3, np.zeros((0, 2), np.int64)) == []


def test_what_is_tried_holds_what_the_package_does_unless_told_otherwise() -> None:
    for method in METHODS.values():
        assert method.level in method.levels
        assert list(method.levels) == sorted(method.levels)
    assert PHASH.level_words(-0.0) == "at most 0 of 64 bits"
    assert CNN.level_words(0.9) == "cosine from 0.90"


@pytest.mark.skipif(
    not peer_python(IMAGEDEDUP, ROOT / "instance" / "peers").is_file(),
    reason="imagededup: `evaluate peers imagededup` installs it",
)
@pytest.mark.parametrize("name", METHODS)
def test_the_real_one_finds_a_jpeg(name: str, tmp_path: Path, rng: np.random.Generator) -> None:
    method = METHODS[name]
    for seed in range(4):
        Image.fromarray(draw_picture(seed)).save(tmp_path / f"{seed}.png")
    Image.fromarray(compress(draw_picture(2), rng, quality=80)).save(tmp_path / "copy.png")
    found = find_with_imagededup(method, tmp_path, ROOT / "instance" / "peers")
    assert found.names == ("0.png", "1.png", "2.png", "3.png", "copy.png")
    assert [2, 4] in found.pairs.tolist()
    assert found.pairs.tolist() == found.pairs_from(method.level).tolist()
