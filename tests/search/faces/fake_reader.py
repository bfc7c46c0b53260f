"""A reader of faces for unit tests: deterministic, right about equal pictures and nothing else."""

import numpy as np

from feature_extractor.faces.detector import Face
from feature_extractor.faces.reader import DescribedFace
from feature_extractor.picture import Picture
from tests.fake_extractor import FakeExtractor

DARK = 12


class FakeReader:
    """Sees a face in the middle of each picture, two beside each other in one over twice as wide as high, and none in
    a dark one; a face is described by what is in its part of the picture.
    """

    def __init__(self, seed: int = 7) -> None:
        self._extractor = FakeExtractor(seed=seed)
        self.model_id = self._extractor.model_id
        self.dim = 256
        self.same_person = 0.9
        self.pictures_read = 0

    def read(self, picture: Picture) -> list[DescribedFace]:
        self.pictures_read += 1
        height, width = picture.shape[:2]
        if picture.mean() < DARK:
            return []
        parts = 2 if width > 2 * height else 1
        described = []
        for part in range(parts):
            begin, end = width * part // parts, width * (part + 1) // parts
            quarter = (end - begin) / 4
            box = (begin + quarter, height / 4, end - quarter, height * 3 / 4)
            marks = np.array([[begin + quarter * share, height / 2] for share in (1.5, 2.5, 2, 1.5, 2.5)], np.float32)
            vector = self._extractor.describe([np.ascontiguousarray(picture[:, begin:end])]).copy[0]
            described.append(DescribedFace(Face(box, marks, 0.9), 0.5, vector))
        return described
