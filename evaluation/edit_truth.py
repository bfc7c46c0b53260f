"""What each edit of the grid does to the place of pixels, by its construction: what should be told of its copies."""

from dataclasses import dataclass

import numpy as np

from evaluation.attacks import GRID, Edit
from evaluation.edits.geometric import rotate_and_cut
from feature_extractor.picture import Picture
from search.transform import Transform

ROTATION_DEG = 3.0
"""How far off a rotation may be told."""
KEPT_SHARE = 0.10
"""How far off the area that is left may be told, as a share of the original's."""

_GRID = frozenset(edit.name for edit in GRID)
_MIRRORED = frozenset({"mirror", "mixed_turn", "mixed_onto"})
_CLOCKWISE_DEG = {
    # Pillow and NumPy turn the other way.
    "turn_90": -90.0,
    "turn_180": 180.0,
    "turn_270": 90.0,
    "rotate_plus_7": -7.0,
    "rotate_minus_7": 7.0,
    "rotate_plus_20": -20.0,
    "rotate_minus_20": 20.0,
    "mixed_turn": -10.0,
}
_TURNED_UNEVENLY = frozenset({"perspective"})
_CUT = frozenset({"crop_60", "crop_30", "crop_15", "mixed_crop", "rotate_plus_7", "rotate_minus_7"})
_MIXED_TURN_DEG = 10.0


@dataclass(frozen=True, slots=True)
class Right:
    """Which parts of a transform were told right.

    Attributes:
        rotation: None where an edit has no one angle.
    """

    mirrored: bool
    rotation: bool | None
    kept: bool

    @property
    def everything(self) -> bool:
        """Whether all that can be judged is right."""
        return self.mirrored and self.rotation is not False and self.kept


@dataclass(frozen=True, slots=True)
class EditTruth:
    """What was done to an original, in the terms of `search.transform.Transform`.

    Attributes:
        mirrored: left to right, before anything is turned.
        rotation_deg: clockwise, -180..180; None where a view from aside turns each place by another angle.
        kept_share: of the original's area, 0..1; what is drawn over it still counts as kept.
    """

    mirrored: bool
    rotation_deg: float | None
    kept_share: float

    def judge(self, told: Transform | None) -> Right:
        """Return what of a transform is right; None stands for a copy that is said to be the original untouched."""
        mirrored, rotation_deg, kept = (
            (False, 0.0, 1.0) if told is None else (told.mirrored, told.rotation_deg, told.kept_share)
        )
        return Right(
            mirrored=mirrored == self.mirrored,
            rotation=None if self.rotation_deg is None else _angle(rotation_deg, self.rotation_deg) <= ROTATION_DEG,
            kept=abs(kept - self.kept_share) <= KEPT_SHARE,
        )


def truth_of(edit: Edit, original: Picture, copy: Picture) -> EditTruth:
    """Return what an edit of the grid did to an original.

    Args:
        edit: of the grid.
        original, copy: before and after it.
    Raises:
        ValueError: the edit is none of the grid, so that nothing is known of it.
    """
    if edit.name not in _GRID:
        raise ValueError(f"expected an edit of the grid; received {edit.name!r}")
    return EditTruth(
        mirrored=edit.name in _MIRRORED,
        rotation_deg=None if edit.name in _TURNED_UNEVENLY else _CLOCKWISE_DEG.get(edit.name, 0.0),
        kept_share=_kept_share(edit.name, original, copy),
    )


def _kept_share(name: str, original: Picture, copy: Picture) -> float:
    """Return how much of the original's area is left."""
    if name in _CUT:
        # What they leave keeps its scale, and nothing is put around it.
        return _area(copy) / _area(original)
    if name == "mixed_turn":
        # It is made smaller after it is cut, so that the cut is done again.
        cut = rotate_and_cut(np.zeros_like(original), np.random.default_rng(0), degrees=_MIXED_TURN_DEG)
        return _area(cut) / _area(original)
    return 1.0


def _area(pixels: Picture) -> int:
    return int(pixels.shape[0] * pixels.shape[1])


def _angle(one: float, other: float) -> float:
    """Return how far two directions are apart, 0..180 degrees."""
    return abs((one - other + 180) % 360 - 180)
