"""Comic pages: short stories told in panels of the gallery's own compositions."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from data.gallery.colour import PALETTES, Palette
from data.gallery.media.comic import inked, page
from data.gallery.scenes import birds, companions, landmarks, nature, streets, waters

Rng = np.random.Generator

_LAYOUTS: dict[str, tuple[tuple[float, float, float, float], ...]] = {
    "three": ((0, 0, 1, 0.42), (0, 0.42, 0.5, 1), (0.5, 0.42, 1, 1)),
    "four": ((0, 0, 0.5, 0.5), (0.5, 0, 1, 0.5), (0, 0.5, 0.5, 1), (0.5, 0.5, 1, 1)),
    "tall": ((0, 0, 0.42, 1), (0.42, 0, 1, 0.5), (0.42, 0.5, 1, 1)),
    "strip": ((0, 0, 0.34, 1), (0.34, 0, 0.66, 1), (0.66, 0, 1, 1)),
}


@dataclass(frozen=True, slots=True)
class _Story:
    layout: str
    scenes: tuple[str, ...]
    words: tuple[tuple[str, str, float, float], ...]


_SCENES = {
    "asleep": companions.cat_asleep,
    "balloons": nature.balloons,
    "birds": birds.songbirds,
    "cat": companions.cat_window,
    "city": streets.skyline,
    "coast": landmarks.lighthouse_coast,
    "dog": companions.dog_meadow,
    "haunted": landmarks.haunted,
    "owl": birds.owl_moon,
    "planet": nature.planets,
    "portrait": companions.portrait,
    "rain": streets.umbrellas,
    "reef": waters.reef,
    "road": landmarks.open_road,
    "roof": companions.cat_roof,
    "run": companions.dog_beach,
    "sea": waters.great_wave,
    "street": streets.old_street,
    "train": landmarks.viaduct,
    "wires": birds.wire_birds,
}

_BREAKFAST = _Story(
    "four",
    ("asleep", "cat", "roof", "asleep"),
    (
        ("caption", "Six in the morning.", 0.25, 0.05),
        ("bubble", "Is it\nbreakfast yet?", 0.74, 0.08),
        ("caption", "No one stirs.", 0.25, 0.55),
        ("sound", "PURR", 0.75, 0.62),
    ),
)
_FETCH = _Story(
    "three",
    ("dog", "run", "dog"),
    (("bubble", "Throw it.", 0.3, 0.07), ("sound", "ZOOM", 0.25, 0.53), ("bubble", "Again!", 0.76, 0.5)),
)
_MANSION = _Story(
    "tall",
    ("owl", "haunted", "portrait"),
    (
        ("bubble", "Who?", 0.2, 0.14),
        ("caption", "Nobody has lived there since the flood.", 0.7, 0.06),
        ("bubble", "Then who lit\nthe lamps?", 0.68, 0.58),
    ),
)
_JOURNEY = _Story(
    "four",
    ("street", "train", "road", "coast"),
    (
        ("caption", "She left before noon ...", 0.26, 0.05),
        ("sound", "CHUFF", 0.75, 0.36),
        ("caption", "... then by car ...", 0.25, 0.55),
        ("bubble", "The sea!", 0.72, 0.58),
    ),
)
_ORBIT = _Story(
    "three",
    ("planet", "city", "portrait"),
    (
        ("caption", "Meanwhile, four light years away", 0.36, 0.05),
        ("caption", "And here?", 0.2, 0.48),
        ("bubble", "Rent is due.", 0.76, 0.5),
    ),
)
_GOSSIP = _Story(
    "strip",
    ("wires", "birds", "owl"),
    (
        ("bubble", "Did you hear?", 0.18, 0.1),
        ("bubble", "No! With him?", 0.5, 0.12),
        ("bubble", "I heard it all.", 0.83, 0.1),
    ),
)
_WEATHER = _Story(
    "strip",
    ("rain", "sea", "reef"),
    (
        ("caption", "It rained.", 0.14, 0.08),
        ("caption", "It rained more.", 0.5, 0.08),
        ("bubble", "What is rain?", 0.82, 0.14),
    ),
)


def _told(story: _Story, rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    margin, gutter = round(width * 0.05), round(width * 0.022)
    inner_wide, inner_high = width * 2 - 2 * margin, height * 2 - 2 * margin
    panels: list[tuple[Image.Image, tuple[int, int, int, int]]] = []
    for name, (left, top, right, bottom) in zip(story.scenes, _LAYOUTS[story.layout], strict=True):
        box = (
            margin + round(left * inner_wide) + (gutter if left else 0),
            margin + round(top * inner_high) + (gutter if top else 0),
            margin + round(right * inner_wide),
            margin + round(bottom * inner_high),
        )
        wide, high = box[2] - box[0], box[3] - box[1]
        hour = (
            light
            if name not in {"owl", "planet", "haunted"}
            else PALETTES["night" if light.mood != "scary" else "fright"]
        )
        # A panel narrower than half its height would crowd the composition: show the middle of a wider one.
        aspect = max(wide / high, 0.72)
        picture = inked(_SCENES[name](rng, hour, aspect), round(high * aspect), high)
        start = (picture.width - wide) // 2
        panels.append((picture.crop((start, 0, start + wide, high)), box))
    return page(panels, story.words, rng, width, height)


def breakfast(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return the page of a cat that waits."""
    return _told(_BREAKFAST, rng, light, width, height)


def fetch(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return the page of a dog and its ball."""
    return _told(_FETCH, rng, light, width, height)


def mansion(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return the page of a house with lamps lit."""
    return _told(_MANSION, rng, light, width, height)


def journey(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return the page of a way to the sea."""
    return _told(_JOURNEY, rng, light, width, height)


def orbit(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return the page of two worlds."""
    return _told(_ORBIT, rng, light, width, height)


def gossip(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return the strip of birds that talk."""
    return _told(_GOSSIP, rng, light, width, height)


def weather(rng: Rng, light: Palette, width: int, height: int) -> Image.Image:
    """Return the strip of rain."""
    return _told(_WEATHER, rng, light, width, height)
