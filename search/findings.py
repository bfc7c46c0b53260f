"""What `check` can find."""

from dataclasses import dataclass
from enum import StrEnum


class Disagreement(StrEnum):
    """What can be wrong."""

    THUMBNAIL_MISSING = "thumbnail missing"
    THUMBNAIL_STRAY = "thumbnail without a picture"
    DESCRIPTOR_MISSING = "picture not described by this model"
    KEYPOINTS_MISSING = "local features missing"
    REGIONS_MISSING = "regions not described"
    WORDS_DIFFER = "words differ from the catalogue"
    STRIP_MISSING = "strip missing"
    STRIP_STRAY = "strip without a video"
    VIDEO_UNDESCRIBED = "video not described by this model"
    INDEX_DIFFERS = "index differs from the catalogue"


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where two parts disagree.

    Attributes:
        what: the kind of disagreement.
        subject: sha256 of the picture or video that a thumbnail or strip shows, id of a picture or video, method of
            local features, or kind of an index.
        detail: how they disagree, for people.
    """

    what: Disagreement
    subject: str
    detail: str
