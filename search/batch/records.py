"""What a batch of searches knows of one's own pictures: the lines of its journal."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from data.decisions import PictureKey
from search.answer import Verdict

FORMAT: Literal[1] = 1
"""Of the journal."""


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Finding(_Line):
    """A picture of the catalogue that is a copy of one's own, or may be one.

    Attributes:
        score: cosine of the `copy` descriptors.
        confidence: that it is a copy, 0..1; None where nothing tells it.
        what: what was done, or why it is called so, as a sentence.
        sources: where it was seen, the oldest few; source_count: at how many places, MOST_SOURCES at most.
        backlink: the page that shows it, or None.
        first_seen: by the catalogue.
    """

    image_id: int
    sha256: str
    verdict: Verdict
    score: float
    confidence: float | None
    what: str
    title: str | None
    collection: str | None
    licence: str | None
    width: int
    height: int
    sources: tuple[str, ...]
    source_count: int
    backlink: str | None
    first_seen: datetime


class Searched(_Line):
    """A picture of one's own that was searched with.

    Attributes:
        locator: where it lies.
        change: number of the catalogue's change that the index held.
        asked: digest of all else that an answer depends on (search.batch.ask).
        is_too_plain: so plain that only an identical picture counts.
        findings: the surest first, whatever was decided of them: that is looked up when the report is written.
        thumbnail: a small WebP in base64; '' where nothing was found.
    """

    kind: Literal["searched"] = "searched"
    locator: str
    sha256: str
    pixel_sha256: str | None
    width: int
    height: int
    change: int
    asked: str
    is_too_plain: bool
    findings: tuple[Finding, ...]
    thumbnail: str

    @property
    def key(self) -> PictureKey:
        """What decisions know it by."""
        return PictureKey(self.sha256, self.pixel_sha256)


class Unread(_Line):
    """A picture that could not be searched with, and why."""

    kind: Literal["unread"] = "unread"
    locator: str
    reason: str


class Again(_Line):
    """A file whose bytes were searched with before, in this run or an earlier one: that answer still holds."""

    kind: Literal["again"] = "again"
    locator: str
    sha256: str


class Begun(_Line):
    """A run began."""

    kind: Literal["begun"] = "begun"
    format: Literal[1] = FORMAT
    at: datetime
    what: tuple[str, ...]


class Ended(_Line):
    """A run came to its end, and its report was written."""

    kind: Literal["ended"] = "ended"
    at: datetime


Line = Searched | Unread | Again | Begun | Ended
LINES: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="kind")])
