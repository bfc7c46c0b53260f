"""Enlarges a set of descriptors: new ones are drawn where the real ones lie, as thick and as wide as they lie there.

A real descriptor and its seven nearest are one neighbourhood. With e_j the deviation of its members from their mean m,
a new point is

    x = m + sqrt(1 - 1/8) * sum_j u_j e_j,   u uniform on the unit sphere of the weights that add up to 0,

scaled to norm 1: a draw with the neighbourhood's own mean and covariance, as in the local Gaussians of manifold Parzen
windows (Vincent and Bengio, 2002), but without their additional width. The weights of the members add up to 1, and so
do the squares of the weights. Of a member's own noise a new point therefore carries as much as a member does: points
*between* real ones would be too quiet and too near to everything, jittered copies of real ones too loud.

**What counts as a picture.** Every new point is drawn from a neighbourhood drawn anew, and stands for a picture of its
own. One that comes nearer to a member than all but one in a hundred real pictures come to their nearest is drawn
again, neighbourhood and all, so that no new point is a jittered copy of what it was drawn from, and sets of near
duplicates have no offspring. Real pictures outside its neighbourhood and other new points are not looked at: the
former come nearer than that to about one point in a hundred, as they do to one another; points drawn from one
neighbourhood lie in its seven dimensions, where hundreds of them stand closer together than different pictures would.
Queries are real, and neither they nor anything drawn from them is in the base.

**What is shown of it** (`neighbourhood`): as many drawn points as there are real ones have the distances to real
queries that real ones have, and with the number of points distances fall as they fall from an eighth of the real ones
to all of them.
"""

import numpy as np
from numpy.typing import NDArray

from evaluation.index_benchmark.true_neighbours import nearest
from search.vector_index.half_precision import Halves

MEMBERS = 8
"""Of a neighbourhood. Chosen on pictures of `train`: with 6 to 12, as many drawn as real ones are as far from held-out
real ones at the tenth place to 0.4 %; from 16 on, neighbourhoods of different things run into each other."""

BLOCK = 16_384
"""Points drawn with one seed: any block can be drawn without those before it."""

_SHARE_TOO_NEAR = 0.01
_ROUNDS = 100
_AT_ONCE = 512  # neighbourhoods looked for: bounds memory


class LocalMixture:
    """Draws descriptors like the real ones."""

    def __init__(self, real: NDArray[np.float32], seed: int) -> None:
        """Find every neighbourhood.

        Args:
            real: (n, dim), L2 norm 1, n of at least MEMBERS.
            seed: of what is drawn.
        Raises:
            ValueError: there are too few.
        """
        if len(real) < MEMBERS:
            raise ValueError(f"expected at least {MEMBERS} real descriptors; received {len(real)}")
        self._real, self._seed = real, seed
        found = [nearest([real], real[start : start + _AT_ONCE], MEMBERS) for start in range(0, len(real), _AT_ONCE)]
        self._members = np.concatenate([rows for rows, _ in found])
        to_nearest = np.concatenate([cosines[:, 1] for _, cosines in found])  # in the first place stands it itself
        self.too_near = float(np.quantile(to_nearest, 1 - _SHARE_TOO_NEAR))

    def draw(self, block: int) -> Halves:
        """Return one block, float16 (BLOCK, dim), L2 norm 1 up to rounding.

        Args:
            block: its number, from 0.
        Raises:
            ValueError: nearly all neighbourhoods are of near duplicates.
        """
        rng = np.random.default_rng([self._seed, block])
        drawn = np.empty((BLOCK, self._real.shape[1]), np.float32)
        missing = np.arange(BLOCK)
        for _ in range(_ROUNDS):
            drawn[missing], is_near = self._draw(rng, len(missing))
            missing = missing[is_near]
            if not len(missing):
                return drawn.astype("<f2")
        raise ValueError(f"expected neighbourhoods of different pictures; {len(missing)} points are near copies still")

    def _draw(self, rng: np.random.Generator, count: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return points, float32 (count, dim), and whether each comes too near to a member."""
        members = self._members[rng.integers(0, len(self._real), count)]  # (count, members)
        directions = rng.standard_normal((count, MEMBERS), dtype=np.float32)
        directions -= directions.mean(axis=1, keepdims=True)
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        weights = 1 / MEMBERS + np.float32((1 - 1 / MEMBERS) ** 0.5) * directions
        points = np.zeros((count, self._real.shape[1]), np.float32)
        for place in range(MEMBERS):
            points += weights[:, place, None] * self._real[members[:, place]]
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        is_near = np.zeros(count, bool)
        for place in range(MEMBERS):
            is_near |= np.vecdot(points, self._real[members[:, place]]) > self.too_near
        return points, is_near
