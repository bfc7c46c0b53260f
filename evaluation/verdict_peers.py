"""What other methods alone call copies, asked the same over the same pictures: the floor beside the verdicts."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from errors import BadInput
from evaluation.attacks import edits_named
from evaluation.baselines import Descriptions, Method
from evaluation.hash_search import PHASH_MATCH_DISTANCE, HashBase, MatchingHash
from evaluation.held_sample import HeldSample
from evaluation.verdict_queries import VerdictQueries
from evaluation.verdict_report import PeerVerdicts, VerdictReport
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


def ask_peers_beside(
    report: VerdictReport,
    sample: HeldSample,
    small: NDArray[np.uint8],
    peers: Peers,
    *,
    catalogue: int,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> VerdictReport:
    """Ask other methods what a report asked the engine, and return the report with them; the engine is not asked.

    Args:
        report: of earlier; what it says of the same methods is replaced.
        sample: the pictures of that report.
        small: of its pictures; see `known_copies.make_small`.
        peers: that search the sample.
        catalogue: pictures in the catalogue that holds it.
        on_progress: told how many queries are done, of how many.
    Raises:
        BadInput: the report is of other pictures.
        SourceUnreadable: a picture cannot be read.
    """
    edits = edits_named([one.edit for one in report.edits])
    asked = sum(one.searched for one in report.strangers)
    queries = VerdictQueries.draw(sample, small, originals=report.originals, strangers=asked, seed=report.seed)
    found = (len(queries.others), catalogue, queries.named_copies())
    if found != (report.others, report.catalogue, report.known_copies):
        raise BadInput(
            f"expected the pictures that the report is of: {report.catalogue:,}, among those searched with "
            f"{len(report.known_copies)} pairs of known copies; received {catalogue:,} and {len(found[2])}, or others",
            remedy="Measure the engine again: leave out --beside.",
        )
    total = queries.count(edits)
    for done, (row, copy) in enumerate(queries.copies(edits), start=1):
        peers.ask_copy(copy.pixels, copy.edit.name, row, copy.original.image_id, copy.shows)
        on_progress(done, total)
    for done, row in enumerate(queries.strangers, start=total - len(queries.strangers) + 1):
        peers.ask_stranger(sample.pictures[row].read(), queries.families[row])
        on_progress(done, total)
    told = {one.name: one for one in (*report.peers, *peers.verdicts([edit.name for edit in edits]))}
    return replace(report, peers=tuple(told[name] for name in CUTOFFS if name in told))
