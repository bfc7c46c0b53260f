"""A batch of pictures of one's own, made for a measurement: edited copies of a catalogue's pictures among strangers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from data.catalogue import Catalogue
from data.records import SourceRecord
from data.thumbnails import ThumbnailStore
from errors import BadInput
from evaluation.answered_copies import HeldPicture, make_copy
from evaluation.attacks import GRID
from evaluation.known_copies import find_known_copies, make_small
from evaluation.own_pictures import OwnPicture, draw_own_pictures
from feature_extractor.decode import decode
from feature_extractor.picture import Limits, Picture
from feature_extractor.preview import decode_preview

OTHERS = 8
"""Pictures of the catalogue that compositions are made with."""
_JPEG_QUALITY = 90


@dataclass(frozen=True, slots=True)
class MadeCopy:
    """An edited copy.

    Attributes:
        edit: its name in the grid.
        image_id: of the picture it was made of.
        shown: ids of all pictures of the catalogue that it shows, that one among them.
    """

    edit: str
    image_id: int
    shown: frozenset[int]


@dataclass(frozen=True, slots=True)
class OwnBatch:
    """The files of a batch.

    Attributes:
        folder: they alone are in it.
        copies: by the name of the file; every other file is a stranger.
        files: how many there are.
        longer_side_px: of half of them it is no longer than this.
        left_out: files that were passed over as strangers: the catalogue has them, or they are no pictures.
    """

    folder: Path
    copies: Mapping[str, MadeCopy]
    files: int
    longer_side_px: int
    left_out: int


def make_own_batch(
    catalogue: Catalogue,
    thumbnails: ThumbnailStore,
    strangers: Iterable[SourceRecord],
    folder: Path,
    *,
    model_id: str,
    limits: Limits,
    own: int,
    copies: int,
    seed: int,
) -> OwnBatch:
    """Write a batch to a folder, its names in an order that tells nothing.

    Copies are JPEG of quality 90, by one edit of the grid after another; strangers are written as they come.

    Args:
        catalogue: pictures of it are edited; thumbnails: beside it.
        strangers: offered in the order in which they are taken; what the catalogue has, or does not decode, is passed
            over.
        folder: of the files; it is there and empty.
        model_id: of the model that described the catalogue.
        limits: what a picture file may cost.
        own: files in all; copies: edited copies among them.
        seed: of what is edited, by which edit, and of the order.
    Raises:
        BadInput: there are too few pictures of either kind.
    """
    drawn = _draw(catalogue, thumbnails, copies + OTHERS, model_id=model_id, limits=limits, seed=seed)
    others = [HeldPicture(one.image.id, frozenset({one.image.id}), one.pixels) for one in drawn[copies:]]
    rng = np.random.default_rng(seed)
    edits = [GRID[number] for number in rng.permutation(len(GRID))]
    places = rng.permutation(own).tolist()
    made: dict[str, MadeCopy] = {}
    sides: list[int] = []
    for number, one in enumerate(drawn[:copies]):
        original = HeldPicture(one.image.id, frozenset({one.image.id}), one.pixels)
        copy = make_copy(edits[number % len(edits)], original, number, others)
        name = f"{places[number]:06}.jpg"
        Image.fromarray(copy.pixels).save(folder / name, quality=_JPEG_QUALITY)
        made[name] = MadeCopy(
            copy.edit.name, one.image.id, frozenset({one.image.id, *(other.image_id for other in copy.others)})
        )
        sides.append(max(copy.pixels.shape))
    left_out, wanted = 0, iter(places[copies:])
    place = next(wanted, None)
    for record in strangers:
        if place is None:
            break
        side = _write_stranger(record, catalogue, folder, f"{place:06}", limits)
        if side is None:
            left_out += 1
            continue
        sides.append(side)
        place = next(wanted, None)
    if place is not None:
        raise BadInput(
            f"expected at least {own - copies:,} pictures that the catalogue does not have; found "
            f"{len(sides) - copies:,}",
            remedy="Name more --strangers, or fewer --own.",
        )
    return OwnBatch(folder, made, own, int(np.median(sides)), left_out)


def _draw(
    catalogue: Catalogue, thumbnails: ThumbnailStore, number: int, *, model_id: str, limits: Limits, seed: int
) -> Sequence[OwnPicture]:
    """Return pictures of the catalogue that can be edited, drawn at random."""
    usable = (
        one
        for one in draw_own_pictures(catalogue, thumbnails, model_id=model_id, limits=limits, seed=seed)
        if isinstance(one, OwnPicture)
    )
    drawn = list(islice(usable, number))
    if len(drawn) < number:
        raise BadInput(
            f"expected a catalogue of at least {number:,} pictures that can be edited; found {len(drawn):,}",
            remedy="Name more pictures, or fewer --own.",
        )
    return drawn


def _write_stranger(record: SourceRecord, catalogue: Catalogue, folder: Path, name: str, limits: Limits) -> int | None:
    """Write a picture that the catalogue lacks; return its longer side in px, or None where it is passed over."""
    try:
        data = record.read()
        decoded = decode(data, limits)
    except BadInput:
        return None
    if catalogue.same_file(sha256(data).hexdigest()) is not None:
        return None
    (folder / f"{name}.{decoded.format.lower()}").write_bytes(data)
    return max(decoded.width, decoded.height)


def is_known_copy(one: Picture, thumbnail: bytes | None) -> bool:
    """Return whether a picture and one of the catalogue are copies as they come, by the rule of known copies.

    Args:
        one: RGB uint8.
        thumbnail: of the other; None where it is missing.
    """
    if thumbnail is None:
        return False
    return any(find_known_copies(make_small([one, decode_preview(thumbnail)]), [0]))
