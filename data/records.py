"""What goes into the catalogue and what comes out: plain values, free of SQL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

DescriptorKind = Literal["copy", "similar", "frame", "video", "face", "region"]
"""The two descriptors of a picture, the copy descriptor of a video's frame, the mean of some of these, and a face's."""
Label = Literal["positive", "negative", "unsure"]
MOST_SOURCES = 100
"""Places that are read of one picture: what a shop shows where it has no picture may be seen at a million."""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A picture that somebody offers, before its bytes are read.

    Attributes:
        locator: where it comes from, as people would write it: a path, `archive.zip!member`, or an address.
        read: gives the bytes, at most the limit its source was opened with; raises BadInput when it cannot.
        title, licence, project, collection, backlink: as the source tells them; backlink is the page that shows it.
        labels: attribute name to label, where the source has any.
        mature: marked as mature by the source.
        held_bytes: of memory that the record itself takes, where its source can be read only once (a tar).
    """

    locator: str
    read: Callable[[], bytes]
    title: str | None = None
    licence: str | None = None
    project: str | None = None
    collection: str | None = None
    backlink: str | None = None
    labels: Mapping[str, Label] = field(default_factory=dict)
    mature: bool = False
    held_bytes: int = 0


@dataclass(frozen=True, slots=True)
class BamRow:
    """A picture of a BAM! file and what is known of it, without its bytes.

    Attributes:
        mid: the picture's number in the file.
        project_id: the work it belongs to, as text; pictures of one project are by one author, so a split never
            divides one.
        src: http(s) address, or path counted from the file's folder; empty where the file has none.
        licence: as the file tells it.
        mature: marked as mature.
        labels: attribute name to label; where people labelled one, theirs instead of the automatic label.
    """

    mid: int
    project_id: str | None
    src: str
    licence: str | None
    mature: bool
    labels: Mapping[str, Label]


@dataclass(frozen=True, slots=True)
class NewImage:
    """A picture described and ready to be kept.

    Attributes:
        sha256, pixel_sha256: hexadecimal, as in feature_extractor.picture.Decoded.
        pdq: 32 bytes, or None where the picture is too plain for PDQ.
        descriptors: kind to float32 (256,) of L2 norm 1, kept as little-endian float16.
        attributes: name to probability in 0..1, as the model says; labels of the source come with `source`.
        keypoints_method: name of what found the local features, feature_extractor.keypoints.METHOD.
        keypoints: local features, packed; at most 8,000 bytes.
    """

    sha256: str
    pixel_sha256: str | None
    pdq: bytes | None
    width: int
    height: int
    format: str
    size_bytes: int
    model_id: str
    descriptors: Mapping[DescriptorKind, NDArray[np.float32]]
    attributes: Mapping[str, float]
    keypoints_method: str
    keypoints: bytes
    source: SourceRecord


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one offered picture.

    Attributes:
        image_id: its id in the catalogue.
        created: False where the same bytes were there already (their new source, if any, was noted).
    """

    image_id: int
    created: bool


@dataclass(frozen=True, slots=True)
class Source:
    """One place where a picture was seen."""

    locator: str
    backlink: str | None
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Image:
    """A row of the catalogue with its sources, oldest first, and its attributes.

    Attributes:
        sources: the oldest MOST_SOURCES of them.
        labels: attribute name to label of a person or source.
        probabilities: attribute name to the current model's probability.
    """

    id: int
    sha256: str
    pixel_sha256: str | None
    pdq: bytes | None
    width: int
    height: int
    format: str
    size_bytes: int
    title: str | None
    licence: str | None
    project: str | None
    collection: str | None
    mature: bool
    added_at: datetime
    sources: tuple[Source, ...] = ()
    labels: Mapping[str, Label] = field(default_factory=dict)
    probabilities: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the catalogue's history; numbers only ever grow, and none below a visible one appears later."""

    number: int
    image_id: int
    kind: Literal["added", "removed"]


@dataclass(frozen=True, slots=True)
class DescriptorRows:
    """Descriptors of one kind and model, in order of image id.

    Attributes:
        ids: int64 (n,).
        vectors: float16 (n, dim), as kept.
    """

    ids: NDArray[np.int64]
    vectors: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class CatalogueCounts:
    """How much the catalogue holds."""

    images: int
    sources: int
    last_change: int
    collections: Mapping[str, int]
    models: Mapping[str, int]

    def largest_collections(self, most: int) -> dict[str, int]:
        """Return the sizes of the largest collections, `most` of them, in order of their names."""
        by_size = sorted(self.collections.items(), key=lambda line: (-line[1], line[0]))
        return dict(sorted(by_size[:most]))
