"""Watches, their pictures, findings and deliveries: plain values, free of SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.decisions import PictureKey
from data.tables import ChannelKind, DeliveryState


@dataclass(frozen=True, slots=True)
class Watch:
    """Pictures that are guarded.

    Attributes:
        collection: whose pictures are guarded; None where files are, which are kept beside the catalogue.
        cursor: number of the last change that was compared with them.
        is_ready: all that was to be guarded is there; nothing is compared before.
        feed_token: what the address of its feed ends with; None where it has none.
        passed_over: pictures that could not be compared; passed_over_reason: why the last of them could not.
    """

    id: int
    name: str
    collection: str | None
    cursor: int
    is_ready: bool
    feed_token: str | None = field(repr=False)
    passed_over: int
    passed_over_reason: str | None
    added_at: datetime


@dataclass(frozen=True, slots=True)
class WatchCounts:
    """How much there is of a watch.

    Attributes:
        pictures: guarded; of a collection, those that are in it now.
        findings: all; unseen: those that nobody marked and nothing had settled.
        waiting, given_up: deliveries.
    """

    pictures: int
    findings: int
    unseen: int
    waiting: int
    given_up: int


@dataclass(frozen=True, slots=True)
class NewWatched:
    """A picture to be guarded beside the catalogue, described.

    Attributes:
        sha256, pixel_sha256: hexadecimal; pixel_sha256 may be None.
        pdq: 32 bytes, or None where it is too plain for PDQ.
        name: of its file, without folders.
        copy, similar: float32 (256,), L2 norm 1.
        keypoints_method, keypoints: as in data.records.NewImage.
        preview: a small version, WebP, at most 256 KiB.
    """

    sha256: str
    pixel_sha256: str | None
    pdq: bytes | None
    width: int
    height: int
    format: str
    size_bytes: int
    name: str
    model_id: str
    copy: NDArray[np.float32]
    similar: NDArray[np.float32]
    keypoints_method: str
    keypoints: bytes
    preview: bytes


@dataclass(frozen=True, slots=True)
class Watched:
    """A guarded picture that is kept beside the catalogue; the attributes are those of NewWatched.

    Attributes:
        copy, similar: float16 (256,), as kept.
    """

    id: int
    watch_id: int
    sha256: str
    pixel_sha256: str | None
    pdq: bytes | None
    width: int
    height: int
    format: str
    size_bytes: int
    name: str
    added_at: datetime
    model_id: str
    copy: NDArray[np.float16]
    similar: NDArray[np.float16]
    keypoints_method: str
    keypoints: bytes
    preview: bytes

    @property
    def key(self) -> PictureKey:
        """What decisions know it by."""
        return PictureKey(self.sha256, self.pixel_sha256)


@dataclass(frozen=True, slots=True)
class NewFinding:
    """A picture of the catalogue that is a copy of a watched one.

    Attributes:
        watched, found: the two.
        watched_id: of the watched picture, beside the catalogue or in its collection.
        image_id: of the picture of the catalogue.
        record: what is told of it, as plain JSON values.
        settled: what had been decided of the two, which keeps it from being told; None where nothing had.
    """

    watch_id: int
    watched: PictureKey
    found: PictureKey
    watched_id: int
    image_id: int
    record: Mapping[str, Any]
    settled: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding as it is kept.

    Attributes:
        uid: what it is known by outside.
        watch: name of the watch; watch_collection: whose pictures that guards, or None.
        record: what is told of it.
        settled: what had been decided when it was found; None where nothing had.
        seen_by, seen_at: None until somebody marks it.
    """

    id: int
    uid: str
    watch_id: int
    watch: str
    watch_collection: str | None
    watched_id: int
    image_id: int
    record: Mapping[str, Any]
    settled: str | None
    found_at: datetime
    seen_by: str | None
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Channel:
    """Where the findings of a watch are sent.

    Attributes:
        target: an address on the web, or of a mailbox.
        secret: that webhooks are signed with, sealed; None for mail.
        allows_private: whether the address may be one of a private network.
    """

    id: int
    watch_id: int
    kind: ChannelKind
    target: str
    secret: bytes | None = field(repr=False)
    allows_private: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """A finding on its way to a channel.

    Attributes:
        attempts: begun so far, this one included.
        last_error: what the last attempt failed by; None where it did not.
    """

    finding: Finding
    channel: Channel
    state: DeliveryState
    attempts: int
    added_at: datetime
    next_at: datetime
    last_error: str | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """How deliveries are doing.

    Attributes:
        waiting, delivered, given_up: deliveries in each state.
        oldest_at: when the oldest that waits was put there; None where none does.
        behind: changes of the catalogue that are still to be compared, of the watch that is furthest behind.
    """

    waiting: int
    delivered: int
    given_up: int
    oldest_at: datetime | None
    behind: int
