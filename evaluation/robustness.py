"""How well does an owner's engine find edited copies of the owner's own pictures? Nothing is changed by asking."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from data.records import Image
from errors import BadInput
from evaluation.answered_copies import (
    CopyAnswer,
    HeldPicture,
    StrangerAnswer,
    Told,
    make_copy,
    search_copy,
    search_stranger,
    sum_up,
)
from evaluation.attacks import GRID, SEED, Edit
from evaluation.baselines import Descriptions
from evaluation.hash_search import MOST_HASHED, HashAnswer, HashBase, usual_hashes
from evaluation.kinship import Kinship
from evaluation.own_pictures import LeftOut, OwnPicture, draw_own_pictures, name_of
from evaluation.robustness_confidence import how_sure
from evaluation.robustness_report import (
    Claim,
    EditRobustness,
    HashCounts,
    LeftOutPicture,
    Named,
    RobustnessReport,
    Thresholds,
)
from feature_extractor.hashes import PDQ_MIN_QUALITY
from feature_extractor.training.progress import Progress, no_progress
from search.answer import Hit
from search.confidence import LEAST_CONFIDENCE
from search.examine import MOST
from search.query import Engine
from search.verdict import AGREES, AGREES_WITH_FEATURES

PICTURES = 30
OTHERS = 16
"""Pictures that compositions are made with; they are held in memory all the time."""
_LISTED = 200
"""Claims of each kind, and pictures left out, that a report lists; it counts all."""


@dataclass(frozen=True, slots=True)
class _Original:
    """A picture to be edited and searched with.

    Attributes:
        hashes: its own, by the name of each hash.
        usable: pictures that it may be laid onto or beside.
    """

    own: OwnPicture
    held: HeldPicture
    hashes: Mapping[str, Descriptions]
    usable: tuple[HeldPicture, ...]


@dataclass(frozen=True, slots=True)
class _CopyOutcome:
    """What came of a copy."""

    image: Image
    edit: Edit
    answer: CopyAnswer
    hashes: Mapping[str, HashAnswer]


@dataclass(frozen=True, slots=True)
class _StrangerOutcome:
    """What came of a picture as it is, while it was left out of the answer.

    Attributes:
        hash_claims: whether a hash calls another picture a copy of it, by the name of the hash.
    """

    own: OwnPicture
    answer: StrangerAnswer
    hash_claims: Mapping[str, bool]


_Outcome = _CopyOutcome | _StrangerOutcome


def measure_robustness(
    engine: Engine,
    *,
    pictures: int = PICTURES,
    edits: Sequence[Edit] = GRID,
    seed: int = SEED,
    most_hashed: int = MOST_HASHED,
    progress: Progress = no_progress,
) -> RobustnessReport:
    """Search with edited copies of pictures of the catalogue, and with these pictures left out of their own answers.

    Copies are handed over as PNG, so that nothing is done to them but the edit. What lies in the catalogue twice, by
    the rule of `known_copies`, is right wherever it appears.

    Args:
        engine: over the owner's catalogue, which is not changed.
        pictures: how many are drawn; fewer where fewer can be taken.
        edits: of the grid.
        seed: of every draw.
        most_hashed: pictures that the hashes search among.
        progress: shows how far it is.
    Raises:
        BadInput: no picture can be taken.
        PartMissing: a hash is not installed.
    """
    start = time.perf_counter()
    hashes = usual_hashes()
    catalogue, thumbnails = engine.catalogue, engine.thumbnails
    draw = partial(draw_own_pictures, catalogue, thumbnails, model_id=engine.extractor.model_id, limits=engine.limits)
    kinship = Kinship(catalogue, thumbnails)
    taken = (one for one in draw(seed=seed + 1) if isinstance(one, OwnPicture))
    others = [_hold(one, kinship) for one in islice(taken, OTHERS)]
    with progress("Hashing thumbnails") as advance:
        base = HashBase.of(catalogue, thumbnails, hashes, seed=seed, most=most_hashed, on_progress=advance)
    left_out: list[LeftOut] = []
    originals = islice(_originals(draw(seed=seed), others, kinship, base, left_out), pictures)
    tally = _Tally(edits, base)
    total = min(pictures, len(engine.copies)) * (len(edits) + 1)
    with progress("Searching") as advance:
        for done, outcome in enumerate(_run(_tasks(engine, base, originals, edits))):
            tally.add(outcome)
            advance(done + 1, total)
    if not tally.pictures:
        raise _nothing_taken(left_out)
    fitted = None if engine.calibration is None else engine.calibration.fitted
    return RobustnessReport(
        edits=tally.edits(),
        pictures=tally.pictures,
        asked=pictures,
        thumbnails=tally.thumbnails,
        plain=tally.plain,
        left_out=tuple(LeftOutPicture(_named(one.image), one.reason) for one in left_out[:_LISTED]),
        left_out_count=len(left_out),
        others=len(others),
        claims=tuple(tally.claims[:_LISTED]),
        proven=tally.proven,
        probable=tally.probable,
        parted=tally.parted,
        reliability=how_sure(tally.told),
        duplicated=tally.duplicated,
        hash_claims=tally.hash_claims,
        wrong=tuple(tally.wrong[:_LISTED]),
        catalogue=len(engine.copies),
        hashed=base.size,
        thresholds=Thresholds(
            copy_score=engine.extractor.copy_threshold,
            similar_score=engine.extractor.similar_floor,
            examined=MOST,
            agrees=AGREES,
            agrees_with_features=AGREES_WITH_FEATURES,
            least_confidence=LEAST_CONFIDENCE,
            calibrated_on=None if fitted is None else fitted.pairs,
            decisions=0 if fitted is None or fitted.decisions is None else fitted.decisions.decisions,
            plain_under=PDQ_MIN_QUALITY,
            index_recall=tally.index_recall,
            hash_bits={one.method.name: int(one.most_bits) for one in hashes},
        ),
        model_id=engine.extractor.model_id,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=seed,
        seconds=round(time.perf_counter() - start, 1),
    )


def _nothing_taken(left_out: Sequence[LeftOut]) -> BadInput:
    """Return the error that says why no picture could be edited."""
    why = f"; {left_out[0].reason}: {name_of(left_out[0].image)}" if left_out else ""
    return BadInput(
        f"expected pictures in the catalogue that can be edited; found none of {len(left_out):,}{why}",
        remedy="Add pictures with `python3 index.py add`: at least two that are no copies of each other.",
    )


def _hold(own: OwnPicture, kinship: Kinship) -> HeldPicture:
    return HeldPicture(own.image.id, kinship.family_of(own.image.id), own.pixels)


def _originals(
    drawn: Iterator[OwnPicture | LeftOut],
    others: Sequence[HeldPicture],
    kinship: Kinship,
    base: HashBase,
    left_out: list[LeftOut],
) -> Iterator[_Original]:
    """Yield what can be edited of the pictures drawn, and note what cannot."""
    for own in drawn:
        if isinstance(own, LeftOut):
            left_out.append(own)
            continue
        held = _hold(own, kinship)
        usable = tuple(other for other in others if other.image_id not in held.family)
        if usable:
            yield _Original(own, held, base.describe(own.thumbnail), usable)
        else:
            left_out.append(LeftOut(own.image, "there is no other picture to lay it onto"))


def _tasks(
    engine: Engine, base: HashBase, originals: Iterator[_Original], edits: Sequence[Edit]
) -> Iterator[Callable[[], _Outcome]]:
    """Yield the searches one by one: each picture as it is, then edited."""
    for original in originals:
        yield partial(_search_unedited, engine, base, original)
        for edit in edits:
            yield partial(_search_edited, engine, base, original, edit)


def _search_edited(engine: Engine, base: HashBase, original: _Original, edit: Edit) -> _CopyOutcome:
    image = original.own.image
    copy = make_copy(edit, original.held, image.id, original.usable)
    return _CopyOutcome(
        image, edit, search_copy(engine, copy), base.find(copy.pixels, image.id, original.hashes, copy.shows)
    )


def _search_unedited(engine: Engine, base: HashBase, original: _Original) -> _StrangerOutcome:
    own, family = original.own, original.held.family
    return _StrangerOutcome(
        own, search_stranger(engine, own.data, own.image.id, family), base.claims(own.pixels, family)
    )


def _run(tasks: Iterator[Callable[[], _Outcome]]) -> Iterator[_Outcome]:
    """Yield what comes of tasks, in order; as many run at once as there are cores, and few are made ahead."""
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers, thread_name_prefix="search") as pool:
        waiting: deque[Future[_Outcome]] = deque()
        try:
            for task in tasks:
                waiting.append(pool.submit(task))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            # Ctrl-C: what was not begun is not worth doing.
            pool.shutdown(wait=True, cancel_futures=True)


class _Tally:
    """What came of the searches so far, without the pictures.

    Attributes:
        pictures: that were searched with as they are, and edited.
        index_recall: the least that the index told; None where it never told one.
    """

    def __init__(self, edits: Sequence[Edit], base: HashBase) -> None:
        self.pictures = self.thumbnails = self.plain = self.proven = self.probable = self.duplicated = self.parted = 0
        self.told: list[Told] = []
        self.hash_claims = {one.method.name: 0 for one in base.hashes}
        self.index_recall: float | None = None
        self.claims: list[Claim] = []
        self.wrong: list[Claim] = []
        self._edits = edits
        self._answers: dict[str, list[CopyAnswer]] = {edit.name: [] for edit in edits}
        self._hashes: dict[str, list[Mapping[str, HashAnswer]]] = {edit.name: [] for edit in edits}

    def add(self, outcome: _Outcome) -> None:
        """Count what came of a search."""
        if isinstance(outcome, _CopyOutcome):
            edit, answer = outcome.edit.name, outcome.answer
            self.wrong += _claims(answer.wrong, outcome.image, edit)
            self.told += answer.told
            # Of what was wrong, its number counts; its proof holds pixels.
            self._answers[edit].append(replace(answer, wrong=tuple(replace(hit, proof=None) for hit in answer.wrong)))
            self._hashes[edit].append(outcome.hashes)
            return
        own, stranger = outcome.own, outcome.answer
        self.pictures += 1
        self.thumbnails += own.is_thumbnail
        self.plain += own.image.pdq is None
        self.proven += bool(stranger.wrong)
        self.probable += bool(stranger.claims) and not stranger.wrong
        self.duplicated += bool(stranger.known)
        self.parted += stranger.is_parted
        self.told += stranger.told
        self.claims += _claims(stranger.claims, own.image, "")
        for name, claims in outcome.hash_claims.items():
            self.hash_claims[name] += claims
        if stranger.report is not None and stranger.report.estimated_recall:
            self.index_recall = min(self.index_recall or 1.0, stranger.report.estimated_recall)

    def edits(self) -> tuple[EditRobustness, ...]:
        """Return the counts, edit by edit."""
        return tuple(
            EditRobustness(
                sum_up(edit, self._answers[edit.name]),
                {
                    name: HashCounts(
                        found=sum(answers[name].is_found for answers in self._hashes[edit.name]),
                        first=sum(answers[name].is_first for answers in self._hashes[edit.name]),
                    )
                    for name in self.hash_claims
                },
            )
            for edit in self._edits
        )


def _claims(hits: Sequence[Hit], image: Image, edit: str) -> Iterator[Claim]:
    """Yield what an answer said wrongly, as far as anyone knows."""
    for hit in hits:
        yield Claim(
            query=_named(image),
            edit=edit,
            claimed=_named(hit.image),
            verdict=hit.verdict.value,
            score=round(hit.score, 4),
            agreement=None if hit.proof is None else round(hit.proof.overlay.agreement, 4),
            inliers=None if hit.proof is None else hit.proof.alignment.inliers,
        )


def _named(image: Image) -> Named:
    return Named(image.id, name_of(image), image.sha256, image.mature)
