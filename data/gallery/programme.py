"""What hangs in the gallery: every picture's subject, light, medium, format and labels, and the edited copies."""

from collections.abc import Mapping
from dataclasses import dataclass

from data.gallery.colour import PALETTES
from data.gallery.scenes.compositions import COMPOSITIONS
from data.records import Label

EDITION = 1
"""Raise it with every change of what is drawn: older files are then drawn anew."""

CONTENTS = ("bicycle", "bird", "building", "cars", "cat", "dog", "flower", "people", "tree")
MEDIA_OF_BAM = ("3d_graphics", "comic", "graphite", "oilpaint", "pen_ink", "vectorart", "watercolor")

FORMATS = {"portrait": (480, 640), "square": (560, 560), "classic": (640, 480), "wide": (704, 448), "tall": (448, 672)}
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
