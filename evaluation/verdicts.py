"""Does the engine say what is true? Its catalogue is searched with edited copies and with strangers, end to end."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from errors import BadInput
from evaluation.answered_copies import (
    CopyAnswer,
    EditedCopy,
    HeldPicture,
    Told,
    make_copy,
    search_copy,
    search_stranger,
    sum_up,
)
from evaluation.attacks import GRID, SEED, Edit
from evaluation.held_sample import HeldSample, shuffled
from evaluation.reliability import Reliability, measure_reliability
from evaluation.verdict_peers import Peers
from evaluation.verdict_report import StrangerVerdicts, Times, VerdictReport, WrongClaim
from search.answer import Hit, Verdict
from search.query import Engine

OTHERS = 64
"""Photographs of `val` that compositions are made with."""
STRANGERS = 1_000
_ALIKE_KINDS = ("photos/houses", "photos/clothing")
"""Strangers that look alike: rooms of one house, pieces of clothing on one sheet."""
_FURTHER_STRANGERS = "pacs"

Names = Mapping[int, str]
"""Id of a picture of the catalogue to its name in the sample."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """Rows of the sample that are edited, that compositions are made with, and that are searched with as they come."""

    originals: tuple[int, ...]
    others: tuple[int, ...]
    strangers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Stranger:
    """What came of one stranger."""

    kind: str
    is_examined: bool
    is_parted: bool
    is_probable: bool
    wrong: tuple[WrongClaim, ...]
    told: tuple[Told, ...]
    steps_ms: Mapping[str, float]


def measure_verdicts(
    engine: Engine,
    sample: HeldSample,
    small: NDArray[np.uint8],
    *,
    originals: int | None = None,
    strangers: int = STRANGERS,
    edits: Sequence[Edit] = GRID,
    seed: int = SEED,
    peers: Peers | None = None,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> VerdictReport:
    """Search with every edit of photographs of `val`, and with pictures that have no copy.

    The copies are those of `evaluate copies`, but that compositions are made with photographs of `val`: these are in
    the catalogue, and an answer that proves them too is right. Copies are handed over as PNG, so that nothing is done
    to them but the edit. A stranger is a picture of the catalogue that is left out of its own answer; known copies of
    it may be in it and count as nothing.

    Args:
        engine: over a catalogue that holds the sample.
        sample: of both splits.
        small: of its pictures; see `known_copies.make_small`.
        originals: how many photographs are edited; None: all.
        strangers: how many there are: all rooms and clothes first, the others drawn from `pacs`.
        edits: of the grid.
        seed: of every choice.
        peers: other methods that are asked the same.
        on_progress: told how many searches are done, of how many.
    Raises:
        BadInput: there are too few pictures.
        SourceUnreadable: a picture cannot be read.
    """
    start = time.perf_counter()
    choice = _choose(sample, originals, strangers, seed)
    used = sorted({*choice.originals, *choice.others, *choice.strangers})
    pairs = sample.known_copies(small, used)
    families = sample.families(used, pairs)
    names = {image_id: picture.name for picture, image_id in zip(sample.pictures, sample.ids, strict=True)}
    total = len(choice.originals) * len(edits) + len(choice.strangers)
    copies: dict[str, list[CopyAnswer]] = {edit.name: [] for edit in edits}
    wrong: list[WrongClaim] = []
    done = 0
    for row, copy in _make_copies(sample, choice, families, edits=edits):
        answer = search_copy(engine, copy)
        copies[copy.edit.name].append(answer)
        if peers is not None:
            peers.ask_copy(copy.pixels, copy.edit.name, row, copy.original.image_id, copy.shows)
        wrong += _claims(answer.wrong, names, query=sample.pictures[row].name, edit=copy.edit.name)
        done += 1
        on_progress(done, total)
    strange: list[_Stranger] = []
    for row in choice.strangers:
        strange.append(_search_stranger(engine, sample, row, families[row], names))
        if peers is not None:
            peers.ask_stranger(sample.pictures[row].read(), families[row])
        done += 1
        on_progress(done, total)
    all_copies = [copy for some in copies.values() for copy in some]
    return VerdictReport(
        edits=tuple(sum_up(edit, copies[edit.name]) for edit in edits),
        strangers=_by_kind(strange),
        wrong=(*wrong, *(claim for stranger in strange for claim in stranger.wrong)),
        copy_times=Times.of([copy.steps_ms for copy in all_copies]),
        stranger_times=Times.of([stranger.steps_ms for stranger in strange]),
        originals=len(choice.originals),
        others=len(choice.others),
        catalogue=len(engine.copies),
        model_id=engine.extractor.model_id,
        seed=seed,
        seconds=round(time.perf_counter() - start, 1),
        reliability=_reliabilities([*all_copies, *strange]),
        peers=() if peers is None else peers.verdicts([edit.name for edit in edits]),
        known_copies=tuple((sample.pictures[row].name, sample.pictures[other].name) for row, other in pairs),
    )


def _choose(sample: HeldSample, originals: int | None, strangers: int, seed: int) -> _Choice:
    """Draw the pictures; with the seed of the grid the originals are those of `evaluate copies`.

    Raises:
        BadInput: there are too few.
    """
    photographs = sample.rows("photos")
    if len(photographs) < max(2, originals or 0):
        raise BadInput(
            f"expected at least {max(2, originals or 0)} photographs of the split 'val'; found {len(photographs)}"
        )
    pool = [row for kind in _ALIKE_KINDS for row in shuffled(sample.rows(kind), seed)]
    pool += shuffled(sample.rows(_FURTHER_STRANGERS), seed)
    if len(pool) < strangers or not strangers:
        raise BadInput(f"expected 1 to {len(pool):,} strangers, as there are pictures of 'val'; received {strangers:,}")
    return _Choice(
        originals=tuple(sorted(shuffled(photographs, seed)[:originals])),
        others=tuple(shuffled(photographs, seed + 1)[:OTHERS]),
        strangers=tuple(pool[:strangers]),
    )


def _make_copies(
    sample: HeldSample, choice: _Choice, families: Mapping[int, set[int]], *, edits: Sequence[Edit]
) -> Iterator[tuple[int, EditedCopy]]:
    """Yield every edit of every original, and the row of the original."""
    others = {row: _held(sample, row, families) for row in choice.others}
    for row in choice.originals:
        original = others.get(row) or _held(sample, row, families)
        usable = [others[other] for other in choice.others if not families[other] & families[row]]
        for edit in edits:
            yield row, make_copy(edit, original, row, usable)


def _held(sample: HeldSample, row: int, families: Mapping[int, set[int]]) -> HeldPicture:
    return HeldPicture(sample.ids[row], families[row], sample.pictures[row].read())


def _search_stranger(engine: Engine, sample: HeldSample, row: int, family: set[int], names: Names) -> _Stranger:
    """Return what comes of a picture that is uploaded while it is left out of the answer."""
    picture = sample.pictures[row]
    answer = search_stranger(engine, sample.read_file(row), sample.ids[row], family)
    return _Stranger(
        kind=next(kind for kind in (*_ALIKE_KINDS, _FURTHER_STRANGERS) if picture.name.startswith(f"{kind}/")),
        is_examined=answer.is_examined,
        is_parted=answer.is_parted,
        is_probable=bool(answer.claims) and not answer.wrong,
        wrong=tuple(_claims(answer.wrong, names, query=picture.name, edit="")),
        told=answer.told,
        steps_ms=answer.steps_ms,
    )


def _claims(hits: Iterable[Hit], names: Names, *, query: str, edit: str) -> Iterator[WrongClaim]:
    """Yield what an answer said wrongly."""
    for hit in hits:
        yield WrongClaim(
            query=query,
            edit=edit,
            claimed=names.get(hit.image.id) or _place_of(hit),
            verdict=hit.verdict.value,
            score=round(hit.score, 4),
            agreement=None if hit.proof is None else round(hit.proof.overlay.agreement, 4),
            inliers=None if hit.proof is None else hit.proof.alignment.inliers,
        )


def _place_of(hit: Hit) -> str:
    """Return what tells a picture that is not of the sample."""
    return " ".join([f"picture {hit.image.id}", *(source.locator for source in hit.image.sources[:1])])


def _reliabilities(answers: Sequence[CopyAnswer | _Stranger]) -> dict[str, Reliability]:
    """Return how probabilities come true, of all that is called a copy and by verdict; empty where none was told."""
    told = [one for answer in answers for one in answer.told]
    kinds = {"all": told} | {
        verdict.value: [one for one in told if one.verdict is verdict]
        for verdict in (Verdict.COPY, Verdict.UNCONFIRMED)
    }
    return {
        kind: measure_reliability([one.probability for one in some], [one.is_copy for one in some])
        for kind, some in kinds.items()
        if some
    }


def _by_kind(strangers: Sequence[_Stranger]) -> tuple[StrangerVerdicts, ...]:
    kinds = dict.fromkeys(stranger.kind for stranger in strangers)
    return tuple(_sum_up_kind(kind, [one for one in strangers if one.kind == kind]) for kind in kinds)


def _sum_up_kind(kind: str, strangers: Sequence[_Stranger]) -> StrangerVerdicts:
    return StrangerVerdicts(
        kind=kind,
        searched=len(strangers),
        examined=sum(one.is_examined for one in strangers),
        parted=sum(one.is_parted for one in strangers),
        probable=sum(one.is_probable for one in strangers),
        wrong=sum(bool(one.wrong) for one in strangers),
    )
