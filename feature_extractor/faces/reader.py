"""A picture to its faces: found, aligned, described."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from feature_extractor.faces.alignment import align
from feature_extractor.faces.describer import FaceDescriber, open_describer
from feature_extractor.faces.detector import Face, FaceDetector, open_detector
from feature_extractor.faces.quality import quality_of
from feature_extractor.picture import Picture


@dataclass(frozen=True, slots=True)
class DescribedFace:
    """A face and what tells it from others.

    Attributes:
        face: where it is, in px of the picture.
        quality: 0..1, see `quality_of`.
        vector: float32 (dim,), L2 norm 1.
    """

    face: Face
    quality: float
    vector: NDArray[np.float32]


class Reader(Protocol):
    """What reads faces off pictures. Safe to call from several threads.

    Attributes:
        model_id: of what describes the faces; vectors of different model ids never meet.
        dim: length of a vector.
        same_person: least cosine at which two faces are called one person's.
    """

    model_id: str
    dim: int
    same_person: float

    def read(self, picture: Picture) -> list[DescribedFace]:
        """Return the faces of a picture, those the detector is surest of first."""
        ...


class FaceReader:
    """Reads faces by MTCNN and the network that describes; made by `open_reader`."""

    def __init__(self, detector: FaceDetector, describer: FaceDescriber) -> None:
        self.model_id = describer.model_id
        self.dim = describer.dim
        self.same_person = describer.same_person
        self._detector = detector
        self._describer = describer

    def read(self, picture: Picture) -> list[DescribedFace]:
        """Return the faces of a picture, those the detector is surest of first."""
        faces = self._detector.find(picture)
        vectors = self._describer.describe([align(picture, face.landmarks) for face in faces])
        return [DescribedFace(face, quality_of(face), vector) for face, vector in zip(faces, vectors, strict=True)]


def open_reader(model: Path, *, threads: int) -> FaceReader:
    """Load the networks and return what reads faces with them.

    Args:
        model: the `.xml` of the network that describes faces.
        threads: CPU cores to use; 0 for all.
    Raises:
        ModelUnusable: a file is absent or damaged.
    """
    return FaceReader(open_detector(threads=threads), open_describer(model, threads=threads))
