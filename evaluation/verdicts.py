"""Does the engine say what is true? Its catalogue is searched with edited copies and with strangers, end to end."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.answered_copies import CopyAnswer, Told, search_copy, search_stranger, sum_up
from evaluation.attacks import GRID, SEED, Edit
from evaluation.held_sample import HeldSample
from evaluation.reliability import Reliability, measure_reliability
from evaluation.verdict_peers import Peers
from evaluation.verdict_queries import ALIKE_KINDS, FURTHER_STRANGERS, STRANGERS, VerdictQueries
from evaluation.verdict_report import StrangerVerdicts, Times, VerdictReport, WrongClaim
from search.answer import Hit, Verdict
from search.query import Engine

Names = Mapping[int, str]
"""Id of a picture of the catalogue to its name in the sample."""


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
    queries = VerdictQueries.draw(sample, small, originals=originals, strangers=strangers, seed=seed)
    names = {image_id: picture.name for picture, image_id in zip(sample.pictures, sample.ids, strict=True)}
    total = queries.count(edits)
    copies: dict[str, list[CopyAnswer]] = {edit.name: [] for edit in edits}
    wrong: list[WrongClaim] = []
    done = 0
    for row, copy in queries.copies(edits):
        answer = search_copy(engine, copy)
        copies[copy.edit.name].append(answer)
        if peers is not None:
            peers.ask_copy(copy.pixels, copy.edit.name, row, copy.original.image_id, copy.shows)
        wrong += _claims(answer.wrong, names, query=sample.pictures[row].name, edit=copy.edit.name)
        done += 1
        on_progress(done, total)
    strange: list[_Stranger] = []
    for row in queries.strangers:
        strange.append(_search_stranger(engine, sample, row, queries.families[row], names))
        if peers is not None:
            peers.ask_stranger(sample.pictures[row].read(), queries.families[row])
        done += 1
        on_progress(done, total)
    all_copies = [copy for some in copies.values() for copy in some]
    return VerdictReport(
        edits=tuple(sum_up(edit, copies[edit.name]) for edit in edits),
        strangers=_by_kind(strange),
        wrong=(*wrong, *(claim for stranger in strange for claim in stranger.wrong)),
        copy_times=Times.of([copy.steps_ms for copy in all_copies]),
        stranger_times=Times.of([stranger.steps_ms for stranger in strange]),
        originals=len(queries.originals),
        others=len(queries.others),
        catalogue=len(engine.copies),
        model_id=engine.extractor.model_id,
        seed=seed,
        seconds=round(time.perf_counter() - start, 1),
        reliability=_reliabilities([*all_copies, *strange]),
        peers=() if peers is None else peers.verdicts([edit.name for edit in edits]),
        known_copies=queries.named_copies(),
    )


def _search_stranger(engine: Engine, sample: HeldSample, row: int, family: set[int], names: Names) -> _Stranger:
    """Return what comes of a picture that is uploaded while it is left out of the answer."""
    picture = sample.pictures[row]
    answer = search_stranger(engine, sample.read_file(row), sample.ids[row], family)
    return _Stranger(
        kind=next(kind for kind in (*ALIKE_KINDS, FURTHER_STRANGERS) if picture.name.startswith(f"{kind}/")),
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
