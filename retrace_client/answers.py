"""What the API answers, as frozen dataclasses; `raw` holds the document itself, with all that has no field here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Self

Verdict = Literal["identical", "same_pixels", "copy", "unconfirmed", "similar", "distant"]
Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """A place where a picture was seen.

    Attributes:
        place: its address, or the name of a file.
        backlink: address of the page that shows it.
    """

    place: str
    backlink: str | None
    seen_at: datetime

    @classmethod
    def of(cls, raw: Raw) -> Self:
        """Return it from its document."""
        return cls(str(raw["place"]), raw["backlink"], datetime.fromisoformat(raw["seen_at"]))


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of the catalogue.

    Attributes:
        page, thumbnail: where to see it, relative to the site.
    """

    id: int
    sha256: str
    width: int
    height: int
    format: str
    size_bytes: int
    title: str | None
    licence: str | None
    collection: str | None
    added_at: datetime
    sources: tuple[Source, ...]
    page: str
    thumbnail: str
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def of(cls, raw: Raw) -> Self:
        """Return it from its document."""
        return cls(
            id=int(raw["id"]),
            sha256=raw["sha256"],
            width=int(raw["width"]),
            height=int(raw["height"]),
            format=raw["format"],
            size_bytes=int(raw["size_bytes"]),
            title=raw["title"],
            licence=raw["licence"],
            collection=raw["collection"],
            added_at=datetime.fromisoformat(raw["added_at"]),
            sources=tuple(Source.of(one) for one in raw["sources"]),
            page=raw["links"]["page"],
            thumbnail=raw["links"]["thumbnail"],
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a picture that was added.

    Attributes:
        created: False where the same file was there already.
    """

    image: Image
    created: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A picture that answers the query.

    Attributes:
        verdict: what it is to the query.
        score: cosine of the two descriptors.
        probability: that it is a copy, 0..1; None where that is not told.
        sentence: what was done to it, in words; None where nothing is proven.
    """

    verdict: Verdict
    score: float
    probability: float | None
    alteration_share: float | None
    sentence: str | None
    image: Image
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def of(cls, raw: Raw) -> Self:
        """Return it from its document."""
        proof = raw["proof"]
        return cls(
            verdict=raw["verdict"],
            score=float(raw["score"]),
            probability=raw["probability"],
            alteration_share=raw["alteration_share"],
            sentence=proof["sentence"] if proof is not None else None,
            image=Image.of(raw["image"]),
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of hits.

    Attributes:
        total: there are in all; is_capped says that there may be more.
    """

    total: int
    is_capped: bool
    page: int
    pages: int
    hits: tuple[Hit, ...]

    @classmethod
    def of(cls, raw: Raw) -> Self:
        """Return it from its document."""
        return cls(
            total=int(raw["total"]),
            is_capped=bool(raw["is_capped"]),
            page=int(raw["page"]),
            pages=int(raw["pages"]),
            hits=tuple(Hit.of(one) for one in raw["hits"]),
        )


@dataclass(frozen=True, slots=True)
class Query:
    """The picture that was searched with."""

    sha256: str
    width: int
    height: int
    format: str
    too_plain: bool

    @classmethod
    def of(cls, raw: Raw) -> Self:
        """Return it from its document."""
        return cls(raw["sha256"], int(raw["width"]), int(raw["height"]), raw["format"], bool(raw["too_plain"]))


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a search.

    Attributes:
        proven: how many of the copies are proven.
        no_copies: why there is no copy; None when there are some.
        searched: pictures that were searched.
    """

    query: Query
    copies: Hits
    similar: Hits
    proven: int
    no_copies: str | None
    searched: int
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def of(cls, raw: Raw) -> Self:
        """Return it from its document."""
        return cls(
            query=Query.of(raw["query"]),
            copies=Hits.of(raw["copies"]),
            similar=Hits.of(raw["similar"]),
            proven=int(raw["proven"]),
            no_copies=raw["no_copies"],
            searched=int(raw["searched"]),
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class Status:
    """What the site holds and accepts.

    Attributes:
        images: pictures in its catalogue.
        searchable: those that are found already.
        rate_limit: of visitors, such as '60/minute'; '' for none.
    """

    version: str
    images: int
    searchable: int
    max_upload_bytes: int
    max_pixels: int
    fetches_urls: bool
    rate_limit: str
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def of(cls, raw: Raw) -> Self:
        """Return it from its document."""
        return cls(
            version=raw["version"],
            images=int(raw["images"]),
            searchable=int(raw["searchable"]),
            max_upload_bytes=int(raw["max_upload_bytes"]),
            max_pixels=int(raw["max_pixels"]),
            fetches_urls=bool(raw["fetches_urls"]),
            rate_limit=raw["rate_limit"],
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class HashMatch:
    """A picture whose PDQ hash is near to one that was asked for.

    Attributes:
        distance: in how many of 256 bits they differ.
    """

    distance: int
    image: Image

    @classmethod
    def of(cls, raw: Raw) -> Self:
        """Return it from its document."""
        return cls(int(raw["distance"]), Image.of(raw["image"]))


@dataclass(frozen=True, slots=True)
class Hash:
    """A PDQ hash that was asked for, and the pictures near to it, the nearest first.

    Attributes:
        total: pictures near to it in all.
    """

    hash: str
    total: int
    matches: tuple[HashMatch, ...]

    @classmethod
    def of(cls, raw: Raw) -> Self:
        """Return it from its document."""
        return cls(raw["hash"], int(raw["total"]), tuple(HashMatch.of(one) for one in raw["matches"]))


@dataclass(frozen=True, slots=True)
class SharedHash:
    """The PDQ hash of a picture of the catalogue.

    Attributes:
        quality: 50..100, how far to trust it; None where that cannot be told.
        sha256: of the file.
    """

    hash: str
    quality: int | None
    image_id: int
    sha256: str

    @classmethod
    def of(cls, raw: Raw) -> Self:
        """Return it from its document."""
        return cls(raw["hash"], raw["quality"], int(raw["id"]), raw["sha256"])
