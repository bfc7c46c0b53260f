"""Compares an index with the catalogue it follows."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from errors import SnapshotRefused
from search.change_feed import ChangeFeed
from search.live_index import CHANGES_AT_ONCE, LiveIndex

_NOUNS = {"frame": "frame range", "video": "video"}
"""What an index holds, where that is not pictures."""


@dataclass(frozen=True, slots=True)
class IndexDifference:
    """One way in which an index does not hold what the catalogue holds.

    Attributes:
        what: 'missing' from the index, 'extra' in it, another 'vector', or a damaged 'snapshot'.
        image_id: of the picture, frame range or video; None for a snapshot.
        detail: one sentence.
    """

    what: Literal["missing", "extra", "vector", "snapshot"]
    image_id: int | None
    detail: str


def verify(live: LiveIndex, feed: ChangeFeed) -> list[IndexDifference]:
    """Return every difference between an open index and its catalogue, and damage to the index's snapshot.

    Both may change meanwhile: pictures that were added or removed during the comparison are left out of it.

    Raises:
        CatalogueUnavailable: the catalogue cannot be read.
    """
    live.catch_up()
    index, held_change, snapshot = live.index, live.status.change, live.status.snapshot
    kind = live.identity.kind
    kept_change, batches = feed.snapshot_descriptors(kind, live.identity.model_id)
    differences: list[IndexDifference] = []
    kept_ids = [np.empty(0, np.int64)]
    name, noun = f"the {kind} index", _NOUNS.get(kind, "picture")
    for rows in batches:
        kept_ids.append(rows.ids)
        held_ids, held = index.vectors(rows.ids)
        for image_id in np.setdiff1d(rows.ids, held_ids).tolist():
            differences.append(IndexDifference("missing", image_id, f"{name} lacks {noun} {image_id}"))
        kept = rows.vectors[np.isin(rows.ids, held_ids)].astype(np.float32)
        for image_id in held_ids[np.any(held != kept, axis=1)].tolist():
            differences.append(IndexDifference("vector", image_id, f"{name} holds another vector for {image_id}"))
    for image_id in np.setdiff1d(index.ids(), np.concatenate(kept_ids)).tolist():
        differences.append(IndexDifference("extra", image_id, f"{name} holds {noun} {image_id}, which is gone"))
    if differences:
        moving = _touched(feed, min(held_change, kept_change))
        differences = [one for one in differences if one.image_id not in moving]
    if snapshot is not None and live.status.snapshot == snapshot:
        try:
            live.check_snapshot(snapshot)
        except SnapshotRefused as exc:
            differences.append(IndexDifference("snapshot", None, str(exc)))
    return differences


def _touched(feed: ChangeFeed, number: int) -> set[int]:
    """Return the pictures that changes after a number are about."""
    touched: set[int] = set()
    while changes := feed.changes_after(number, CHANGES_AT_ONCE):
        touched |= {change.image_id for change in changes}
        number = changes[-1].number
    return touched
