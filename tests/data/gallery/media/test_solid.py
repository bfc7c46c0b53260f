import numpy as np
import pytest

from data.gallery.media.solid import Solid, Stage, render

STAGE = Stage((0, 1.0, 6.0), (0, 1.0, 0), sky=(0.9, 0.9, 1.0), floor=(0.8, 0.8, 0.8))
SIZES = {
    "ball": (0.6,), "egg": (0.7, 0.5, 0.4), "block": (0.5, 0.6, 0.4), "drum": (0.5, 0.5), "cone": (0.5, 0.6, 0.1),
    "ring": (0.5, 0.15), "rod": (0.2, 0.5), "gable": (0.6, 0.4, 0.5),
}  # fmt: skip


@pytest.mark.parametrize("kind", SIZES)
def test_a_solid_is_seen_and_casts_a_shadow(kind: str) -> None:
    empty = np.asarray(render([], STAGE, 120, 90), dtype=float)
    shown = np.asarray(render([Solid(kind, (0, 1.0, 0), SIZES[kind], (0.8, 0.1, 0.1))], STAGE, 120, 90), dtype=float)
    red = (shown[..., 0] > shown[..., 1] + 40) & (shown[..., 0] > shown[..., 2] + 40)
    assert 40 < red.sum() < 3000
    darker = (shown.sum(axis=2) < empty.sum(axis=2) - 20) & ~red
    assert darker.sum() > 20


def test_a_ball_is_as_large_as_perspective_says() -> None:
    picture = np.asarray(
        render([Solid("ball", (0, 1.0, 0), (0.6,), (0.9, 0.1, 0.1), gloss=0)], STAGE, 200, 200), dtype=float
    )
    red = picture[..., 0] > 1.6 * picture[..., 1]
    tangent = 0.6 / np.sqrt(36 - 0.36)
    assert np.ptp(np.flatnonzero(red.any(axis=0))) == pytest.approx(2 * tangent / STAGE.view * 200, abs=4)


def test_the_nearer_solid_hides_the_farther() -> None:
    near, far = Solid("ball", (0, 1, 1), (0.5,), (0.9, 0.1, 0.1)), Solid("ball", (0, 1, -1), (0.4,), (0.1, 0.1, 0.9))
    pictures = [np.asarray(render(order, STAGE, 60, 60)) for order in ([near, far], [far, near])]
    assert all(picture[30, 30, 0] > picture[30, 30, 2] for picture in pictures)
    assert np.abs(pictures[0].astype(int) - pictures[1]).max() <= 1
