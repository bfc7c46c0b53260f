"""What an engine answers when it is asked with an edited copy of a picture it holds, or with that picture left out."""

import io
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import overload

from evaluation.attacks import Edit
from evaluation.edit_truth import Right, truth_of
from evaluation.edits.canvas import to_image
from evaluation.verdict_report import ABSENT, EditVerdicts
from feature_extractor.picture import Picture
from search.answer import Answer, Ask, Hit, Verdict
from search.confidence import CERTAIN
from search.query import Engine, describe_query, search, search_described
from search.stopwatch import Stopwatch
from search.vector_index.contract import SearchReport


@dataclass(frozen=True, slots=True)
class HeldPicture:
    """A picture of the catalogue, to be edited or to make compositions with.

    Attributes:
        image_id: its own.
        family: ids of itself and of everything that is a copy of it as it comes.
        pixels: RGB uint8, sides of at least 64 px.
    """

    image_id: int
    family: Container[int]
    pixels: Picture


@dataclass(frozen=True, slots=True)
class EditedCopy:
    """A copy that an edit made.

    Attributes:
        original: what was edited.
        others: pictures that the copy shows as well.
        pixels: of the copy, RGB uint8.
    """

    edit: Edit
    original: HeldPicture
    others: tuple[HeldPicture, ...]
    pixels: Picture

    def shows(self, image_id: int) -> bool:
        """Return whether a picture of the catalogue is in the copy, as far as anyone knows."""
        shown = (self.original, *self.others)
        # Ids first: what a family holds may have to be found out.
        return any(image_id == one.image_id for one in shown) or any(image_id in one.family for one in shown)


@dataclass(frozen=True, slots=True)
class Told:
    """How sure an answer was of a hit that it calls a copy, and whether it is one as far as anyone knows."""

    verdict: Verdict
    probability: float
    is_copy: bool


@dataclass(frozen=True, slots=True)
class CopyAnswer:
    """What came of one copy.

    Attributes:
        verdict: on the original, or on a known copy of it if that is surer: the value of a Verdict, or ABSENT.
        is_first: nothing that the copy does not show stands before its original.
        is_in_part: a part of the copy alone led to it.
        right: None where the original itself is not proven.
        wrong: hits of the first page that are said to be proven and are not in the copy.
        told: of the hits of the first page that are not certain, where a calibration is at hand.
        steps_ms: of the search.
    """

    verdict: str
    is_first: bool
    is_in_part: bool
    right: Right | None
    wrong: tuple[Hit, ...]
    told: tuple[Told, ...]
    steps_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class StrangerAnswer:
    """What came of a picture whose copies, it itself among them, count as not being there.

    Attributes:
        is_examined: geometry looked at what was nearest.
        is_parted: parts of it were searched too.
        claims: hits of the first page that are called copies, proven or probable, and are none as far as anyone knows.
        known: hits of the first page that are known copies.
        steps_ms: of the search.
        report: of the index that found them.
    """

    is_examined: bool
    is_parted: bool
    claims: tuple[Hit, ...]
    known: tuple[Hit, ...]
    steps_ms: Mapping[str, float]
    report: SearchReport | None

    @property
    def told(self) -> tuple[Told, ...]:
        """How sure the answer was of the hits that are not certain; see CopyAnswer."""
        known = frozenset(hit.image.id for hit in self.known)
        return _told((*self.known, *self.claims), known.__contains__)

    @property
    def wrong(self) -> tuple[Hit, ...]:
        """Claims that are said to be proven."""
        return tuple(hit for hit in self.claims if hit.verdict.is_proven)


def make_copy(edit: Edit, original: HeldPicture, number: int, others: Sequence[HeldPicture]) -> EditedCopy:
    """Edit a picture.

    Args:
        edit: of the grid.
        original: what is edited; it is not changed.
        number: seeds the edit.
        others: pictures for compositions, none of them in the family of the original: laid on itself, or on a known
            copy, it could not be told from its ground.
    """
    lent = _Lent([other.pixels for other in others])
    pixels = edit.apply(original.pixels, number, lent)
    return EditedCopy(edit, original, tuple(others[place] for place in sorted(lent.taken)), pixels)


def search_copy(engine: Engine, copy: EditedCopy) -> CopyAnswer:
    """Search with a copy, end to end; it is handed over as PNG, so that nothing is done to it but the edit."""
    answer = search(engine, encode_copy(copy.pixels), Ask())
    original = copy.original
    hit, is_first = _find(answer, copy)
    itself = next((one for one in answer.copies.hits if one.image.id == original.image_id), None)
    right = None
    if itself is not None and itself.verdict.is_proven:
        told = None if itself.proof is None else itself.proof.transform
        right = truth_of(copy.edit, original.pixels, copy.pixels).judge(told)
    return CopyAnswer(
        verdict=ABSENT if hit is None else hit.verdict.value,
        is_first=is_first,
        is_in_part=hit is not None and hit.part is not None,
        right=right,
        wrong=tuple(hit for hit in answer.copies.hits if hit.verdict.is_proven and not copy.shows(hit.image.id)),
        told=_told(answer.copies.hits, copy.shows),
        steps_ms=answer.steps_ms,
    )


def search_stranger(engine: Engine, data: bytes, image_id: int, family: Container[int]) -> StrangerAnswer:
    """Search with a picture of the catalogue as if it were uploaded, while it is left out of the answer.

    Args:
        engine: over the catalogue.
        data: bytes of its file.
        image_id: its own.
        family: itself and its known copies, which may be in the answer and count as nothing.
    """
    watch = Stopwatch()
    query = replace(describe_query(engine, data, watch), image_id=image_id)
    answer = search_described(engine, query, Ask(), watch)
    return StrangerAnswer(
        # Local features are found where geometry has something to look at, and nowhere else.
        is_examined=answer.query.keypoints is not None,
        is_parted=bool(answer.parts),
        claims=tuple(hit for hit in answer.copies.hits if hit.image.id not in family),
        known=tuple(hit for hit in answer.copies.hits if hit.image.id in family),
        steps_ms=answer.steps_ms,
        report=answer.copies.report,
    )


def sum_up(edit: Edit, copies: Sequence[CopyAnswer]) -> EditVerdicts:
    """Return what was said of the copies that one edit made."""
    judged = [copy.right for copy in copies if copy.right is not None]
    return EditVerdicts(
        edit=edit.name,
        family=edit.family,
        intensity=edit.intensity,
        copies=len(copies),
        verdicts=dict(Counter(copy.verdict for copy in copies)),
        first=sum(copy.is_first for copy in copies),
        in_part=sum(copy.is_in_part for copy in copies),
        judged=len(judged),
        mirrored_right=sum(right.mirrored for right in judged),
        rotation_right=sum(right.rotation is True for right in judged),
        rotation_judged=sum(right.rotation is not None for right in judged),
        kept_right=sum(right.kept for right in judged),
        transform_right=sum(right.everything for right in judged),
        wrong=sum(bool(copy.wrong) for copy in copies),
    )


def _told(hits: Sequence[Hit], is_copy: Callable[[int], bool]) -> tuple[Told, ...]:
    return tuple(
        Told(hit.verdict, hit.probability, is_copy(hit.image.id))
        for hit in hits
        if hit.probability is not None and hit.probability < CERTAIN
    )


def _find(answer: Answer, copy: EditedCopy) -> tuple[Hit | None, bool]:
    """Return the surest hit that is the original or a known copy of it, and whether nothing wrong stands before it."""
    original, is_first = copy.original, True
    for hit in answer.copies.hits:
        if hit.image.id == original.image_id or hit.image.id in original.family:
            return hit, is_first
        is_first = is_first and copy.shows(hit.image.id)
    return next((hit for hit in answer.similar.hits if hit.image.id in original.family), None), False


class _Lent(Sequence[Picture]):
    """Pictures for compositions, which notes those that are taken."""

    def __init__(self, pictures: Sequence[Picture]) -> None:
        self._pictures = pictures
        self.taken: set[int] = set()

    def __len__(self) -> int:
        return len(self._pictures)

    @overload
    def __getitem__(self, place: int) -> Picture: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Picture]: ...

    def __getitem__(self, place: int | slice) -> Picture | Sequence[Picture]:
        self.taken.update(range(len(self))[place] if isinstance(place, slice) else [range(len(self))[place]])
        return self._pictures[place]


def encode_copy(pixels: Picture) -> bytes:
    """Return a picture as a PNG, compressed little, as the time goes into it."""
    file = io.BytesIO()
    to_image(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()
