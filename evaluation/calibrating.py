"""Fits what turns evidence into a probability: candidates of searches with edited copies, and with pictures without."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from errors import BadInput
from evaluation.answered_copies import HeldPicture, encode_copy, make_copy
from evaluation.attacks import GRID, SEED, Edit
from evaluation.calibration_fit import fit_calibration
from evaluation.calibration_pairs import MEASURES, MeasuredPairs, PairsOrigin, SamplePairs
from evaluation.held_sample import HeldSample, shuffled
from search.answer import QueryPicture, Verdict
from search.confidence import METHOD, Calibration, PairEvidence
from search.examine import examine_nearest, with_keypoints
from search.query import Engine, choose_doubtful, describe_query, nearest_copies, pairs_of
from search.stopwatch import Stopwatch
from search.verdict import judge_copy
from search.words import count

SPLIT = "train"
"""What a calibration is fitted on; `evaluate verdicts` judges it on the other."""
ORIGINALS = 40
STRANGERS = 800
OTHERS = 32
"""Pictures that compositions are made with."""
_SETS = ("photos", "photos", "pacs", "art")
"""Originals are drawn from these in turn, so that half are photographs."""
_STRANGER_KINDS = ("photos/houses", "photos/clothing", "pacs", "pacs")
"""Likewise the pictures without a copy: rooms of one house and clothes on one sheet are as alike as others can be."""


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """A candidate of a search, as the engine judges it and as it is.

    Attributes:
        query: name of the picture that was searched with, before it was edited; edit: '' where it was not.
        image_id: of the candidate.
        verdict: None where it is not shown as a copy.
        evidence: what was measured.
        is_copy: it is in the query.
    """

    query: str
    edit: str
    image_id: int
    verdict: Verdict | None
    evidence: PairEvidence
    is_copy: bool


@dataclass(frozen=True, slots=True)
class UnknownCopy:
    """A picture that is shown as a copy and is not known to be one: a mistake, or a copy that nobody knew of.

    Attributes:
        query, edit: as in JudgedPair; claimed: name of the picture.
        verdict: of the engine; probability: as the calibration says.
    """

    query: str
    edit: str
    claimed: str
    verdict: str
    probability: float


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What comes of calibrating.

    Attributes:
        pairs: that it was fitted on.
        unknown: to be looked at: those that are copies after all belong into `copies_by_eye.csv`.
    """

    calibration: Calibration
    pairs: SamplePairs
    unknown: tuple[UnknownCopy, ...]


def judge_pairs(
    engine: Engine,
    query: QueryPicture,
    shows: Callable[[int], bool],
    usable: Container[int],
    *,
    name: str,
    edit: str = "",
) -> Iterator[JudgedPair]:
    """Yield the candidates of a search that geometry looks at, with what it finds of them.

    Equal files and equal pixels are no candidates: they need no proof, and nothing is to be learnt from them.

    Args:
        engine: over the catalogue.
        query: what is searched with.
        shows: whether a picture of the catalogue is in the query.
        usable: ids of the pictures that may be learnt from.
        name, edit: of the query.
    """
    found = nearest_copies(engine, query)
    scores = dict(pairs_of(found))
    _, doubtful = choose_doubtful(engine, query, found)
    learnt = {image.id for image in doubtful if image.id in usable}
    if not learnt:
        return
    query = with_keypoints(query)
    # All of them are looked at, in their places; those that may not be learnt from are passed over after that.
    for image_id, proof in examine_nearest(query, doubtful, engine.catalogue, engine.thumbnails).items():
        if image_id not in learnt:
            continue
        evidence = PairEvidence(scores[image_id], is_laid=True, proof=proof)
        yield JudgedPair(
            query=name,
            edit=edit,
            image_id=image_id,
            verdict=judge_copy(
                evidence.copy_score,
                threshold=engine.extractor.copy_threshold,
                is_same_file=False,
                is_same_pixels=False,
                is_too_plain=query.too_plain,
                proof=proof,
            ),
            evidence=evidence,
            is_copy=shows(image_id),
        )


def calibrate(
    engine: Engine,
    sample: HeldSample,
    small: NDArray[np.uint8],
    *,
    originals: int = ORIGINALS,
    strangers: int = STRANGERS,
    edits: Sequence[Edit] = GRID,
    seed: int = SEED,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Calibrated:
    """Search with edited copies of pictures of `train` and with others left out of their answer, and fit what is told.

    Args:
        engine: over a catalogue that holds the sample; its own calibration plays no part.
        sample: of both splits; no pair with a picture of `val` is learnt from.
        small: of its pictures; see `known_copies.make_small`.
        originals: how many pictures are edited.
        strangers: how many are searched with as they come.
        edits: of the grid.
        seed: of every choice.
        on_progress: told how many searches are done, of how many.
    Raises:
        BadInput: there are too few pictures, or nothing to tell apart.
        SourceUnreadable: a picture cannot be read.
    """
    edited = _drawn(sample, _SETS, originals, seed)
    asked = _drawn(sample, _STRANGER_KINDS, strangers, seed + 1)
    lent = [row for row in shuffled(sample.rows("photos", SPLIT), seed + 2) if row not in set(edited)][:OTHERS]
    used = sorted({*edited, *asked, *lent})
    families = sample.families(used, sample.known_copies(small, used))
    usable = {image_id for picture, image_id in zip(sample.pictures, sample.ids, strict=True) if picture.split == SPLIT}
    held = {row: HeldPicture(sample.ids[row], families[row], sample.pictures[row].read()) for row in lent}
    pairs: list[JudgedPair] = []
    done, total = 0, len(edited) * len(edits) + len(asked)
    for row in edited:
        original = HeldPicture(sample.ids[row], families[row], sample.pictures[row].read())
        others = [held[other] for other in lent if not families[other] & families[row]]
        for edit in edits:
            copy = make_copy(edit, original, row, others)
            query = describe_query(engine, encode_copy(copy.pixels), Stopwatch())
            name = sample.pictures[row].name
            pairs += judge_pairs(engine, query, copy.shows, usable, name=name, edit=edit.name)
            done += 1
            on_progress(done, total)
    for row in asked:
        query = replace(describe_query(engine, sample.read_file(row), Stopwatch()), image_id=sample.ids[row])
        pairs += judge_pairs(engine, query, families[row].__contains__, usable, name=sample.pictures[row].name)
        done += 1
        on_progress(done, total)
    origin = PairsOrigin(
        model_id=engine.extractor.model_id,
        method=METHOD,
        split=SPLIT,
        originals=len(edited),
        strangers=len(asked),
        searches=total,
        seed=seed,
    )
    learnt_from = sample_pairs(pairs, origin)
    calibration = fit_calibration(learnt_from)
    names = {image_id: picture.name for picture, image_id in zip(sample.pictures, sample.ids, strict=True)}
    return Calibrated(calibration, learnt_from, tuple(_unknown(calibration, pairs, names)))


def calibrated_record(found: Calibrated) -> dict[str, Any]:
    """Return what came of calibrating as plain JSON values."""
    return {**found.calibration.model_dump(mode="json"), "unknown": [asdict(one) for one in found.unknown]}


def calibrated_lines(found: Calibrated) -> Iterator[str]:
    """Yield what came of calibrating line by line."""
    yield from calibration_lines(found.calibration)
    for one in found.unknown:
        edit = f" by {one.edit}" if one.edit else ""
        yield f"Not known as a copy: {one.query}{edit} → {one.claimed}: {one.verdict}, {one.probability:.3f}"


def calibration_lines(calibration: Calibration) -> Iterator[str]:
    """Yield what a calibration is line by line."""
    fitted = calibration.fitted
    decided = "" if fitted.decisions is None else f", and on {count(fitted.decisions.decisions, 'decision')}"
    yield f"Fitted on {fitted.pairs:,} pairs, {fitted.copies:,} of them copies{decided}."
    yield f"Shown as copies: {fitted.shown:,}, of which {fitted.shown_copies:,} are."
    for name, weights in (("laid on each other", calibration.laid), ("by descriptor", calibration.unlaid)):
        terms = " ".join(f"{weight:+.3f} {measure}" for measure, weight in weights.of.items())
        yield f"  log odds, {name}: {weights.constant:+.3f} {terms}"


def _unknown(calibration: Calibration, pairs: Sequence[JudgedPair], names: Mapping[int, str]) -> Iterator[UnknownCopy]:
    for pair in pairs:
        if pair.verdict is not None and not pair.is_copy:
            yield UnknownCopy(
                query=pair.query,
                edit=pair.edit,
                claimed=names[pair.image_id],
                verdict=pair.verdict.value,
                probability=round(calibration.laid.probability(pair.evidence.measures()), 4),
            )


def sample_pairs(pairs: Sequence[JudgedPair], origin: PairsOrigin) -> SamplePairs:
    """Return judged pairs as a calibration weighs them, and as they are kept."""
    numbers: dict[str, int] = {}
    rows = [[pair.evidence.measures()[name] for name in MEASURES] for pair in pairs]
    return SamplePairs(
        origin,
        MeasuredPairs(
            measures=np.array(rows, np.float32).reshape(-1, len(MEASURES)),
            is_laid=np.array([pair.evidence.is_laid for pair in pairs], bool),
            is_shown=np.array([pair.verdict is not None for pair in pairs], bool),
            is_copy=np.array([pair.is_copy for pair in pairs], bool),
            group=np.array([numbers.setdefault(pair.query, len(numbers)) for pair in pairs], np.int64),
            weight=np.ones(len(pairs), np.float64),
        ),
    )


def _drawn(sample: HeldSample, kinds: Sequence[str], number: int, seed: int) -> list[int]:
    """Return rows of pictures of `train`, of each kind in turn, ascending.

    Raises:
        BadInput: there are too few.
    """
    waiting = {kind: iter(shuffled(sample.rows(kind, SPLIT), seed)) for kind in kinds}
    found: list[int] = []
    while len(found) < number:
        before = len(found)
        for kind in kinds:
            if (row := next(waiting[kind], None)) is not None and len(found) < number:
                found.append(row)
        if len(found) == before:
            raise BadInput(
                f"expected {number:,} pictures of the split {SPLIT!r} among {', '.join(dict.fromkeys(kinds))}; "
                f"found {len(found):,}"
            )
    return sorted(found)
