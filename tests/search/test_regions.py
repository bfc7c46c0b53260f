"""Searches by part, on real parts of the engine: what lies within a collage is found, proven and placed."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from errors import BadRequest
from search.answer import Answer, Ask, QueryPicture, SearchParts, Verdict
from search.confidence import PairEvidence
from search.frames import overlap
from search.open_engine import close_engine
from search.query import Engine, describe_query, query_from_catalogue, search, search_described
from search.regions import EVERYWHERE, MOST_PARTS, narrow, parse_region, placed_box, with_parts
from search.residual import Box
from search.stopwatch import Stopwatch
from search.why import Stage, trace_pair
from search.why_report import trace_lines, trace_record
from tests.engines import encode, make_engine, offer
from tests.search.calibrations import calibration
from tests.search.composed import cell, collage, photograph

SEEDS = range(40)
SHOWN = (3, 8, 13, 21)  # in the collage; picture n has the id n + 1

PAGE, PLACES = collage(*(cell(seed) for seed in SHOWN))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    records = [offer(encode(cell(seed)), f"/{seed}.png") for seed in SEEDS]
    engine = make_engine(tmp_path_factory.mktemp("engine"), records)
    yield engine
    close_engine(engine)


@pytest.fixture(scope="module")
def query(engine: Engine) -> QueryPicture:
    """The collage, with all that a page keeps of it."""
    return describe_query(engine, encode(PAGE, "JPEG", quality=80), Stopwatch(), with_preview=True)


def ask(engine: Engine, query: QueryPicture, **wanted: object) -> Answer:
    return search_described(engine, query, Ask(**wanted), Stopwatch())  # type: ignore[arg-type]


def placed(answer: Answer) -> dict[int, Box]:
    """Return where in the query the proven copies lie, by the seeds of their pictures."""
    proven = [hit for hit in answer.copies.hits if hit.verdict is Verdict.COPY]
    return {hit.image.id - 1: placed_box(hit.proof) for hit in proven if hit.proof is not None}


def test_pictures_of_a_collage_are_found_proven_and_placed(engine: Engine, query: QueryPicture) -> None:
    whole = ask(engine, query, parts=SearchParts.NONE)
    assert whole.proven < len(SHOWN)
    assert all(hit.part is None for hit in whole.copies.hits)
    answer = ask(engine, query)
    assert answer.proven == len(SHOWN)
    found = placed(answer)
    for seed, place in zip(SHOWN, PLACES, strict=True):
        assert overlap(found[seed], place) > 0.9
    by_part = [hit for hit in answer.copies.hits if hit.part is not None]
    assert len(by_part) == len(SHOWN) - whole.proven
    for hit in by_part:
        assert hit.part in answer.parts
        assert overlap(hit.part, found[hit.image.id - 1]) > 0.3


def test_what_a_part_finds_is_as_sure_as_its_proof_on_the_whole(engine: Engine, query: QueryPicture) -> None:
    sure = replace(engine, calibration=calibration())
    by_part = [hit for hit in ask(sure, query).copies.hits if hit.part is not None]
    assert by_part
    for hit in by_part:
        assert hit.probability is not None
        assert hit.probability > 0.9
        # However near the part is: geometry laid the two on each other.
        assert hit.probability == calibration().probability(
            hit.verdict, PairEvidence(0.0, is_laid=True, proof=hit.proof)
        )
    drawn = ask(sure, query, region=PLACES[0]).copies.hits[0]
    assert (drawn.probability or 0) > 0.9
    picture = query_from_catalogue(sure, by_part[0].image.id, Stopwatch())
    assert (trace_pair(sure, query, picture).probability or 0) > 0.9
    assert {hit.probability for hit in ask(engine, query).copies.hits} == {None}


def test_the_parts_of_a_query_are_described_once_and_travel_with_it(engine: Engine, query: QueryPicture) -> None:
    answer = ask(engine, query)
    assert answer.query.parts
    later = replace(answer.query, pixels=None)
    again = ask(engine, later)
    assert again.query.parts is not None
    assert all(one is other for one, other in zip(again.query.parts, answer.query.parts, strict=True))
    assert placed(again).keys() == placed(answer).keys()


def test_a_part_that_someone_drew_is_searched_alone(engine: Engine, query: QueryPicture) -> None:
    for seed, place in zip(SHOWN, PLACES, strict=True):
        answer = ask(engine, query, region=place)
        assert answer.region == place
        assert answer.parts == ()
        assert placed(answer).keys() == {seed}
        assert overlap(placed(answer)[seed], place) > 0.9
        assert answer.copies.hits[0].part == place
        assert answer.query.copy is query.copy  # the query stays whole, to draw another part on it


def test_where_the_upload_is_gone_its_preview_is_cut(engine: Engine, query: QueryPicture) -> None:
    sealed = replace(query, pixels=None)
    answer = ask(engine, sealed, region=PLACES[2])
    assert placed(answer).keys() == {SHOWN[2]}
    assert overlap(placed(answer)[SHOWN[2]], PLACES[2]) > 0.9
    assert placed(ask(engine, sealed)).keys() == set(SHOWN)
    with pytest.raises(BadRequest, match="nothing at hand"):
        ask(engine, replace(sealed, preview=b""), region=PLACES[2])


def test_a_part_of_a_picture_of_the_catalogue_can_be_searched(engine: Engine) -> None:
    query = query_from_catalogue(engine, 5, Stopwatch())
    answer = ask(engine, query, region=Box(0.0, 0.0, 0.5, 1.0))
    assert 5 not in {hit.image.id for hit in (*answer.copies.hits, *answer.similar.hits)}


def test_the_part_and_not_the_whole_is_described(engine: Engine, query: QueryPicture) -> None:
    part = narrow(query, PLACES[1], engine.extractor, engine.thumbnails)
    alone = engine.extractor.describe([cell(SHOWN[1])])
    assert float(part.copy @ alone.copy[0]) > 0.97
    assert float(query.copy @ alone.copy[0]) < 0.5
    assert part.attributes != query.attributes
    assert (part.sha256, part.width, part.region) == (query.sha256, query.width, PLACES[1])


def test_no_part_is_searched_of_what_is_proven_as_a_whole(engine: Engine) -> None:
    answer = search(engine, encode(cell(3), "JPEG", quality=60), Ask())
    assert answer.copies.hits[0].verdict is Verdict.COPY
    assert answer.parts == ()
    assert "parts" not in answer.steps_ms
    assert len(search(engine, encode(cell(3)), Ask(parts=SearchParts.ALL)).parts) >= 1


def test_pictures_without_frames_are_cut_only_for_those_who_ask(engine: Engine) -> None:
    stranger = encode(photograph(1))
    assert search(engine, stranger, Ask()).parts == ()
    answer = search(engine, stranger, Ask(parts=SearchParts.ALL))
    assert answer.parts == EVERYWHERE
    assert not answer.proven


def test_parts_are_bounded_and_none_is_taken_twice(engine: Engine, query: QueryPicture) -> None:
    some = with_parts(query, engine.extractor, engine.thumbnails)
    more = with_parts(some, engine.extractor, engine.thumbnails, everywhere=True)
    assert some.parts is not None
    assert more.parts is not None
    assert more.parts[: len(some.parts)] == some.parts
    assert len(some.parts) < len(more.parts) <= MOST_PARTS
    left = with_parts(query, engine.extractor, engine.thumbnails, covered=PLACES[:1])
    assert all(overlap(part.box, PLACES[0]) < 0.7 for part in left.parts or ())


def test_the_trace_tells_of_the_part(engine: Engine, query: QueryPicture) -> None:
    trace = trace_pair(engine, query, query_from_catalogue(engine, SHOWN[0] + 1, Stopwatch()))
    assert (trace.shown, trace.decision.stage) == (Verdict.COPY, Stage.PART)
    assert trace.part is not None
    assert overlap(trace.part.box, PLACES[0]) > 0.3
    assert trace_record(trace)["part"]["box"]["left"] == trace.part.box.left
    assert any("Part of the query" in line for line in trace_lines(trace))
    other = trace_pair(engine, query, query_from_catalogue(engine, 30, Stopwatch()))
    assert other.part is None
    assert other.shown is not Verdict.COPY


@pytest.mark.parametrize(
    "text",
    ["", "0,0,1", "0,0,1,1,1", "a,0,1,1", "0,0,1,1.1", "-0.1,0,1,1", "nan,0,1,1", "0.5,0,0.5,1", "0,1,1,0", "1" * 200],
)
def test_a_region_is_four_shares_in_order(text: str) -> None:
    with pytest.raises(BadRequest):
        parse_region(text)


def test_a_region_is_read_as_it_is_written() -> None:
    assert parse_region("0, .25,0.5,1") == Box(0, 0.25, 0.5, 1)


def test_too_little_to_see_is_refused(engine: Engine, query: QueryPicture) -> None:
    with pytest.raises(BadRequest, match="at least 32 px"):
        ask(engine, query, region=Box(0.5, 0.5, 0.52, 0.9))
    with pytest.raises(BadRequest, match="at least 32 px"):  # enough of the upload, not of what is left of it
        ask(engine, replace(query, pixels=None), region=Box(0.5, 0.5, 0.58, 0.9))
    assert np.isfinite(ask(engine, query, region=Box(0.5, 0.5, 0.58, 0.9)).similar.hits[0].score)
