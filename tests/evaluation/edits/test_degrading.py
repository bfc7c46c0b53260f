import numpy as np
import pytest

from evaluation.edits.degrading import add_noise, blur, compress, shrink
from tests.evaluation.making import draw_picture


def test_shrinking_keeps_the_aspect_and_never_grows(rng: np.random.Generator) -> None:
    assert shrink(draw_picture(1), rng, side=96).shape == (72, 96, 3)
    assert shrink(draw_picture(1, 60, 40), rng, side=96).shape == (40, 60, 3)


def test_stronger_compression_loses_more(rng: np.random.Generator) -> None:
    picture = draw_picture(1).astype(int)
    losses = [abs(compress(draw_picture(1), rng, quality=quality) - picture).mean() for quality in (95, 50, 10)]
    assert losses == sorted(losses)
    assert losses[0] < 6
    assert losses[-1] < 30


def test_a_blur_keeps_the_mean_and_takes_the_edges(rng: np.random.Generator) -> None:
    picture = draw_picture(1)
    steps = [np.abs(np.diff(blur(picture, rng, share=share).astype(int), axis=1)).mean() for share in (0.0, 0.01, 0.02)]
    assert steps == sorted(steps, reverse=True)
    assert blur(picture, rng, share=0.02).mean() == pytest.approx(picture.mean(), abs=2)


def test_noise_has_the_strength_it_says(rng: np.random.Generator) -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    noise = add_noise(grey, rng, sigma=25).astype(int) - 128
    assert noise.std() == pytest.approx(25, rel=0.03)
    assert abs(noise.mean()) < 0.5
