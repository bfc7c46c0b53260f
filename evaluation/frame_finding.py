"""Are pasted pictures found by their straight edges, and how much is taken for one that is none? On pictures of train.

The edits of the grid that paste a picture tell no place. It is found out by pasting a black one and a white one in its
stead, by the same seed: where the two results differ, the picture lies.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from errors import BadInput
from evaluation.attacks import Edit, edits_named
from evaluation.held_sample import shuffled
from evaluation.markdown import percent, table
from evaluation.picture_files import EDITABLE_SIDE_PX
from feature_extractor.picture import Picture
from feature_extractor.preview import PREVIEW_SIDE_PX, make_preview
from feature_extractor.training.sample import LabelledPicture
from search.frames import RULE, FrameRule, find_frames, overlap
from search.regions import least_frame_px
from search.residual import Box

SPLIT = "train"
PASTED = ("onto_40", "onto_15", "collage", "screenshot_phone", "screenshot_page", "mixed_onto")
"""Edits that lay the picture, upright and whole, into a larger one."""
PLAIN_KINDS = ("photos/houses", "photos/clothing", "photos", "pacs", "art")
"""Pictures as they come are drawn from these in turn: they hold no pasted picture, as far as anyone knows."""
ORIGINALS = 60
PLAIN = 300
OTHERS = 32
FOUND = 0.8
"""Intersection over union from which a part is the pasted picture: its descriptor is hardly another."""
TRIED: Mapping[str, tuple[float, ...]] = {
    "step": (3, 4, 9, 12),
    "lines": (4, 6, 12),
    "ends": (3, 8),
    "line_share": (0.4, 0.5, 0.6, 0.7),
    "least_line": (4.0, 14.0, 20.0),
    "side_share": (0.4, 0.6, 0.7, 0.8),
    "per_absent_side": (0.0, 0.05, 0.15, 0.2),
    "least_evidence": (0.5, 0.55, 0.6, 0.7, 0.75),
    "same_place": (0.6, 0.8),
    "seam": (0.7, 0.95),
    "flat": (5.0, 15.0, 20.0),
}
"""What a sweep puts in the place of each threshold, one at a time."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A picture that a search is given, small, as it looks for frames.

    Attributes:
        edit: '' of a picture as it comes.
        small: RGB uint8, at most 320 px a side.
        least_px: shortest side of a frame.
        place: of the pasted picture; None where there is none.
    """

    edit: str
    small: Picture
    least_px: int
    place: Box | None


@dataclass(frozen=True, slots=True)
class FramesOfEdit:
    """What is found in the pictures of one edit, or in pictures as they come.

    Attributes:
        edit: '' of pictures as they come.
        pictures: how many.
        found: of these, those whose pasted picture is one of the parts.
        framed: of these, those in which any part is proposed.
        parts: proposed, in all of them.
    """

    edit: str
    pictures: int
    found: int
    framed: int
    parts: int


@dataclass(frozen=True, slots=True)
class FrameTrial:
    """What one rule finds.

    Attributes:
        name, value: what was changed; '' where nothing was.
        edits: one each, pictures as they come last.
    """

    name: str
    value: float
    edits: tuple[FramesOfEdit, ...]

    @property
    def found(self) -> float:
        """Share of the pasted pictures that are found, 0..1."""
        pasted = [one for one in self.edits if one.edit]
        return sum(one.found for one in pasted) / max(sum(one.pictures for one in pasted), 1)

    @property
    def parts_of_plain(self) -> float:
        """Parts that are proposed in a picture as it comes, on average."""
        plain = [one for one in self.edits if not one.edit]
        return sum(one.parts for one in plain) / max(sum(one.pictures for one in plain), 1)


@dataclass(frozen=True, slots=True)
class FrameReport:
    """What the rule in force finds, and others beside it.

    Attributes:
        trials: that in force first.
        originals, plain: pictures that were pasted; pictures as they come.
        seed: of every choice; the edits have their own.
    """

    trials: tuple[FrameTrial, ...]
    originals: int
    plain: int
    seed: int

    def to_record(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return asdict(self)

    def to_markdown(self) -> str:
        """Return the report as Markdown: the rule in force by edit, then every rule in a line."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield (
            f"Frames in {self.originals:,} pictures of {SPLIT}, pasted by each edit, and in {self.plain:,} as they "
            f"come (seed {self.seed}): the pasted picture is a part (intersection over union of {FOUND:g} or more); "
            "any part is proposed; parts a picture."
        )
        yield ""
        rows = [
            [
                one.edit or "as they come",
                percent(one.found / one.pictures) if one.edit else "–",
                percent(one.framed / one.pictures),
                f"{one.parts / one.pictures:.2f}",
            ]
            for one in self.trials[0].edits
        ]
        yield from table(["edit", "found, %", "any part, %", "parts"], rows)
        if len(self.trials) == 1:
            return
        yield ""
        yield "Other thresholds, one at a time."
        yield ""
        names = [one.edit for one in self.trials[0].edits if one.edit]
        rows = [
            [
                f"{trial.name} {trial.value:g}" if trial.name else "in force",
                percent(trial.found),
                *(percent(one.found / one.pictures) for one in trial.edits if one.edit),
                f"{trial.parts_of_plain:.2f}",
            ]
            for trial in self.trials
        ]
        yield from table(["threshold", "found, %", *names, "parts of plain"], rows)


def measure_frames(
    pictures: Sequence[LabelledPicture],
    *,
    originals: int = ORIGINALS,
    plain: int = PLAIN,
    sweep: bool = False,
    rule: FrameRule = RULE,
    seed: int = 0,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> FrameReport:
    """Look for frames in pictures of train that were pasted into others, and in pictures as they come.

    Args:
        pictures: of a sample, of both splits; none of val is looked at.
        originals: that are pasted, by each edit of PASTED.
        plain: that are not.
        sweep: try others than the rule too, as TRIED says.
        rule: in force.
        seed: of every choice.
        on_progress: told how many pictures and rules are done, of how many.
    Raises:
        BadInput: there are too few pictures.
        SourceUnreadable: a picture cannot be read.
    """
    edits = edits_named(PASTED)
    rules = [("", 0.0, rule)]
    if sweep:
        rules += [(name, value, changed(rule, name, value)) for name, tried in TRIED.items() for value in tried]
    total = originals * len(edits) + plain + len(rules)
    composed: list[Composed] = []
    for one in _compose(pictures, edits, originals, plain, seed):
        composed.append(one)
        on_progress(len(composed), total)
    trials = []
    for name, value, tried in rules:
        trials.append(FrameTrial(name, value, tuple(_count(composed, tried))))
        on_progress(len(composed) + len(trials), total)
    return FrameReport(tuple(trials), originals, plain, seed)


def changed(rule: FrameRule, name: str, value: float) -> FrameRule:
    """Return a rule with another value of one of its thresholds."""
    values: dict[str, Any] = {name: value}
    return replace(rule, **values)


def place_of(edit: Edit, size: tuple[int, int], number: int, others: Sequence[Picture]) -> Box:
    """Return where an edit puts a picture, upright and whole.

    Args:
        edit: of PASTED.
        size: width and height of the picture, px.
        number, others: as it is given them.
    """
    shape = (size[1], size[0], 3)
    black, white = (edit.apply(np.full(shape, value, np.uint8), number, others) for value in (0, 255))
    differs = np.abs(white.astype(np.int16) - black).max(axis=2) > 96  # more than a compression spills
    across, down = (np.flatnonzero(lines > lines.max() / 2) for lines in (differs.sum(axis=0), differs.sum(axis=1)))
    height, width = differs.shape
    return Box(across[0] / width, down[0] / height, (across[-1] + 1) / width, (down[-1] + 1) / height)


def _compose(
    pictures: Sequence[LabelledPicture], edits: Sequence[Edit], originals: int, plain: int, seed: int
) -> Iterator[Composed]:
    """Yield pictures that were pasted, then pictures as they come, no picture in two roles."""
    photos = _readable(pictures, "photos", seed)
    lent = [pixels for _, pixels in islice(photos, OTHERS)]
    pasted = list(islice(photos, originals))
    if len(pasted) < originals:
        raise _too_few(originals + OTHERS, len(lent) + len(pasted))
    for row, pixels in pasted:
        others = lent[row % OTHERS :] + lent[: row % OTHERS]
        for edit in edits:
            place = place_of(edit, (pixels.shape[1], pixels.shape[0]), row, others)
            yield _look(edit.name, edit.apply(pixels, row, others), place)
    used = {row for row, _ in pasted}
    waiting = [_readable(pictures, kind, seed + 1) for kind in PLAIN_KINDS]
    done = 0
    while done < plain:
        before = done
        for kind in waiting:
            one = next(((row, pixels) for row, pixels in kind if row not in used), None)
            if one is not None and done < plain:
                used.add(one[0])
                done += 1
                yield _look("", one[1], None)
        if done == before:
            raise _too_few(plain, done)


def _readable(pictures: Sequence[LabelledPicture], kind: str, seed: int) -> Iterator[tuple[int, Picture]]:
    """Yield pictures of train that are large enough to edit, with their rows, in an order that the seed draws."""
    rows = [row for row, one in enumerate(pictures) if one.split == SPLIT and one.name.startswith(f"{kind}/")]
    for row in shuffled(rows, seed):
        pixels = pictures[row].read()
        if min(pixels.shape[:2]) >= EDITABLE_SIDE_PX:
            yield row, pixels


def _look(edit: str, pixels: Picture, place: Box | None) -> Composed:
    small = make_preview(pixels, PREVIEW_SIDE_PX)
    return Composed(edit, small, least_frame_px(pixels.shape[1], small.shape[1]), place)


def _count(composed: Sequence[Composed], rule: FrameRule) -> Iterator[FramesOfEdit]:
    for edit in dict.fromkeys(one.edit for one in composed):
        looked = [
            (one.place, find_frames(one.small, least_px=one.least_px, rule=rule))
            for one in composed
            if one.edit == edit
        ]
        yield FramesOfEdit(
            edit=edit,
            pictures=len(looked),
            found=sum(
                place is not None and any(overlap(place, box) >= FOUND for box in boxes) for place, boxes in looked
            ),
            framed=sum(bool(boxes) for _, boxes in looked),
            parts=sum(len(boxes) for _, boxes in looked),
        )


def _too_few(wanted: int, found: int) -> BadInput:
    return BadInput(f"expected {wanted:,} pictures of {SPLIT} of at least {EDITABLE_SIDE_PX} px; found {found:,}")
