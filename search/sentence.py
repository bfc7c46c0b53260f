"""What was done to a picture, in one sentence for people and in one record for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

from search.residual import Box, Recolouring
from search.transform import Polygon, Transform

UNCHANGED = "Shows the whole picture, unchanged but for re-encoding."
MOST_CHARACTERS = 240
"""Of a sentence: two lines under a picture."""

# What is smaller than these is not worth a word: it comes from rounding to whole px, from scans laid down by hand and
# from other programs' ways to resample, or nobody would see it.
_TURNED_DEG = 1.5
_RIGHT_ANGLE_DEG = 2.0  # as exact as a turn is measured on a small picture; nobody turns by 88 degrees
_STRETCHED = (0.93, 1.07)
_PERSPECTIVE = 0.08
_WHOLE = 0.97  # of the picture's area: a line or two of px at each edge go in many conversions
_FILLS = 0.93  # of the query's area: a border of 2 % of each side is seen, a hairline is not
_MARGIN = 0.015  # of a side: under the 1.8 % that each margin has where four equal ones leave 93 %
_REDUCED, _ENLARGED = 0.6, 1.6  # the web keeps pictures in many sizes; what stays between is the usual re-sizing
_BRIGHTNESS, _MUCH_BRIGHTNESS = 0.06, 0.2  # of full range: 15 and 51 of 255
_CONTRAST = (0.8, 1.25)
_SATURATION = (0.75, 1.33)
_HUE_DEG = 12.0
_BLUR_PX = 1.0
_COMPRESSED = 40  # blocks can be seen below
_COVERS = 0.5  # of the query: the centre of a box as large as this says nothing about where it is

_NEAR = 0.04  # relative: how exactly "a third" is a third
_FRACTIONS = ((1 / 2, "half"), (1 / 3, "a third"), (1 / 4, "a quarter"), (1 / 5, "a fifth"), (1 / 10, "a tenth"))
_MULTIPLES = ((2.0, "twice its size"), (3.0, "three times its size"), (4.0, "four times its size"))
_PLACES = (
    ("top left", "at the top", "top right"),
    ("at the left", "in the centre", "at the right"),
    ("bottom left", "at the bottom", "bottom right"),
)


@dataclass(frozen=True, slots=True)
class _Change:
    """One thing that was done.

    Attributes:
        text: as a member of a list.
        rank: 0 for what a person asks first; where there is no room for all, the highest go.
        alone: as a whole sentence; empty where `text` serves.
        is_done: it can stand after "and" behind another such: 'mirrored and cropped', but not 'mirrored and darker'.
    """

    text: str
    rank: int
    alone: str = ""
    is_done: bool = True


def describe_transform(transform: Transform) -> str:
    """Return what was done to a picture to make the query of it, as one English sentence.

    It goes from the pose of the picture over its part, size, colours and sharpness to what was added. Sizes are those
    of sides ('reduced to a third'), parts those of areas ('cropped to 62 %'), and places are those of the query.

    Args:
        transform: any; what is not a number in it adds nothing.
    Returns:
        At most 240 characters, from a capital letter to a full stop; where more was done than fits, the most telling,
        'among other changes'.
    """
    changes = [
        *_pose(transform),
        *_part(transform),
        *_size(transform.scale),
        *_colours(transform.recolouring),
        *_sharpness(transform),
        *_additions(transform.added),
    ]
    if not changes:
        return UNCHANGED
    sentence = _sentence(changes)
    while len(sentence) > MOST_CHARACTERS:
        # The last of those of the highest rank; what has rank 0 fits together.
        changes.remove(max(reversed(changes), key=lambda change: change.rank))
        sentence = _sentence(changes, ", among other changes")
    return sentence


def describe_place(box: Box) -> str:
    """Return where in a picture a part of it lies and how much of it that is, as the middle of a sentence."""
    return f"{_place(box)}, {_percent(box.area)} of its area"


def transform_record(transform: Transform) -> dict[str, object]:
    """Return a transform in what JSON can hold, with units in the names and no more digits than are known.

    'share' is a share of a picture's area, 'shares' are shares of its width and height, both 0..1; a number that is
    not finite is null.
    """
    recolouring = transform.recolouring
    return {
        "mirrored": transform.mirrored,
        "rotation_deg": _rounded(transform.rotation_deg, 1),
        "scale_px_per_px": _four_figures(transform.scale),
        "aspect_ratio": _rounded(transform.aspect, 3),
        "perspective_share": _rounded(transform.perspective, 3),
        "kept_polygon_shares": _corners(transform.kept),
        "kept_area_share": _rounded(transform.kept_share, 4),
        "placed_polygon_shares": _corners(transform.placed),
        "placed_area_share": _rounded(transform.placed_share, 4),
        "is_surround_plain": transform.is_surround_plain,
        "recolouring": None
        if recolouring is None
        else {
            "is_grey": recolouring.is_grey,
            "is_tinted": recolouring.is_tinted,
            "brightness_share": _rounded(recolouring.brightness, 3),
            "contrast_factor": _rounded(recolouring.contrast, 2),
            "saturation_factor": _rounded(recolouring.saturation, 2),
            "hue_deg": _rounded(recolouring.hue_deg, 1),
        },
        "blur_sigma_px_of_384": _rounded(transform.blur_px, 1),
        "jpeg_quality": transform.jpeg_quality,
        "added_boxes_shares": [
            {
                "left": _rounded(box.left, 4),
                "top": _rounded(box.top, 4),
                "right": _rounded(box.right, 4),
                "bottom": _rounded(box.bottom, 4),
            }
            for box in transform.added
        ],
    }


def _pose(transform: Transform) -> Iterator[_Change]:
    """Yield how the picture was turned and bent."""
    angle = (transform.rotation_deg + 180) % 360 - 180 if isfinite(transform.rotation_deg) else 0.0
    direction = "clockwise" if angle > 0 else "anticlockwise"
    is_half = 180 - abs(angle) <= _RIGHT_ANGLE_DEG
    if transform.mirrored:  # with half a turn it is what people do to make one picture of a reflection in water
        yield _Change("mirrored top to bottom" if is_half else "mirrored", 0)
    if is_half:
        if not transform.mirrored:
            yield _Change("turned upside down", 0)
    elif abs(abs(angle) - 90) <= _RIGHT_ANGLE_DEG:
        yield _Change(f"turned by a quarter {direction}", 0)
    elif abs(angle) >= _TURNED_DEG:
        yield _Change(f"turned by {abs(angle):.0f}° {direction}", 0)
    if isfinite(transform.perspective) and transform.perspective > _PERSPECTIVE:
        yield _Change("seen in perspective", 1)
    aspect = transform.aspect
    if isfinite(aspect) and aspect > 0 and not _STRETCHED[0] <= aspect <= _STRETCHED[1]:
        # The list says first that it was turned: what was its width lies upright by then.
        side = "width" if (aspect > 1) != (45 < abs(angle) < 135) else "height"
        yield _Change(f"stretched to {_percent(max(aspect, 1 / aspect))} of its {side}", 3)


def _part(transform: Transform) -> Iterator[_Change]:
    """Yield how much of the picture was kept, and what it was put into."""
    if transform.kept_share <= _WHOLE:
        yield _Change(f"cropped to {_percent(transform.kept_share)}", 0)
    if not transform.placed:
        return
    # What a turn or perspective leaves empty lies in the corners of the smallest box around the picture, whether they
    # were filled with one colour or with more of the picture. What lies outside of that box was put there.
    left, top, right, bottom = _bounds(transform)
    if not (right - left) * (bottom - top) < _FILLS:
        return
    if not transform.is_surround_plain:
        yield _Change(f"set into a larger picture, where it fills {_percent(transform.placed_share)}", 0)
        return
    margins = {"above": top, "below": 1 - bottom, "left of": left, "right of": 1 - right}
    sides = [side for side, margin in margins.items() if margin > _MARGIN]
    if len(sides) in {1, 2}:  # a caption, or the bars of a film
        noun, where = ("a plain strip", sides[0]) if len(sides) == 1 else ("plain strips", " and ".join(sides))
        verb = "was" if len(sides) == 1 else "were"
        yield _Change(f"{noun} put {where} it", 0, f"{noun} {verb} put {where} it", is_done=False)
    else:
        yield _Change("a border put around it", 0, "a border was put around it", is_done=False)


def _size(scale: float) -> Iterator[_Change]:
    """Yield how much smaller or larger the picture became."""
    if not isfinite(scale) or scale <= 0 or _REDUCED <= scale <= _ENLARGED:
        return
    verb, named = ("reduced", _FRACTIONS) if scale < 1 else ("enlarged", _MULTIPLES)
    near = (words for size, words in named if abs(scale / size - 1) < _NEAR)
    yield _Change(f"{verb} to {next(near, None) or _percent(scale)}", 2)


def _colours(recolouring: Recolouring | None) -> Iterator[_Change]:
    """Yield how the colours were changed."""
    if recolouring is None:
        return
    if recolouring.is_grey:
        yield _Change("made grey", 1)
    elif recolouring.is_tinted:
        yield _Change("brought into two inks", 1)
    if abs(recolouring.brightness) > _BRIGHTNESS:
        much = "much " if abs(recolouring.brightness) > _MUCH_BRIGHTNESS else ""
        yield _Change(f"{much}{'lighter' if recolouring.brightness > 0 else 'darker'}", 2, is_done=False)
    if recolouring.contrast < _CONTRAST[0]:
        yield _Change("less contrast", 4, is_done=False)
    elif recolouring.contrast > _CONTRAST[1]:
        yield _Change("more contrast", 4, is_done=False)
    if recolouring.is_grey or recolouring.is_tinted:
        return  # which says all of what remains
    if recolouring.saturation < _SATURATION[0]:
        yield _Change("paler colours", 4, is_done=False)
    elif recolouring.saturation > _SATURATION[1]:
        yield _Change("stronger colours", 4, is_done=False)
    if abs(recolouring.hue_deg) > _HUE_DEG:
        yield _Change("other hues", 5, is_done=False)


def _sharpness(transform: Transform) -> Iterator[_Change]:
    """Yield what was lost of the details."""
    if transform.blur_px > _BLUR_PX:
        yield _Change("blurred", 3)
    if transform.jpeg_quality is not None and transform.jpeg_quality < _COMPRESSED:
        yield _Change(f"compressed hard (JPEG quality about {transform.jpeg_quality})", 5)


def _additions(added: Sequence[Box]) -> Iterator[_Change]:
    """Yield what lies on the picture: the places of the two largest, and in how many others there is more."""
    places = list(dict.fromkeys(_place(box) for box in added))
    if not places:
        return
    where = " and ".join(places[:2])
    if len(places) > 2:
        others = "one other place" if len(places) == 3 else f"{len(places) - 2} other places"
        where += f", and more in {others}"
    yield _Change(f"text or a mark added {where}", 0, f"text or a mark was added {where}", is_done=False)


def _place(box: Box) -> str:
    """Return where in the query a box lies, by the thirds that its centre is in."""
    if box.area > _COVERS:
        return "across most of it"
    row, column = (
        sum(middle > edge for edge in (1 / 3, 2 / 3))
        for middle in ((box.top + box.bottom) / 2, (box.left + box.right) / 2)
    )
    return _PLACES[row][column]


def _bounds(transform: Transform) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of where the picture lies in the query."""
    xs, ys = zip(*transform.placed, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _sentence(changes: Sequence[_Change], tail: str = "") -> str:
    """Return changes as a sentence, with something to say before its full stop."""
    if len(changes) == 1:
        text = changes[0].alone or changes[0].text
    else:
        *before, last = changes
        listed = ", ".join(change.text for change in before)
        between = ", "
        if last.is_done and before[-1].is_done:
            between = ", and " if "," in before[-1].text else " and "
        text = listed + between + last.text
    return f"{text[0].upper()}{text[1:]}{tail}."


def _percent(share: float) -> str:
    """Return a share or factor in per cent; what is not all of it is never '100 %'."""
    if share < 0.01 or not isfinite(share):
        return "less than 1 %"
    if share > 10:
        return "more than 1,000 %"
    return f"{min(round(share * 100), 99) if share < 1 else round(share * 100):,} %"


def _rounded(value: float, digits: int) -> float | None:
    """Return a number for JSON, which knows neither infinity nor any need of a negative zero."""
    return round(value, digits) + 0.0 if isfinite(value) else None


def _four_figures(value: float) -> float | None:
    """Return a number with its four first figures; the largest floats round up to infinity."""
    rounded = float(f"{value:.4g}")
    return rounded if isfinite(rounded) else None


def _corners(polygon: Polygon) -> list[list[float | None]]:
    """Return the corners of a polygon as pairs of x and y."""
    return [[_rounded(x, 4), _rounded(y, 4)] for x, y in polygon]
