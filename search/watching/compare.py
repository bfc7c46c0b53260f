"""Whether a picture that was added is a copy of a guarded one: the steps of a search, held against these alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from data.records import Image
from search.answer import QueryPicture, SearchParts, Verdict
from search.confidence import PairEvidence, is_credible
from search.examine import Gate, examine_nearest, judge_gate
from search.proof import Proof
from search.query import COPIES_DEPTH, COPIES_FIRST, Engine, is_worth_parting, pairs_of
from search.regions import examine_parts, placed_box, with_parts
from search.sorting import Found, by_best_match
from search.verdict import judge_copy
from search.watching.guarded import GuardedPictures


@dataclass(frozen=True, slots=True)
class Match:
    """A guarded picture that one of the catalogue is a copy of.

    Attributes:
        watched: its row; of one beside the catalogue, as if it were of it.
        probability: 0..1; None where nothing tells it.
    """

    watched: Image
    found: Found
    probability: float | None


def compare(engine: Engine, guarded: GuardedPictures, query: QueryPicture) -> tuple[list[Match], QueryPicture]:
    """Return the guarded pictures that a picture of the catalogue is a copy of, and that with what it needed for it.

    The verdicts are those of a search with the picture: the nearest of the guarded by the descriptor, the gate over
    them and what of the catalogue lies near (so that the guarded, which may be few, need not tell what is usual), at
    most twelve laid on it by geometry, then its parts, then the calibration.

    Args:
        engine: the parts of a search.
        guarded: what it is held against.
        query: of the catalogue; its parts are described once, whatever the number of watches.
    """
    if not len(guarded):
        return [], query
    # Places and looks are the catalogue's, but for its id, which may be that of a guarded picture.
    own_id = query.image_id
    query = replace(query, image_id=None, preview=query.preview or engine.thumbnails.read(query.sha256) or b"")
    nearest = pairs_of(guarded.search(query.copy[np.newaxis], COPIES_FIRST))
    if nearest[-1][1] >= engine.extractor.copy_threshold:
        nearest = pairs_of(guarded.search(query.copy[np.newaxis], COPIES_DEPTH + 1))
    same_file, same_pixels = guarded.same(query)
    proofs = _proofs(engine, guarded, query, nearest, _gate(engine, guarded, query, nearest, own_id))
    scores = dict(nearest)
    for image_id in (*same_pixels, *([] if same_file is None else [same_file])):
        scores.setdefault(image_id, 1.0)
    copies = [
        Found(image_id, score, verdict, image_id in proofs, proofs.get(image_id))
        for image_id, score in scores.items()
        if (
            verdict := judge_copy(
                score,
                threshold=engine.extractor.copy_threshold,
                is_same_file=image_id == same_file,
                is_same_pixels=image_id in same_pixels,
                is_too_plain=query.too_plain,
                proof=proofs.get(image_id),
            )
        )
        is not None
        and is_credible(engine.calibration, verdict, PairEvidence(score, image_id in proofs, proofs.get(image_id)))
    ]
    if is_worth_parting(copies, SearchParts.AUTO):
        query, copies = _with_parts(engine, guarded, query, copies, proofs)
    images = guarded.images([one.image_id for one in copies])
    matches = [
        Match(images[one.image_id], one, _probability(engine, one))
        for one in by_best_match(copies)
        if one.image_id in images
    ]
    return matches, replace(query, image_id=own_id)


def _proofs(
    engine: Engine,
    guarded: GuardedPictures,
    query: QueryPicture,
    nearest: list[tuple[int, float]],
    gate: Gate,
) -> Mapping[int, Proof | None]:
    """Return what geometry finds of the guarded pictures that it looks at, by their ids."""
    least = -1.0 if gate.background is None else gate.background
    doubtful = [
        image
        for image in guarded.images([one for one, score in nearest[: gate.count] if score >= least]).values()
        # The same file and the same pixels need no proof.
        if image.sha256 != query.sha256 and (image.pixel_sha256 is None or image.pixel_sha256 != query.pixel_sha256)
    ]
    return examine_nearest(query, doubtful, guarded, guarded) if doubtful else {}


def _gate(
    engine: Engine,
    guarded: GuardedPictures,
    query: QueryPicture,
    nearest: list[tuple[int, float]],
    own_id: int | None,
) -> Gate:
    """Return whether what is nearest stands out, of the guarded and the catalogue together."""
    around = pairs_of(engine.copies.search(query.copy[np.newaxis], COPIES_FIRST + 1))
    taken = {one for one, _ in nearest} if guarded.watch.collection is not None else set()
    others = [score for one, score in around if one != own_id and one not in taken]
    scores = np.sort(np.array([*(score for _, score in nearest), *others], np.float32))[::-1]
    return judge_gate(scores, engine.extractor.copy_threshold)


def _with_parts(
    engine: Engine,
    guarded: GuardedPictures,
    query: QueryPicture,
    copies: list[Found],
    proofs: Mapping[int, Proof | None],
) -> tuple[QueryPicture, list[Found]]:
    """Return the copies with those that only parts of the picture are, and the picture with its parts."""
    covered = [placed_box(one.proof) for one in copies if one.verdict.is_proven and one.proof is not None]
    query = with_parts(query, engine.extractor, guarded, covered=covered)
    looked, found = examine_parts(
        query,
        guarded,
        guarded,
        guarded,
        allow=None,
        threshold=engine.extractor.copy_threshold,
        known=proofs.keys() | {one.image_id for one in copies if one.verdict.is_proven},
    )
    proven = [
        Found(image_id, one.score, Verdict.COPY, is_laid=True, proof=one.proof, part=one.box)
        for image_id, one in found.items()
    ]
    # What was covered here need not be covered for the next watch: its parts are then looked for again.
    query = replace(looked, parts=None) if covered else looked
    return query, [*(one for one in copies if one.image_id not in found), *proven]


def _probability(engine: Engine, one: Found) -> float | None:
    """Return how sure it is that a match is a copy."""
    if engine.calibration is None:
        return None
    return engine.calibration.probability(one.verdict, PairEvidence(one.score, one.is_laid, one.proof))
