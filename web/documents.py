"""The documents of the JSON API: pydantic models, from which OpenAPI describes them."""

from datetime import datetime
from typing import Annotated, Literal, Self

from flask import url_for
from pydantic import BaseModel, ConfigDict, Field

from data.places import FILES, HOST, MAX_HOST
from data.records import Image, Label
from data.word_query import MOST_CHARACTERS
from feature_extractor.descriptors import ATTRIBUTES
from search.answer import Answer, Counts, Hit, HitPage, QueryPicture, Sort, Verdict
from search.batch.ask import what_was_done
from search.report import proof_record
from search.residual import Box
from search.vector_index.contract import SearchReport
from search.words import public_place
from web import words
from web.links import picture_href, thumbnail_src
from web.searches import MAX_COLLECTION, MAX_PAGE

_NAMES = "|".join(ATTRIBUTES)
ATTRIBUTES_PATTERN = f"^(({_NAMES})(,({_NAMES}))*)?$"
_VERDICTS = "|".join(verdict.value for verdict in Verdict)
VERDICTS_PATTERN = f"^(({_VERDICTS})(,({_VERDICTS}))*)?$"
SOURCE_PATTERN = f"^({HOST})?$"

_SHARE = r"(0?\.[0-9]{1,9}|0|1|1\.0{1,9})"
REGION_PATTERN = f"^({_SHARE}(,{_SHARE}){{3}})?$"

Score = Annotated[float, Field(ge=-1.001, le=1.001, description="Cosine of the two descriptors.")]
Probability = Annotated[float, Field(ge=0, le=1)]


class Document(BaseModel):
    """What all documents have in common: they are made once and say nothing they do not declare."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SearchParameters(Document):
    """Which part of an answer is wanted."""

    copies_page: int = Field(1, ge=1, le=MAX_PAGE, description="Page of the copies, from 1.")
    similar_page: int = Field(1, ge=1, le=MAX_PAGE, description="Page of the similar works, from 1.")
    page_size: int = Field(24, ge=1, le=100, description="Hits a page of each list.")
    attributes: str = Field(
        "",
        pattern=ATTRIBUTES_PATTERN,
        max_length=1024,
        description="Only similar works that carry all of these, separated by commas.",
    )
    sort: Sort = Field(
        Sort.BEST,
        description="Order of the copies found, all of them and not of a page: 'best' match, most 'changed' by their "
        "alteration_share (those that nothing has proven last), 'biggest' or 'smallest' by pixels and then bytes, "
        "'newest' or 'oldest' by when they were first seen. Equals stand as by best match, and then by id.",
    )
    verdict: str = Field(
        "",
        pattern=VERDICTS_PATTERN,
        max_length=256,
        description="Only hits of these verdicts, separated by commas.",
    )
    collection: str = Field("", max_length=MAX_COLLECTION, description="Only pictures of this collection.")
    source: str = Field(
        "",
        pattern=SOURCE_PATTERN,
        max_length=MAX_HOST,
        description=f"Only pictures seen at this host, or with {FILES!r} those seen elsewhere than on the web.",
    )
    words: str = Field(
        "",
        max_length=MOST_CHARACTERS,
        description="Only pictures that these words find, as in `GET /api/v1/images`; copies and similar works.",
    )
    region: str = Field(
        "",
        pattern=REGION_PATTERN,
        max_length=100,
        description="Search with this part of the picture alone: left, top, right, bottom in shares of its sides, "
        "such as 0.1,0.2,0.6,0.7.",
    )
    regions: Literal["auto", "all", "none"] = Field(
        "auto",
        description="Which parts are searched beside the whole: those that look like pictures within the picture, "
        "unless a proven copy fills it; these and nine fixed crops; or none. Beside a region none are.",
    )
    show_decided: bool = Field(False, description="Also what looks like a copy and was decided to be none.")


class SourceDocument(Document):
    """A place where a picture was seen.

    Attributes:
        place: its address, or the last part of its path.
        backlink: address of the page that shows it.
    """

    place: str
    backlink: str | None
    seen_at: datetime


class LinksDocument(Document):
    """Where to go on, relative to this site."""

    page: str
    thumbnail: str
    search: str


class ImageDocument(Document):
    """A picture of the catalogue.

    Attributes:
        labels: attribute to what a person said of it.
        probabilities: attribute to what the model says of it.
    """

    id: int
    sha256: str
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
    sources: list[SourceDocument]
    labels: dict[str, Label]
    probabilities: dict[str, Probability]
    links: LinksDocument

    @classmethod
    def of(cls, image: Image) -> Self:
        """Return the document of a row; of a path on this server only the last part is told."""
        return cls(
            id=image.id,
            sha256=image.sha256,
            width=image.width,
            height=image.height,
            format=image.format,
            size_bytes=image.size_bytes,
            title=image.title,
            licence=image.licence,
            project=image.project,
            collection=image.collection,
            mature=image.mature,
            added_at=image.added_at,
            sources=[
                SourceDocument(
                    place=public_place(source.locator),
                    backlink=words.public_link(source.backlink),
                    seen_at=source.seen_at,
                )
                for source in image.sources
            ],
            labels=dict(image.labels),
            probabilities=dict(image.probabilities),
            links=LinksDocument(
                page=picture_href(image.id),
                thumbnail=thumbnail_src(image.sha256),
                search=url_for("api.search_image_of_catalogue", image_id=image.id),
            ),
        )


Share = Annotated[float, Field(ge=0, le=1)]
Place = Annotated[list[Share], Field(min_length=2, max_length=2)]


class BoxDocument(Document):
    """A rectangle in shares of a picture's width and height."""

    left: Share
    top: Share
    right: Share
    bottom: Share

    @classmethod
    def of(cls, box: Box) -> Self:
        """Return the document of a part of a picture."""
        return cls(left=box.left, top=box.top, right=box.right, bottom=box.bottom)


class RecolouringDocument(Document):
    """How colours changed from the picture to the query."""

    is_grey: bool
    is_tinted: bool
    brightness_share: float | None
    contrast_factor: float | None
    saturation_factor: float | None
    hue_deg: float | None


class TransformDocument(Document):
    """How the query differs from a picture of the catalogue, as if it had been made from it.

    Attributes:
        mirrored: left to right, before anything is turned.
        rotation_deg: clockwise.
        scale_px_per_px: px of the query a px of the picture.
        aspect_ratio: scale of the picture's width by that of its height.
        perspective_share: how much nearer one corner is than the farthest.
        kept_polygon_shares: corners of the part of the picture that the query shows.
        placed_polygon_shares: corners of where it lies in the query.
        blur_sigma_px_of_384: standard deviation of a blur, in px of the picture at 384 px.
        added_boxes_shares: what the query shows on top of it.
    """

    mirrored: bool
    rotation_deg: float | None
    scale_px_per_px: float | None
    aspect_ratio: float | None
    perspective_share: float | None
    kept_polygon_shares: list[Place]
    kept_area_share: Share | None
    placed_polygon_shares: list[Place]
    placed_area_share: Share | None
    is_surround_plain: bool
    recolouring: RecolouringDocument | None
    blur_sigma_px_of_384: float | None
    jpeg_quality: int | None
    added_boxes_shares: list[BoxDocument]


class ProofDocument(Document):
    """What geometry found of the query and a picture.

    Attributes:
        sentence: what was done, in words.
        inliers: local features that agree on how the picture lies in the query.
        agreement_share: of what can be compared, once one lies on the other, that shows the same.
        cells: how much could be compared.
    """

    sentence: str
    inliers: int
    agreement_share: Share
    cells: int
    transform: TransformDocument


class HitDocument(Document):
    """A picture that answers the query.

    Attributes:
        part: of the query, that found it; null where the whole did. Where in the query a copy lies, its proof tells.
        by_region: of the picture, that found it, where regions of pictures are described; null where its whole did.
        proof: what geometry found where the picture is a proven copy; null elsewhere.
        verdict: what it is to the query; among the copies neither 'similar' nor 'distant', and nothing else among the
            similar works. 'distant' is under the model's floor of similarity (`similar_floor` of the status): among
            the nearest, and yet not much like it.
        probability: that it is a copy, as a calibration says; 1 of equal files and pixels alone. Null of similar works,
            and where the engine has no calibration of its model.
        alteration_share: how much was done to it: 0 is nothing, near 1 next to nothing of it is left; of area, colours,
            sharpness and pose. null where nothing has proven what was done.
        what_was_done: to a copy, or why it is called one, as a sentence; null of similar works.
    """

    verdict: Literal["identical", "same_pixels", "copy", "unconfirmed", "similar", "distant"]
    score: Score
    part: BoxDocument | None
    by_region: BoxDocument | None
    probability: Probability | None
    alteration_share: Share | None
    what_was_done: str | None
    proof: ProofDocument | None
    image: ImageDocument

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """Return the document of a hit."""
        proof = None
        if hit.verdict is Verdict.COPY and hit.proof is not None:
            proof = ProofDocument.model_validate(proof_record(hit.proof))
        return cls(
            verdict=hit.verdict.value,
            score=hit.score,
            part=BoxDocument.of(hit.part) if hit.part is not None else None,
            by_region=BoxDocument.of(hit.by_region) if hit.by_region is not None else None,
            probability=hit.probability,
            alteration_share=None if hit.alteration is None else round(hit.alteration, 4),
            what_was_done=what_was_done(hit) if hit.verdict.is_copy else None,
            proof=proof,
            image=ImageDocument.of(hit.image),
        )


class ReportDocument(Document):
    """How the index answered.

    Attributes:
        candidates: vectors compared exactly.
        estimated_recall: expected share of the true neighbours among those found.
        exact: whether everything was compared.
    """

    candidates: int
    estimated_recall: Probability
    exact: bool

    @classmethod
    def of(cls, report: SearchReport) -> Self:
        """Return the document of a report."""
        return cls(candidates=report.candidates, estimated_recall=report.estimated_recall, exact=report.exact)


class HitsDocument(Document):
    """A page of hits: of the copies in the order asked for, of the similar works the nearest first.

    Attributes:
        total: hits there are in all; is_capped says that there may be more.
    """

    total: int
    is_capped: bool
    page: int
    pages: int
    page_size: int
    hits: list[HitDocument]
    report: ReportDocument | None

    @classmethod
    def of(cls, page: HitPage) -> Self:
        """Return the document of a page."""
        return cls(
            total=page.total,
            is_capped=page.is_capped,
            page=page.page,
            pages=page.pages,
            page_size=page.page_size,
            hits=[HitDocument.of(hit) for hit in page.hits],
            report=ReportDocument.of(page.report) if page.report is not None else None,
        )


class QueryDocument(Document):
    """The picture that was searched with.

    Attributes:
        too_plain: there is too little in it to tell its copies from other plain pictures.
        image_id: its id when it is a picture of the catalogue.
    """

    width: int
    height: int
    format: str
    size_bytes: int
    sha256: str
    too_plain: bool
    probabilities: dict[str, Probability]
    image_id: int | None

    @classmethod
    def of(cls, query: QueryPicture) -> Self:
        """Return the document of a query; attributes the model was never taught (NaN) are left out."""
        return cls(
            width=query.width,
            height=query.height,
            format=query.format,
            size_bytes=query.size_bytes,
            sha256=query.sha256,
            too_plain=query.too_plain,
            probabilities={name: value for name, value in query.attributes.items() if value == value},  # noqa: PLR0124
            image_id=query.image_id,
        )


class FacetDocument(Document):
    """An attribute and how many of the similar works carry it."""

    name: str
    count: int
    is_chosen: bool


class CountsDocument(Document):
    """How many pictures of the answer, copies and similar works together, are of each kind; at most 13 of each.

    Attributes:
        verdicts: verdict to number, before the answer was narrowed to some of them.
        collections: name to number.
        sources: host to number; 'files' for those seen elsewhere than on the web.
    """

    verdicts: dict[str, int]
    collections: dict[str, int]
    sources: dict[str, int]

    @classmethod
    def of(cls, counts: Counts) -> Self:
        """Return the document of counts."""
        return cls(
            verdicts={verdict.value: number for verdict, number in counts.verdicts.items()},
            collections=dict(counts.collections),
            sources=dict(counts.places),
        )


class AnswerDocument(Document):
    """The answer to a search.

    Attributes:
        proven: how many of the copies are the same file, the same pixels or proven by geometry.
        alike: how many of the similar works, on all pages, are similar; the others are distant.
        no_copies: why there is no copy, 'none_chosen' where only some were asked for; null when there are copies.
        counts: by what the answer can be narrowed.
        steps_ms: name of each step to the milliseconds it took.
        searched: pictures in the index that answered.
        model_id: sha256 of the model that described the query and those pictures.
        region: the part of the query that was searched with; null for the whole.
        parts: of the query, that were searched beside the whole.
        refuted: what looks like a copy and was decided by a person to be none; empty unless `show_decided` asks for it,
            and at most a page.
        refuted_total: how many there are.
    """

    query: QueryDocument
    proven: int
    alike: int
    no_copies: Literal["none_found", "none_chosen", "too_plain", "catalogue_empty", "all_refuted"] | None
    copies: HitsDocument
    similar: HitsDocument
    facets: list[FacetDocument]
    counts: CountsDocument
    steps_ms: dict[str, float]
    searched: int
    model_id: str
    region: BoxDocument | None
    parts: list[BoxDocument]
    refuted: list[HitDocument]
    refuted_total: int

    @classmethod
    def of(cls, answer: Answer, model_id: str) -> Self:
        """Return the document of an answer by a model."""
        return cls(
            query=QueryDocument.of(answer.query),
            proven=answer.proven,
            alike=answer.alike,
            no_copies=answer.no_copies.value if answer.no_copies is not None else None,
            copies=HitsDocument.of(answer.copies),
            similar=HitsDocument.of(answer.similar),
            facets=[FacetDocument(name=f.name, count=f.count, is_chosen=f.is_chosen) for f in answer.facets],
            counts=CountsDocument.of(answer.counts),
            steps_ms={name: round(taken, 3) for name, taken in answer.steps_ms.items()},
            searched=answer.searched,
            model_id=model_id,
            region=BoxDocument.of(answer.region) if answer.region is not None else None,
            parts=[BoxDocument.of(box) for box in answer.parts],
            refuted=[HitDocument.of(hit) for hit in answer.refuted],
            refuted_total=answer.refuted_total,
        )


class StatusDocument(Document):
    """What this engine holds.

    Attributes:
        images: pictures in the catalogue; searchable: those that its index finds.
        change: the last change of the catalogue; index_change: the last one the index has taken in.
        model_id: sha256 of the model.
        copy_threshold: least cosine at which a picture is called a probable copy.
        similar_floor: least cosine at which a work is called similar, not distant.
        collections: the largest ones, by name, and their pictures; other_collections: how many more there are.
        videos: in the catalogue; max_video_bytes: of one to search with, 0 where none is taken.
    """

    version: str
    images: int
    searchable: int
    change: int
    index_change: int
    model_id: str
    copy_threshold: float
    similar_floor: float
    collections: dict[str, int]
    other_collections: int
    videos: int
    max_upload_bytes: int
    max_video_bytes: int
    max_pixels: int
    fetches_urls: bool
    rate_limit: str


class ProblemDocument(BaseModel):
    """An error (RFC 9457).

    Attributes:
        type: names the kind of error.
        detail: what happened; remedy: what to do about it.
        request_id: to quote to the owner of the site.
        fields: parameter to what is wrong with it.
    """

    type: str
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    remedy: str
    request_id: str
    fields: dict[str, list[str]] | None = None


class ProblemKindDocument(Document):
    """A kind of error that this API answers with."""

    type: str
    title: str
    status: int
    remedy: str
