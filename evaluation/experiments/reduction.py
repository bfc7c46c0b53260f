"""Principal components: how few numbers a vector needs."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from feature_extractor.backbones import Features

DIMENSIONS = (8, 16, 32, 64, 128, 256)


@dataclass(frozen=True, slots=True)
class Reduction:
    """A mean and the directions of most variance (Pearson, 1901).

    Attributes:
        mean: (length,).
        directions: (length, dimensions), of L2 norm 1, by falling variance.
    """

    mean: NDArray[np.float32]
    directions: NDArray[np.float32]

    @classmethod
    def learn(cls, vectors: Features, dimensions: int) -> Self:
        """Return the reduction to so many dimensions, or to as many as the vectors have, learnt from vectors."""
        mean = vectors.mean(axis=0, dtype=np.float64)
        centred = vectors - mean
        _, found = np.linalg.eigh(centred.T @ centred)  # by rising variance
        return cls(mean.astype(np.float32), found[:, ::-1][:, :dimensions].astype(np.float32))

    def apply(self, vectors: Features, dimensions: int) -> Features:
        """Return the first coordinates of vectors, (n, dimensions)."""
        return np.asarray((vectors - self.mean) @ self.directions[:, :dimensions], np.float32)
