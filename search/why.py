"""Why a search shows a picture as it does, or not at all: every number on a pair's way to its verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from feature_extractor.hashes import PDQ_MIN_QUALITY, pdq_distance
from feature_extractor.kept_keypoints import resized
from feature_extractor.keypoints import OF_CATALOGUE, OF_QUERY, Detail, Keypoints, detect
from feature_extractor.preview import PREVIEW_SIDE_PX, THUMBNAIL_SIDE_PX
from search.answer import QueryPicture, Verdict
from search.confidence import PairEvidence, is_credible
from search.examine import BY_FRAMES, MOST, STANDS_OUT, Gate, small_version
from search.geometry import Alignment, align
from search.proof import LEAST_INLIERS, WORTH_TELLING, Proof, Seen, Trial, best_of, choose_maps, settle, try_maps
from search.query import (
    COPIES_FIRST,
    SIMILAR_DEPTH,
    Engine,
    choose_doubtful,
    describe_query,
    find_in_part,
    nearest_copies,
    pairs_of,
    query_from_catalogue,
)
from search.regions import FoundInPart
from search.stopwatch import Stopwatch
from search.vector_index.contract import NO_ID, SearchReport
from search.vector_index.lsh import LSHIndex, SignatureAgreement
from search.vector_index.segmented import SegmentedIndex
from search.verdict import (
    AGREES,
    AGREES_WITH_FEATURES,
    LEAST_CELLS,
    LEAST_IN_PLACE,
    in_place_share,
    is_convincing,
    judge_copy,
    judge_similar,
)


class Stage(Enum):
    """Where it was settled how a search shows a picture, in the order in which a search comes to them."""

    CATALOGUE = "catalogue"
    """The picture is not in the catalogue, where alone a search can find it."""
    SAME_FILE = "same_file"
    """The files have equal bytes."""
    SAME_PIXELS = "same_pixels"
    """The files show equal pixels."""
    INDEX = "index"
    """The index of copies did not return it among the nearest."""
    GATE = "gate"
    """Nothing stands out of the nearest, so that none of them was laid on the query."""
    PLACE = "place"
    """Others are nearer, and only so many are laid on the query."""
    FEATURES = "features"
    """There is too little left of it to compare: no local features or no thumbnail."""
    ALIGNMENT = "alignment"
    """Its local features agree on no map, and no map by frames was tried or fits."""
    OVERLAY = "overlay"
    """The two were laid on each other, and that proved a copy or did not."""
    PLAIN = "plain"
    """The query is so plain that its descriptor proves nothing."""
    PART = "part"
    """A part of the query by itself led to it, and it was proven on the whole."""
    DESCRIPTOR = "descriptor"
    """The descriptors alone are so near that it is called a probable copy."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What settled how a search shows a picture.

    Attributes:
        stage: where.
        setting: the limit by its name in the code, or what stands in its place, such as 'sha256'.
        value: what was measured; None where nothing was.
        limit: what it was held against; None where there is no number.
        is_copy: it made the picture a copy, proven or probable, rather than kept it from being one.
    """

    stage: Stage
    setting: str
    value: float | None
    limit: float | None
    is_copy: bool


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What decoding told of one of the two files.

    Attributes:
        image_id: in the catalogue; None where it is not there, or was uploaded.
        width, height: px of the upright picture in the file.
        orientation: EXIF orientation that was undone, 1..8; None where the file is not at hand.
        jpeg_quality: 1..100; None where it is no JPEG or the file is not at hand.
        is_too_plain: it shows so little that its descriptor proves nothing.
        features: local features that are compared.
        is_seen: there is a small version of it to compare.
    """

    image_id: int | None
    sha256: str
    width: int
    height: int
    format: str
    size_bytes: int
    orientation: int | None
    jpeg_quality: int | None
    is_too_plain: bool
    features: int
    is_seen: bool


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """How the index of copies answered the query.

    Attributes:
        method: 'lsh', 'exact' or 'milvus'.
        size: pictures it holds.
        looked_at: nearest pictures that the search asked for and got, the query itself left out.
        last_score: of the last of them; None where there is none.
        rank: place of the picture among them, from 1; None where it is not there.
        wanted_recall: the recall that an LSH index aims at, 0..1; None where it does not say.
        signatures: what both have in common; None where the index has none.
        report: of the search.
    """

    method: str
    size: int
    looked_at: int
    last_score: float | None
    rank: int | None
    wanted_recall: float | None
    signatures: SignatureAgreement | None
    report: SearchReport


@dataclass(frozen=True, slots=True)
class MapFacts:
    """A map between the two that was thought of.

    Attributes:
        is_by_frames: it lays one frame on the other, rather than features on features.
        matches, inliers, of: as in search.geometry.Alignment; 0 by frames.
        agreement, cells: as in search.residual.Overlay; None where the pictures were not laid on each other by it.
        is_best: the proof, if there is one, is by this map.
    """

    is_by_frames: bool
    mirrored: bool
    matches: int
    inliers: int
    of: int
    agreement: float | None
    cells: int | None
    is_best: bool


@dataclass(frozen=True, slots=True)
class Trace:
    """Every number on the way of a pair to its verdict.

    Attributes:
        query: what is searched with; picture: what may be found.
        is_same_pixels: None where the pixels of one of them were never looked at.
        pdq_distance: bits of 256 that differ; None where one of them is too plain for PDQ. It decides nothing.
        copy_score, similar_score: cosines of the two descriptors, -1..1.
        copy_threshold, similar_floor: of the model, what they are held against.
        index: how the index of copies answered.
        similar_rank: place among the similar works, from 1, that the index of these returned; None where it is not
            there.
        gate: whether the nearest pictures stand out enough to be laid on the query.
        place: of the picture among those that are laid on it, from 1; None where a search does not come to it.
        maps: that were tried between the two, whether a search comes to it or not.
        proof: what they told; None where that was nothing.
        part: of the query, that leads a search to the picture where the whole does not; None where none does.
        verdict: of the two by themselves.
        probability: that they are copies of each other, where this calls them so and a calibration is at hand.
        shown: how a search shows the picture; None where it does not.
        decision: what settled that.
    """

    query: FileFacts
    picture: FileFacts
    is_same_file: bool
    is_same_pixels: bool | None
    pdq_distance: int | None
    copy_score: float
    copy_threshold: float
    similar_score: float
    similar_floor: float
    index: IndexFacts
    similar_rank: int | None
    gate: Gate
    place: int | None
    maps: tuple[MapFacts, ...]
    proof: Proof | None
    part: FoundInPart | None
    verdict: Verdict
    probability: float | None
    shown: Verdict | None
    decision: Decision


def trace_files(engine: Engine, query: bytes, picture: bytes | int) -> Trace:
    """Return the trace of a file and of a picture of the catalogue, or of another file.

    Args:
        engine: the parts.
        query: bytes of the file that is searched with.
        picture: id in the catalogue, or the bytes of a file; where these are in the catalogue, it is that picture.
    Raises:
        PictureError: a file cannot be used; the subclass says why.
        NotFound: there is no picture of this id, or none that the current model has described.
    """
    asked = describe_query(engine, query, Stopwatch())
    if isinstance(picture, int):
        return trace_pair(engine, asked, query_from_catalogue(engine, picture, Stopwatch()))
    other = describe_query(engine, picture, Stopwatch())
    image_id = engine.catalogue.same_file(other.sha256)
    if image_id is not None:
        other = query_from_catalogue(engine, image_id, Stopwatch())
    return trace_pair(engine, asked, other)


def trace_pair(engine: Engine, query: QueryPicture, picture: QueryPicture) -> Trace:
    """Return every number on the way of a pair to its verdict.

    The two are laid on each other even where a search would not come to that: then `verdict` may be surer than `shown`.

    Args:
        engine: the parts.
        query: what is searched with.
        picture: of the catalogue, or any other that is described, which no search can find.
    """
    found = nearest_copies(engine, query)
    gate, doubtful = choose_doubtful(engine, query, found)
    place = _place_of(picture, [image.id for image in doubtful])
    nearest = {image_id: score for image_id, score in pairs_of(found) if image_id != query.image_id}
    index = _index_facts(engine, query, picture, nearest, found.report)
    laid = _lay(engine, query, picture, place)
    score = nearest.get(picture.image_id or NO_ID, float(query.copy @ picture.copy))
    likeness = judge_similar(float(query.similar @ picture.similar), floor=engine.extractor.similar_floor)
    pixels = (query.pixel_sha256, picture.pixel_sha256)
    is_same_pixels = None if None in pixels else pixels[0] == pixels[1]

    def judge(proof: Proof | None, *, is_laid: bool, is_too_plain: bool) -> Verdict | None:
        verdict = judge_copy(
            score,
            threshold=engine.extractor.copy_threshold,
            is_same_file=query.sha256 == picture.sha256,
            is_same_pixels=bool(is_same_pixels),
            is_too_plain=is_too_plain,
            proof=proof,
        )
        if verdict is None or not is_credible(engine.calibration, verdict, PairEvidence(score, is_laid, proof)):
            return None
        return verdict

    similar_rank = _similar_rank(engine, query, picture)
    is_laid = laid.query is not None and laid.picture is not None
    shown = None
    if picture.image_id is not None:
        is_candidate = query.sha256 == picture.sha256 or bool(is_same_pixels) or index.rank is not None
        was_laid = is_laid and place is not None
        shown = judge(laid.searched, is_laid=was_laid, is_too_plain=query.too_plain) if is_candidate else None
        shown = shown or (None if similar_rank is None else likeness)
    decision = _decide_by_file(query, picture)
    if decision is None and index.rank is None:
        decision = _decide_by_index(index, score)
    elif decision is None:
        by_geometry = _decide_by_gate(index, gate, place) or _decide_by_overlay(picture, laid)
        decision = _decide(by_geometry, query, score, engine.extractor.copy_threshold, shown)
    part = None
    if picture.image_id is not None and (shown is None or not shown.is_proven):
        part = find_in_part(engine, query, found, picture.image_id)
    if part is not None:
        shown, decision = Verdict.COPY, Decision(Stage.PART, "search.regions", part.score, None, is_copy=True)
    is_too_plain = query.too_plain or picture.too_plain
    verdict = judge(laid.proof, is_laid=is_laid, is_too_plain=is_too_plain) or likeness
    evidence = PairEvidence(score, is_laid, laid.proof)
    return Trace(
        query=_file_facts(query, laid.query),
        picture=_file_facts(picture, laid.picture),
        is_same_file=query.sha256 == picture.sha256,
        is_same_pixels=is_same_pixels,
        pdq_distance=pdq_distance(query.pdq, picture.pdq) if query.pdq and picture.pdq else None,
        copy_score=score,
        copy_threshold=engine.extractor.copy_threshold,
        similar_score=float(query.similar @ picture.similar),
        similar_floor=engine.extractor.similar_floor,
        index=index,
        similar_rank=similar_rank,
        gate=gate,
        place=place,
        maps=_map_facts(laid),
        proof=laid.proof,
        part=part,
        verdict=verdict,
        probability=None if engine.calibration is None else engine.calibration.probability(verdict, evidence),
        shown=shown,
        decision=decision,
    )


@dataclass(frozen=True, slots=True)
class _Laid:
    """The two laid on each other.

    Attributes:
        query, picture: what was seen of them; None where nothing was at hand.
        aligned: maps by local features, whatever they are worth.
        trials: maps that were tried; searched_trials: those of them that a search comes to.
        proof, searched: what each told.
    """

    query: Seen | None
    picture: Seen | None
    aligned: tuple[Alignment, ...] = ()
    trials: tuple[Trial, ...] = ()
    searched_trials: tuple[Trial, ...] = ()
    proof: Proof | None = None
    searched: Proof | None = None


def _lay(engine: Engine, query: QueryPicture, picture: QueryPicture, place: int | None) -> _Laid:
    """Return two pictures laid on each other; `place` is where a search comes to the picture."""
    asked = _see(query, OF_QUERY, PREVIEW_SIDE_PX, engine)
    other = _see(picture, OF_CATALOGUE, THUMBNAIL_SIDE_PX, engine)
    if asked is None or other is None:
        return _Laid(asked, other)
    aligned = align(other.keypoints, asked.keypoints)
    trials = try_maps(other, asked, choose_maps(aligned, other.keypoints, asked.keypoints))
    proof = settle(other, asked, trials, jpeg_quality=query.jpeg_quality)
    if place is None or picture.keypoints is None:  # found here; a search looks at kept features alone
        return _Laid(asked, other, aligned, trials, proof=proof)
    tried = tuple(trial for trial in trials if place <= BY_FRAMES or not trial.is_by_frames)
    searched = proof if tried == trials else settle(other, asked, tried, jpeg_quality=query.jpeg_quality)
    return _Laid(asked, other, aligned, trials, tried, proof, searched)


def _see(picture: QueryPicture, detail: Detail, side_px: int, engine: Engine) -> Seen | None:
    """Return what geometry needs of a picture, features found now where it has none; None where nothing is at hand."""
    small = small_version(picture, engine.thumbnails, side_px=side_px)
    if small is None:
        return None
    if picture.keypoints is not None:
        return Seen(Keypoints.unpack(picture.keypoints), small)
    pixels = small if picture.pixels is None else picture.pixels
    return Seen(resized(detect(pixels, detail), picture.width, picture.height), small)


def _file_facts(picture: QueryPicture, seen: Seen | None) -> FileFacts:
    """Return what decoding told of a file."""
    return FileFacts(
        image_id=picture.image_id,
        sha256=picture.sha256,
        width=picture.width,
        height=picture.height,
        format=picture.format,
        size_bytes=picture.size_bytes,
        orientation=picture.orientation,
        jpeg_quality=picture.jpeg_quality,
        is_too_plain=picture.too_plain,
        features=0 if seen is None else len(seen.keypoints),
        is_seen=seen is not None,
    )


def _index_facts(
    engine: Engine, query: QueryPicture, picture: QueryPicture, nearest: Mapping[int, float], report: SearchReport
) -> IndexFacts:
    """Return how the index of copies answered; `nearest` holds scores by id, the nearest first."""
    index, ids = engine.copies.index, list(nearest)
    lsh = index if isinstance(index, LSHIndex) else None
    return IndexFacts(
        method=index.method if isinstance(index, SegmentedIndex) else "milvus",
        size=len(index),
        looked_at=len(ids),
        last_score=nearest[ids[-1]] if ids else None,
        rank=_place_of(picture, ids),
        wanted_recall=None if lsh is None else lsh.recall,
        signatures=None if lsh is None else lsh.agreement(query.copy, picture.copy, max(1, len(ids))),
        report=report,
    )


def _similar_rank(engine: Engine, query: QueryPicture, picture: QueryPicture) -> int | None:
    """Return the place of a picture among the similar works, from 1; None where it is not among them."""
    found = pairs_of(engine.similars.search(query.similar[np.newaxis], SIMILAR_DEPTH + 1))
    ids = [image_id for image_id, _ in found if image_id != query.image_id]
    return _place_of(picture, ids)


def _place_of(picture: QueryPicture, ids: Sequence[int]) -> int | None:
    """Return the place of a picture among ids, from 1; None where it is not there."""
    return ids.index(picture.image_id) + 1 if picture.image_id is not None and picture.image_id in ids else None


def _map_facts(laid: _Laid) -> tuple[MapFacts, ...]:
    """Return the maps that were thought of: those by features, whether tried or not, and then by frames."""
    best = best_of(laid.trials) if laid.proof is not None else None
    facts = []
    for alignment in (*laid.aligned, *(trial.alignment for trial in laid.trials if trial.is_by_frames)):
        trial = next((trial for trial in laid.trials if trial.alignment is alignment), None)
        facts.append(
            MapFacts(
                is_by_frames=alignment.inliers == 0,
                mirrored=alignment.mirrored,
                matches=alignment.matches,
                inliers=alignment.inliers,
                of=alignment.of,
                agreement=None if trial is None else trial.overlay.agreement,
                cells=None if trial is None else trial.overlay.cells,
                is_best=trial is not None and trial is best,
            )
        )
    return tuple(facts)


def _decide_by_file(query: QueryPicture, picture: QueryPicture) -> Decision | None:
    """Return what the files alone settle; None where they settle nothing."""
    if picture.image_id is None:
        return Decision(Stage.CATALOGUE, "", None, None, is_copy=False)
    if query.sha256 == picture.sha256:
        return Decision(Stage.SAME_FILE, "sha256", None, None, is_copy=True)
    if query.pixel_sha256 is not None and query.pixel_sha256 == picture.pixel_sha256:
        return Decision(Stage.SAME_PIXELS, "pixel_sha256", None, None, is_copy=True)
    return None


def _decide(
    by_geometry: Decision, query: QueryPicture, score: float, threshold: float, shown: Verdict | None
) -> Decision:
    """Return what settled how a search shows a picture that is among the nearest, once geometry was asked."""
    if by_geometry.is_copy or score < threshold:
        return by_geometry
    if query.too_plain:
        return Decision(Stage.PLAIN, "feature_extractor.hashes.PDQ_MIN_QUALITY", None, PDQ_MIN_QUALITY, is_copy=False)
    if shown is not Verdict.UNCONFIRMED:  # what geometry saw leaves too little of what the descriptor says
        return by_geometry
    return Decision(Stage.DESCRIPTOR, "copy_threshold", score, threshold, is_copy=True)


def _decide_by_index(index: IndexFacts, score: float) -> Decision:
    """Return why the index did not return a picture: others are nearer, or it left the picture out."""
    if index.last_score is not None and score <= index.last_score:
        depth = "COPIES_FIRST" if index.looked_at <= COPIES_FIRST else "COPIES_DEPTH"
        return Decision(Stage.INDEX, f"search.query.{depth}", score, index.last_score, is_copy=False)
    return Decision(Stage.INDEX, "recall", None, index.wanted_recall, is_copy=False)


def _decide_by_gate(index: IndexFacts, gate: Gate, place: int | None) -> Decision | None:
    """Return why a picture among the nearest was not looked at; None where it was."""
    if not gate.count:
        return Decision(Stage.GATE, "search.examine.STANDS_OUT", gate.standing_out, STANDS_OUT, is_copy=False)
    if place is None:
        return Decision(Stage.PLACE, "search.examine.MOST", index.rank, MOST, is_copy=False)
    return None


def _decide_by_overlay(picture: QueryPicture, laid: _Laid) -> Decision:
    """Return what settled whether a picture that was looked at is proven."""
    if laid.query is None or laid.picture is None or picture.keypoints is None:
        return Decision(Stage.FEATURES, "", None, None, is_copy=False)
    proof, best = laid.searched, best_of(laid.searched_trials)
    if best is None:
        inliers = max((alignment.inliers for alignment in laid.aligned), default=0)
        return Decision(Stage.ALIGNMENT, "search.proof.LEAST_INLIERS", inliers, LEAST_INLIERS, is_copy=False)
    if proof is None:
        return Decision(Stage.OVERLAY, "search.proof.WORTH_TELLING", best.worth, WORTH_TELLING, is_copy=False)
    return _decide_by_agreement(proof)


def _decide_by_agreement(proof: Proof) -> Decision:
    """Return which of the measures of two pictures laid on each other settled whether that proves a copy."""
    agreement, in_place = proof.overlay.agreement, in_place_share(proof)
    both = agreement + in_place
    if proof.overlay.cells < LEAST_CELLS:
        return Decision(Stage.OVERLAY, "search.verdict.LEAST_CELLS", proof.overlay.cells, LEAST_CELLS, is_copy=False)
    if agreement < AGREES and both >= AGREES_WITH_FEATURES:
        if in_place < LEAST_IN_PLACE:
            return Decision(Stage.OVERLAY, "search.verdict.LEAST_IN_PLACE", in_place, LEAST_IN_PLACE, is_copy=False)
        name = "search.verdict.AGREES_WITH_FEATURES"
        return Decision(Stage.OVERLAY, name, both, AGREES_WITH_FEATURES, is_copy=is_convincing(proof))
    return Decision(Stage.OVERLAY, "search.verdict.AGREES", agreement, AGREES, is_copy=is_convincing(proof))
