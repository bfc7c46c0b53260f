from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from feature_extractor.picture import Picture
from feature_extractor.preprocess import preprocess
from feature_extractor.training.augment import edit_strongly, view_lightly
from feature_extractor.training.augment.geometry import see_whole
from feature_extractor.training.augment.pixels import GREATEST_SIDE, LEAST_SIDE
from feature_extractor.training.augment.views import (
    CHANGES,
    COMPOSITIONS,
    GEOMETRY,
    Family,
    GeometricFamily,
    PixelFamily,
    Plan,
    carry_out,
    draw_plan,
    frame_lightly,
)

FAMILIES: tuple[GeometricFamily | PixelFamily, ...] = (*GEOMETRY, *CHANGES, *COMPOSITIONS)
SIZES = [(300, 300), (240, 320), (64, 400), (400, 64), (64, 64), (450, 450), (450, 16), (17, 300)]


def draw_picture(seed: int, height: int = 240, width: int = 320) -> Picture:
    """Return smooth colours with hard-edged patches, different for every seed."""
    rng = np.random.default_rng([5, seed])
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    waves = [np.sin(rng.uniform(2, 9) * x + rng.uniform(2, 9) * y + rng.uniform(0, 6)) for _ in "rgb"]
    picture: Picture = (128 + 90 * np.stack(waves, axis=-1)).astype(np.uint8)
    for _ in range(10):
        top, left = int(rng.integers(height)), int(rng.integers(width))
        picture[top : top + int(rng.integers(8, 60)), left : left + int(rng.integers(8, 60))] = rng.integers(
            256, size=3
        )
    picture.setflags(write=False)
    return picture


def other() -> Picture:
    return draw_picture(99)


def refuse() -> Picture:
    pytest.fail("asked for another picture")


def alone(family: GeometricFamily | PixelFamily, strength: float = 1) -> Plan:
    if isinstance(family, GeometricFamily):
        return Plan((family,), (), strength, is_saved=False)
    return Plan((), (family,), strength, is_saved=False)


def name(family: Family) -> str:
    return family.name


def check(edited: Picture, least_side: int = LEAST_SIDE) -> None:
    assert edited.dtype == np.uint8
    assert edited.ndim == 3
    assert edited.shape[2] == 3
    assert edited.flags.c_contiguous
    assert least_side <= min(edited.shape[:2])
    assert max(edited.shape[:2]) <= GREATEST_SIDE


def as_seen(picture: Picture) -> Picture:
    """Return it as the model would see it, for comparison whatever the sizes."""
    return preprocess(picture)


def test_names_are_unique() -> None:
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)


@pytest.mark.parametrize("strength", [0.3, 1])
@pytest.mark.parametrize("family", FAMILIES, ids=name)
def test_every_family_changes_the_picture(family: GeometricFamily | PixelFamily, strength: float) -> None:
    picture = draw_picture(1)
    before = picture.copy()
    seen = as_seen(picture).astype(int)
    for seed in range(25):
        edited = carry_out(alone(family, strength), picture, np.random.default_rng(seed), other)
        check(edited)
        assert np.abs(as_seen(edited) - seen).mean() > 0.2
    np.testing.assert_array_equal(picture, before)


@pytest.mark.parametrize("family", FAMILIES, ids=name)
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_every_family_takes_any_size(family: GeometricFamily | PixelFamily, height: int, width: int) -> None:
    picture = draw_picture(2, height, width)
    for seed in range(6):
        edited = carry_out(alone(family), picture, np.random.default_rng(seed), lambda: draw_picture(3, width, height))
        check(edited, min(LEAST_SIDE, height, width))


@pytest.mark.parametrize(
    "family", [family for family in FAMILIES if not getattr(family, "calls_others", False)], ids=name
)
def test_only_compositions_ask_for_others(family: GeometricFamily | PixelFamily) -> None:
    for seed in range(25):
        carry_out(alone(family), draw_picture(4), np.random.default_rng(seed), refuse)


@pytest.mark.parametrize("family", COMPOSITIONS[:2], ids=name)
def test_compositions_show_others(family: PixelFamily) -> None:
    asked: Counter[str] = Counter()

    def count() -> Picture:
        asked[family.name] += 1
        return other()

    for seed in range(10):
        carry_out(alone(family), draw_picture(4), np.random.default_rng(seed), count)
    assert 10 <= asked[family.name] <= 80


def test_every_family_is_drawn_about_as_often_as_it_should() -> None:
    rng = np.random.default_rng(6)
    plans = [draw_plan(rng) for _ in range(4000)]
    drawn = Counter(family.name for plan in plans for family in (*plan.geometry, *plan.changes))
    assert set(drawn) >= {family.name for family in FAMILIES}
    for family in COMPOSITIONS:
        assert drawn[family.name] / len(plans) == pytest.approx(family.weight / 100, abs=0.02)
    assert drawn["quarter turn"] / len(plans) == pytest.approx(0.12, abs=0.025)
    assert all(1 <= len(plan.geometry) + len(plan.changes) <= 4 for plan in plans)
    assert all(0 < plan.strength <= 1 for plan in plans)


VIEWS: list[Callable[[Picture, np.random.Generator], Picture]] = [
    view_lightly,
    lambda picture, rng: edit_strongly(picture, rng, other),
]


@pytest.mark.parametrize("view", VIEWS, ids=["lightly", "strongly"])
def test_equal_seeds_give_equal_views(view: Callable[[Picture, np.random.Generator], Picture]) -> None:
    picture = draw_picture(7)
    for seed in range(60):
        one, same = view(picture, np.random.default_rng(seed)), view(picture, np.random.default_rng(seed))
        np.testing.assert_array_equal(one, same)
        assert not np.shares_memory(one, picture)
    assert len({view(picture, np.random.default_rng(seed)).tobytes() for seed in range(20)}) == 20


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_views_are_valid_whatever_the_size(height: int, width: int) -> None:
    picture = draw_picture(8, height, width)
    before = picture.copy()
    for seed in range(40):
        check(view_lightly(picture, np.random.default_rng(seed)), 64)
        check(edit_strongly(picture, np.random.default_rng(seed), other), min(LEAST_SIDE, height, width))
    np.testing.assert_array_equal(picture, before)


def test_light_views_keep_most_of_the_picture() -> None:
    whole = see_whole(draw_picture(9))
    shares = [
        frame_lightly(whole, np.random.default_rng(seed)).area_seen() / (whole.width * whole.height)
        for seed in range(400)
    ]
    assert min(shares) >= 0.6 - 1e-9
    assert max(shares) <= 1 + 1e-9
    assert 0.4 < np.mean(np.array(shares) > 1 - 1e-9) < 0.6


def test_light_views_look_like_the_picture() -> None:
    picture = draw_picture(10)
    seen, mirrored = as_seen(picture).astype(int), as_seen(np.ascontiguousarray(picture[:, ::-1])).astype(int)
    unlike = as_seen(draw_picture(11)).astype(int)
    far = np.abs(unlike - seen).mean()
    for seed in range(40):
        view = as_seen(view_lightly(picture, np.random.default_rng(seed)))
        assert min(np.abs(view - seen).mean(), np.abs(view - mirrored).mean()) < far
