"""Which pictures of a pool are copies of each other, and how true it is what a duplicate finder says of that.

Pairs are judged one by one. Groups are judged as wholes, and by B³ (Bagga and Baldwin, "Algorithms for scoring
coreference chains", 1998), which tells of each picture how much of its group is right, and how much of what is right
is in its group. B³ is taken here over pictures that somebody puts in a group, not over all: thousands of pictures
without a copy, each right to be alone, would make every figure one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pairs = NDArray[np.int64]
"""Rows of two pictures each, the smaller first, no pair twice: (n, 2)."""


@dataclass(frozen=True, slots=True)
class PairScores:
    """What is said of pairs, in numbers of pairs.

    Attributes:
        said: called copies; right: those of them that are.
        asked: pairs of one family that holds an edited copy; found: those of them that are said.
        known: pairs of the other families, which are right to say and not asked for; known_found: those said.
    """

    said: int
    right: int
    asked: int
    found: int
    known: int
    known_found: int

    @property
    def precision(self) -> float:
        """Share of what is said that is right; 1 where nothing is said."""
        return self.right / self.said if self.said else 1.0

    @property
    def recall(self) -> float:
        """Share of what is asked for that is said; 1 where nothing is asked for."""
        return self.found / self.asked if self.asked else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return harmonic_mean(self.precision, self.recall)


@dataclass(frozen=True, slots=True)
class GroupScores:
    """What is said in groups.

    Attributes:
        said: groups of two pictures or more; pure: those of them whose pictures all are of one family.
        asked: families that hold an edited copy; whole: those of them that stand in one group, whatever else does.
        b3_precision: B³ over the pictures of the groups that are said, 0..1.
        b3_recall: B³ over the pictures of the families that are asked for, 0..1; a picture alone counts for itself.
    """

    said: int
    pure: int
    asked: int
    whole: int
    b3_precision: float
    b3_recall: float

    @property
    def precision(self) -> float:
        """Share of the groups that are pure; 1 where there is none."""
        return self.pure / self.said if self.said else 1.0

    @property
    def recall(self) -> float:
        """Share of the families that are whole; 1 where none is asked for."""
        return self.whole / self.asked if self.asked else 1.0

    @property
    def b3_f1(self) -> float:
        """Harmonic mean of both parts of B³."""
        return harmonic_mean(self.b3_precision, self.b3_recall)


def harmonic_mean(precision: float, recall: float) -> float:
    """Return the harmonic mean of two shares, 0..1."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@dataclass(frozen=True, slots=True)
class DuplicateTruth:
    """Families of copies.

    Attributes:
        families: of each picture the number of its family, 0 to the number of families, int64 (n,).
        is_edited: whether a picture is an edited copy, bool (n,).
    """

    families: NDArray[np.int64]
    is_edited: NDArray[np.bool_]

    @classmethod
    def join(cls, is_edited: NDArray[np.bool_], copies: Iterable[tuple[int, int]]) -> "DuplicateTruth":
        """Return the families that pairs of copies make: whoever is a copy of a copy belongs to them too."""
        heads = list(range(len(is_edited)))

        def head_of(row: int) -> int:
            while heads[row] != row:
                heads[row] = heads[heads[row]]
                row = heads[row]
            return row

        for one, other in copies:
            heads[max(head_of(one), head_of(other))] = min(head_of(one), head_of(other))
        _, families = np.unique([head_of(row) for row in range(len(heads))], return_inverse=True)
        return cls(families.astype(np.int64), is_edited)

    @property
    def is_asked(self) -> NDArray[np.bool_]:
        """Whether a picture's family holds an edited copy, bool (n,)."""
        return (np.bincount(self.families, weights=self.is_edited) > 0)[self.families]

    def score_pairs(self, pairs: Pairs) -> PairScores:
        """Return how true it is that these are copies."""
        is_right = self.families[pairs[:, 0]] == self.families[pairs[:, 1]]
        is_found = is_right & self.is_asked[pairs[:, 0]]
        return self._scores(len(pairs), int(is_right.sum()), int(is_found.sum()))

    def score_levels(
        self, blocks: Iterable[tuple[int, NDArray[np.generic]]], levels: NDArray[np.float64]
    ) -> list[PairScores]:
        """Return how true it is of each level that all pairs at least as close are copies.

        Args:
            blocks: of how close each picture is to every one: the first row of each, and its rows (rows, n).
            levels: ascending.
        """
        said, right, found = (np.zeros(len(levels) + 1, np.int64) for _ in range(3))
        is_asked, columns = self.is_asked, np.arange(len(self.families))
        for first, close in blocks:
            rows = np.arange(first, first + len(close))
            reached = np.searchsorted(levels, close, side="right")
            reached[columns[None] <= rows[:, None]] = 0
            is_right = self.families[rows][:, None] == self.families[None]
            is_found = is_right & is_asked[rows][:, None]
            for counts, chosen in ((said, reached), (right, reached[is_right]), (found, reached[is_found])):
                np.add(counts, np.bincount(chosen.ravel(), minlength=len(levels) + 1), out=counts)
        # A pair that reaches a level has reached those below it.
        summed = [np.cumsum(counts[::-1])[::-1][1:].tolist() for counts in (said, right, found)]
        return [self._scores(*one) for one in zip(*summed, strict=True)]

    def score_groups(self, groups: Sequence[Sequence[int]]) -> GroupScores:
        """Return how true it is that these are groups of copies; no picture is in two."""
        group_of = np.arange(len(self.families)) + len(groups)  # whoever is in no group is alone
        for number, members in enumerate(groups):
            group_of[list(members)] = number
        # Of each picture, how many stand in its group, are of its family, and both.
        shared_of = np.unique(np.stack([group_of, self.families]), axis=1, return_inverse=True)[1].ravel()
        in_group, in_family, in_both = (
            np.bincount(numbers)[numbers] for numbers in (group_of, self.families, shared_of)
        )
        grouped, asked = in_group > 1, self.is_asked
        pure = sum(len(set(self.families[list(members)].tolist())) == 1 for members in groups)
        whole = np.unique(self.families[asked & (in_both == in_family)])
        return GroupScores(
            said=len(groups),
            pure=pure,
            asked=len(np.unique(self.families[asked])),
            whole=len(whole),
            b3_precision=float((in_both / in_group)[grouped].mean()) if grouped.any() else 1.0,
            b3_recall=float((in_both / in_family)[asked].mean()) if asked.any() else 1.0,
        )

    def _scores(self, said: int, right: int, found: int) -> PairScores:
        sizes = np.bincount(self.families)
        is_asked = np.bincount(self.families, weights=self.is_edited) > 0
        pairs = sizes * (sizes - 1) // 2
        return PairScores(
            said=said,
            right=right,
            asked=int(pairs[is_asked].sum()),
            found=found,
            known=int(pairs[~is_asked].sum()),
            known_found=right - found,
        )


def pairs_within(groups: Iterable[Sequence[int]]) -> Pairs:
    """Return all pairs of pictures that stand in one group."""
    pairs = [
        (min(one, other), max(one, other))
        for members in groups
        for place, one in enumerate(members)
        for other in members[place + 1 :]
    ]
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)
