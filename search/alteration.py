"""How much was done to a picture, as one number to sort copies by."""

from math import log2

from search.residual import Recolouring
from search.transform import Transform

_TURNED_DEG = 1.5  # less comes from how a turn is measured
_POSE = 0.9  # what is left of a picture that is mirrored or turned: all of it, but not as it was
_COLOURS = 0.5  # weight of the colours beside the shapes
_FULL_BRIGHTNESS, _FULL_OCTAVES, _FULL_HUE_DEG = 0.5, 2.0, 90.0  # changes that count as other colours altogether
_BLUR_PX = 8.0  # of 384: half of what is seen is gone


def alteration(transform: Transform) -> float:
    """Return how much was done to a picture to make a copy of it, 0 (nothing) to 1 (next to nothing is left).

    Both pictures are laid on each other. What they share without what was laid over it, by what either covers, is the
    part that is left: a crop to a half, a border as large as the picture, or a banner over a half of it each leave .5.
    Of that remains the less, the more the colours changed (all of them: a half), the more was blurred (8 px of 384: a
    half), and nine tenths where it was mirrored or turned. Compression and size count nothing. The measure is ours; it
    sorts, and says nothing about right or wrong.

    Args:
        transform: of a proven copy.
    """
    left = _shared(transform) * (1 - _COLOURS * _recoloured(transform.recolouring))
    left /= 1 + max(transform.blur_px, 0.0) / _BLUR_PX
    if transform.mirrored or abs(transform.rotation_deg) > _TURNED_DEG:
        left *= _POSE
    return min(1.0, max(0.0, 1 - left))


def _shared(transform: Transform) -> float:
    """Return the area that both show alike by the area that either covers, 0..1."""
    kept, placed = transform.kept_share, transform.placed_share
    if kept <= 0 or placed <= 0:
        return 0.0
    covered = min(placed, sum(box.area for box in transform.added))
    return (placed - covered) / (1 + placed / kept - placed)  # in units of the query's area


def _recoloured(colours: Recolouring | None) -> float:
    """Return how far the colours are from what they were, 0..1: the furthest of brightness, contrast and the rest."""
    if colours is None:
        return 0.0
    if colours.is_grey or colours.is_tinted:
        return 1.0
    octaves = max(abs(log2(max(factor, 1e-3))) for factor in (colours.contrast, colours.saturation))
    parts = (
        abs(colours.brightness) / _FULL_BRIGHTNESS,
        octaves / _FULL_OCTAVES,
        abs(colours.hue_deg) / _FULL_HUE_DEG,
    )
    return min(1.0, max(parts))
