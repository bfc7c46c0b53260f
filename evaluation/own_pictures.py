"""Pictures drawn from an owner's catalogue, as well as they can still be had.

A catalogue keeps no originals, but where it saw them, and a thumbnail of at most 384 px. A file or a member of a zip
archive that still has the bytes that were added is read again. Of anything else (an address, a tar, a file that moved
or changed) the thumbnail is taken: what the engine compares, the descriptor's 224 px and the geometry's small version,
is all in it, so that edits of it are nearly as hard to find; a report says how many there were.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Catalogue
from data.records import Image
from data.sources import read_again
from data.thumbnails import ThumbnailStore
from errors import BadInput
from evaluation.edits.canvas import resize
from evaluation.picture_files import EDITABLE_SIDE_PX
from feature_extractor.decode import decode
from feature_extractor.picture import Limits, Picture
from feature_extractor.preview import decode_preview, preview_size

LONGEST_SIDE_PX = 1024
"""Of a picture before it is edited; larger ones are made so small first, as the web shows them."""
_SOURCES = 8
"""Places of a picture that are looked at."""


@dataclass(frozen=True, slots=True)
class OwnPicture:
    """A picture of the catalogue that can be searched with and edited.

    Attributes:
        image: its row.
        data: bytes of the file that was read.
        pixels: RGB uint8, sides of 64 to 1024 px.
        thumbnail: its pixels, RGB uint8, sides of at most 384 px.
        is_thumbnail: the file that was read is the thumbnail: nothing else was at hand.
    """

    image: Image
    data: bytes
    pixels: Picture
    thumbnail: Picture
    is_thumbnail: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A picture that was drawn and cannot be taken, and why."""

    image: Image
    reason: str


def draw_own_pictures(
    catalogue: Catalogue, thumbnails: ThumbnailStore, *, model_id: str, limits: Limits, seed: int
) -> Iterator[OwnPicture | LeftOut]:
    """Yield the pictures of a catalogue in random order, every one as likely as any other; stop when you have enough.

    Args:
        catalogue: the owner's.
        thumbnails: beside it.
        model_id: of the model that must have described them, as others are in no index.
        limits: what a file may cost.
        seed: of the order.
    """
    for image_id in np.random.default_rng(seed).permutation(all_ids(catalogue)).tolist():
        image = catalogue.images([image_id]).get(image_id)
        if image is None:
            continue  # removed since
        if not len(catalogue.descriptors_of([image_id], "copy", model_id).ids):
            yield LeftOut(image, "another model than the one in use has described it")
            continue
        yield _read(image, thumbnails, limits)


def all_ids(catalogue: Catalogue) -> NDArray[np.int64]:
    """Return the ids of all pictures, ascending: int64 (n,)."""
    return np.fromiter((image_id for image_id, _ in catalogue.all_sha256()), np.int64)


def name_of(image: Image) -> str:
    """Return what an owner knows a picture by: its title and where it was first seen."""
    words = [image.title, image.sources[0].locator if image.sources else None]
    return " · ".join(word for word in words if word) or f"picture {image.id}"


def _read(image: Image, thumbnails: ThumbnailStore, limits: Limits) -> OwnPicture | LeftOut:
    thumbnail = thumbnails.read(image.sha256)
    if thumbnail is None:
        return LeftOut(image, "its thumbnail is missing: `check` tells of it")
    original = _read_original(image, limits)
    data = thumbnail if original is None else original
    try:
        small = decode_preview(thumbnail)
        pixels = decode(data, limits).pixels
    except BadInput as exc:
        return LeftOut(image, str(exc))
    height, width = pixels.shape[:2]
    if max(width, height) > LONGEST_SIDE_PX:
        pixels = resize(pixels, preview_size(width, height, LONGEST_SIDE_PX))
    if min(pixels.shape[:2]) < EDITABLE_SIDE_PX:
        return LeftOut(image, f"too narrow to edit: {image.width} × {image.height} px")
    return OwnPicture(image, data, pixels, small, is_thumbnail=original is None)


def _read_original(image: Image, limits: Limits) -> bytes | None:
    """Return the bytes that were added, where they still lie; None where they do not."""
    for source in image.sources[:_SOURCES]:
        try:
            data = read_again(source.locator, max_bytes=limits.max_bytes)
        except BadInput:
            continue  # the next place may have it, and the thumbnail stands in for all
        if hashlib.sha256(data).hexdigest() == image.sha256:
            return data
    return None
