"""What other methods alone call copies, asked the same over the same pictures: the floor beside the verdicts."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from errors import BadInput
from evaluation.baselines import Descriptions, Method
from evaluation.hash_search import PHASH_MATCH_DISTANCE, HashBase, MatchingHash
from evaluation.held_sample import HeldSample
from evaluation.verdict_report import PeerVerdicts
from feature_extractor.hashes import PDQ_MATCH_DISTANCE
from feature_extractor.picture import Picture

IMAGE_MATCH_DISTANCE = 0.45
"""Up to which image-match speaks of a match unless it is told otherwise."""
CUTOFFS: Mapping[str, float] = {
    "PDQ": PDQ_MATCH_DISTANCE,
    "pHash": PHASH_MATCH_DISTANCE,
    "image-match": IMAGE_MATCH_DISTANCE,
}
"""Name of a method to the distance up to which those who use it speak of a copy."""


@dataclass(slots=True)
class Peers:
    """Methods that search the pictures of a sample, and what came of the queries so far."""

    base: HashBase
    kept: Mapping[str, Descriptions]
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: Counter[tuple[str, str]] = field(default_factory=Counter)
    claimed: Counter[str] = field(default_factory=Counter)

    @classmethod
    def over(cls, sample: HeldSample, methods: Sequence[Method], kept: Mapping[str, Descriptions]) -> "Peers":
        """Return methods that search a sample.

        Args:
            sample: the pictures.
            methods: those of CUTOFFS.
            kept: what each keeps of the pictures, by its name, a picture a row.
        Raises:
            BadInput: of a method nobody says from where on it speaks of a copy.
        """
        if unknown := [method.name for method in methods if method.name not in CUTOFFS]:
            raise BadInput(
                f"expected methods that say from which distance on two pictures are copies; received {unknown[0]}",
                remedy=f"Choose among {', '.join(CUTOFFS)}.",
            )
        matching = [MatchingHash(method, CUTOFFS[method.name]) for method in methods]
        return cls(HashBase(matching, np.array(sample.ids, np.int64), kept), kept)

    def ask_copy(self, query: Picture, edit: str, row: int, image_id: int, shows: Callable[[int], bool]) -> None:
        """Ask for the original of an edited copy; `row` is its row of the sample, `image_id` its id."""
        original = {name: described[row : row + 1] for name, described in self.kept.items()}
        for name, answer in self.base.find(query, image_id, original, shows).items():
            self.found[name, edit] += answer.is_found
            self.first[name, edit] += answer.is_first

    def ask_stranger(self, query: Picture, family: Collection[int]) -> None:
        """Ask with a picture whose family counts as not being there."""
        self.claimed.update(name for name, claims in self.base.claims(query, family).items() if claims)

    def verdicts(self, edits: Sequence[str]) -> tuple[PeerVerdicts, ...]:
        """Return what came of all queries, by method."""
        return tuple(
            PeerVerdicts(
                name=one.method.name,
                most=one.most_bits,
                found={edit: self.found[one.method.name, edit] for edit in edits},
                first={edit: self.first[one.method.name, edit] for edit in edits},
                claimed=self.claimed[one.method.name],
            )
            for one in self.base.hashes
        )
