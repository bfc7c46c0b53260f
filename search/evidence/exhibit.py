"""All that evidence keeps of one picture, whether its file is at hand or only what the catalogue or a query knows."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Catalogue
from data.records import DescriptorKind, Image
from data.sources.names import as_address, printable
from data.sources.reading import read_file
from data.thumbnails import ThumbnailStore
from errors import BadInput, ContractBroken, NotFound, PictureError, SourceUnreadable
from feature_extractor.decode import decode
from feature_extractor.descriptors import Extractor
from feature_extractor.exif import ExifFacts, read_exif
from feature_extractor.hashes import compute_pdq
from feature_extractor.kept_keypoints import resized
from feature_extractor.keypoints import METHOD, OF_CATALOGUE, OF_QUERY, Detail, Keypoints, detect
from feature_extractor.picture import Limits, Picture
from feature_extractor.preview import PREVIEW_SIDE_PX, THUMBNAIL_SIDE_PX, decode_preview, encode_preview
from search.answer import QueryPicture
from search.compare import Known
from search.proof import Seen
from search.verdict import is_too_plain

Look = Literal["catalogue", "query"]
Basis = Literal["file", "small_version"]
LOOKS: Mapping[Look, tuple[Detail, int]] = {
    "catalogue": (OF_CATALOGUE, THUMBNAIL_SIDE_PX),
    "query": (OF_QUERY, PREVIEW_SIDE_PX),
}
"""How closely a picture is looked at: local features, and longer side in px of the small version."""

DESCRIPTOR_TYPE = np.dtype("<f2")
"""As the catalogue keeps them, so that a picture of it and its file give the same numbers."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One picture of a pair.

    Attributes:
        name: of its file, or its title; never where it lies on this machine.
        look: what it was looked at as.
        width, height: px of the upright picture.
        format, size_bytes, sha256, pixel_sha256, jpeg_quality: as in feature_extractor.picture.Decoded.
        orientation: likewise; None where the file is not at hand.
        exif: None where the file is not at hand.
        pdq: 32 bytes; None where the picture is too plain.
        copy, similar: float16 (256,), as the catalogue keeps descriptors.
        features: packed local features, in px of the upright picture.
        preview: the small version, a WebP.
        features_from: what the features were found in.
        row: its row of the catalogue, where it came from there.
        file: its bytes; None where they are not at hand.
        pixels: of the file, decoded; likewise.
    """

    name: str
    look: Look
    width: int
    height: int
    format: str
    size_bytes: int
    sha256: str
    pixel_sha256: str | None
    jpeg_quality: int | None
    orientation: int | None
    exif: ExifFacts | None
    pdq: bytes | None
    copy: NDArray[np.float16]
    similar: NDArray[np.float16]
    features: bytes
    preview: bytes
    features_from: Basis = "file"
    row: Image | None = None
    file: bytes | None = None
    pixels: Picture | None = None

    def known(self) -> Known:
        """Return what a comparison looks at: as it comes out of what is kept, so that it can be done again.

        Raises:
            ContractBroken: the features are not packed ones.
            BrokenPicture: the preview is damaged.
        """
        return Known(
            sha256=self.sha256,
            pixel_sha256=self.pixel_sha256,
            pdq=self.pdq,
            copy=_unit(self.copy),
            similar=_unit(self.similar),
            seen=Seen(Keypoints.unpack(self.features), decode_preview(self.preview)),
            jpeg_quality=self.jpeg_quality,
        )

    def decoded(self) -> Picture:
        """Return the pixels of the file.

        Raises:
            ContractBroken: it was not at hand.
        """
        if self.pixels is None:
            raise ContractBroken(f"expected the pixels of {self.name}; its file was not at hand")
        return self.pixels


def exhibit_file(
    extractor: Extractor, data: bytes, limits: Limits, *, name: str, look: Look, row: Image | None = None
) -> Exhibit:
    """Return a picture file as an exhibit.

    Args:
        extractor: describes it.
        data: the file.
        limits: what it may cost.
        name: of the file; only its last part is kept.
        look: what to look at it as.
        row: of the catalogue, where it is there.
    Raises:
        PictureError: it cannot be used; the subclass says why.
    """
    decoded = decode(data, limits)
    detail, side_px = LOOKS[look]
    descriptors = extractor.describe([decoded.pixels])
    pdq = compute_pdq(decoded.pixels)
    return Exhibit(
        name=_last_part(name),
        look=look,
        width=decoded.width,
        height=decoded.height,
        format=decoded.format,
        size_bytes=decoded.size_bytes,
        sha256=decoded.sha256,
        pixel_sha256=decoded.pixel_sha256,
        jpeg_quality=decoded.jpeg_quality,
        orientation=decoded.orientation,
        exif=read_exif(data if decoded.format == "TIFF" else decoded.exif),
        pdq=None if is_too_plain(pdq) else pdq.bits,
        copy=descriptors.copy[0].astype(DESCRIPTOR_TYPE),
        similar=descriptors.similar[0].astype(DESCRIPTOR_TYPE),
        features=resized(detect(decoded.pixels, detail), decoded.width, decoded.height).pack(),
        preview=encode_preview(decoded.pixels, side_px),
        row=row,
        file=data,
        pixels=decoded.pixels,
    )


def exhibit_image(
    catalogue: Catalogue,
    thumbnails: ThumbnailStore,
    extractor: Extractor,
    image_id: int,
    limits: Limits,
    *,
    look: Look,
    opens_files: bool = True,
) -> Exhibit:
    """Return a picture of the catalogue as an exhibit: its file where it still lies where it was seen, or what is kept.

    Args:
        catalogue, thumbnails: what is kept.
        extractor: describes a file.
        image_id: of the picture.
        limits: what a file may cost.
        look: what to look at a file as.
        opens_files: whether files are looked for; a site opens none of its machine's because a visitor asks.
    Raises:
        NotFound: no such picture, or none that the current model has described.
        BadInput: there is no file, and local features or thumbnail are missing too.
    """
    image = catalogue.image(image_id)
    data = file_of(image, limits.max_bytes) if opens_files else None
    if data is not None:
        return exhibit_file(extractor, data, limits, name=_name_of(image), look=look, row=image)
    vectors = {kind: _descriptor(catalogue, image_id, kind, extractor.model_id) for kind in ("copy", "similar")}
    features = catalogue.keypoints_of([image_id], METHOD).get(image_id)
    preview = thumbnails.read(image.sha256)
    if features is None or preview is None:
        raise BadInput(
            f"picture {image_id} has no {'local features' if features is None else 'thumbnail'} in the catalogue, "
            "and its file is not where it was seen",
            remedy="Run `python3 index.py check --repair`, or give the file itself.",
        )
    return Exhibit(
        name=_name_of(image),
        look="catalogue",
        width=image.width,
        height=image.height,
        format=image.format,
        size_bytes=image.size_bytes,
        sha256=image.sha256,
        pixel_sha256=image.pixel_sha256,
        jpeg_quality=None,
        orientation=None,
        exif=None,
        pdq=image.pdq,
        copy=vectors["copy"],
        similar=vectors["similar"],
        features=features,
        preview=preview,
        row=image,
    )


def exhibit_query(query: QueryPicture, *, name: str) -> Exhibit:
    """Return what was asked with as an exhibit, after the file itself is gone: uploads are never stored.

    A query that nothing stood out for has no local features yet; then they are found in its preview.

    Args:
        query: with its preview.
        name: of the file; only its last part is kept.
    Raises:
        BadInput: it carries no preview.
        BrokenPicture: its preview is damaged.
    """
    if not query.preview:
        raise BadInput("expected a query with a preview", remedy="Search again, then ask for the evidence.")
    features = query.keypoints
    if features is None:
        features = features_of_preview(query.preview, query.width, query.height)
    return Exhibit(
        name=_last_part(name),
        look="query",
        width=query.width,
        height=query.height,
        format=query.format,
        size_bytes=query.size_bytes,
        sha256=query.sha256,
        pixel_sha256=query.pixel_sha256,
        jpeg_quality=query.jpeg_quality,
        orientation=query.orientation,
        exif=None,
        pdq=None if query.too_plain else query.pdq,
        copy=query.copy.astype(DESCRIPTOR_TYPE),
        similar=query.similar.astype(DESCRIPTOR_TYPE),
        features=features,
        preview=query.preview,
        features_from="file" if query.keypoints is not None else "small_version",
    )


def features_of_preview(preview: bytes, width: int, height: int) -> bytes:
    """Return the local features, packed, of the small version of a query, in px of the picture, which has this size.

    Raises:
        BrokenPicture: it is damaged.
    """
    return resized(detect(decode_preview(preview), OF_QUERY), width, height).pack()


def file_of(image: Image, max_bytes: int) -> bytes | None:
    """Return the file of a picture of the catalogue, if one of the places where it was seen still has these bytes."""
    for source in image.sources:
        if as_address(source.locator):  # nothing is fetched
            continue
        try:
            data = read_file(Path(source.locator), max_bytes)
        except (SourceUnreadable, PictureError):  # moved, in an archive, or another and larger file by now
            continue
        if hashlib.sha256(data).hexdigest() == image.sha256:
            return data
    return None


def public_locator(locator: str) -> str:
    """Return where a picture was seen as strangers may read it: an address without its password, of a path its end."""
    if not as_address(locator):
        return _last_part(locator)
    scheme, _, rest = printable(locator).partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return f"{scheme}://{authority.rpartition('@')[2]}{rest[len(authority) :]}"


def _name_of(image: Image) -> str:
    """Return what a picture of the catalogue is called."""
    if image.title:
        return image.title
    return public_locator(image.sources[0].locator) if image.sources else f"picture {image.id}"


def _last_part(name: str) -> str:
    """Return the last part of a path or of an address, what follows its path left out, so that it can be shown."""
    path = re.split(r"[?#]", name)[0] if as_address(name) else name
    parts = [part for part in re.split(r"[/\\]", path) if part]
    return printable(parts[-1])[:255] if parts else "picture"


def _descriptor(catalogue: Catalogue, image_id: int, kind: DescriptorKind, model_id: str) -> NDArray[np.float16]:
    """Return a kept descriptor (256,).

    Raises:
        NotFound: the model in use has not described the picture.
    """
    found = catalogue.descriptors_of([image_id], kind, model_id).vectors
    if len(found) == 0:
        raise NotFound(
            f"picture {image_id} was described by another model than the one in use",
            remedy="Give the file itself, or remove the picture and add it again.",
        )
    return np.asarray(found[0], DESCRIPTOR_TYPE)


def _unit(vector: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return a kept descriptor (256,) as float32 of L2 norm 1 again, which float16 only nearly keeps."""
    wide = vector.astype(np.float32)
    return np.asarray(wide / max(float(np.linalg.norm(wide)), 1e-6), np.float32)
