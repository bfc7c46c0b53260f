"""The faces of a collection, top to bottom: pictures not looked at yet, pixels, faces, one transaction a batch."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from data.catalogue import Catalogue
from data.face_records import LookedAt, NewFace
from data.records import Image
from data.sources.reading import read_file
from data.thumbnails import ThumbnailStore
from errors import BadInput
from feature_extractor.decode import decode
from feature_extractor.faces.reader import DescribedFace, Reader
from feature_extractor.picture import Limits, Picture

BATCH = 16
"""Pictures whose faces are kept in one transaction."""


@dataclass(frozen=True, slots=True)
class FaceIntake:
    """The parts that look for faces.

    Attributes:
        limits: what a picture file may cost.
    """

    reader: Reader
    catalogue: Catalogue
    thumbnails: ThumbnailStore
    limits: Limits


@dataclass(slots=True)
class FaceTally:
    """What became of the pictures so far.

    Attributes:
        looked_at: pictures whose faces are known now.
        from_thumbnail: of these, those whose file was not where it was added from: small faces are lost in them.
        faces: kept.
        failed: pictures that could not be read.
    """

    looked_at: int = 0
    from_thumbnail: int = 0
    faces: int = 0
    failed: int = 0


def look_for_faces(
    intake: FaceIntake,
    collection: str,
    *,
    on_progress: Callable[[FaceTally, int], None] = lambda tally, total: None,
    on_failure: Callable[[str, str], None] = lambda where, reason: None,
) -> FaceTally:
    """Find and describe the faces of the pictures of a collection that were not looked at yet, and keep them.

    A picture is read from the file that it was added from where that still has the same bytes, and else from its
    thumbnail. Stopped at any moment, all batches before stay, and a second run goes on there. No picture of a face is
    kept: places and vectors alone.

    Args:
        intake: the parts.
        collection: whose faces may be kept.
        on_progress: called after each batch, with the tally and how many pictures there are to look at.
        on_failure: called with place and reason for each picture that cannot be read.
    Raises:
        FacesNotAllowed: nobody switched the faces of the collection on, or they were switched off meanwhile.
        CatalogueUnavailable, StorageUnavailable: nothing more can be read or written.
    """
    tally, after_id = FaceTally(), 0
    consents = {consent.collection: consent for consent in intake.catalogue.faces.consents()}
    total = consents[collection].pictures if collection in consents else 0
    model_id = intake.reader.model_id
    while ids := intake.catalogue.faces.not_looked_at(collection, model_id, after_id=after_id, limit=BATCH):
        looked_at: list[LookedAt] = []
        for image in intake.catalogue.images(ids).values():
            try:
                picture, is_original = _pixels_of(intake, image)
            except BadInput as exc:
                tally.failed += 1
                on_failure(str(image.id), str(exc))
                continue
            faces = intake.reader.read(picture)
            looked_at.append(LookedAt(image.id, [_kept(face, picture) for face in faces]))
            tally.from_thumbnail += not is_original
        tally.faces += intake.catalogue.faces.put(looked_at, model_id)
        tally.looked_at += len(looked_at)
        after_id = ids[-1]
        on_progress(tally, total)
    return tally


def _pixels_of(intake: FaceIntake, image: Image) -> tuple[Picture, bool]:
    """Return a picture, and whether it is from the file that it was added from.

    Raises:
        BadInput: neither that file nor a thumbnail can be read.
    """
    for source in image.sources:
        try:
            data = read_file(Path(source.locator), intake.limits.max_bytes)
        except BadInput:
            continue  # an address, a member of an archive, or moved since
        if sha256(data).hexdigest() == image.sha256:
            return decode(data, intake.limits).pixels, True
    thumbnail = intake.thumbnails.read(image.sha256)
    if thumbnail is None:
        raise BadInput("expected its file or a thumbnail; there is neither", remedy="Find out with `check`.")
    return decode(thumbnail, intake.limits).pixels, False


def _kept(described: DescribedFace, picture: Picture) -> NewFace:
    """Return a face as it is kept: places as shares of the picture's sides."""
    height, width = picture.shape[:2]
    left, top, right, bottom = described.face.box
    return NewFace(
        box=(left / width, top / height, right / width, bottom / height),
        landmarks=(described.face.landmarks / (width, height)).astype(np.float32),
        score=described.face.score,
        quality=described.quality,
        vector=described.vector,
    )
