"""What a finished model sees in pictures as they are and edited: pooled features, from which its heads are learnt."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from errors import BadRequest
from feature_extractor.picture import Picture
from feature_extractor.preprocess import preprocess
from feature_extractor.training.augment.views import edit_strongly, view_lightly
from feature_extractor.training.features import extract
from feature_extractor.training.progress import Advance, no_advance
from feature_extractor.training.sample import LabelledPicture

COMPANIONS_EVERY = 10
"""Of so many pictures one is only ever shown beside others, in collages and behind pasted pictures: were it learnt from
too, a collage would rightly be near it, and be pushed away from it as from a stranger."""


class Readable(Protocol):
    """A picture that is somewhere."""

    def read(self) -> Picture:
        """Return its pixels, RGB.

        Raises:
            SourceUnreadable: the file is absent or does not decode.
        """
        ...


_CHUNK = 128  # pictures whose views are described at once: bounds memory, 150 kB a view


def split_companions(
    pictures: Sequence[LabelledPicture], seed: int
) -> tuple[list[LabelledPicture], list[LabelledPicture]]:
    """Return the pictures to learn from, and those to show beside them.

    Raises:
        BadRequest: fewer than twice COMPANIONS_EVERY pictures.
    """
    if len(pictures) < 2 * COMPANIONS_EVERY:
        raise BadRequest(
            f"expected at least {2 * COMPANIONS_EVERY} pictures of split train; received {len(pictures)}",
            remedy="Give more pictures.",
        )
    order = np.random.default_rng(seed).permutation(len(pictures)).tolist()
    companions = {row for place, row in enumerate(order) if place % COMPANIONS_EVERY == 0}
    return (
        [picture for row, picture in enumerate(pictures) if row not in companions],
        [pictures[row] for row in sorted(companions)],
    )


def describe_views(
    pooled: ov.Model,
    pictures: Sequence[Readable],
    companions: Sequence[Readable],
    *,
    views: int,
    seed: int,
    out: NDArray[np.float16],
    on_progress: Advance = no_advance,
) -> None:
    """Write the features `gem` of each picture as it is, in one light view, and in strong edits.

    Args:
        pooled: the trunk with pooled features, as `cut_at_pooling` leaves it.
        pictures: read once.
        companions: what collages are made with; read again for each use.
        views: of each picture, at least 3.
        seed: with the number of a picture decides its edits.
        out: float16 (pictures, views, 3072), filled; it may lie on disk.
        on_progress: told pictures done, of how many.
    Raises:
        SourceUnreadable: a picture cannot be read.
    """

    def see(number: int) -> list[Picture]:
        made = _views(pictures[number].read(), companions, views, np.random.default_rng([seed, number]))
        return [preprocess(view) for view in made]

    with ThreadPoolExecutor() as pool:
        for start in range(0, len(pictures), _CHUNK):
            stop = min(start + _CHUNK, len(pictures))
            inputs = (view for seen in pool.map(see, range(start, stop)) for view in seen)
            out[start:stop] = extract(pooled, inputs)["gem"].reshape(stop - start, views, -1)
            on_progress(stop, len(pictures))


def _views(picture: Picture, companions: Sequence[Readable], views: int, rng: np.random.Generator) -> Iterator[Picture]:
    def other() -> Picture:
        return companions[int(rng.integers(len(companions)))].read()

    yield picture
    yield view_lightly(picture, rng)
    for _ in range(views - 2):
        yield edit_strongly(picture, rng, other)
