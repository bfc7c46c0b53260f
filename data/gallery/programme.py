"""What hangs in the gallery: every picture's subject, light, medium, format and labels, and the edited copies."""

from collections.abc import Mapping
from dataclasses import dataclass

from data.gallery.colour import PALETTES
from data.gallery.edits import EDITS
from data.gallery.scenes.compositions import COMPOSITIONS
from data.gallery.studies import STUDIES
from data.records import Label

EDITION = 1
"""Raise it with every change of what is drawn: older files are then drawn anew."""

CONTENTS = ("bicycle", "bird", "building", "cars", "cat", "dog", "flower", "people", "tree")
MEDIA_OF_BAM = ("3d_graphics", "comic", "graphite", "oilpaint", "pen_ink", "vectorart", "watercolor")

FORMATS = {"portrait": (480, 640), "square": (560, 560), "classic": (640, 480), "wide": (704, 448)}
"""Width and height in pixels of the frames in use."""


@dataclass(frozen=True, slots=True)
class Work:
    """One original.

    Attributes:
        name: of its file, without suffix; subject: a composition or study; light: a palette's name.
        medium: vector, ink, oil, watercolour, graphite, comic, 3d or photo.
        width, height: in pixels; suffix: of the file, with its dot.
        project: what binds pictures that should not be parted when data are split.
    """

    name: str
    title: str
    subject: str
    light: str
    medium: str
    width: int
    height: int
    suffix: str
    project: str
    labels: Mapping[str, Label]

    @property
    def file(self) -> str:
        """Its file's name."""
        return self.name + self.suffix


@dataclass(frozen=True, slots=True)
class Copy:
    """One edited copy of an original; `edit` is a name of data.gallery.edits."""

    original: Work
    edit: str
    suffix: str

    @property
    def name(self) -> str:
        """Its file's name without suffix."""
        return f"{self.original.name}--{self.edit}"

    @property
    def title(self) -> str:
        """The original's title and what was done."""
        return f"{self.original.title} ({self.edit.replace('-', ' ')})"

    @property
    def file(self) -> str:
        """Its file's name."""
        return self.name + self.suffix


Piece = Work | Copy
"""Whatever hangs."""

# Composition, then the lights it hangs in; a letter before a light chooses the frame (p, s, w; classic without).
_FRAMES = {"p": "portrait", "s": "square", "w": "wide"}
_SUFFIXES = {"vector": ".png", "comic": ".jpg", "oil": ".jpg", "photo": ".jpg", "ink": ".webp", "graphite": ".webp",
             "watercolour": ".webp", "3d": ".webp"}  # fmt: skip
_WORDS = {"ink": "pen and ink", "oil": "oil", "watercolour": "watercolour", "graphite": "pencil", "vector": "vector",
          "comic": "comic", "3d": "3D", "photo": "simulated photograph"}  # fmt: skip
_MEDIUM_OF_BAM = {"vector": "vectorart", "ink": "pen_ink", "oil": "oilpaint", "watercolour": "watercolor",
                  "graphite": "graphite", "comic": "comic", "3d": "3d_graphics"}  # fmt: skip

_HANGING = {
    "vector": """
        alpine_lake w/mint dusk | balloon_child p/spring | balloons s/ember | bicycle_wall mustard
        birch_wood p/autumn | bouquet p/rose | cat_asleep mint | cat_roof p/night | cat_window s/noon
        city_traffic tropic | crow_snow storm | desert w/desert | dog_beach dusk | dog_meadow noon
        fruit mustard | great_wave p/mustard | harbour w/mint | haunted p/fright w/blood | heron_reeds p/ember
        lighthouse_coast p/noon | lone_tree s/dusk | old_street winter | open_road w/desert | owl_moon p/moon
        pagoda_blossom p/rose | palm_beach tropic | park_bench ember | planets s/night | poppy_field spring
        portrait p/mustard s/mint | reef tropic | rolling_hills w/autumn | rose_study p/mint | skyline w/dusk
        songbirds s/mint | sunflowers p/noon | umbrellas p/rain | viaduct w/mist | waterfall p/mint
        windmill_tulips spring | wire_birds s/ember | balance p/mustard s/noon w/rose
        contours p/mint dusk s/desert | emblem s/ember | folk_flowers s/noon p/mustard
        paper_shapes p/tropic w/autumn | quarter_tiles s/mustard p/rose w/tropic
    """,
    "ink": """
        alpine_lake w/winter | bicycle_wall s/noon | birch_wood p/winter | bouquet p/spring | cat_roof s/moon
        cat_window p/rose | dog_meadow spring | fruit noon | great_wave w/dusk | harbour mist | haunted p/fright
        heron_reeds p/mist | lighthouse_coast p/storm | lone_tree s/autumn | old_street p/winter
        owl_moon p/night | pagoda_blossom p/spring | portrait p/noon | rose_study p/rose | skyline p/night
        songbirds spring | sunflowers p/mustard | umbrellas p/storm | viaduct w/winter | waterfall p/spring
        windmill_tulips mist | open_road w/mist | planets s/noir
    """,
    "oil": """
        alpine_lake w/ember | balloons p/dawn | birch_wood p/autumn | bouquet p/mustard s/rose
        cat_window s/dusk | dog_beach w/ember | fruit dusk s/noon | great_wave w/storm | harbour w/dusk p/noon
        heron_reeds p/dawn | lighthouse_coast storm | lone_tree ember | old_street p/night | palm_beach w/tropic
        park_bench autumn | poppy_field w/noon | portrait p/autumn | rolling_hills w/spring
        rose_study s/spring | skyline w/ember | sunflowers p/noon s/mustard | umbrellas p/night
        waterfall p/autumn | windmill_tulips w/noon | open_road w/ember
    """,
    "watercolour": """
        alpine_lake w/dawn | balloon_child p/spring | balloons p/rose | bicycle_wall s/noon
        birch_wood p/spring | bouquet p/spring | cat_asleep rose | cat_window p/spring | crow_snow p/winter
        dog_meadow spring | fruit spring | great_wave w/mint | harbour w/dawn | heron_reeds p/mist
        lighthouse_coast p/dawn | lone_tree s/spring | old_street p/autumn | owl_moon p/mist
        pagoda_blossom p/dawn | palm_beach mint | poppy_field w/spring | portrait p/spring | reef mint
        rolling_hills w/mist | rose_study p/rose | songbirds s/spring | sunflowers p/spring | umbrellas p/mist
        viaduct dawn | windmill_tulips spring
    """,
    "graphite": """
        alpine_lake noon | cat_asleep noon | cat_window p/noon | dog_meadow mist | fruit noon | harbour mist
        haunted storm | heron_reeds p/winter | lone_tree s/winter | old_street p/mist | owl_moon p/noon
        portrait p/winter | rose_study p/noon | songbirds s/noon | viaduct w/noon | skyline p/dusk
        waterfall p/noon | windmill_tulips noon | great_wave w/storm
    """,
    "comic": """
        balloons p/tropic | cat_roof p/night | cat_window s/mint | city_traffic w/dusk | dog_beach tropic
        haunted p/fright | lighthouse_coast p/storm | open_road w/desert | owl_moon p/fright | planets p/dusk
        portrait p/tropic | skyline p/night | umbrellas p/rain | great_wave s/noon | viaduct w/autumn
        reef mint | dog_meadow s/spring | songbirds p/mint | cat_asleep s/rose | page_breakfast p/spring s/dusk
        page_fetch p/noon | page_gossip w/rose | page_journey s/autumn | page_mansion p/fright
        page_orbit p/ember | page_weather w/rain
    """,
    "3d": """
        breakfast rose | cat_figure s/mint | chess night s/autumn | city_blocks rose w/dusk
        dog_figure s/autumn | duck_figures tropic | flower_pots spring | island s/noon
        marbles ember moon s/mint | podium s/mint | snowman p/winter | toy_bicycle mustard | toy_car desert
        village spring dusk | wooden_people noon
    """,
    "photo": """
        aurora w/night | birds_dusk w/ember dawn | car_dusk w/dusk | cat_dusk s/ember p/rose
        city_bokeh night p/dusk | cyclist_dusk s/desert w/ember | dog_dusk w/dusk | dunes w/desert ember
        fireworks night | flower_macro s/rose noon | forest_light p/mist autumn | full_moon p/night
        milky_way p/night w/moon | misty_ridges w/dawn p/mist | night_windows p/night
        sunset_sea w/ember dusk p/moon | thunderstorm p/storm night | tree_dusk s/dusk | walkers_dusk w/autumn
        water_rings dusk
    """,
}


def programme() -> tuple[list[Work], list[Copy]]:
    """Return all originals and all edited copies, in the order in which they hang."""
    works = [_work(medium, subject, spot) for medium, hanging in _HANGING.items() for subject, spot in _spots(hanging)]
    return works, _copies(works)


def _spots(hanging: str) -> list[tuple[str, str]]:
    """Return (subject, frame and light) of every picture of a hanging."""
    entries = [entry.split() for entry in hanging.replace("\n", "|").split("|")]
    return [(subject, spot) for subject, *spots in filter(None, entries) for spot in spots]


def _work(medium: str, subject: str, spot: str) -> Work:
    frame, _, light = spot.rpartition("/")
    width, height = (side * 7 // 8 if medium == "3d" else side for side in FORMATS[_FRAMES.get(frame, "classic")])
    kind = STUDIES[subject] if subject in STUDIES else COMPOSITIONS[subject]
    phrase = PALETTES[light].phrase
    said = kind.title.endswith(("?", "!"))
    title = f"“{kind.title}” {phrase}, {_WORDS[medium]}" if said else f"{kind.title} {phrase}, {_WORDS[medium]}"
    labels: dict[str, Label] = {}
    for content in CONTENTS:
        if content in kind.content:
            labels[f"content_{content}"] = "positive"
        elif content not in kind.incidental:
            labels[f"content_{content}"] = "negative"
    if mood := PALETTES[light].mood:
        labels[f"emotion_{mood}"] = "positive"
    for name in MEDIA_OF_BAM:
        labels[f"media_{name}"] = "positive" if name == _MEDIUM_OF_BAM.get(medium) else "negative"
    name = f"{subject.replace('_', '-')}-{light}-{medium}"
    return Work(name, title, subject, light, medium, width, height, _SUFFIXES[medium], subject, labels)


def _copies(works: list[Work]) -> list[Copy]:
    """Return copies of every sixth original, one or two each, every edit as often as the next."""
    edits = list(EDITS)
    copies: list[Copy] = []
    for turn, work in enumerate(works[2::6]):
        for again in range(1 + turn % 2):
            edit = edits[len(copies) * 7 % len(edits)]
            if edit == "recoloured" and work.labels.get("content_people") == "positive":
                edit = "small"  # a turned hue makes people look ill
            copies.append(Copy(work, edit, (".jpg", ".jpg", ".webp")[(turn + again) % 3]))
    return copies
