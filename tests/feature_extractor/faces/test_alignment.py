"""Faces come upright, wherever and however large they are."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feature_extractor.faces.alignment import SIDE_PX, TEMPLATE, align, fit_similarity


def similarity(degrees: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    angle = np.radians(degrees)
    return np.array(
        [
            [scale * np.cos(angle), -scale * np.sin(angle), shift[0]],
            [scale * np.sin(angle), scale * np.cos(angle), shift[1]],
        ]
    )


@given(st.floats(-180, 180), st.floats(0.1, 10), st.floats(-500, 500), st.floats(-500, 500))
def test_a_similarity_is_found_again(degrees: float, scale: float, right: float, down: float) -> None:
    matrix = similarity(degrees, scale, (right, down))
    moved = TEMPLATE @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(fit_similarity(TEMPLATE, moved), matrix, atol=1e-6)


def test_of_noisy_points_no_other_similarity_is_nearer() -> None:
    generator = np.random.default_rng(1)
    target = TEMPLATE * 2 + generator.normal(0, 5, TEMPLATE.shape)

    def error(matrix: np.ndarray) -> float:
        return float(((TEMPLATE @ matrix[:, :2].T + matrix[:, 2] - target) ** 2).sum())

    best = fit_similarity(TEMPLATE, target)
    for _ in range(200):
        turn = similarity(generator.normal(0, 1), 1 + generator.normal(0, 0.02), (0.0, 0.0))
        other = np.column_stack([turn[:, :2] @ best[:, :2], best[:, 2] + generator.normal(0, 1, 2)])
        assert error(other) >= error(best)


def test_a_mirrored_face_is_not_mirrored_back() -> None:
    mirrored = TEMPLATE * (-1, 1)
    assert np.linalg.det(fit_similarity(mirrored, TEMPLATE)[:, :2]) > 0


@pytest.mark.parametrize(("degrees", "scale"), [(0, 1.0), (25, 0.6), (-70, 1.7), (180, 6.0)])
def test_an_aligned_face_looks_the_same_however_it_lay(degrees: float, scale: float) -> None:
    generator = np.random.default_rng(7)
    coarse = generator.integers(0, 255, (12, 12, 3), np.uint8)
    face = cv2.resize(coarse, (200, 200), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    marks = TEMPLATE * 0.9 + 50
    upright = align(face, marks.astype(np.float32))
    assert upright.shape == (SIDE_PX, SIDE_PX, 3)
    assert upright.dtype == np.uint8

    side = int(200 * scale * 1.6)
    matrix = similarity(degrees, scale, (0.0, 0.0))
    matrix[:, 2] = side / 2 - matrix[:, :2] @ (100, 100)
    moved = cv2.warpAffine(face, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    again = align(moved.astype(np.uint8), (marks @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32))
    inner = slice(16, -16)  # where no edge of the picture comes in
    difference = np.abs(upright[inner, inner].astype(int) - again[inner, inner].astype(int))
    assert difference.mean() < 6


def test_landmarks_in_one_point_align_to_something() -> None:
    picture = np.full((50, 50, 3), 90, np.uint8)
    assert (align(picture, np.full((5, 2), 20, np.float32)) == 90).all()
