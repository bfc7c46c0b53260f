"""What verdicts are judged by: copies of photographs of `val`, and pictures that have no copy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from errors import BadInput
from evaluation.answered_copies import EditedCopy, HeldPicture, make_copy
from evaluation.attacks import Edit
from evaluation.held_sample import HeldSample, shuffled

OTHERS = 64
"""Photographs of `val` that compositions are made with."""
STRANGERS = 1_000
ALIKE_KINDS = ("photos/houses", "photos/clothing")
"""Strangers that look alike: rooms of one house, pieces of clothing on one sheet."""
FURTHER_STRANGERS = "pacs"


@dataclass(frozen=True, slots=True)
class VerdictQueries:
    """Rows of the sample that are edited, that compositions are made with, and that are searched with as they come.

    Attributes:
        families: ids of each of these pictures and of its known copies, by row.
        known_copies: pairs of rows.
    """

    sample: HeldSample
    originals: tuple[int, ...]
    others: tuple[int, ...]
    strangers: tuple[int, ...]
    families: Mapping[int, set[int]]
    known_copies: tuple[tuple[int, int], ...]

    @classmethod
    def draw(
        cls, sample: HeldSample, small: NDArray[np.uint8], *, originals: int | None, strangers: int, seed: int
    ) -> "VerdictQueries":
        """Draw the pictures; with the seed of the grid the originals are those of `evaluate copies`.

        Args:
            sample: of both splits.
            small: of its pictures; see `known_copies.make_small`.
            originals: how many photographs are edited; None: all.
            strangers: how many there are: all rooms and clothes first, the others drawn from `pacs`.
            seed: of every choice.
        Raises:
            BadInput: there are too few.
        """
        photographs = sample.rows("photos")
        if len(photographs) < max(2, originals or 0):
            raise BadInput(
                f"expected at least {max(2, originals or 0)} photographs of the split 'val'; found {len(photographs)}"
            )
        pool = [row for kind in ALIKE_KINDS for row in shuffled(sample.rows(kind), seed)]
        pool += shuffled(sample.rows(FURTHER_STRANGERS), seed)
        if len(pool) < strangers or not strangers:
            raise BadInput(
                f"expected 1 to {len(pool):,} strangers, as there are pictures of 'val'; received {strangers:,}"
            )
        edited = tuple(sorted(shuffled(photographs, seed)[:originals]))
        others = tuple(shuffled(photographs, seed + 1)[:OTHERS])
        used = sorted({*edited, *others, *pool[:strangers]})
        pairs = sample.known_copies(small, used)
        return cls(sample, edited, others, tuple(pool[:strangers]), sample.families(used, pairs), tuple(pairs))

    def copies(self, edits: Sequence[Edit]) -> Iterator[tuple[int, EditedCopy]]:
        """Yield every edit of every original, and the row of the original."""
        others = {row: self._held(row) for row in self.others}
        for row in self.originals:
            original = others.get(row) or self._held(row)
            usable = [others[other] for other in self.others if not self.families[other] & self.families[row]]
            for edit in edits:
                yield row, make_copy(edit, original, row, usable)

    def count(self, edits: Sequence[Edit]) -> int:
        """Return how many queries there are."""
        return len(self.originals) * len(edits) + len(self.strangers)

    def named_copies(self) -> tuple[tuple[str, str], ...]:
        """Return the known copies by name."""
        pictures = self.sample.pictures
        return tuple((pictures[row].name, pictures[other].name) for row, other in self.known_copies)

    def _held(self, row: int) -> HeldPicture:
        return HeldPicture(self.sample.ids[row], self.families[row], self.sample.pictures[row].read())
