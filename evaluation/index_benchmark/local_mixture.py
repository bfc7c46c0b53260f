"""Enlarges a set of descriptors: new ones are drawn where the real ones lie, as thick and as wide as they lie there.

A real descriptor and its nearest are one neighbourhood; the nearer count for more: the j-th of them has the weight
p_j ~ 1/j, and the weights add up to 1. With x_j its members and m = sum_j p_j x_j their mean, a new point is

    x = m + sum_j sqrt(p_j) u_j (x_j - m),   u_j independent, Gaussian, of mean 0 and variance 1,

scaled to norm 1: a draw from the Gaussian of the neighbourhood's own mean and covariance, as in manifold Parzen windows
(Vincent and Bengio, 2002), without their additional width. The factors of the members add up to 1, and so do the
squares of the factors in the mean. Of a member's own noise a new point therefore carries as much as a member does:
points *between* real ones would be too quiet and too near to everything, jittered copies of real ones too loud.

**How many dimensions.** A neighbourhood spans as many as it has further members, more than the intrinsic dimension of
real descriptors where they are nearest. With fewer (eight were tried), hundreds of points drawn from one neighbourhood
crowd into its few dimensions: of a million, three in four had another one nearer than different pictures are.

**What counts as a picture.** Every new point is drawn from a neighbourhood drawn anew, and stands for a picture of its
own. One that comes nearer to a member than all but one in a hundred real pictures come to their nearest is drawn
again, neighbourhood and all, so that no new point is a jittered copy of what it was drawn from. Other new points are
not looked at; how many come as near to one another is measured, beside how many real ones would if they went on
growing. Queries are real, and neither they nor anything drawn from them is in the base.

**What is shown of it** (`neighbourhood`): distances and dimension of real pictures, of as many drawn ones, of an eighth
of the real ones enlarged to all, and of every base beside what the growth of the real ones lets expect.
"""

import numpy as np
from numpy.typing import NDArray

from evaluation.index_benchmark.true_neighbours import nearest
from search.vector_index.half_precision import Halves

VERSION = 2
"""Of what is drawn; to be raised when a block comes out different, so that nothing kept of another is taken."""

MEMBERS = 128
"""Of a neighbourhood. Chosen on pictures of `train` among 8 to 128: with the most, as many drawn ones as real ones lie
as far from one another as real ones do, and of eight times as many as growth lets expect."""

BLOCK = 16_384
"""Points drawn with one seed: any block can be drawn without those before it."""

_CLOSE = 16  # members that a point can come too near to: the others have too little weight
_SHARE_TOO_NEAR = 0.01
_ROUNDS = 100
_AT_ONCE = 512  # neighbourhoods looked for: bounds memory
_MIXED = 32  # points mixed at once: their members stay in the processor's cache


class LocalMixture:
    """Draws descriptors like the real ones."""

    def __init__(self, real: NDArray[np.float32], seed: int) -> None:
        """Find every neighbourhood.

        Args:
            real: (n, dim), L2 norm 1, n of at least 2; where there are fewer than MEMBERS, all are of every
                neighbourhood.
            seed: of what is drawn.
        Raises:
            ValueError: there are too few.
        """
        if len(real) < 2:
            raise ValueError(f"expected at least 2 real descriptors; received {len(real)}")
        self._real, self._seed = real, seed
        members = min(MEMBERS, len(real))
        found = [nearest([real], real[start : start + _AT_ONCE], members) for start in range(0, len(real), _AT_ONCE)]
        self._members = np.concatenate([rows for rows, _ in found])
        self.to_nearest = np.concatenate([cosines[:, 1] for _, cosines in found])  # in the first place stands it itself
        self.too_near = float(np.quantile(self.to_nearest, 1 - _SHARE_TOO_NEAR))
        shares = 1 / np.arange(1, members + 1)
        self._shares = (shares / shares.sum()).astype(np.float32)

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
        factors = self._draw_factors(rng, count)
        points = np.empty((count, self._real.shape[1]), np.float32)
        is_near = np.empty(count, bool)
        for start in range(0, count, _MIXED):
            part = slice(start, start + _MIXED)
            mixed = self._real[members[part]]  # (_MIXED, members, dim)
            points[part] = np.matmul(factors[part, None], mixed)[:, 0]
            points[part] /= np.linalg.norm(points[part], axis=1, keepdims=True)
            is_near[part] = (np.vecdot(mixed[:, :_CLOSE], points[part, None]) > self.too_near).any(axis=1)
        return points, is_near

    def _draw_factors(self, rng: np.random.Generator, count: int) -> NDArray[np.float32]:
        """Return how much of each member is in each point, (count, members).

        A row adds up to 1. The square of the j-th factor is p_j ** 2 of the mean and p_j - p_j ** 2 of the deviation,
        on average: p_j, and 1 all together.
        """
        factors: NDArray[np.float32] = rng.standard_normal((count, len(self._shares)), dtype=np.float32)
        factors *= np.sqrt(self._shares)
        factors += self._shares * (1 - factors.sum(axis=1, keepdims=True))
        return factors
