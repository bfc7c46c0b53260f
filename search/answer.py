"""What a search answers: plain values that a page, the JSON API and the command line show alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from data.decisions import Decision, PictureKey
from data.places import Place
from data.records import Image
from data.word_query import WordQuery
from errors import BadRequest
from feature_extractor.descriptors import ATTRIBUTES
from feature_extractor.picture import Picture
from search.alteration import alteration
from search.proof import Proof
from search.residual import Box
from search.vector_index.contract import SearchReport


class Verdict(Enum):
    """What a hit is to the query, the surest first."""

    IDENTICAL = "identical"
    """The same bytes."""
    SAME_PIXELS = "same_pixels"
    """Another file that shows exactly the same pixels."""
    COPY = "copy"
    """A copy, proven by geometry: its pixels lie in the query, whatever was done to them."""
    UNCONFIRMED = "unconfirmed"
    """A probable copy by its descriptor; nothing has proven it."""
    SIMILAR = "similar"
    """A similar work, never called a copy."""
    DISTANT = "distant"
    """Among the nearest of the catalogue, and yet not called similar."""

    @property
    def is_copy(self) -> bool:
        """Whether it is called a copy, proven or probable."""
        return self not in {Verdict.SIMILAR, Verdict.DISTANT}

    @property
    def is_proven(self) -> bool:
        """Whether it is proven to be a copy."""
        return self in {Verdict.IDENTICAL, Verdict.SAME_PIXELS, Verdict.COPY}


class Sort(Enum):
    """In which order copies are shown; equals stand as by best match."""

    BEST = "best"
    """The surest verdict, then the nearest."""
    CHANGED = "changed"
    """The most altered first, by search.alteration; those that nothing has proven last, as nobody knows what was done
    to them."""
    BIGGEST = "biggest"
    """The most pixels first, then the most bytes."""
    SMALLEST = "smallest"
    """The fewest pixels first, then the fewest bytes."""
    NEWEST = "newest"
    """The last seen for the first time first."""
    OLDEST = "oldest"
    """The first seen first."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A picture of the catalogue that answers the query.

    Attributes:
        image: its row.
        score: cosine of the descriptors that found it (`copy` for copies, `similar` for similar works), -1..1.
        verdict: what it is to the query.
        proof: what geometry found; None where it was not asked, as for the same file, or found no map.
        part: of the query, that found it; None where the whole did.
        by_region: of the picture, that found it; None where its whole did.
        probability: that it is a copy, 0..1, and 1 of equal files and pixels alone; None of what is not called a copy,
            and where no calibration is at hand.
        decision: what a person decided of it and the query, its source or its collection; None where nothing stands,
            and for similar works, which nobody is asked about.
    """

    image: Image
    score: float
    verdict: Verdict
    proof: Proof | None = None
    decision: Decision | None = None
    part: Box | None = None
    probability: float | None = None
    by_region: Box | None = None

    @property
    def alteration(self) -> float | None:
        """How much was done to the picture, 0..1 as by search.alteration; None where nothing has proven what."""
        return alteration_of(self.verdict, self.proof)


def alteration_of(verdict: Verdict, proof: Proof | None) -> float | None:
    """Return how much was done to a hit, 0..1: nothing where its pixels are the same; None where it is not proven."""
    if verdict in {Verdict.IDENTICAL, Verdict.SAME_PIXELS}:
        return 0.0
    return alteration(proof.transform) if verdict is Verdict.COPY and proof is not None else None


@dataclass(frozen=True, slots=True)
class HitPage:
    """A page of hits and where it stands.

    Attributes:
        hits: of this page, in the order asked for.
        total: hits there are in all; at most the search depth, and `is_capped` says that it was reached.
        page: 1-based.
        page_size: hits a page.
        report: of the index that found them; None when no index was asked.
    """

    hits: tuple[Hit, ...]
    total: int
    page: int
    page_size: int
    is_capped: bool
    report: SearchReport | None

    @property
    def pages(self) -> int:
        """How many pages there are, at least 1."""
        return max(1, -(-self.total // self.page_size))

    @property
    def surest(self) -> Verdict | None:
        """The surest verdict of this page, wherever it stands there; None where the page is empty."""
        verdicts = {hit.verdict for hit in self.hits}
        return next((verdict for verdict in Verdict if verdict in verdicts), None)


@dataclass(frozen=True, slots=True)
class Facet:
    """An attribute and how many of the similar works carry it."""

    name: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of the pictures of an answer, copies and similar works together, are of each kind.

    Attributes:
        verdicts: before the answer was narrowed to some; only those that there are.
        collections, places: what was chosen, then the most frequent; a picture without a collection is in none, and one
            that was seen at two hosts is at both. Places that are not on the web go by data.places.FILES.
    """

    verdicts: Mapping[Verdict, int]
    collections: Mapping[str, int]
    places: Mapping[str, int]


class NoCopies(Enum):
    """Why the list of copies is empty."""

    NONE_FOUND = "none_found"
    NONE_CHOSEN = "none_chosen"
    """None of those that were asked for; there may be others."""
    TOO_PLAIN = "too_plain"
    CATALOGUE_EMPTY = "catalogue_empty"
    ALL_REFUTED = "all_refuted"
    """What looks like a copy was decided to be none."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a query that is searched by itself.

    Attributes:
        box: where it lies.
        copy: float32 (256,), L2 norm 1, of the part alone.
    """

    box: Box
    copy: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class QueryPicture:
    """The query, described: all that a later page of the same search needs; small enough to travel sealed in a form.

    Attributes:
        width, height: px of the upright picture in its file.
        copy, similar: float32 (256,), L2 norm 1.
        attributes: the model's probabilities by name.
        pdq: 32 bytes, or None.
        too_plain: there is so little in it that any other plain picture would look like a copy.
        sha256, pixel_sha256: hexadecimal; pixel_sha256 may be None.
        preview: WebP of at most 320 px a side, without metadata; b"" where nobody will see it.
        jpeg_quality: how hard the file was compressed, 1..100; None where it is no JPEG or not at hand.
        orientation: EXIF orientation that was undone, 1..8; None where the file is not at hand.
        keypoints: packed local features in px of the upright picture; None until they are needed, which they are not
            where nothing comes near to being a copy.
        pixels: the picture itself, which does not travel: None once it was sealed, or came from the catalogue.
        image_id: its id when the query is a picture of the catalogue itself, which is then left out of the answer.
        parts: that are searched too; None until they were looked for, which they are not where a proven copy fills it.
        region: the part that all of this but sizes, hashes and preview is of; None: the whole.
    """

    width: int
    height: int
    format: str
    size_bytes: int
    sha256: str
    pixel_sha256: str | None
    pdq: bytes | None
    too_plain: bool
    copy: NDArray[np.float32]
    similar: NDArray[np.float32]
    attributes: Mapping[str, float]
    preview: bytes
    jpeg_quality: int | None = None
    orientation: int | None = None
    keypoints: bytes | None = None
    pixels: Picture | None = None
    image_id: int | None = None
    parts: tuple[Part, ...] | None = None
    region: Box | None = None

    @property
    def key(self) -> PictureKey:
        """What decisions know it by."""
        return PictureKey(self.sha256, self.pixel_sha256)


class SearchParts(Enum):
    """Whether parts of a query are searched by themselves."""

    AUTO = "auto"
    """Those that look like pictures within the picture, unless a proven copy fills it."""
    ALL = "all"
    """Those and fixed crops, whatever the whole finds."""
    NONE = "none"
    """The whole alone."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What of the answer is wanted.

    Attributes:
        copies_page, similar_page: 1-based.
        page_size: hits a page, from 1.
        attributes: only similar works that carry all of these.
        verdicts: only hits of these; none: of all.
        collection: only pictures of this one.
        place: only pictures seen there.
        words: only pictures that these find; None: all.
        sort: of the copies; similar works always stand by their likeness.
        show_decided: show what was decided not to be a copy, apart from the copies.
        region: search with this part of the picture in place of the whole.
        parts: which parts are searched beside the whole; none beside a region.
    Raises:
        BadRequest: an attribute does not exist: no picture carries it, which would read as an answer.
    """

    copies_page: int = 1
    similar_page: int = 1
    page_size: int = 24
    attributes: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    collection: str | None = None
    place: Place | None = None
    words: WordQuery | None = None
    sort: Sort = Sort.BEST
    show_decided: bool = False
    region: Box | None = None
    parts: SearchParts = SearchParts.AUTO

    @property
    def narrows_copies(self) -> bool:
        """Whether there may be copies that were not asked for."""
        asked = (self.collection, self.place, self.words)
        return bool(self.verdicts) or any(one is not None for one in asked)

    def __post_init__(self) -> None:
        """Check the attributes."""
        if unknown := [name for name in self.attributes if name not in ATTRIBUTES]:
            raise BadRequest(
                f"expected an attribute such as {ATTRIBUTES[0]!r}; received {unknown[0][:60]!r}",
                remedy=f"Choose among {', '.join(ATTRIBUTES)}.",
            )


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a query.

    Attributes:
        similar: the nearest works that are no copies; those that are called similar come first, then distant ones.
        proven: how many of the copies, on all pages, are proven; the others are probable.
        alike: how many of the similar works, on all pages, reach the model's floor; the others are distant.
        no_copies: why there is none; None when there are copies.
        facets: attributes among the similar works, most frequent first.
        counts: by what else the answer can be narrowed.
        steps_ms: name of each step to the milliseconds it took, in order.
        searched: pictures in the index that answered.
        refuted: hits that look like copies of which a person decided that they are none, the surest first; empty unless
            it was asked for them, and at most a page.
        refuted_total: how many there are. They are neither among the copies nor among the similar works.
        settled: how many of the copies, on all pages, were decided to be licensed or one's own.
        region: the part of the query that was searched with; None: the whole.
        parts: that were searched beside the whole.
    """

    query: QueryPicture
    copies: HitPage
    similar: HitPage
    proven: int
    alike: int
    no_copies: NoCopies | None
    facets: tuple[Facet, ...]
    counts: Counts
    steps_ms: Mapping[str, float]
    searched: int
    refuted: tuple[Hit, ...] = ()
    refuted_total: int = 0
    settled: int = 0
    region: Box | None = None
    parts: tuple[Box, ...] = ()
