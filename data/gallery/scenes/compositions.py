"""The register of compositions: how each is drawn, called and labelled."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data.gallery.colour import Palette
from data.gallery.scene import Scene
from data.gallery.scenes import birds, companions, landmarks, nature, still, streets, waters

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
    "alpine_lake": _composition(waters.alpine_lake, "Mountain lake", "tree"),
    "balloon_child": _composition(landmarks.balloon_child, "The balloon", "people flower", "building tree"),
    "balloons": _composition(nature.balloons, "Balloons over the valley"),
    "bicycle_wall": _composition(streets.bicycle_wall, "Bicycle under the window", "bicycle building flower"),
    "birch_wood": _composition(nature.birch_wood, "Birch wood", "tree"),
    "bouquet": _composition(still.bouquet, "Bouquet", "flower"),
    "cat_asleep": _composition(companions.cat_asleep, "Asleep on the cushion", "cat", "flower"),
    "cat_roof": _composition(companions.cat_roof, "Over the roofs", "cat building"),
    "cat_window": _composition(companions.cat_window, "Cat at the window", "cat flower", "building"),
    "city_traffic": _composition(streets.city_traffic, "Three cars", "cars building tree"),
    "crow_snow": _composition(birds.crow_snow, "Crow on the fence", "bird tree"),
    "desert": _composition(nature.desert, "Table mountains"),
    "dog_beach": _composition(companions.dog_beach, "Along the water's edge", "dog", "bird"),
    "dog_meadow": _composition(companions.dog_meadow, "Waiting for the ball", "dog tree"),
    "fruit": _composition(still.fruit, "Fruit, bottle and jug"),
    "great_wave": _composition(waters.great_wave, "Heavy sea", "", "bird"),
    "harbour": _composition(streets.harbour, "Harbour", "building", "bird"),
    "haunted": _composition(landmarks.haunted, "The house on the hill", "building tree"),
    "heron_reeds": _composition(birds.heron_reeds, "Heron in the reeds", "bird"),
    "lighthouse_coast": _composition(landmarks.lighthouse_coast, "Lighthouse", "building", "bird"),
    "lone_tree": _composition(nature.lone_tree, "One tree", "tree", "bird"),
    "old_street": _composition(streets.old_street, "Old street", "building bicycle people"),
    "open_road": _composition(landmarks.open_road, "The open road", "cars tree"),
    "owl_moon": _composition(birds.owl_moon, "Owl and moon", "bird tree"),
    "pagoda_blossom": _composition(landmarks.pagoda_blossom, "Pagoda and blossom", "building flower tree"),
    "palm_beach": _composition(waters.palm_beach, "Bay with palms", "tree", "bird"),
    "park_bench": _composition(landmarks.park_bench, "Bench by the lake", "people tree", "flower"),
    "planets": _composition(nature.planets, "The ringed planet"),
    "poppy_field": _composition(nature.poppy_field, "Poppy field", "flower", "tree"),
    "portrait": _composition(companions.portrait, "Portrait", "people", "flower"),
    "reef": _composition(waters.reef, "Over the reef"),
    "rolling_hills": _composition(nature.rolling_hills, "Fields and hills", "tree", "building"),
    "rose_study": _composition(still.rose_study, "Study of a blossom", "flower"),
    "skyline": _composition(streets.skyline, "Towers by the river", "building"),
    "songbirds": _composition(birds.songbirds, "Songbirds", "bird flower", "tree"),
    "sunflowers": _composition(still.sunflowers, "Sunflowers", "flower"),
    "umbrellas": _composition(streets.umbrellas, "Umbrellas", "people building"),
    "viaduct": _composition(landmarks.viaduct, "Train on the viaduct", "tree", "building"),
    "waterfall": _composition(waters.waterfall, "Waterfall", "tree"),
    "windmill_tulips": _composition(landmarks.windmill_tulips, "Windmill and tulips", "building flower", "tree"),
    "wire_birds": _composition(birds.wire_birds, "On the wires", "bird", "building"),
}
"""Every composition by name."""
