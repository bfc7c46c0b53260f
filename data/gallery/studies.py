"""The register of studies: pictures drawn in one medium of their own, not from a composition."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from data.gallery.colour import Palette

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


STUDIES: dict[str, Study] = {}
"""Every study by name."""
