"""Pictures for an evaluation, from wherever pictures come."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from data.records import SourceRecord
from data.sources import open_source
from errors import BadInput
from feature_extractor.decode import decode
from feature_extractor.picture import Limits, Picture

EDITABLE_SIDE_PX = 64
"""Shortest side that the edits need."""


@dataclass(frozen=True, slots=True)
class CopyTask:
    """Pictures in their parts for the search of edited copies.

    Attributes:
        originals: to be edited; part of the base.
        distractors: the rest of the base.
        others: in no base, to make compositions with.
    """

    originals: tuple[SourceRecord, ...]
    distractors: tuple[SourceRecord, ...]
    others: tuple[SourceRecord, ...]


def split_pictures(
    originals_from: str, base_from: Sequence[str], *, originals: int, others: int, limits: Limits, seed: int
) -> CopyTask:
    """Draw originals from one source and others from the rest; what is left of everything are distractors.

    Args:
        originals_from: folder, archive or table of pictures.
        base_from: further sources; pictures that are in both count once.
        originals, others: how many are drawn.
        limits: what a picture may cost.
        seed: of the draw.
    Raises:
        SourceUnreadable: a source cannot be read.
        BadInput: there are fewer pictures than asked for.
    """
    first = {record.locator: record for record in open_source(originals_from, max_bytes=limits.max_bytes)}
    rest = {
        record.locator: record
        for source in base_from
        for record in open_source(source, max_bytes=limits.max_bytes)
        if record.locator not in first
    }
    if len(first) < originals or len(first) - originals + len(rest) < others:
        raise BadInput(
            f"expected at least {originals} originals and {others} others; "
            f"received {len(first)} pictures to choose from and {len(rest)} further ones"
        )
    rng = np.random.default_rng(seed)
    mixed = [list(first.values())[place] for place in rng.permutation(len(first))]
    left = [*mixed[originals:], *rest.values()]
    aside = set(rng.choice(len(left), others, replace=False).tolist())
    return CopyTask(
        originals=tuple(mixed[:originals]),
        distractors=tuple(record for place, record in enumerate(left) if place not in aside),
        others=tuple(left[place] for place in sorted(aside)),
    )


def decoded(records: Iterable[SourceRecord], limits: Limits, *, shortest_px: int = 1) -> Iterator[Picture]:
    """Yield the pixels of pictures one by one.

    Args:
        records: pictures.
        limits: what each may cost.
        shortest_px: shortest side that is allowed; EDITABLE_SIDE_PX for pictures that will be edited.
    Raises:
        BadInput: one cannot be had: a figure must not depend on which pictures happened to fail.
    """
    for record in records:
        pixels = decode(record.read(), limits).pixels
        if min(pixels.shape[:2]) < shortest_px:
            height, width = pixels.shape[:2]
            raise BadInput(
                f"expected sides of at least {shortest_px} px; received {record.locator}: {width} x {height} px",
                remedy="Choose another --seed, or leave that picture out.",
            )
        yield pixels
