"""Which edits a view of a picture gets: the tables of families, the plan drawn from them, and its doing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from feature_extractor.picture import Picture
from feature_extractor.training.augment import (
    colour,
    compositions,
    geometry,
    overlays,
    quality,
    screens,
    surrounds,
)
from feature_extractor.training.augment.geometry import Frame, GeometricEdit, keep_window, mirror, render, see_whole
from feature_extractor.training.augment.pixels import GREATEST_SIDE, Change, Others, shrink_to_fit


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of edit.

    Attributes:
        name: unique.
        weight: how often it is drawn, against the others it is drawn from.
    """

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class GeometricFamily(Family):
    """A kind of edit that says where pixels go."""

    edit: GeometricEdit


@dataclass(frozen=True, slots=True)
class PixelFamily(Family):
    """A kind of edit that makes new pixels.

    Attributes:
        calls_others: whether it needs other pictures.
    """

    edit: Change
    calls_others: bool = False


_MIRROR = GeometricFamily("mirror", 8, geometry.mirror)
_QUARTER_TURN = GeometricFamily("quarter turn", 10, geometry.quarter_turn)
GEOMETRY: tuple[GeometricFamily, ...] = (
    GeometricFamily("crop", 28, geometry.crop),
    _MIRROR,
    GeometricFamily("flip", 2, geometry.flip),
    _QUARTER_TURN,
    GeometricFamily("rotate", 8, geometry.rotate),
    GeometricFamily("aspect", 4, geometry.change_aspect),
    GeometricFamily("shear", 2, geometry.shear),
    GeometricFamily("tilt", 6, geometry.tilt),
)
COLOUR: tuple[PixelFamily, ...] = (
    PixelFamily("tone", 6, colour.change_tone),
    PixelFamily("recolour", 5, colour.recolour),
    PixelFamily("drop colour", 6, colour.drop_colour),
    PixelFamily("levels", 4, colour.change_levels),
    PixelFamily("fade", 2, colour.fade),
    PixelFamily("light", 2, colour.light_unevenly),
    PixelFamily("part", 2, colour.change_part),
)
CHANGES: tuple[PixelFamily, ...] = (
    *COLOUR,
    PixelFamily("compress", 7, quality.compress),
    PixelFamily("rescale", 6, quality.rescale),
    PixelFamily("blur", 10, quality.blur),
    PixelFamily("sharpen", 2, quality.sharpen),
    PixelFamily("noise", 4, quality.add_noise),
    PixelFamily("watermark", 4, overlays.watermark),
    PixelFamily("text", 7, overlays.write),
    PixelFamily("meme", 4, overlays.write_meme),
    PixelFamily("lines", 3, overlays.draw_lines),
    PixelFamily("stamps", 6, overlays.stamp),
    PixelFamily("cut out", 4, overlays.cut_out),
    PixelFamily("lay over", 4, compositions.lay_other_over, calls_others=True),
    PixelFamily("inset", 2, compositions.inset_other, calls_others=True),
    PixelFamily("border", 5, surrounds.pad),
    PixelFamily("frame", 4, surrounds.frame),
    PixelFamily("corners", 2, surrounds.round_corners),
)
COMPOSITIONS: tuple[PixelFamily, ...] = (
    PixelFamily("onto", 17, compositions.put_onto, calls_others=True),
    PixelFamily("collage", 15, compositions.make_collage, calls_others=True),
    PixelFamily("screenshot", 6, screens.screenshot, calls_others=True),
)

_ALONE: tuple[GeometricFamily | PixelFamily, ...] = (*GEOMETRY, *CHANGES)
_FamilyT = TypeVar("_FamilyT", bound=Family)

MOST_OTHERS = 8
"""Most other pictures that a view is composed with: a collage is of nine."""

_COMPOSED = 0.35
"""Share of strong views that are compositions."""

_EDITS = np.array([0.35, 0.4, 0.25])
"""Share of strong views with one, two and three edits, a composition apart."""

_FINISHED = 0.4
"""Share of the views with several edits that are saved as JPEG in the end."""


def _crop_lightly(frame: Frame, rng: np.random.Generator, _strength: float) -> Frame:
    """Keep 70 % of the area or more."""
    return keep_window(frame, rng, rng.uniform(0.7, 1), rng.uniform(0.9, 1.1))


_CROP_LIGHTLY = GeometricFamily("light crop", 0, _crop_lightly)


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done to a picture.

    Attributes:
        geometry: rendered as one, first.
        changes: done one after the other.
        strength: 0..1, how far of its range each may go: less where many meet, or nothing would be left to learn.
        is_saved: whether the result is saved as JPEG in the end.
    """

    geometry: tuple[GeometricFamily, ...]
    changes: tuple[PixelFamily, ...]
    strength: float
    is_saved: bool


def draw_plan(rng: np.random.Generator) -> Plan:
    """Return one to three edits, or a composition with the few that leave its part recognisable."""
    if rng.random() < _COMPOSED:
        return _plan_composition(rng)
    count = int(rng.choice([1, 2, 3], p=_EDITS))
    chosen = _draw(_ALONE, count, rng)
    return Plan(
        geometry=tuple(family for family in chosen if isinstance(family, GeometricFamily)),
        changes=tuple(family for family in chosen if isinstance(family, PixelFamily)),
        strength=1.0 if count == 1 else rng.uniform(0.5, 1) if count == 2 else rng.uniform(0.3, 0.8),
        is_saved=count > 1 and rng.random() < _FINISHED,
    )


def edit_strongly(picture: Picture, rng: np.random.Generator, others: Others) -> Picture:
    """Return a picture as thieves change it: one to three edits, or within another picture, a collage, a screen.

    Args:
        picture: RGB uint8, (height, width, 3); it is not changed.
        rng: decides everything.
        others: returns another picture; called only where one is needed, MOST_OTHERS times at most.
    Returns:
        RGB uint8, a new array with sides of 32 to 448 px.
    """
    return carry_out(draw_plan(rng), picture, rng, others)


def carry_out(plan: Plan, picture: Picture, rng: np.random.Generator, others: Others) -> Picture:
    """Return a picture edited as planned; arguments and result are those of edit_strongly."""
    side = int(rng.integers(240, 321))
    frame = see_whole(picture)
    for shape in plan.geometry:
        frame = shape.edit(frame, rng, plan.strength)
    edited = render(picture, frame, rng, side) if plan.geometry else shrink_to_fit(picture, side)
    for family in plan.changes:
        edited = shrink_to_fit(family.edit(edited, rng, plan.strength, others), GREATEST_SIDE)
    if plan.is_saved:
        edited = quality.jpeg(edited, int(rng.integers(20, 91)))
    return picture.copy() if edited is picture else np.ascontiguousarray(edited)


def view_lightly(picture: Picture, rng: np.random.Generator) -> Picture:
    """Return a picture nearly as it is: most of it or all, maybe mirrored, its colours a little changed.

    Args:
        picture: RGB uint8, (height, width, 3); it is not changed.
        rng: decides everything.
    Returns:
        RGB uint8, a new array with sides of 64 to 448 px.
    """
    frame = frame_lightly(see_whole(picture), rng)
    viewed = render(picture, frame, rng, int(rng.integers(240, 321)), least_side=64)
    if rng.random() < 0.5:
        viewed = colour.change_tone(viewed, rng, 0, lambda: picture)
    if rng.random() < 0.25:
        viewed = quality.jpeg(viewed, int(rng.integers(45, 96)))
    return viewed


def frame_lightly(frame: Frame, rng: np.random.Generator) -> Frame:
    """Return the whole frame half of the time, else 60 % of its area or more, anywhere; mirrored half of the time."""
    if rng.random() < 0.5:
        frame = keep_window(frame, rng, rng.uniform(0.6, 1), rng.uniform(0.8, 1.25))
    return mirror(frame, rng, 1) if rng.random() < 0.5 else frame


def _plan_composition(rng: np.random.Generator) -> Plan:
    """Return a plan that ends in a composition; half of them change the picture's or the whole's colours too."""
    shapes: list[GeometricFamily] = []
    if rng.random() < 0.3:
        shapes.append(_CROP_LIGHTLY)
    chance = rng.random()
    if chance < 0.35:
        shapes.append(_MIRROR if chance < 0.25 else _QUARTER_TURN)
    changes = list(_draw(COMPOSITIONS, 1, rng))
    chance = rng.random()
    if chance < 0.5:
        changes.insert(int(rng.integers(2)), _draw(COLOUR, 1, rng)[0])
    elif chance < 0.65:
        extra = _draw([family for family in CHANGES if not family.calls_others], 1, rng)
        changes.insert(0, extra[0])
    return Plan(tuple(shapes), tuple(changes), rng.uniform(0.3, 1), rng.random() < _FINISHED)


def _draw(families: Sequence[_FamilyT], count: int, rng: np.random.Generator) -> list[_FamilyT]:
    """Return so many different families, by weight, in random order."""
    weights = np.array([family.weight for family in families])
    chosen = rng.choice(len(families), count, replace=False, p=weights / weights.sum())
    return [families[number] for number in chosen]
