"""What holds of finding faces, whatever the picture."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from errors import ModelUnusable
from feature_extractor.decode import decode
from feature_extractor.faces.detector import LONGEST_PX, MOST_FACES, SMALLEST_PX, Face, FaceDetector, open_detector
from feature_extractor.faces.networks import MODELS
from feature_extractor.faces.quality import quality_of
from feature_extractor.picture import Limits, Picture
from tests.needs import shared_data

pytestmark = pytest.mark.model
LIMITS = Limits(max_bytes=16 * 2**20, max_pixels=64_000_000)


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return open_detector(threads=1)


def someone() -> Picture:
    """Return a picture of one person, 250 px."""
    path = sorted((shared_data() / "lfw").glob("*.webp"))[0]
    return decode(path.read_bytes(), LIMITS).pixels


@pytest.mark.parametrize("size", [(16, 16), (19, 400), (400, 17), (64, 64), (300, 20)])
def test_pictures_of_any_size_are_looked_at(detector: FaceDetector, size: tuple[int, int]) -> None:
    assert detector.find(np.full((*size, 3), 127, np.uint8)) == []


def test_noise_is_bounded(detector: FaceDetector) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (256, 256, 3), np.uint8)
    for face in detector.find(noise):
        assert face.score > 0.8


@pytest.mark.shared
def test_a_face_lies_where_it_is_shown(detector: FaceDetector) -> None:
    ground = np.full((400, 600, 3), 120, np.uint8)
    ground[100:350, 50:300] = someone()
    ground[100:350, 330:580] = someone()
    faces = detector.find(ground)
    assert len(faces) == 2
    assert faces[0].score >= faces[1].score
    left, right = sorted(faces, key=lambda face: face.box[0])
    np.testing.assert_allclose(np.subtract(right.box, left.box), (280, 0, 280, 0), atol=6)
    for face in faces:
        eye, other_eye, nose, mouth, other_mouth = face.landmarks
        assert eye[0] < other_eye[0]
        assert mouth[0] < other_mouth[0]
        assert max(eye[1], other_eye[1]) < nose[1] < min(mouth[1], other_mouth[1])


@pytest.mark.shared
def test_a_large_picture_is_reduced_and_told_in_its_own_px(detector: FaceDetector) -> None:
    small = detector.find(someone())
    large = detector.find(cv2.resize(someone(), (2000, 2000), interpolation=cv2.INTER_CUBIC).astype(np.uint8))
    assert LONGEST_PX < 2000
    np.testing.assert_allclose(np.array(large[0].box) / 8, small[0].box, atol=6)


@pytest.mark.shared
def test_faces_under_the_smallest_size_are_not_found(detector: FaceDetector) -> None:
    # The face is about 95 of 250 px.
    tiny = cv2.resize(someone(), (40, 40), interpolation=cv2.INTER_AREA).astype(np.uint8)
    ground = np.full((200, 200, 3), 120, np.uint8)
    ground[80:120, 80:120] = tiny
    assert all(face.width > SMALLEST_PX / 2 for face in detector.find(ground))
    assert len(detector.find(ground)) <= MOST_FACES


def test_damaged_networks_are_refused(tmp_path: Path) -> None:
    for path in MODELS.glob("mtcnn*"):
        shutil.copy(path, tmp_path)
    open_detector(tmp_path, threads=1)
    weights = bytearray((tmp_path / "mtcnn-r.bin").read_bytes())
    weights[1000] ^= 1
    (tmp_path / "mtcnn-r.bin").write_bytes(weights)
    with pytest.raises(ModelUnusable, match=r"mtcnn-r\.bin"):
        open_detector(tmp_path, threads=1)
    (tmp_path / "mtcnn-r.bin").unlink()
    with pytest.raises(ModelUnusable, match=r"mtcnn-r\.bin"):
        open_detector(tmp_path, threads=1)


def test_quality_is_size_and_front() -> None:
    def face(width: float, nose: float) -> Face:
        marks = np.array([[40, 40], [60, 40], [nose, 50], [42, 60], [58, 60]], np.float32)
        return Face((0, 0, width, width), marks, 0.9)

    assert quality_of(face(150, 50)) == pytest.approx(1)
    assert quality_of(face(50, 50)) == pytest.approx(0.5)
    assert quality_of(face(150, 55)) == pytest.approx(0.5)
    assert quality_of(face(150, 65)) == 0
    assert quality_of(Face((0, 0, 150, 150), np.full((5, 2), 3, np.float32), 0.9)) == 0
