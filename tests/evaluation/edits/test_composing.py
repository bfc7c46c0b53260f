import numpy as np
import pytest

from evaluation.edits.composing import make_collage, put_onto, screenshot_page, screenshot_phone
from feature_extractor.picture import Picture

RED = np.array([255, 0, 0])


def red(width: int, height: int) -> Picture:
    return np.broadcast_to(RED.astype(np.uint8), (height, width, 3)).copy()


def red_share(pixels: Picture) -> float:
    return float((abs(pixels.astype(int) - RED) < 8).all(axis=2).mean())


def blue(width: int, height: int) -> Picture:
    return np.full((height, width, 3), (0, 0, 255), np.uint8)


@pytest.mark.parametrize("share", [0.15, 0.4, 0.5])
@pytest.mark.parametrize(("width", "height"), [(200, 150), (60, 240), (1500, 100)])
@pytest.mark.parametrize("other", [(300, 100), (64, 200), (100, 100)])
def test_a_picture_on_another_fills_its_share(share: float, width: int, height: int, other: tuple[int, int]) -> None:
    composed = put_onto(red(width, height), np.random.default_rng(1), share=share, others=[blue(*other)])
    assert red_share(composed) == pytest.approx(share, rel=0.1)
    assert max(composed.shape[:2]) <= 1024


def test_a_collage_holds_four_and_the_picture_somewhere() -> None:
    places = set()
    for seed in range(20):
        collage = make_collage(red(120, 90), np.random.default_rng(seed), others=[blue(50, 80), blue(80, 50)])
        assert red_share(collage) == pytest.approx(0.24, abs=0.02)
        reds = np.argwhere((abs(collage.astype(int) - RED) < 8).all(axis=2)).mean(axis=0)
        places.add(tuple((reds > np.array(collage.shape[:2]) / 2).tolist()))
    assert len(places) == 4


@pytest.mark.parametrize(("width", "height", "share"), [(200, 150, 0.1), (150, 200, 0.1), (200, 150, 0.3)])
def test_a_page_shows_the_picture_in_its_share(width: int, height: int, share: float) -> None:
    page = screenshot_page(red(width, height), np.random.default_rng(1), share=share)
    assert page.shape == (800, 1280, 3)
    assert red_share(page) == pytest.approx(share, rel=0.05)


def test_a_phone_shows_the_picture_as_wide_as_the_screen() -> None:
    screen = screenshot_phone(red(200, 150), np.random.default_rng(1))
    rows = (abs(screen.astype(int) - RED) < 8).all(axis=2)
    assert screen.shape == (405 + 400, 540, 3)
    assert rows.all(axis=1).sum() == 405
