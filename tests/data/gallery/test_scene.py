import numpy as np
import pytest
from PIL import Image

from data.gallery.colour import PALETTES, from_hex, mix, shade
from data.gallery.media.vector import draw_flat
from data.gallery.scene import Area, Scene, ellipse, limb, place, rectangle, smooth, unsteady
from data.gallery.scenes.compositions import COMPOSITIONS


def hash_of(picture: Image.Image) -> np.ndarray:
    """Return 256 bits: whether each of 16 x 16 cells is lighter than its right neighbour."""
    cells = np.asarray(picture.convert("L").resize((17, 16), Image.Resampling.BOX), dtype=np.int16)
    return (cells[:, 1:] > cells[:, :-1]).ravel()


def test_mix_goes_from_one_colour_to_the_other() -> None:
    first, second = from_hex("e2483d"), from_hex("2b6cb0")
    assert mix(first, second, 0) == pytest.approx(first, abs=1e-4)
    assert mix(first, second, 1) == pytest.approx(second, abs=1e-4)


@pytest.mark.parametrize("amount", [-1.0, -0.3, 0.0, 0.4, 1.0])
def test_shades_stay_colours(amount: float) -> None:
    assert all(0 <= channel <= 1 for channel in shade(from_hex("f5b52e"), amount))


def test_a_smooth_curve_goes_through_its_points() -> None:
    knots = np.array([(0.0, 0.0), (1.0, 0.2), (1.1, 1.0), (0.1, 0.9)])
    curve = smooth(knots)
    assert all(np.hypot(*(curve - knot).T).min() < 1e-9 for knot in knots)


def test_a_limb_is_as_wide_as_it_is_told() -> None:
    outline = limb([(0, 0), (0, 1), (0, 2)], [0.2, 0.2, 0.2])
    assert np.ptp(outline[:, 0]) == pytest.approx(0.2, abs=1e-6)


def test_placing_scales_moves_and_flips() -> None:
    (mark,) = place([Area(rectangle(0, -1, 0.5, 0), (0, 0, 0))], 2, 1, 0.5, flip=True)
    assert isinstance(mark, Area)
    assert mark.outline.min(axis=0) == pytest.approx((1.75, 0.5))
    assert mark.outline.max(axis=0) == pytest.approx((2.0, 1.0))


def test_an_unsteady_hand_moves_lines_a_little() -> None:
    scene = Scene(1.0, (1, 1, 1), (1, 1, 1), (Area(ellipse(0.5, 0.5, 0.3, 0.3), (0, 0, 0)),))
    bent = unsteady(scene, np.random.default_rng(1), 0.01).marks[0]
    assert isinstance(bent, Area)
    moved = np.abs(bent.outline - ellipse(0.5, 0.5, 0.3, 0.3))
    assert 0 < moved.max() <= 0.03


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_compositions_fit_every_frame(name: str) -> None:
    for aspect in (0.75, 1.57):
        scene = COMPOSITIONS[name].draw(np.random.default_rng(3), PALETTES["dusk"], aspect)
        assert scene.aspect == aspect
        for mark in scene.marks:
            assert np.isfinite(mark.outline if isinstance(mark, Area) else mark.points).all()


def test_no_two_compositions_look_alike() -> None:
    rng = np.random.default_rng(5)
    hashes = [
        hash_of(draw_flat(composition.draw(rng, PALETTES["dusk"], 1.33), 128, 96, supersample=1))
        for composition in COMPOSITIONS.values()
    ]
    bits = np.array(hashes)
    apart = (bits[:, None] != bits[None]).sum(axis=2) + 256 * np.eye(len(bits), dtype=int)
    assert apart.min() > 24
