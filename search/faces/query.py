"""The life of a query for faces: decode, find, describe, nearest, rows. Nothing of it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Catalogue
from data.face_records import Box, KeptFace
from data.records import Image
from errors import FacesNotAllowed
from feature_extractor.decode import decode
from feature_extractor.faces.reader import DescribedFace, Reader
from feature_extractor.picture import Decoded, Limits
from search.vector_index.contract import NO_ID, IndexIdentity, SearchReport, VectorIndex
from search.vector_index.lsh import LSHIndex

LIMIT = 20
"""Hits of each face."""


@dataclass(frozen=True, slots=True)
class FaceHit:
    """A face of the catalogue near one of the query.

    Attributes:
        face: where it is in its picture.
        image: the picture.
        cosine: of the two faces' descriptors, -1..1.
        is_same_person: whether that is as much as faces of one person usually have in common. It is no proof.
    """

    face: KeptFace
    image: Image
    cosine: float
    is_same_person: bool


@dataclass(frozen=True, slots=True)
class FaceAnswer:
    """What was found for one face of the query.

    Attributes:
        box: of the face in the query, as shares of its sides.
        score, quality: as in DescribedFace.
        hits: nearest first.
        report: how the answer came about.
    """

    box: Box
    score: float
    quality: float
    hits: tuple[FaceHit, ...]
    report: SearchReport


@dataclass(frozen=True, slots=True)
class QueryFace:
    """A face that is searched with.

    Attributes:
        box: of the face in the query, as shares of its sides.
        score, quality: as in DescribedFace.
        vector: float32 (dim,), L2 norm 1.
    """

    box: Box
    score: float
    quality: float
    vector: NDArray[np.float32]


def search_faces(
    catalogue: Catalogue,
    reader: Reader,
    data: bytes,
    limits: Limits,
    *,
    limit: int = LIMIT,
    collection: str | None = None,
) -> list[FaceAnswer]:
    """Return what is near each face of a picture, among the faces that may be kept.

    Args:
        catalogue: of the faces.
        reader: of the query's faces; only faces that the same model described are compared.
        data: the picture file.
        limits: what it may cost.
        limit: hits of each face.
        collection: only faces of this collection.
    Returns:
        an answer a face of the query, those the detector is surest of first; none where it has no face.
    Raises:
        PictureError: the query cannot be decoded.
        FacesNotAllowed: nobody switched on the faces of the collection, or of any; the query's are not looked for.
    """
    _, faces = read_faces(catalogue, reader, data, limits, collection=collection)
    return nearest_faces(catalogue, reader, faces, limit=limit, collection=collection)


def read_faces(
    catalogue: Catalogue, reader: Reader, data: bytes, limits: Limits, *, collection: str | None = None
) -> tuple[Decoded, list[QueryFace]]:
    """Return a picture file decoded, and its faces, those the detector is surest of first.

    Raises:
        PictureError: the file cannot be decoded.
        FacesNotAllowed: as for search_faces, before anything of the file is read.
    """
    check_searchable(catalogue, collection)
    decoded = decode(data, limits)
    height, width = decoded.pixels.shape[:2]
    return decoded, [
        QueryFace(_shares(one, width, height), one.face.score, one.quality, one.vector)
        for one in reader.read(decoded.pixels)
    ]


def nearest_faces(
    catalogue: Catalogue,
    reader: Reader,
    faces: Sequence[QueryFace],
    *,
    limit: int = LIMIT,
    collection: str | None = None,
) -> list[FaceAnswer]:
    """Return what is near each of some faces, in their order.

    Args:
        catalogue, reader, limit, collection: as for search_faces.
        faces: described by the same model.
    Raises:
        FacesNotAllowed: nobody switched on the faces of the collection, or of any.
    """
    check_searchable(catalogue, collection)
    if not faces:
        return []
    index = open_face_index(catalogue, reader, collection)
    neighbours = index.search(np.stack([face.vector for face in faces]), limit)
    found = catalogue.faces.faces(set(neighbours.ids.ravel().tolist()) - {NO_ID})
    images = catalogue.images([face.image_id for face in found.values()])
    return [
        FaceAnswer(
            box=face.box,
            score=face.score,
            quality=face.quality,
            hits=_hits(neighbours.ids[row].tolist(), neighbours.scores[row].tolist(), found, images, reader),
            report=neighbours.report,
        )
        for row, face in enumerate(faces)
    ]


def check_searchable(catalogue: Catalogue, collection: str | None) -> None:
    """Raise FacesNotAllowed unless the faces of a collection may be searched; None: of any."""
    if collection is not None:
        catalogue.faces.check_allowed(collection)
    elif not catalogue.faces.consents():
        raise FacesNotAllowed("faces of no collection may be kept or searched: nobody switched them on")


def best_of_pictures(hits: Sequence[FaceHit], most: int) -> tuple[FaceHit, ...]:
    """Return the nearest face of each picture, nearest first, of so many pictures at most."""
    best: dict[int, FaceHit] = {}
    for hit in hits:
        best.setdefault(hit.image.id, hit)
    return tuple(best.values())[:most]


def open_face_index(catalogue: Catalogue, reader: Reader, collection: str | None) -> VectorIndex:
    """Return an index of the faces that a model described, filled from the catalogue; it is in memory alone.

    Up to 2,048 faces are all scored; beyond, signatures choose (see LSHIndex).
    """
    rows = catalogue.faces.vectors(reader.model_id, collection=collection)
    index = LSHIndex(IndexIdentity(reader.model_id, "face", reader.dim))
    if len(rows.ids):
        index.add(rows.ids, rows.vectors.astype(np.float32))
    return index


def _shares(described: DescribedFace, width: int, height: int) -> Box:
    left, top, right, bottom = described.face.box
    return left / width, top / height, right / width, bottom / height


def _hits(
    ids: Sequence[int],
    scores: Sequence[float],
    found: dict[int, KeptFace],
    images: dict[int, Image],
    reader: Reader,
) -> tuple[FaceHit, ...]:
    """Return hits in order; faces and pictures that went since the index was filled are left out."""
    return tuple(
        FaceHit(found[face_id], images[found[face_id].image_id], score, score >= reader.same_person)
        for face_id, score in zip(ids, scores, strict=True)
        if face_id in found and found[face_id].image_id in images
    )
