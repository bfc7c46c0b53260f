"""Patches are the picture, sampled."""

import numpy as np

from feature_extractor.faces.patches import cut_patches

RAMP = np.stack(np.meshgrid(np.arange(40.0), np.arange(30.0)), axis=2).astype(np.float32)  # (30, 40, 2): x and y


def test_a_patch_holds_the_places_it_was_cut_from() -> None:
    # Of n pixels the samples lie (n - 1) / n as far apart as the box says.
    (patch,) = cut_patches(RAMP, np.array([[4.0, 6, 24, 26]]), 11)
    np.testing.assert_allclose(patch[0, :, 0], np.linspace(4, 24, 11) * 39 / 40, rtol=1e-5)
    np.testing.assert_allclose(patch[:, 0, 1], np.linspace(6, 26, 11) * 29 / 30, rtol=1e-5)


def test_beyond_the_picture_there_is_nothing() -> None:
    (patch,) = cut_patches(RAMP + 1, np.array([[-20.0, 0, 20, 20]]), 24)
    assert (patch[:, 0] == 0).all()
    assert (patch[:, -1] > 0).all()


def test_boxes_do_not_disturb_each_other() -> None:
    boxes = np.array([[0.0, 0, 9, 9], [5, 5, 50, 50], [-9, -9, -1, -1]])
    together = cut_patches(RAMP, boxes, 24)
    for row, box in enumerate(boxes):
        np.testing.assert_array_equal(together[row], cut_patches(RAMP, box[None], 24)[0])
    assert (together[2] == 0).all()
