import numpy as np

from evaluation.edits.colouring import change_gamma, change_tone, make_duotone, make_grey, shift_hue
from tests.evaluation.making import draw_picture


def test_grey_has_no_colour(rng: np.random.Generator) -> None:
    grey = make_grey(draw_picture(1), rng)
    assert np.ptp(grey, axis=2).max() == 0
    assert grey.std() > 10


def test_gamma_keeps_black_white_and_order() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    middles = set()
    for seed in range(10):
        changed = change_gamma(ramp, np.random.default_rng(seed), gamma=2.0)
        assert changed[0, [0, -1]].tolist() == [[0, 0, 0], [255, 255, 255]]
        assert (np.diff(changed[0, :, 0].astype(int)) >= 0).all()
        middles.add(int(changed[0, 128, 0]))
    assert middles == {64, 181}


def test_tone_changes_by_as_much_as_it_says() -> None:
    grey = np.full((20, 20, 3), 100, np.uint8)  # only brightness shows on a flat grey
    for seed in range(10):
        change = abs(change_tone(grey, np.random.default_rng(seed), strength=0.4).mean() / 100 - 1)
        assert 0.19 <= change <= 0.41


def test_a_turned_hue_keeps_greys_and_turns_red() -> None:
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 255
    found = {
        tuple(shift_hue(red, np.random.default_rng(seed), degrees=120)[0, 0].round(-1).tolist()) for seed in range(10)
    }
    assert len(found) == 2
    assert all(colour[0] < 20 for colour in found)
    grey = np.full((4, 4, 3), 99, np.uint8)
    assert np.array_equal(shift_hue(grey, np.random.default_rng(1), degrees=60), grey)


def test_a_duotone_lies_between_two_inks(rng: np.random.Generator) -> None:
    colours = make_duotone(draw_picture(1), rng).reshape(-1, 3).astype(float)
    spread = np.linalg.svd(colours - colours.mean(axis=0), compute_uv=False)
    assert spread[1] < 0.02 * spread[0]
