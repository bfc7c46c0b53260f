"""The life of a query, top to bottom: decode, describe, candidates, verdict, rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Catalogue
from data.decisions import Decision, Decisions
from data.records import DescriptorKind, Image
from data.thumbnails import ThumbnailStore
from errors import NotFound
from feature_extractor.decode import decode
from feature_extractor.descriptors import ATTRIBUTES, Descriptors, Extractor
from feature_extractor.hashes import PDQ, compute_pdq
from feature_extractor.keypoints import METHOD
from feature_extractor.picture import Decoded, Limits
from feature_extractor.preview import PREVIEW_SIDE_PX, encode_preview
from search.answer import Answer, Ask, Facet, Hit, HitPage, NoCopies, QueryPicture, SearchParts, Verdict
from search.confidence import Calibration, PairEvidence, is_credible
from search.examine import Gate, examine_nearest, judge_gate, with_keypoints
from search.live_index import LiveIndex
from search.narrowing import allowed_ids, count_kinds, keep_allowed, with_attributes
from search.picture_regions import FoundByRegion, PictureRegions, examine_by_regions
from search.proof import Proof
from search.regions import FILLS, FoundInPart, examine_parts, narrow, placed_box, with_parts
from search.residual import Box
from search.sorting import Found, by_best_match, in_order
from search.stopwatch import Stopwatch
from search.vector_index.contract import NO_ID, Ids, Neighbours, SearchReport
from search.verdict import is_too_plain, judge_copy, judge_similar

COPIES_DEPTH = 200
"""Copies looked at; more copies of one picture than this are cut off, and the answer says so."""
COPIES_FIRST = 32
"""Nearest looked at first: most pictures have fewer copies, and a deep search costs twice as much."""
SIMILAR_DEPTH = 240
"""Similar works looked at: ten pages."""
SAME_PIXELS_NARROWED = 10_000
"""Pictures of the same pixels that are looked through for those that may answer."""
DESCRIPTOR_KINDS: tuple[DescriptorKind, ...] = ("copy", "similar")


@dataclass(frozen=True, slots=True)
class Engine:
    """The parts a search needs, each replaceable.

    Attributes:
        thumbnails: small versions of the pictures, which geometry compares.
        copies, similars: the live indexes of the two descriptors.
        decisions: what people decided of copies.
        limits: what an uploaded picture may cost.
        calibration: what tells how sure a copy is; None: nothing tells it.
        regions: described parts of the pictures, which propose copies too; None: the owner did not ask for them.
    """

    extractor: Extractor
    catalogue: Catalogue
    thumbnails: ThumbnailStore
    copies: LiveIndex
    similars: LiveIndex
    decisions: Decisions
    limits: Limits
    calibration: Calibration | None = None
    regions: PictureRegions | None = None


def indexes_of(engine: Engine) -> tuple[LiveIndex, ...]:
    """Return all indexes of an engine: of copies, of similar works and, where it has one, of regions."""
    return engine.copies, engine.similars, *(() if engine.regions is None else (engine.regions.index,))


def search(engine: Engine, data: bytes, ask: Ask) -> Answer:
    """Return the copies and the similar works of a picture file.

    Args:
        engine: the parts.
        data: bytes of the file.
        ask: what of the answer is wanted.
    Raises:
        PictureError: the file cannot be searched with; the subclass says why.
    """
    watch = Stopwatch()
    query = describe_query(engine, data, watch)
    return search_described(engine, query, ask, watch)


def describe_query(engine: Engine, data: bytes, watch: Stopwatch, *, with_preview: bool = False) -> QueryPicture:
    """Return what a search needs to know of a picture file; the file itself is not needed again.

    Args:
        engine: the parts.
        data: bytes of the file.
        watch: takes the time of each step.
        with_preview: make the small picture that a page shows; programs do without and save its time.
    Raises:
        PictureError: the file cannot be searched with; the subclass says why.
    """
    with watch.step("decode"):
        decoded = decode(data, engine.limits)
    with watch.step("hash"):
        pdq = compute_pdq(decoded.pixels)
    with watch.step("describe"):
        descriptors = engine.extractor.describe([decoded.pixels])
    preview = b""
    if with_preview:
        with watch.step("preview"):
            preview = encode_preview(decoded.pixels, PREVIEW_SIDE_PX)
    return make_query(decoded, pdq, descriptors, 0, preview=preview)


def make_query(decoded: Decoded, pdq: PDQ, descriptors: Descriptors, row: int, *, preview: bytes = b"") -> QueryPicture:
    """Return a query of what was found of a picture file.

    Args:
        decoded: the picture.
        pdq: its hash.
        descriptors: of several pictures; row: which of them it is.
        preview: the small picture that a page shows; b"" where nobody will see it.
    """
    return QueryPicture(
        width=decoded.width,
        height=decoded.height,
        format=decoded.format,
        size_bytes=decoded.size_bytes,
        sha256=decoded.sha256,
        pixel_sha256=decoded.pixel_sha256,
        pdq=None if is_too_plain(pdq) else pdq.bits,
        too_plain=is_too_plain(pdq),
        copy=descriptors.copy[row],
        similar=descriptors.similar[row],
        attributes=dict(zip(ATTRIBUTES, descriptors.attributes[row].tolist(), strict=True)),
        preview=preview,
        jpeg_quality=decoded.jpeg_quality,
        orientation=decoded.orientation,
        pixels=decoded.pixels,
    )


def query_from_catalogue(engine: Engine, image_id: int, watch: Stopwatch) -> QueryPicture:
    """Return a picture of the catalogue as a query; nothing is decoded or described again.

    It has no preview: its thumbnail is there already.

    Raises:
        NotFound: no such picture, or none that the current model has described.
    """
    with watch.step("rows"):
        image = engine.catalogue.image(image_id)
        vectors = {
            kind: engine.catalogue.descriptors_of([image_id], kind, engine.extractor.model_id).vectors
            for kind in DESCRIPTOR_KINDS
        }
        keypoints = engine.catalogue.keypoints_of([image_id], METHOD).get(image_id)
    if any(len(found) == 0 for found in vectors.values()):
        raise NotFound(
            f"picture {image_id} was described by another model than the one in use",
            remedy="Upload the picture itself, or ask the owner to remove it and add it again.",
        )
    return QueryPicture(
        width=image.width,
        height=image.height,
        format=image.format,
        size_bytes=image.size_bytes,
        sha256=image.sha256,
        pixel_sha256=image.pixel_sha256,
        pdq=image.pdq,
        too_plain=image.pdq is None,
        copy=_unit(vectors["copy"][0]),
        similar=_unit(vectors["similar"][0]),
        attributes=image.probabilities,
        preview=b"",
        keypoints=keypoints,
        image_id=image_id,
    )


def _unit(vector: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return a kept descriptor (256,) as float32 of L2 norm 1 again, which float16 only nearly keeps."""
    wide = vector.astype(np.float32)
    return wide / np.linalg.norm(wide)


def search_described(engine: Engine, query: QueryPicture, ask: Ask, watch: Stopwatch) -> Answer:
    """Return the copies and the similar works of a query that is described already, or of the part that is asked for.

    Raises:
        BadRequest: there is too little to see of that part.
    """
    found = find_copies(engine, query, ask, watch)
    whole, query, standing, refuted, decided = query, found.query, found.standing, found.refuted, found.decided
    with watch.step("decisions"):
        # The surest are kept before they are put in another order.
        copies = in_order(_chosen(standing, ask)[:COPIES_DEPTH], ask.sort, engine.catalogue)
        refuted = _chosen(refuted, ask)
    with watch.step("similar"):
        allowed = with_attributes(engine.catalogue, found.allowed, ask.attributes)
        known = {hit.image_id for hit in (*found.standing, *found.refuted)} | {query.image_id}
        nearest = engine.similars.search(query.similar[np.newaxis], SIMILAR_DEPTH + len(known), allow=allowed)
        floor = engine.extractor.similar_floor
        works = [
            Found(image_id, score, judge_similar(score, floor=floor))
            for image_id, score in pairs_of(nearest)
            if image_id not in known
        ][:SIMILAR_DEPTH]
        similar = _chosen(works, ask)
    with watch.step("rows"):
        chosen = _page(copies, ask.copies_page, ask.page_size) + _page(similar, ask.similar_page, ask.page_size)
        asked_for = _page(refuted, 1, ask.page_size) if ask.show_decided else []
        chosen += asked_for
        images = engine.catalogue.images([hit.image_id for hit in chosen])
        attributes = engine.catalogue.count_attributes([hit.image_id for hit in similar])
        counts = count_kinds(engine.catalogue, [*standing, *works], [*copies, *similar], ask)
    return Answer(
        query=query if ask.region is None else whole,
        copies=_hit_page(
            engine,
            copies,
            images,
            decided,
            page=ask.copies_page,
            page_size=ask.page_size,
            depth=COPIES_DEPTH - len(refuted),
            report=found.report,
        ),
        similar=_hit_page(
            engine,
            similar,
            images,
            {},
            page=ask.similar_page,
            page_size=ask.page_size,
            depth=SIMILAR_DEPTH,
            report=nearest.report,
        ),
        refuted=make_hits(engine, asked_for, images, decided),
        refuted_total=len(refuted),
        settled=sum(hit.image_id in decided for hit in copies),
        proven=sum(hit.verdict.is_proven for hit in copies),
        alike=sum(hit.verdict is Verdict.SIMILAR for hit in similar),
        no_copies=None if copies else _why_no_copies(engine, query, ask, is_refuted=bool(refuted)),
        facets=_facets(attributes, ask.attributes),
        counts=counts,
        steps_ms=watch.steps_ms,
        searched=len(engine.copies),
        region=ask.region,
        parts=tuple(part.box for part in query.parts or ()) if found.is_parted else (),
    )


@dataclass(frozen=True, slots=True)
class FoundCopies:
    """What a search finds of copies, before rows are read.

    Attributes:
        query: the picture, or the part of it that was asked for, with what of it was looked at on the way.
        standing: the copies, the surest first.
        refuted: what looks like one and was decided to be none, likewise.
        decided: what stands on either, by id.
        allowed: ids that could be found; None: all.
        report: of the index.
        is_parted: whether parts of the query were searched.
    """

    query: QueryPicture
    standing: Sequence[Found]
    refuted: Sequence[Found]
    decided: Mapping[int, Decision]
    allowed: Ids | None
    report: SearchReport
    is_parted: bool


def find_copies(engine: Engine, query: QueryPicture, ask: Ask, watch: Stopwatch) -> FoundCopies:
    """Return the copies of a described query, whatever verdict, order and page is asked for.

    Raises:
        BadRequest: there is too little to see of the part that is asked for.
    """
    if ask.region is not None:
        with watch.step("region"):
            query = narrow(query, ask.region, engine.extractor, engine.thumbnails)
    with watch.step("copies"):
        allowed = allowed_ids(engine.catalogue, ask)
        found = nearest_copies(engine, query, allow=allowed)
    with watch.step("geometry"):
        query, proofs = _examine(engine, query, found)
        judged = _judge_copies(engine, query, found, proofs, allowed)
    if engine.regions is not None and not any(hit.verdict.is_proven for hit in judged):
        with watch.step("regions"):
            query, by_region = examine_by_regions(
                query,
                engine.regions,
                engine.catalogue,
                engine.thumbnails,
                allow=allowed,
                threshold=engine.extractor.copy_threshold,
                known=proofs.keys(),
            )
            judged = _with_copies_by_region(judged, by_region, query.region)
    is_parted = ask.region is None and is_worth_parting(judged, ask.parts)
    if is_parted:
        with watch.step("parts"):
            query, in_parts = _find_in_parts(engine, query, ask.parts, judged, proofs, allowed=allowed)
            judged = _with_copies_in_parts(judged, in_parts)
    with watch.step("decisions"):
        decided = engine.decisions.of_hits(query.key, [hit.image_id for hit in judged])
        standing, refuted = _part(by_best_match(judged), decided)
    return FoundCopies(query, standing, refuted, decided, allowed, found.report, is_parted)


def pairs_of(neighbours: Neighbours) -> list[tuple[int, float]]:
    """Return ids and scores of the first query, the padding left out."""
    held = neighbours.ids[0] != NO_ID
    return list(zip(neighbours.ids[0][held].tolist(), neighbours.scores[0][held].tolist(), strict=True))


def nearest_copies(engine: Engine, query: QueryPicture, *, allow: Ids | None = None) -> Neighbours:
    """Return the nearest by the copy descriptor: a few, and many only where all of the few may be copies."""
    found = engine.copies.search(query.copy[np.newaxis], COPIES_FIRST, allow=allow)
    if found.scores[0, -1] >= engine.extractor.copy_threshold:
        found = engine.copies.search(query.copy[np.newaxis], COPIES_DEPTH + 1, allow=allow)
    return found


def _examine(engine: Engine, query: QueryPicture, found: Neighbours) -> tuple[QueryPicture, Mapping[int, Proof | None]]:
    """Return what geometry finds of those it looks at, by id, and the query with the features it needed for that."""
    _, doubtful = choose_doubtful(engine, query, found)
    if not doubtful:
        return query, {}
    query = with_keypoints(query)
    return query, examine_nearest(query, doubtful, engine.catalogue, engine.thumbnails)


def choose_doubtful(engine: Engine, query: QueryPicture, found: Neighbours) -> tuple[Gate, list[Image]]:
    """Return whether the nearest pictures stand out, and those that geometry then looks at, the nearest first."""
    nearest = [pair for pair in pairs_of(found) if pair[0] != query.image_id]
    gate = judge_gate(np.array([score for _, score in nearest], np.float32), engine.extractor.copy_threshold)
    if not gate.count:
        return gate, []
    images = engine.catalogue.images([image_id for image_id, _ in nearest[: gate.count]])
    # The same file and the same pixels need no proof.
    return gate, [
        image
        for image in images.values()
        if image.sha256 != query.sha256 and (image.pixel_sha256 is None or image.pixel_sha256 != query.pixel_sha256)
    ]


def _judge_copies(
    engine: Engine,
    query: QueryPicture,
    found: Neighbours,
    proofs: Mapping[int, Proof | None],
    allowed: Ids | None,
) -> list[Found]:
    """Return what counts as a copy of the query, of the pictures allowed."""
    scores = dict(pairs_of(found))
    same_file = engine.catalogue.same_file(query.sha256)
    # One more than are shown, as the query itself may be among them.
    most = COPIES_DEPTH + 1 if allowed is None else SAME_PIXELS_NARROWED
    same_pixels = engine.catalogue.same_pixels(query.pixel_sha256, most) if query.pixel_sha256 else []
    is_same = frozenset(keep_allowed(same_pixels, allowed)[: COPIES_DEPTH + 1])
    # Equal files and pixels are asked of the catalogue: among many plain pictures the index may not reach them.
    for image_id in (*keep_allowed([] if same_file is None else [same_file], allowed), *is_same):
        scores.setdefault(image_id, 1.0)
    scores.pop(query.image_id or NO_ID, None)
    return [
        Found(image_id, score, verdict, image_id in proofs, proofs.get(image_id), query.region)
        for image_id, score in scores.items()
        if (
            verdict := judge_copy(
                score,
                threshold=engine.extractor.copy_threshold,
                is_same_file=image_id == same_file,
                is_same_pixels=image_id in is_same,
                is_too_plain=query.too_plain,
                proof=proofs.get(image_id),
            )
        )
        is not None
        and is_credible(engine.calibration, verdict, PairEvidence(score, image_id in proofs, proofs.get(image_id)))
    ]


def is_worth_parting(copies: Iterable[Found], parts: SearchParts) -> bool:
    """Return whether parts of a query are searched: by themselves, unless it is the same as, or nearly all, a copy."""
    if parts is not SearchParts.AUTO:
        return parts is SearchParts.ALL
    return not any(
        hit.verdict in {Verdict.IDENTICAL, Verdict.SAME_PIXELS}
        or (hit.verdict.is_proven and hit.proof is not None and hit.proof.transform.placed_share >= FILLS)
        for hit in copies
    )


def find_in_part(engine: Engine, query: QueryPicture, found: Neighbours, image_id: int) -> FoundInPart | None:
    """Return how a search comes to a picture by a part of the query; None where it does not.

    Args:
        query: the whole.
        found: nearest to it, as `nearest_copies` gives them.
        image_id: of the picture.
    """
    if query.region is not None:  # it is a part already
        return None
    query, proofs = _examine(engine, query, found)
    copies = _judge_copies(engine, query, found, proofs, None)
    if not is_worth_parting(copies, SearchParts.AUTO):
        return None
    return _find_in_parts(engine, query, SearchParts.AUTO, copies, proofs, allowed=None)[1].get(image_id)


def _find_in_parts(
    engine: Engine,
    query: QueryPicture,
    parts: SearchParts,
    copies: Sequence[Found],
    proofs: Mapping[int, Proof | None],
    *,
    allowed: Ids | None,
) -> tuple[QueryPicture, Mapping[int, FoundInPart]]:
    """Return what only parts of the query find, by id, and the query with what that needed."""
    covered = [placed_box(hit.proof) for hit in copies if hit.verdict.is_proven and hit.proof is not None]
    query = with_parts(query, engine.extractor, engine.thumbnails, everywhere=parts is SearchParts.ALL, covered=covered)
    return examine_parts(
        query,
        engine.copies,
        engine.catalogue,
        engine.thumbnails,
        allow=allowed,
        threshold=engine.extractor.copy_threshold,
        known=proofs.keys() | {hit.image_id for hit in copies if hit.verdict.is_proven},
    )


def _with_copies_in_parts(copies: Sequence[Found], in_parts: Mapping[int, FoundInPart]) -> list[Found]:
    """Return the copies with those that parts of the query found; what is proven now is no longer only probable."""
    proven = [
        Found(image_id, one.score, Verdict.COPY, is_laid=True, proof=one.proof, part=one.box)
        for image_id, one in in_parts.items()
    ]
    return [*(hit for hit in copies if hit.image_id not in in_parts), *proven]


def _with_copies_by_region(
    copies: Sequence[Found], by_region: Mapping[int, FoundByRegion], part: Box | None
) -> list[Found]:
    """Return the copies with those that regions of pictures found; what is proven now is no longer only probable."""
    proven = [
        Found(image_id, one.score, Verdict.COPY, is_laid=True, proof=one.proof, part=part, by_region=one.box)
        for image_id, one in by_region.items()
    ]
    return [*(hit for hit in copies if hit.image_id not in by_region), *proven]


def _part(judged: Sequence[Found], decided: Mapping[int, Decision]) -> tuple[list[Found], list[Found]]:
    """Return the copies, and what looks like one and was decided to be none."""
    copies, refuted = list[Found](), list[Found]()
    for hit in judged:
        decision = decided.get(hit.image_id)
        (refuted if decision is not None and decision.refutes else copies).append(hit)
    return copies, refuted


def _chosen(found: Sequence[Found], ask: Ask) -> list[Found]:
    """Return the hits of the verdicts asked for, in their order."""
    return [hit for hit in found if not ask.verdicts or hit.verdict in ask.verdicts]


def _page(found: Sequence[Found], page: int, page_size: int) -> list[Found]:
    """Return the hits of a 1-based page; beyond the last there are none."""
    return list(found[(page - 1) * page_size : page * page_size])


def _hit_page(
    engine: Engine,
    found: Sequence[Found],
    images: Mapping[int, Image],
    decided: Mapping[int, Decision],
    *,
    page: int,
    page_size: int,
    depth: int,
    report: SearchReport,
) -> HitPage:
    """Return a page of hits, and where it stands."""
    return HitPage(
        hits=make_hits(engine, _page(found, page, page_size), images, decided),
        total=len(found),
        page=page,
        page_size=page_size,
        is_capped=len(found) >= depth,
        report=report,
    )


def make_hits(
    engine: Engine, found: Sequence[Found], images: Mapping[int, Image], decided: Mapping[int, Decision]
) -> tuple[Hit, ...]:
    """Return hits with their rows; a picture removed since the index last looked is left out."""
    return tuple(
        Hit(
            image=images[hit.image_id],
            score=hit.score,
            verdict=hit.verdict,
            proof=hit.proof,
            decision=decided.get(hit.image_id),
            part=hit.part,
            by_region=hit.by_region,
            probability=None if engine.calibration is None else _probability(engine.calibration, hit),
        )
        for hit in found
        if hit.image_id in images
    )


def _probability(calibration: Calibration, hit: Found) -> float | None:
    """Return how sure it is that a hit is a copy; None of what is not called one."""
    return calibration.probability(hit.verdict, PairEvidence(hit.score, hit.is_laid, hit.proof))


def _why_no_copies(engine: Engine, query: QueryPicture, ask: Ask, *, is_refuted: bool) -> NoCopies:
    """Return why the list of copies is empty."""
    if is_refuted:
        return NoCopies.ALL_REFUTED
    if len(engine.copies) == 0:
        return NoCopies.CATALOGUE_EMPTY
    if ask.narrows_copies:
        return NoCopies.NONE_CHOSEN
    return NoCopies.TOO_PLAIN if query.too_plain else NoCopies.NONE_FOUND


def _facets(counts: Mapping[str, int], chosen: Sequence[str]) -> tuple[Facet, ...]:
    """Return the attributes among the similar works, most frequent first, the chosen ones always.

    A source may label what is none of them; that cannot be asked for, and is not offered.
    """
    names = {name for name in ATTRIBUTES if counts.get(name)} | set(chosen)
    facets = (Facet(name=name, count=counts.get(name, 0), is_chosen=name in chosen) for name in names)
    return tuple(sorted(facets, key=lambda facet: (-facet.count, facet.name)))
