"""The trace of a pair: it tells what a search does, and what settled it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from errors import NotFound, UnsupportedFormat
from search.answer import Ask, QueryPicture, Verdict
from search.examine import MOST, STANDS_OUT
from search.open_engine import close_engine
from search.query import COPIES_FIRST, Engine, describe_query, query_from_catalogue
from search.query import search as search_with
from search.stopwatch import Stopwatch
from search.verdict import AGREES
from search.why import Stage, Trace, trace_files, trace_pair
from search.why_report import decision_sentence, trace_lines, trace_record, trace_rows
from tests.engines import draw, encode, make_engine, offer
from tests.fake_extractor import FakeExtractor
from tests.search.calibrations import calibration

PICTURES = 50
GREYS = (PICTURES + 1, PICTURES + 2)
"""Ids of two plain pictures."""


def wide(seed: int) -> bytes:
    return encode(draw(seed, 384, 256))


def compressed(seed: int) -> bytes:
    return encode(draw(seed, 384, 256), "JPEG", quality=60)


def grey(value: int) -> bytes:
    return encode(np.full((256, 384, 3), value, np.uint8))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    records = [offer(wide(seed), f"/{seed}.png") for seed in range(PICTURES)]
    records += [offer(grey(value), f"/grey-{value}.png") for value in (90, 91)]
    engine = make_engine(tmp_path_factory.mktemp("engine"), records)
    yield engine
    close_engine(engine)


def by_rank(engine: Engine, query: bytes) -> list[int]:
    """Return the ids of all pictures, the nearest by the copy descriptor first."""
    described = describe_query(engine, query, Stopwatch())
    found = engine.copies.search(described.copy[np.newaxis], len(engine.copies))
    return [int(image_id) for image_id in found.ids[0]]


@pytest.mark.parametrize(
    "query",
    [wide(3), encode(draw(4, 384, 256), "BMP"), compressed(5), wide(900), grey(90), grey(140)],
    ids=["the same file", "the same pixels", "a copy", "a stranger", "a plain picture", "a plain stranger"],
)
def test_a_trace_tells_what_a_search_shows(engine: Engine, query: bytes) -> None:
    answer = search_with(engine, query, Ask(page_size=100))
    ranked = by_rank(engine, query)
    shown = {hit.image.id: hit.verdict for hit in (*answer.copies.hits, *answer.similar.hits)}
    for image_id in (*(ranked[rank] for rank in (0, 1, 2, 11, 12, 33)), *GREYS):
        trace = trace_files(engine, query, image_id)
        assert trace.shown is shown.get(image_id), image_id
        assert trace.decision.is_copy is (trace.shown is not None and trace.shown.is_copy), image_id


def test_the_same_file_and_the_same_pixels_need_no_more(engine: Engine) -> None:
    same = trace_files(engine, wide(3), 4)
    assert (same.shown, same.verdict, same.decision.stage) == (Verdict.IDENTICAL, Verdict.IDENTICAL, Stage.SAME_FILE)
    other = trace_files(engine, encode(draw(3, 384, 256), "BMP"), 4)
    assert (other.shown, other.decision.stage) == (Verdict.SAME_PIXELS, Stage.SAME_PIXELS)
    assert (other.is_same_file, other.is_same_pixels, other.pdq_distance) == (False, True, 0)


def test_a_copy_is_settled_by_laying_it_on_its_original(engine: Engine) -> None:
    trace = trace_files(engine, compressed(5), 6)
    decision = trace.decision
    assert (trace.shown, trace.verdict, decision.stage) == (Verdict.COPY, Verdict.COPY, Stage.OVERLAY)
    assert decision.setting == "search.verdict.AGREES"
    assert decision.value is not None
    assert decision.value >= AGREES == decision.limit
    assert trace.proof is not None
    assert decision.value == trace.proof.overlay.agreement
    assert (trace.index.rank, trace.place, trace.gate.count) == (1, 1, MOST)
    assert [found.is_best for found in trace.maps].count(True) == 1
    assert (trace.query.jpeg_quality, trace.query.orientation) == (60, 1)
    assert trace.query.features > 0


def like_all(engine: Engine) -> QueryPicture:
    """Return a query that is as near to every picture."""
    ids = range(1, len(engine.copies) + 1)
    every = engine.catalogue.descriptors_of(ids, "copy", engine.extractor.model_id).vectors.astype(np.float32)
    middle = np.linalg.lstsq(every, np.ones(len(every), np.float32), rcond=None)[0]
    return replace(describe_query(engine, wide(901), Stopwatch()), copy=middle / np.linalg.norm(middle))


def test_what_does_not_stand_out_is_not_looked_at(engine: Engine) -> None:
    query = like_all(engine)
    nearest = int(engine.copies.search(query.copy[np.newaxis], 1).ids[0, 0])
    trace = trace_pair(engine, query, query_from_catalogue(engine, nearest, Stopwatch()))
    decision = trace.decision
    assert (decision.stage, decision.setting, decision.limit) == (Stage.GATE, "search.examine.STANDS_OUT", STANDS_OUT)
    assert trace.gate.standing_out is not None
    assert decision.value == trace.gate.standing_out < STANDS_OUT
    assert (trace.index.rank, trace.place, trace.gate.count) == (1, None, 0)


def test_others_may_be_nearer(engine: Engine) -> None:
    ranked = by_rank(engine, compressed(5))
    behind = trace_files(engine, compressed(5), ranked[MOST + 2])
    assert (behind.decision.stage, behind.decision.value, behind.decision.limit) == (Stage.PLACE, MOST + 3, MOST)
    far = trace_files(engine, compressed(5), ranked[COPIES_FIRST + 2])
    assert (far.decision.stage, far.decision.setting) == (Stage.INDEX, "search.query.COPIES_FIRST")
    assert far.index.rank is None
    assert far.index.last_score is not None
    assert far.copy_score <= far.index.last_score


def test_what_the_index_left_out_is_told_as_that(tmp_path: Path) -> None:
    engine = make_engine(tmp_path, [offer(wide(seed), f"/{seed}.png") for seed in range(3)])
    try:
        engine.copies.index.remove(np.array([2]))  # as an index does that searches no deeper
        trace = trace_files(engine, compressed(1), 2)
    finally:
        close_engine(engine)
    assert (trace.decision.stage, trace.decision.setting) == (Stage.INDEX, "recall")
    assert trace.decision.limit == trace.index.wanted_recall
    assert not trace.decision.is_copy
    # By themselves they are a copy all the same.
    assert trace.verdict is Verdict.COPY
    assert "left it out" in decision_sentence(trace)


def test_a_lost_thumbnail_is_told(engine: Engine, tmp_path: Path) -> None:
    blind = replace(engine, thumbnails=replace(engine.thumbnails, root=tmp_path))
    trace = trace_files(blind, compressed(5), 6)
    assert trace.proof is None
    assert not trace.picture.is_seen
    strict = replace(blind, extractor=FakeExtractor(copy_threshold=0.99999))
    assert trace_files(strict, compressed(5), 6).decision.stage is Stage.FEATURES


def test_without_proof_the_descriptor_decides(engine: Engine) -> None:
    lenient = replace(engine, extractor=FakeExtractor(copy_threshold=-1.0))
    trace = trace_files(lenient, wide(900), 7)
    assert (trace.shown, trace.decision.stage) == (Verdict.UNCONFIRMED, Stage.DESCRIPTOR)
    assert (trace.decision.value, trace.decision.limit) == (trace.copy_score, -1.0)


def test_where_geometry_looked_in_vain_a_calibration_takes_back_what_the_descriptor_said(engine: Engine) -> None:
    lenient = replace(engine, extractor=FakeExtractor(copy_threshold=-1.0), calibration=calibration())
    trace = trace_files(lenient, wide(900), 7)
    assert trace.shown is not Verdict.UNCONFIRMED
    assert trace.decision.stage in {Stage.ALIGNMENT, Stage.OVERLAY}
    assert not trace.decision.is_copy
    answer = search_with(lenient, wide(900), Ask())
    assert 7 not in {hit.image.id for hit in answer.copies.hits}


def test_a_plain_query_is_told_to_be_too_plain(engine: Engine) -> None:
    lenient = replace(engine, extractor=FakeExtractor(copy_threshold=-1.0))
    trace = trace_files(lenient, grey(140), 7)
    assert (trace.decision.stage, trace.decision.is_copy) == (Stage.PLAIN, False)
    assert trace.pdq_distance is None
    assert trace.query.is_too_plain


def test_what_is_not_in_the_catalogue_cannot_be_found_and_is_compared_all_the_same(engine: Engine) -> None:
    trace = trace_files(engine, compressed(700), wide(700))
    assert (trace.shown, trace.verdict, trace.decision.stage) == (None, Verdict.COPY, Stage.CATALOGUE)
    assert trace.index.rank is None


def test_a_file_of_the_catalogue_is_that_picture(engine: Engine) -> None:
    trace = trace_files(engine, compressed(5), wide(5))
    assert (trace.picture.image_id, trace.shown) == (6, Verdict.COPY)


def test_an_upload_that_came_back_sealed_is_compared_by_its_preview(engine: Engine) -> None:
    query = describe_query(engine, compressed(5), Stopwatch(), with_preview=True)
    sealed = replace(query, pixels=None, keypoints=None)
    trace = trace_pair(engine, sealed, query_from_catalogue(engine, 6, Stopwatch()))
    assert trace.verdict is Verdict.COPY
    assert trace.proof is not None
    assert trace.proof.transform.scale == pytest.approx(1, abs=0.02)


def test_bad_files_and_unknown_pictures_are_refused(engine: Engine) -> None:
    with pytest.raises(UnsupportedFormat):
        trace_files(engine, b"nothing", 1)
    with pytest.raises(NotFound):
        trace_files(engine, wide(1), 4000)


def traces(engine: Engine) -> Iterator[Trace]:
    """Yield a trace for every stage."""
    ranked = by_rank(engine, compressed(5))
    lenient = replace(engine, extractor=FakeExtractor(copy_threshold=-1.0))
    yield trace_files(engine, wide(3), 4)
    yield trace_files(engine, encode(draw(3, 384, 256), "BMP"), 4)
    yield trace_files(engine, compressed(5), 6)
    yield trace_files(engine, compressed(5), ranked[MOST + 2])
    yield trace_files(engine, compressed(5), ranked[COPIES_FIRST + 2])
    yield trace_files(engine, compressed(5), ranked[1])
    yield trace_pair(engine, like_all(engine), query_from_catalogue(engine, 1, Stopwatch()))
    yield trace_files(engine, wide(700), compressed(700))
    yield trace_files(lenient, grey(140), 7)
    yield trace_files(lenient, wide(900), 7)


def test_every_trace_can_be_told_to_people_and_programs(engine: Engine) -> None:
    for trace in traces(engine):
        record = json.loads(json.dumps(trace_record(trace), allow_nan=False))
        assert record["decision"]["stage"] == trace.decision.stage.value
        assert record["verdict"] == trace.verdict.value
        assert record["gate"]["stands_out"] == STANDS_OUT
        sentence = decision_sentence(trace)
        assert sentence.endswith(".")
        assert ".." not in sentence
        assert trace.decision.setting in sentence
        lines = list(trace_lines(trace))
        assert lines[0] == sentence
        assert len(lines) == len(list(trace_rows(trace))) + 1
        assert all(row.step and row.found for row in trace_rows(trace))
