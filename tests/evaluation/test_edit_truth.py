"""The table of truths beside what the edits do to ramps, which tell where every pixel came from."""

import math

import cv2
import numpy as np
import pytest

from evaluation.attacks import GRID, Edit
from evaluation.edit_truth import KEPT_SHARE, ROTATION_DEG, EditTruth, Right, truth_of
from evaluation.sweeps import sweep_edits
from feature_extractor.picture import Picture

WIDTH, HEIGHT = 256, 192
NUMBER = 5
BENT = {"tone", "gamma", "mixed_crop", "mixed_onto", "jpeg_10", "blur_2"}
"""Edits that bend a ramp or lose its ends: handedness and angle can still be read off, the area left cannot."""


def edited(edit: Edit, values: np.ndarray) -> np.ndarray:
    grey = np.broadcast_to(values[..., None], (HEIGHT, WIDTH, 3)).astype(np.uint8)
    ground: Picture = np.full((300, 400, 3), 90, np.uint8)
    return np.asarray(edit.apply(np.ascontiguousarray(grey), NUMBER, [ground]).mean(axis=2))


def ramps(edit: Edit) -> tuple[np.ndarray, np.ndarray]:
    """Return where pixels of a copy come from, in shares of the original, and where they are, in px: (n, 2) each."""
    across, down = np.meshgrid(np.linspace(0, 255, WIDTH), np.linspace(0, 255, HEIGHT))
    dark, light = edited(edit, np.zeros_like(across)), edited(edit, np.full_like(across, 255))
    range_ = light - dark
    shown = range_ > 0.7 * range_.max()  # where the original shows, and is not just an edge of it
    source = [((edited(edit, ramp) - dark)[shown] / range_[shown]) for ramp in (across, down)]
    rows, columns = np.nonzero(shown)
    return np.clip(np.stack(source, axis=1), 0, 1), np.stack([columns, rows], axis=1).astype(np.float64)


@pytest.mark.parametrize("edit", GRID, ids=lambda edit: edit.name)
def test_what_is_said_of_an_edit_is_what_it_does(edit: Edit) -> None:
    original: Picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    truth = truth_of(edit, original, edit.apply(original, NUMBER, [original]))
    source, place = ramps(edit)
    known = np.concatenate([source * (WIDTH, HEIGHT), np.ones((len(source), 1))], axis=1)
    matrix = np.linalg.lstsq(known, place, rcond=None)[0][:2].T
    mirrored = np.linalg.det(matrix) < 0
    assert mirrored == truth.mirrored
    if mirrored:
        matrix = matrix @ np.diag([-1, 1])
    angle = math.degrees(math.atan2(matrix[1, 0] - matrix[0, 1], matrix[0, 0] + matrix[1, 1]))
    if edit.name == "perspective":
        assert truth.rotation_deg is None
    else:
        assert truth.rotation_deg is not None
        assert abs((angle - truth.rotation_deg + 180) % 360 - 180) < ROTATION_DEG
    if edit.name not in BENT:
        hull = cv2.convexHull(source.astype(np.float32))
        assert cv2.contourArea(hull) == pytest.approx(truth.kept_share, abs=KEPT_SHARE / 2)


def test_the_share_that_crops_keep_is_read_off_the_copy() -> None:
    original: Picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    kept = {edit.name: truth_of(edit, original, edit.apply(original, 1, [original])).kept_share for edit in GRID}
    for name, share in {"crop_60": 0.6, "crop_30": 0.3, "crop_15": 0.15, "mixed_crop": 0.5}.items():
        assert kept[name] == pytest.approx(share, abs=0.02)
    assert kept["rotate_plus_7"] == kept["rotate_minus_7"] < 0.85
    assert kept["mixed_turn"] < kept["rotate_plus_7"]
    assert kept["onto_15"] == kept["perspective"] == kept["thumbnail_96"] == 1


def test_a_copy_that_is_said_to_be_untouched_is_judged_like_any_other() -> None:
    assert EditTruth(mirrored=False, rotation_deg=0, kept_share=0.95).judge(None).everything
    wrong = EditTruth(mirrored=True, rotation_deg=180, kept_share=0.85).judge(None)
    assert wrong == Right(mirrored=False, rotation=False, kept=False)
    uneven = EditTruth(mirrored=False, rotation_deg=None, kept_share=1).judge(None)
    assert uneven.rotation is None
    assert uneven.everything


def test_nothing_is_known_of_other_edits() -> None:
    pixels: Picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    with pytest.raises(ValueError, match="sweep"):
        truth_of(sweep_edits()[0], pixels, pixels)
