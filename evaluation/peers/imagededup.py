"""Duplicates by the package imagededup (Jain et al., 2019): its perceptual hash, and its CNN with a free MobileNetV2.

It runs as a process of its own, with packages of its own: see `environments`.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from errors import EnvironmentFault
from evaluation.duplicate_truth import Pairs
from evaluation.peers.environments import IMAGEDEDUP, must_be_installed, peer_python

_WORKER = Path(__file__).with_name("imagededup_worker.py")
_BLOCK = 256
HASH_BITS = 64


@dataclass(frozen=True, slots=True)
class DedupMethod:
    """One of its methods.

    Attributes:
        name: that tables show.
        word: that the worker takes.
        level: how close two pictures must be to be duplicates, as the package has it unless told otherwise: of a hash
            the bits that differ, as a negative number; of the CNN the cosine.
        levels: ascending; tried to find the best.
    """

    name: str
    word: str
    level: float
    levels: tuple[float, ...]

    def level_words(self, level: float) -> str:
        """Return a level as the package's users would write it."""
        return f"at most {abs(level):g} of {HASH_BITS} bits" if level <= 0 else f"cosine from {level:.2f}"


PHASH = DedupMethod("imagededup PHash", "phash", -10.0, tuple(float(-bits) for bits in range(20, -1, -1)))
CNN = DedupMethod("imagededup CNN, MobileNetV2", "cnn", 0.9, tuple(percent / 100 for percent in range(70, 100)))
METHODS = {"imagededup-phash": PHASH, "imagededup-cnn": CNN}
"""By the name that a command takes."""


@dataclass(frozen=True, slots=True)
class DedupFindings:
    """What it found.

    Attributes:
        names: of the pictures that it could read, relative to the folder, ascending.
        pairs: rows of names that it calls duplicates as it comes.
        encodings: row for row with the names: uint64 (n,), hashes; or float32 (n, dim).
        describing_s, finding_s: seconds that each took.
        peak_mb: largest resident memory of one of its processes, MiB.
    """

    names: tuple[str, ...]
    pairs: Pairs
    encodings: NDArray[np.generic]
    describing_s: float
    finding_s: float
    peak_mb: float

    def close(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield how close each picture is to every one, a block of rows at a time, with its first row.

        Of hashes, the bits that differ, as negative numbers; of vectors their cosine.
        """
        count = len(self.names)
        if self.encodings.dtype == np.uint64:
            hashes = self.encodings.astype(np.uint64)
            for first in range(0, count, _BLOCK):
                differing = np.bitwise_count(hashes[first : first + _BLOCK, None] ^ hashes[None])
                yield first, -differing.astype(np.float32)
        else:
            vectors = self.encodings.astype(np.float32)
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
            for first in range(0, count, _BLOCK):
                yield first, vectors[first : first + _BLOCK] @ vectors.T

    def pairs_from(self, level: float) -> Pairs:
        """Return the pairs that are at least so close."""
        found = []
        for first, close in self.close():
            rows, others = np.nonzero(close >= level)
            is_first = others > rows + first
            found.append(np.stack([rows[is_first] + first, others[is_first]], axis=1))
        return np.concatenate([np.zeros((0, 2), np.int64), *found])


def find_with_imagededup(method: DedupMethod, pictures: Path, peers: Path) -> DedupFindings:
    """Look for duplicates in a folder and those below it.

    Args:
        method: how.
        pictures: the folder.
        peers: where `install_peers` put its environment.
    Raises:
        PartMissing: it is not there.
        EnvironmentFault: its process fails; its last line of complaint is told.
    """
    python = must_be_installed(peer_python(IMAGEDEDUP, peers))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "found.npz"
        command = [str(python), "-P", str(_WORKER), method.word, str(pictures), str(target)]  # -P: not this file
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # words of our own
        if done.returncode:
            complaint = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
            raise EnvironmentFault(f"expected {method.name} to find duplicates; its process failed: {complaint[-1]}")
        return _read(target, method)


def keep_first(count: int, pairs: Pairs) -> list[list[int]]:
    """Return the groups that the package's `find_duplicates_to_remove` leaves one picture of.

    It goes through the pictures in order, keeps each that is not yet to be removed, and removes all that it is a
    duplicate of: the kept one stands first in its group, the others are those that no earlier one removes.

    Args:
        count: of the pictures.
        pairs: rows of duplicates.
    """
    near: list[list[int]] = [[] for _ in range(count)]
    for one, other in pairs.tolist():
        near[one].append(other)
        near[other].append(one)
    is_removed, groups = [False] * count, []
    for row in range(count):
        if is_removed[row]:
            continue
        taken = [other for other in sorted(near[row]) if not is_removed[other]]
        for other in taken:
            is_removed[other] = True
        if taken:
            groups.append([row, *taken])
    return groups


def _read(target: Path, method: DedupMethod) -> DedupFindings:
    """Return what the worker wrote."""
    try:
        with np.load(target, allow_pickle=False) as arrays:
            kept: dict[str, NDArray[Any]] = {name: arrays[name] for name in ("names", "encodings", "pairs", "figures")}
        describing_s, finding_s, peak_mb = kept["figures"].tolist()
    except (OSError, KeyError, ValueError, BadZipFile) as exc:
        raise EnvironmentFault(f"expected what {method.name} found; received {exc!r}") from exc
    names = tuple(kept["names"].tolist())
    if len(kept["encodings"]) != len(names) or (kept["pairs"].size and kept["pairs"].max() >= len(names)):
        raise EnvironmentFault(f"expected what {method.name} found of {len(names):,} pictures; received others")
    return DedupFindings(
        names=names,
        pairs=kept["pairs"].astype(np.int64).reshape(-1, 2),
        encodings=kept["encodings"],
        describing_s=describing_s,
        finding_s=finding_s,
        peak_mb=peak_mb,
    )
