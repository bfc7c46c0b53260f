"""The register of studies: pictures drawn in one medium of their own, not from a composition."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from data.gallery.colour import Palette
from data.gallery.media import figurines, pages, posters, sets
from data.gallery.media.photo import close, landscapes, nights, silhouettes

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
    "breakfast": _study(sets.breakfast, "Doughnuts and coffee", "3d"),
    "cat_figure": _study(figurines.cat_figure, "China cat", "3d", "cat"),
    "chess": _study(sets.chess, "Endgame", "3d"),
    "city_blocks": _study(sets.city_blocks, "City of blocks", "3d", "building", "tree"),
    "dog_figure": _study(figurines.dog_figure, "China dog", "3d", "dog"),
    "duck_figures": _study(figurines.duck_figures, "All in a row", "3d", "bird"),
    "flower_pots": _study(figurines.flower_pots, "Three pots", "3d", "flower"),
    "island": _study(sets.island, "The island", "3d", "building tree"),
    "marbles": _study(sets.marbles, "Marbles", "3d"),
    "podium": _study(sets.podium, "Arrangement", "3d"),
    "snowman": _study(figurines.snowman, "Snowman", "3d", "tree"),
    "toy_bicycle": _study(figurines.toy_bicycle, "Toy bicycle", "3d", "bicycle", "flower"),
    "toy_car": _study(figurines.toy_car, "Toy cars", "3d", "cars"),
    "village": _study(sets.village, "Toy village", "3d", "building tree"),
    "wooden_people": _study(figurines.wooden_people, "Wooden family", "3d", "people"),
    "balance": _study(posters.balance, "Balance", "vector"),
    "contours": _study(posters.contours, "Height lines", "vector"),
    "emblem": _study(posters.emblem, "Emblem with three peaks", "vector"),
    "folk_flowers": _study(posters.folk_flowers, "Folk pattern", "vector", "flower"),
    "paper_shapes": _study(posters.paper_shapes, "Cut paper", "vector"),
    "quarter_tiles": _study(posters.quarter_tiles, "Tiles", "vector"),
    "page_breakfast": _study(pages.breakfast, "Is it breakfast yet?", "comic", "cat", "flower building"),
    "page_fetch": _study(pages.fetch, "Again!", "comic", "dog", "tree bird"),
    "page_gossip": _study(pages.gossip, "Did you hear?", "comic", "bird", "flower tree building"),
    "page_journey": _study(pages.journey, "To the sea", "comic", "building cars", "people bicycle tree bird"),
    "page_mansion": _study(pages.mansion, "Who lit the lamps?", "comic", "building bird people", "tree flower"),
    "page_orbit": _study(pages.orbit, "Four light years", "comic", "people building", "flower"),
    "page_weather": _study(pages.weather, "It rained", "comic", "people", "building bird"),
    "aurora": _study(nights.aurora, "Northern lights", "photo", "", "tree"),
    "birds_dusk": _study(silhouettes.birds_dusk, "Flight over the marsh", "photo", "bird"),
    "car_dusk": _study(silhouettes.car_dusk, "On the pass", "photo", "cars", "tree"),
    "cat_dusk": _study(silhouettes.cat_dusk, "Cat on the wall", "photo", "cat tree"),
    "city_bokeh": _study(close.city_bokeh, "Rain on the window", "photo"),
    "cyclist_dusk": _study(silhouettes.cyclist_dusk, "Left on the dyke", "photo", "bicycle"),
    "dog_dusk": _study(silhouettes.dog_dusk, "Running dog", "photo", "dog"),
    "dunes": _study(landscapes.dunes, "Dunes", "photo"),
    "fireworks": _study(nights.fireworks, "Fireworks", "photo", "", "building"),
    "flower_macro": _study(close.flower_macro, "Dew on a blossom", "photo", "flower"),
    "forest_light": _study(landscapes.forest_light, "Light in the wood", "photo", "tree"),
    "full_moon": _study(nights.full_moon, "Full moon", "photo", "tree"),
    "milky_way": _study(nights.milky_way, "Milky Way", "photo", "tree"),
    "misty_ridges": _study(landscapes.misty_ridges, "Wooded ridges", "photo", "tree"),
    "night_windows": _study(nights.night_windows, "Thirty rooms", "photo", "building", "people"),
    "sunset_sea": _study(landscapes.sunset_sea, "Open sea", "photo"),
    "thunderstorm": _study(landscapes.thunderstorm, "Lightning", "photo"),
    "tree_dusk": _study(silhouettes.tree_dusk, "Against the light", "photo", "tree"),
    "walkers_dusk": _study(silhouettes.walkers_dusk, "The way home", "photo", "people", "tree"),
    "water_rings": _study(landscapes.water_rings, "Rings on the water", "photo"),
}
"""Every study by name."""
