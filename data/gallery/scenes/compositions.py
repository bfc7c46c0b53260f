"""The register of compositions: how each is drawn, called and labelled."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data.gallery.colour import Palette
from data.gallery.scene import Scene
from data.gallery.scenes import creatures, nature, still, town

Draw = Callable[[np.random.Generator, Palette, float], Scene]


@dataclass(frozen=True, slots=True)
class Composition:
    """One way to fill a picture.

    Attributes:
        draw: (rng, light, aspect) to marks.
        title: what it shows, as a title begins.
        content: contents of BAM! that are plainly to be seen, without their prefix.
        incidental: contents that may be there and are too small to be called so either way.
    """

    draw: Draw
    title: str
    content: frozenset[str] = frozenset()
    incidental: frozenset[str] = frozenset()


def _composition(draw: Draw, title: str, content: str = "", incidental: str = "") -> Composition:
    return Composition(draw, title, frozenset(content.split()), frozenset(incidental.split()))


COMPOSITIONS = {
    "alpine_lake": _composition(nature.alpine_lake, "Mountain lake", "tree"),
    "balloon_child": _composition(town.balloon_child, "The balloon", "people flower", "building tree"),
    "balloons": _composition(nature.balloons, "Balloons over the valley"),
    "bicycle_wall": _composition(town.bicycle_wall, "Bicycle under the window", "bicycle building flower"),
    "birch_wood": _composition(nature.birch_wood, "Birch wood", "tree"),
    "bouquet": _composition(still.bouquet, "Bouquet", "flower"),
    "cat_asleep": _composition(creatures.cat_asleep, "Asleep on the cushion", "cat", "flower"),
    "cat_roof": _composition(creatures.cat_roof, "Over the roofs", "cat building"),
    "cat_window": _composition(creatures.cat_window, "Cat at the window", "cat flower", "building"),
    "city_traffic": _composition(town.city_traffic, "Three cars", "cars building tree"),
    "crow_snow": _composition(creatures.crow_snow, "Crow on the fence", "bird tree"),
    "desert": _composition(nature.desert, "Table mountains"),
    "dog_beach": _composition(creatures.dog_beach, "Along the water's edge", "dog", "bird"),
    "dog_meadow": _composition(creatures.dog_meadow, "Waiting for the ball", "dog tree"),
    "fruit": _composition(still.fruit, "Fruit, bottle and jug"),
    "great_wave": _composition(nature.great_wave, "Heavy sea", "", "bird"),
    "harbour": _composition(town.harbour, "Harbour", "building", "bird"),
    "haunted": _composition(town.haunted, "The house on the hill", "building tree"),
    "heron_reeds": _composition(creatures.heron_reeds, "Heron in the reeds", "bird"),
    "lighthouse_coast": _composition(town.lighthouse_coast, "Lighthouse", "building", "bird"),
    "lone_tree": _composition(nature.lone_tree, "One tree", "tree", "bird"),
    "old_street": _composition(town.old_street, "Old street", "building bicycle people"),
    "open_road": _composition(town.open_road, "The open road", "cars tree"),
    "owl_moon": _composition(creatures.owl_moon, "Owl and moon", "bird tree"),
    "pagoda_blossom": _composition(town.pagoda_blossom, "Pagoda and blossom", "building flower tree"),
    "palm_beach": _composition(nature.palm_beach, "Bay with palms", "tree", "bird"),
    "park_bench": _composition(town.park_bench, "Bench by the lake", "people tree", "flower"),
    "planets": _composition(nature.planets, "The ringed planet"),
    "poppy_field": _composition(nature.poppy_field, "Poppy field", "flower", "tree"),
    "portrait": _composition(creatures.portrait, "Portrait", "people", "flower"),
    "reef": _composition(nature.reef, "Over the reef"),
    "rolling_hills": _composition(nature.rolling_hills, "Fields and hills", "tree", "building"),
    "rose_study": _composition(still.rose_study, "Study of a blossom", "flower"),
    "skyline": _composition(town.skyline, "Towers by the river", "building"),
    "songbirds": _composition(creatures.songbirds, "Songbirds", "bird flower", "tree"),
    "sunflowers": _composition(still.sunflowers, "Sunflowers", "flower"),
    "umbrellas": _composition(town.umbrellas, "Umbrellas", "people building"),
    "viaduct": _composition(town.viaduct, "Train on the viaduct", "tree", "building"),
    "waterfall": _composition(nature.waterfall, "Waterfall", "tree"),
    "windmill_tulips": _composition(town.windmill_tulips, "Windmill and tulips", "building flower", "tree"),
    "wire_birds": _composition(creatures.wire_birds, "On the wires", "bird", "building"),
}
"""Every composition by name."""
