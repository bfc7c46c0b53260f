"""Pictures within a picture: rectangles that straight edges frame, as in collages, screenshots and cards.

What a camera sees has few edges that stay in one row or column of pixels over a good part of the picture; what a
program pasted has nothing else. A step of colour that is sharpest in its column, pixel above pixel, is the side of
something pasted, whatever lies on either side of it: no plain page behind the picture is needed, and no learnt
detector. Pictures pasted askew, cut out or with soft edges have no such sides, and are not found.
"""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from feature_extractor.picture import Picture
from search.residual import Box

MOST_FRAMES = 8
"""Rectangles that are returned at most: four pictures of a collage, with some that are none among them."""

_TRIED = 200  # of the surest rectangles: hundreds are framed where a page is full of lines


@dataclass(frozen=True, slots=True)
class FrameRule:
    """From where on lines frame a picture.

    Set on pictures of train (`evaluate frames --sample ../shared/data --originals 30 --plain 120 --sweep`): of 180
    pictures pasted in six ways 91 in a hundred are a part, and a picture as it comes has .13 parts. What tells most is
    `side_share`: at .6, with evidence of .6, it was 86 and .14; at .4 or at .5 with the same evidence 94 and 92, for
    .36 and .22 parts of nothing. The pair in force was chosen on 24 other originals: there 92 and .17, with .6 and .6
    88 and .09. A `step` of 3 or 4 and a `same_place` of .8 find one or two in a hundred more, for as much; `seam`,
    `flat`, `line_share` and `least_line` tell next to nothing.

    Attributes:
        step: of 255, in any colour: fainter steps are noise and the blocks of JPEG.
        lines: across the picture that are tried as two sides of a rectangle, the longest first.
        ends: lines between two sides that are tried as the other two, the surest first.
        line_share: of a line that must be sharp: a third is by chance.
        least_line: how far a line must exceed that, in px.
        side_share: of every side of a rectangle that must be sharp.
        per_absent_side: evidence that is lost by a side at the edge of the picture, which is none.
        least_evidence: of a rectangle, up to 1.
        least_area, most_area: of the picture.
        same_place: intersection over union from which two rectangles are one.
        seam: share of a line from side to side that must be sharp to part a rectangle in two.
        flat: standard deviation, of 255, under which there is no picture in a rectangle.
    """

    step: int = 6
    lines: int = 8
    ends: int = 5
    line_share: float = 0.55
    least_line: float = 8.0
    side_share: float = 0.5
    per_absent_side: float = 0.1
    least_evidence: float = 0.65
    least_area: float = 0.02
    most_area: float = 0.9
    same_place: float = 0.7
    seam: float = 0.85
    flat: float = 10.0


RULE = FrameRule()

_Sharp = NDArray[np.bool_]
_Sums = NDArray[np.int32]
_Rectangles = NDArray[np.intp]
"""(n, 4): left, top, right and bottom in px, edges between pixels."""


@dataclass(frozen=True, slots=True)
class _Edges:
    """Where colours step sharply.

    Attributes:
        upright: bool (h, w - 1): column x tells of the step from pixel x to pixel x + 1.
        level: bool (w, h - 1), likewise down: rows stand in place of columns.
        upright_sums, level_sums: of either, as `_running_sums` gives them.
    """

    upright: _Sharp
    level: _Sharp
    upright_sums: _Sums
    level_sums: _Sums

    @classmethod
    def of(cls, picture: Picture, rule: FrameRule) -> Self:
        """Find them in a picture."""
        upright = _sharp_steps(picture, rule)
        level = _sharp_steps(np.ascontiguousarray(picture.transpose(1, 0, 2)), rule)
        return cls(upright, level, _running_sums(upright), _running_sums(level))


def find_frames(picture: Picture, *, least_px: int, rule: FrameRule = RULE) -> tuple[Box, ...]:
    """Return the rectangles of a picture that straight edges frame on one side at least, the surest first.

    Those that a seam parts in two come last: two neighbours in a collage are framed as well as either of them.

    Args:
        picture: RGB uint8, (height, width, 3); about 320 px a side show what is worth finding.
        least_px: shortest side of a rectangle.
        rule: from where on lines frame a picture.
    """
    height, width = picture.shape[:2]
    if min(height, width) < max(least_px, 4):
        return ()
    edges = _Edges.of(picture, rule)
    found = np.concatenate(
        [
            _rectangles(edges.upright, edges.level_sums, least_px, rule),
            _rectangles(edges.level, edges.upright_sums, least_px, rule)[:, [1, 0, 3, 2]],
        ]
    )
    evidence = _evidence(edges, found, rule)
    area = (found[:, 2] - found[:, 0]) * (found[:, 3] - found[:, 1]) / (width * height)
    likely = np.flatnonzero((evidence >= rule.least_evidence) & (area >= rule.least_area) & (area <= rule.most_area))
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    whole: list[Box] = []
    parted: list[Box] = []
    for left, top, right, bottom in found[likely[np.argsort(-evidence[likely], kind="stable")][:_TRIED]].tolist():
        box = Box(left / width, top / height, right / width, bottom / height)
        is_known = any(overlap(box, other) > rule.same_place for other in (*whole, *parted))
        if is_known or grey[top:bottom, left:right].std() < rule.flat:
            continue
        has_seam = any(
            _has_seam(*one, share=rule.seam)
            for one in ((edges.upright_sums, left, right, top, bottom), (edges.level_sums, top, bottom, left, right))
        )
        (parted if has_seam else whole).append(box)
        if len(whole) == MOST_FRAMES:
            break
    return (*whole, *parted)[:MOST_FRAMES]


def overlap(one: Box, other: Box) -> float:
    """Return the area that two boxes share by the area that they cover together, 0..1."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(across, 0.0) * max(down, 0.0)
    return shared / (one.area + other.area - shared) if shared else 0.0


def _sharp_steps(picture: Picture, rule: FrameRule) -> _Sharp:
    """Return where the step from a pixel to the next of its row is larger than those beside it, (h, w - 1)."""
    red, green, blue = cv2.split(cv2.absdiff(picture[:, 1:], picture[:, :-1]))
    step = cv2.max(cv2.max(red, green), blue)
    beside = np.pad(step, ((0, 0), (1, 1)))
    return np.asarray((step > rule.step) & (step > beside[:, :-2]) & (step >= beside[:, 2:]))


def _longest_lines(sharp: _Sharp, rule: FrameRule) -> NDArray[np.intp]:
    """Return the columns that are sharp over the longest stretches, and both edges of the picture, ascending.

    Of every column the stretch counts whose sharp pixels exceed what is asked of it by most (Bentley, "Programming
    Pearls: Algorithm design techniques", 1984).
    """
    run = np.zeros(sharp.shape[1], np.float32)
    best = run.copy()
    for row in sharp.astype(np.float32) - np.float32(rule.line_share):
        run = np.maximum(run + row, 0)
        np.maximum(best, run, out=best)
    columns = {0, len(best) + 1}
    for _ in range(rule.lines):
        column = int(best.argmax())
        if best[column] < rule.least_line:
            break
        columns.add(column + 1)
        best[max(column - 1, 0) : column + 2] = 0  # a side that was resized is two pixels wide
    return np.array(sorted(columns))


def _rectangles(sides: _Sharp, ends: _Sums, least_px: int, rule: FrameRule) -> _Rectangles:
    """Return rectangles between two long lines, closed by what is sharp between these.

    The other two sides are looked for between the first two alone: beside a picture on a page stand lines of text,
    whose edges are longer than its own.

    Args:
        sides: where steps are sharp, (h, w - 1), for the left and the right side.
        ends: running sums of those for the two others, with rows in place of columns: (w + 1, h - 1).
    """
    lines = _longest_lines(sides, rule)
    first, last = np.triu_indices(len(lines), 1)
    apart = lines[last] - lines[first] >= least_px
    left, right = lines[first[apart]], lines[last[apart]]
    every = np.arange(len(left))
    share = (ends[right] - ends[left]) / (right - left)[:, None]  # (pairs, h - 1)
    edge = np.zeros(len(left), np.intp)
    found = [edge, np.full_like(edge, ends.shape[1] + 1)]
    for _ in range(rule.ends):
        row = share.argmax(axis=1)
        found.append(np.where(share[every, row] >= rule.side_share, row + 1, 0))
        for beside in (-1, 0, 1):
            share[every, np.clip(row + beside, 0, share.shape[1] - 1)] = 0
    rows = np.sort(np.stack(found, axis=1), axis=1)
    first, last = np.triu_indices(rows.shape[1], 1)
    top, bottom = rows[:, first], rows[:, last]  # (pairs, choices)
    far = bottom - top >= least_px
    pair = np.broadcast_to(every[:, None], top.shape)[far]
    return np.stack([left[pair], top[far], right[pair], bottom[far]], axis=1)


def _evidence(edges: _Edges, found: _Rectangles, rule: FrameRule) -> NDArray[np.float64]:
    """Return how surely each rectangle is framed, up to 1; 0 where one of its sides is not there, or all are edges."""
    left, top, right, bottom = found.T
    sides = [
        _side(edges.upright_sums, left, top, bottom),
        _side(edges.upright_sums, right, top, bottom),
        _side(edges.level_sums, top, left, right),
        _side(edges.level_sums, bottom, left, right),
    ]
    is_there = np.stack([there for there, _ in sides])  # (4, n)
    share = np.stack([share for _, share in sides])
    length = np.stack([bottom - top, bottom - top, right - left, right - left]) * is_there
    mean = (share * length).sum(axis=0) / np.maximum(length.sum(axis=0), 1)
    is_framed = is_there.any(axis=0) & (np.where(is_there, share, 1).min(axis=0) >= rule.side_share)
    return np.where(is_framed, mean - rule.per_absent_side * (~is_there).sum(axis=0), 0)


def _side(
    sums: _Sums, at: NDArray[np.intp], start: NDArray[np.intp], end: NDArray[np.intp]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return whether sides lie within the picture, not at its edge, and the share of each that is sharp."""
    last = sums.shape[1]
    column = np.clip(at - 1, 0, last - 1)
    return (at > 0) & (at <= last), (sums[end, column] - sums[start, column]) / (end - start)


def _running_sums(sharp: _Sharp) -> _Sums:
    """Return how many pixels of each column are sharp above each edge between pixels, (h + 1, w - 1)."""
    return np.pad(np.cumsum(sharp, axis=0, dtype=np.int32), ((1, 0), (0, 0)))


def _has_seam(sums: _Sums, left: int, right: int, top: int, bottom: int, *, share: float) -> bool:
    """Return whether a line within a rectangle, clear of its sides, is sharp from top to bottom."""
    clear = max((right - left) // 8, 2)
    inside = slice(left + clear - 1, right - clear)
    across = sums[bottom, inside] - sums[top, inside]
    return bool(across.size) and bool(across.max() >= share * (bottom - top))
