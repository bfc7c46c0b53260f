import numpy as np
import pytest

from evaluation.edits.overlaying import border, caption, emoji, frame, watermark
from feature_extractor.picture import Picture
from tests.evaluation.making import draw_picture


def changed_share(one: Picture, two: Picture) -> float:
    return float((one != two).any(axis=2).mean())


@pytest.mark.parametrize("ground", [0, 128, 255])
def test_a_watermark_shows_on_any_ground_and_lets_it_through(ground: int, rng: np.random.Generator) -> None:
    plain = np.full((300, 400, 3), ground, np.uint8)
    marked = watermark(plain, rng, opacity=0.45)
    assert 0.02 < changed_share(plain, marked) < 0.5
    assert abs(marked.astype(int) - plain).max() <= 0.7 * 255


def test_large_text_covers_a_good_part(rng: np.random.Generator) -> None:
    picture = draw_picture(1, 400, 300)
    shares = [changed_share(picture, caption(picture, np.random.default_rng(seed), lines=2)) for seed in range(10)]
    assert 0.1 < np.mean(shares) < 0.5


def test_every_emoji_covers_something() -> None:
    picture = draw_picture(1, 400, 300)
    for seed in range(10):
        assert 0.03 < changed_share(picture, emoji(picture, np.random.default_rng(seed), count=4)) < 0.3


def test_borders_and_frames_leave_the_picture_whole(rng: np.random.Generator) -> None:
    picture = draw_picture(1, 200, 150)
    for surrounded, edge in ((border(picture, rng, share=0.2), 30), (frame(picture, rng, share=0.2), 30)):
        assert surrounded.shape == (150 + 2 * edge, 200 + 2 * edge, 3)
        assert np.array_equal(surrounded[edge:-edge, edge:-edge], picture)
