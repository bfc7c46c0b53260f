"""Faces are found where the package `mtcnn` finds them, by networks that are its own."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from feature_extractor.decode import decode
from feature_extractor.faces.detector import FaceDetector, open_detector
from feature_extractor.faces.networks import MODELS, path_of
from feature_extractor.picture import Limits
from tests.needs import lack, shared_data

LIMITS = Limits(max_bytes=16 * 2**20, max_pixels=64_000_000)


@pytest.fixture(scope="module")
def package() -> Any:
    """Give the package's own detector, which needs TensorFlow."""
    try:
        from mtcnn import MTCNN
    except ModuleNotFoundError as exc:
        lack(f"the package {exc.name} is not installed")
    return MTCNN()


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return open_detector(threads=1)


@pytest.mark.shared
@pytest.mark.model
def test_boxes_and_landmarks_are_the_package_s(package: Any, detector: FaceDetector) -> None:
    found = 0
    for path in sorted((shared_data() / "lfw").glob("*.webp"))[::94]:
        picture = decode(path.read_bytes(), LIMITS).pixels
        told = package.detect_faces(picture, output_type="numpy", box_format="xyxy")
        told = told[np.argsort(-told[:, 5], kind="stable")]  # picture, box, score, five x, five y
        faces = detector.find(picture)
        assert len(faces) == len(told), path.name
        for face, row in zip(faces, told, strict=True):
            np.testing.assert_allclose(face.box, row[1:5], atol=1)
            np.testing.assert_allclose(face.landmarks, np.stack([row[6:11], row[11:16]], axis=1), atol=1)
            assert face.score == pytest.approx(row[5], abs=0.01)
            found += 1
    assert found >= 10


@pytest.mark.model
def test_the_networks_that_are_shipped_follow_from_the_package(package: Any, tmp_path: Path) -> None:
    from feature_extractor.training.face_networks import export_face_networks

    export_face_networks(tmp_path)
    for name in ("p", "r", "o"):
        made, shipped = (path_of(folder, name).with_suffix(".bin") for folder in (tmp_path, MODELS))
        assert made.read_bytes() == shipped.read_bytes()
    open_detector(tmp_path, threads=1)
