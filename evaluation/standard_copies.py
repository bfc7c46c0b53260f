"""The copies of the model card: every photograph of `val`, among all pictures of the sample."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.gallery import draw_gallery
from data.gallery.programme import programme
from errors import BadInput
from evaluation.attacks import GRID, Edit
from evaluation.baselines import Method
from evaluation.copies import Base, measure_copies
from evaluation.copy_report import CopyReport
from evaluation.description_cache import DescriptionCache
from evaluation.known_copies import find_known_copies
from feature_extractor.decode import decode
from feature_extractor.picture import Limits, Picture
from feature_extractor.training.sample import LabelledPicture

FACES = 32
WORKS = 32
"""Pictures that compositions are made with: photographs of people, each another, and works of the sample gallery."""

_SEED = 20170509
_LIMITS = Limits(max_bytes=20 * 2**20, max_pixels=64_000_000)


@dataclass(frozen=True, slots=True)
class Grounds:
    """Where the pictures come from that compositions lay an original onto or beside; none of them is in the base.

    Attributes:
        faces: folder of photographs named by person and number, such as `Ada_Lovelace_0001.webp`.
        gallery: folder that the sample gallery is, or will be, drawn into.
    """

    faces: Path
    gallery: Path

    def read(self, *, faces: int = FACES, works: int = WORKS) -> tuple[Picture, ...]:
        """Return the pictures, drawing those works that are not there yet.

        Raises:
            BadInput: there are fewer people, or a picture does not decode.
        """
        first = {path.stem.rpartition("_")[0]: path for path in sorted(self.faces.glob("*.webp"), reverse=True)}
        if len(first) < faces:
            raise BadInput(f"expected photographs of at least {faces} people in {self.faces}; found {len(first)}")
        people = [first[name] for name in sorted(first)]
        chosen = np.random.default_rng(_SEED).permutation(len(people))[:faces]
        names = [work.name for work in programme()[0]]
        drawn = draw_gallery(self.gallery, only=names[:: max(1, len(names) // works)][:works]) if works else []
        paths = [*(people[place] for place in chosen), *(picture.path for picture in drawn)]
        return tuple(decode(path.read_bytes(), _LIMITS).pixels for path in paths)


def choose_originals(pictures: Sequence[LabelledPicture], number: int | None) -> list[int]:
    """Return the rows of the photographs of `val`, or some of them, drawn by a fixed seed, in ascending order.

    Raises:
        BadInput: there are fewer, or none.
    """
    rows = [
        row for row, picture in enumerate(pictures) if picture.split == "val" and picture.name.startswith("photos/")
    ]
    if not rows or (number or 1) > len(rows):
        raise BadInput(f"expected at least {number or 1} photographs of the split 'val'; found {len(rows)}")
    if number is None:
        return rows
    return sorted(rows[place] for place in np.random.default_rng(_SEED).permutation(len(rows))[:number])


def measure_standard_copies(
    methods: Sequence[Method],
    pictures: Sequence[LabelledPicture],
    cache: DescriptionCache,
    grounds: Sequence[Picture],
    *,
    originals: int | None = None,
    edits: Sequence[Edit] = GRID,
    on_progress: Callable[[str], None] = lambda _: None,
) -> CopyReport:
    """Edit photographs of `val` and look for them among all pictures, by descriptions alone, one pass.

    Scores are normalised by the pictures of `train`, which hold no original; copies of originals among them, as
    `find_known_copies` finds them, are left out of that and count as right.

    Args:
        methods: with different names.
        pictures: the sample, both splits: the base.
        cache: of the same pictures.
        grounds: what compositions are made with.
        originals: how many are edited; None: all.
        edits: of the grid, or of a sweep.
        on_progress: told in words what comes next.
    Raises:
        BadInput: there are too few photographs.
        SourceUnreadable: a picture cannot be read.
    """
    rows = choose_originals(pictures, originals)
    on_progress("describe the base")
    described = cache.descriptions(methods)
    pairs = list(find_known_copies(cache.small(), rows))
    copies: dict[int, set[int]] = {}
    for row, other in pairs:
        copies.setdefault(rows.index(row), set()).add(other)
    aside = {other for _, other in pairs}
    base = Base(
        described=described,
        originals=rows,
        also_right=copies,
        background=[row for row, picture in enumerate(pictures) if picture.split == "train" and row not in aside],
    )
    report = measure_copies(
        methods, [pictures[row].read() for row in rows], base, grounds, edits=edits, on_progress=on_progress
    )
    return report.naming(tuple((pictures[row].name, pictures[other].name) for row, other in pairs))
