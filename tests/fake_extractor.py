"""A small extractor for unit tests: deterministic, NumPy alone, right about exact copies and nothing else."""

import hashlib
from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from errors import PictureTooSmall
from feature_extractor.descriptors import ATTRIBUTES, DIM, Descriptors
from feature_extractor.picture import MIN_SIDE, Picture

GRID = 16  # a picture is seen as GRID × GRID blocks


class FakeExtractor:
    """Describes a picture by fixed random projections of its 16 × 16 block means.

    Pictures that differ by scale or light compression stay near each other, unrelated ones far apart: about half of
    these lie above the floor of similar works and half below. Any attribute may be left untaught, as in a real model.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        copy_threshold: float = 0.9,
        similar_floor: float = 0.0,
        untaught: Sequence[str] = (),
    ) -> None:
        generator = np.random.default_rng(seed)
        inputs = GRID * GRID * 3
        self.model_id = hashlib.sha256(f"fake extractor {seed}".encode()).hexdigest()
        self.copy_threshold = copy_threshold
        self.similar_floor = similar_floor
        self._copy, self._similar = generator.standard_normal((2, inputs, DIM), dtype=np.float32)
        self._attributes = (
            generator.standard_normal((inputs, len(ATTRIBUTES)), dtype=np.float32) / np.float32(inputs) ** 0.5
        )
        self._untaught = [ATTRIBUTES.index(name) for name in untaught]

    def describe(self, pictures: Sequence[Picture]) -> Descriptors:
        """Return the descriptors of decoded pictures; see feature_extractor.descriptors.Extractor."""
        blocks = (
            np.stack([_block_means(picture) for picture in pictures]) if pictures else np.zeros((0, 768), np.float32)
        )
        attributes = np.asarray(1 / (1 + np.exp(-blocks @ self._attributes)), np.float32)
        attributes[:, self._untaught] = np.nan
        return Descriptors(_unit(blocks @ self._copy), _unit(blocks @ self._similar), attributes)


def serve_fake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a `FakeExtractor` stand wherever the configured model would be opened, and its id wherever read."""
    for module in ("search.open_engine", "feature_extractor.extractor"):
        monkeypatch.setattr(f"{module}.open_extractor", lambda model, **_: FakeExtractor())
    told = SimpleNamespace(model_id=FakeExtractor().model_id)
    monkeypatch.setattr("search.served_model.read_metadata", lambda model: told)


def _block_means(picture: Picture) -> NDArray[np.float32]:
    """Return the standardised means of 16 × 16 blocks, float32 (768,)."""
    if min(picture.shape[:2]) < MIN_SIDE:
        raise PictureTooSmall(
            f"expected sides of at least {MIN_SIDE} px; received {picture.shape[1]} x {picture.shape[0]}"
        )
    rows, columns = (np.arange(GRID) * side // GRID for side in picture.shape[:2])
    sums = np.add.reduceat(np.add.reduceat(picture.astype(np.float64), rows, axis=0), columns, axis=1)
    areas = np.outer(np.diff([*rows, picture.shape[0]]), np.diff([*columns, picture.shape[1]]))
    means = (sums / areas[..., None]).ravel()
    return np.asarray((means - means.mean() + 1e-3) / (means.std() + 1.0), np.float32)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale rows to L2 norm 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
