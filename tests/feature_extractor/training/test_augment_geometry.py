import numpy as np
import pytest

from feature_extractor.picture import Picture
from feature_extractor.training.augment.geometry import (
    Frame,
    GeometricEdit,
    change_aspect,
    crop,
    flip,
    keep_window,
    mirror,
    quarter_turn,
    render,
    rotate,
    see_whole,
    shear,
    tilt,
)


def ramp(height: int = 120, width: int = 200) -> Picture:
    """Return a picture whose red tells the column and whose green tells the row."""
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack([across, down, np.full_like(across, 77)], axis=-1).astype(np.uint8)


def show(picture: Picture, frame: Frame) -> Picture:
    # Seed 0 draws bilinear interpolation.
    return render(picture, frame, np.random.default_rng(0), side=448)


def test_the_whole_frame_shows_the_picture() -> None:
    np.testing.assert_array_equal(show(ramp(), see_whole(ramp())), ramp())


@pytest.mark.parametrize(("edit", "turned"), [(mirror, np.s_[:, ::-1]), (flip, np.s_[::-1])])
def test_mirror_and_flip_are_exact(edit: GeometricEdit, turned: tuple[slice, ...]) -> None:
    np.testing.assert_array_equal(show(ramp(), edit(see_whole(ramp()), np.random.default_rng(0), 1)), ramp()[turned])


def test_quarter_turns_are_exact_and_all_occur() -> None:
    turned = {count: np.rot90(ramp(), count).tobytes() for count in (1, 2, 3)}
    seen = {
        show(ramp(), quarter_turn(see_whole(ramp()), np.random.default_rng(seed), 1)).tobytes() for seed in range(20)
    }
    assert seen == set(turned.values())


def test_windows_have_the_share_that_was_asked_for_and_lie_within() -> None:
    rng = np.random.default_rng(1)
    for _ in range(100):
        share, aspect = rng.uniform(0.1, 1), rng.uniform(0.5, 2)
        frame = keep_window(see_whole(ramp()), rng, share, aspect)
        assert frame.area_seen() == pytest.approx(share * 120 * 200)
        shown = show(ramp(), frame)
        assert (shown[..., 2] == 77).all()  # nothing of the ground


def test_crops_go_down_to_a_tenth_at_full_strength_only() -> None:
    def shares(strength: float) -> list[float]:
        rng = np.random.default_rng(2)
        return [crop(see_whole(ramp()), rng, strength).area_seen() / (120 * 200) for _ in range(500)]

    assert 0.1 <= min(shares(1)) < 0.12
    assert min(shares(0.5)) > 0.3


@pytest.mark.parametrize("edit", [crop, mirror, flip, quarter_turn, rotate, change_aspect, shear, tilt])
def test_every_edit_keeps_the_middle_in_sight(edit: GeometricEdit) -> None:
    rng = np.random.default_rng(3)
    for _ in range(100):
        frame = edit(see_whole(ramp()), rng, 1)
        x, y, depth = np.linalg.inv(frame.matrix) @ [frame.width / 2, frame.height / 2, 1]
        assert 0 < x / depth < 200
        assert 0 < y / depth < 120


def test_one_warp_does_as_much_as_its_edits_one_by_one() -> None:
    frame = see_whole(ramp())
    for edit in (mirror, flip):
        frame = edit(frame, np.random.default_rng(0), 1)
    frame = keep_window(frame, np.random.default_rng(4), 0.5, 1)
    alone = keep_window(see_whole(ramp()), np.random.default_rng(4), 0.5, 1)
    turned = show(np.ascontiguousarray(ramp()[::-1, ::-1]), alone)
    np.testing.assert_allclose(show(ramp(), frame).astype(int), turned.astype(int), atol=1)


def test_reduces_by_averaging() -> None:
    checks: Picture = np.indices((400, 400)).sum(axis=0)[..., None].repeat(3, axis=2).astype(np.uint8) % 2 * 255
    shown = render(checks, see_whole(checks), np.random.default_rng(0), side=100)
    assert shown.shape == (100, 100, 3)
    assert np.abs(shown.astype(int) - 127).max() < 3
