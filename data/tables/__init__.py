"""The tables of the catalogue, for SQLite and PostgreSQL alike.

Pictures are described by rows; what is only ever read whole (a digest, a descriptor, the twenty attributes of a
picture) is a blob. Numbers and ids are given out from the one row of `catalogue`, which a writer locks until it
commits: changes become visible in the order of their numbers, and an id is never used twice, on either database.
"""

from data.tables.accounts import (
    ApiTokenRow,
    SignInRow,
    TokenScope,
    UserRow,
)
from data.tables.base import (
    Base,
    ChangeKind,
)
from data.tables.decisions import (
    MOST_EVIDENCE_CHARACTERS,
    DecisionKind,
    DecisionRow,
    DecisionScope,
)
from data.tables.faces import (
    FaceConsentRow,
    FaceCounterRow,
    FaceRow,
    FaceScanRow,
)
from data.tables.pictures import (
    MOST_KEYPOINT_BYTES,
    AttributeNameRow,
    AttributeRow,
    CarriedRow,
    CatalogueRow,
    ChangeRow,
    DescriptorRow,
    ImageRow,
    KeypointsRow,
    ModelRow,
    ModelWordRow,
    SourceRow,
)
from data.tables.regions import (
    RegionChangeRow,
    RegionSetRow,
)
from data.tables.videos import (
    FrameRangeRow,
    VideoChangeRow,
    VideoRow,
)
from data.tables.watches import (
    MOST_FINDING_CHARACTERS,
    MOST_WATCHED_PREVIEW_BYTES,
    ChannelKind,
    DeliveryState,
    FindingRow,
    LeaseRow,
    OutboxRow,
    WatchChannelRow,
    WatchedPictureRow,
    WatchRow,
)
from data.tables.words import (
    FacetKind,
    FacetRow,
    FacetValueRow,
    ImageWordsRow,
)

__all__ = [
    "MOST_EVIDENCE_CHARACTERS",
    "MOST_FINDING_CHARACTERS",
    "MOST_KEYPOINT_BYTES",
    "MOST_WATCHED_PREVIEW_BYTES",
    "REVISION",
    "ApiTokenRow",
    "AttributeNameRow",
    "AttributeRow",
    "Base",
    "CarriedRow",
    "CatalogueRow",
    "ChangeKind",
    "ChangeRow",
    "ChannelKind",
    "DecisionKind",
    "DecisionRow",
    "DecisionScope",
    "DeliveryState",
    "DescriptorRow",
    "FaceConsentRow",
    "FaceCounterRow",
    "FaceRow",
    "FaceScanRow",
    "FacetKind",
    "FacetRow",
    "FacetValueRow",
    "FindingRow",
    "FrameRangeRow",
    "ImageRow",
    "ImageWordsRow",
    "KeypointsRow",
    "LeaseRow",
    "ModelRow",
    "ModelWordRow",
    "OutboxRow",
    "RegionChangeRow",
    "RegionSetRow",
    "SignInRow",
    "SourceRow",
    "TokenScope",
    "UserRow",
    "VideoChangeRow",
    "VideoRow",
    "WatchChannelRow",
    "WatchRow",
    "WatchedPictureRow",
]

REVISION = "0011"
"""The migration these tables agree with; a test holds it to the newest script. Kept here so that serving, which only
checks it, need not load Alembic."""
