"""The register of studies: pictures drawn in one medium of their own, not from a composition."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from data.gallery.colour import Palette
from data.gallery.media import figures

Draw = Callable[[np.random.Generator, Palette, int, int], Image.Image]


@dataclass(frozen=True, slots=True)
class Study:
    """One kind of picture that only one medium can make.

    Attributes:
        draw: (rng, light, width, height) to an RGB picture.
        title: what it shows, as a title begins; medium: as in programme.Work.
        content: contents of BAM! that are plainly to be seen, without their prefix; incidental: that may be.
    """

    draw: Draw
    title: str
    medium: str
    content: frozenset[str] = frozenset()
    incidental: frozenset[str] = frozenset()


def _study(draw: Draw, title: str, medium: str, content: str = "", incidental: str = "") -> Study:
    return Study(draw, title, medium, frozenset(content.split()), frozenset(incidental.split()))


STUDIES = {
    "breakfast": _study(figures.breakfast, "Doughnuts and coffee", "3d"),
    "cat_figure": _study(figures.cat_figure, "China cat", "3d", "cat"),
    "chess": _study(figures.chess, "Endgame", "3d"),
    "city_blocks": _study(figures.city_blocks, "City of blocks", "3d", "building", "tree"),
    "dog_figure": _study(figures.dog_figure, "China dog", "3d", "dog"),
    "duck_figures": _study(figures.duck_figures, "All in a row", "3d", "bird"),
    "flower_pots": _study(figures.flower_pots, "Three pots", "3d", "flower"),
    "island": _study(figures.island, "The island", "3d", "building tree"),
    "marbles": _study(figures.marbles, "Marbles", "3d"),
    "podium": _study(figures.podium, "Arrangement", "3d"),
    "snowman": _study(figures.snowman, "Snowman", "3d", "tree"),
    "toy_bicycle": _study(figures.toy_bicycle, "Toy bicycle", "3d", "bicycle", "flower"),
    "toy_car": _study(figures.toy_car, "Toy cars", "3d", "cars"),
    "village": _study(figures.village, "Toy village", "3d", "building tree"),
    "wooden_people": _study(figures.wooden_people, "Wooden family", "3d", "people"),
}
"""Every study by name."""
