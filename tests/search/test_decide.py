"""Decisions in answers: taken by one engine over real parts, seen by another over the same catalogue."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from data.catalogue import Catalogue
from data.database import writing
from data.decisions import Decisions, Subject
from data.tables import DecisionRow
from search.answer import Answer, Ask, NoCopies, QueryPicture
from search.decide import decide_pair
from search.decision_report import COLUMNS, csv_export, evidence_export, json_export
from search.open_engine import close_engine
from search.query import Engine, describe_query, query_from_catalogue, search, search_described
from search.report import answer_lines, answer_record
from search.stopwatch import Stopwatch
from tests.engines import draw, encode, make_engine, offer

COPY = encode(draw(1), "JPEG", quality=40)
"""Of picture 1, which has another copy, number 2."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("decided")


@pytest.fixture(scope="module")
def made(folder: Path) -> Iterator[Engine]:
    records = [
        offer(encode(draw(1)), "https://example.org/1.png", collection="shop"),
        offer(encode(draw(1), "JPEG", quality=80), "/srv/mine/1.jpg", collection="own"),
        *(offer(encode(draw(seed)), f"/srv/others/{seed}.png") for seed in range(2, 8)),
    ]
    engine = make_engine(folder, records)
    yield engine
    close_engine(engine)


@pytest.fixture
def engine(made: Engine) -> Engine:
    """Give the engine with nothing decided yet."""
    with writing(made.catalogue.database) as connection:
        connection.execute(delete(DecisionRow))
    return made


def ask(engine: Engine, data: bytes = COPY, **wanted: object) -> Answer:
    return search(engine, data, Ask(**wanted))  # type: ignore[arg-type]  # as the caller names them


def copies(answer: Answer) -> list[int]:
    return sorted(hit.image.id for hit in answer.copies.hits)


def described(engine: Engine, data: bytes) -> QueryPicture:
    return describe_query(engine, data, Stopwatch())


def decide(engine: Engine, kind: str, image_id: int, data: bytes = COPY) -> int:
    picture = query_from_catalogue(engine, image_id, Stopwatch())
    return decide_pair(engine, described(engine, data), picture, kind, "ann").id  # type: ignore[arg-type]  # a kind


def test_without_decisions_an_answer_says_nothing_of_them(engine: Engine) -> None:
    answer = ask(engine)
    assert copies(answer) == [1, 2]
    assert (answer.refuted, answer.refuted_total, answer.settled) == ((), 0, 0)
    assert {hit.decision for hit in answer.copies.hits} == {None}


def test_what_is_no_copy_is_shown_again_only_where_it_is_asked_for(engine: Engine) -> None:
    before = ask(engine)
    taken = decide(engine, "not_a_copy", 1)
    answer = ask(engine)
    assert copies(answer) == [2]
    assert answer.copies.total == answer.proven + sum(not hit.verdict.is_proven for hit in answer.copies.hits)
    assert (answer.refuted, answer.refuted_total) == ((), 1)
    assert 1 not in {hit.image.id for hit in answer.similar.hits}
    shown = ask(engine, show_decided=True)
    assert copies(shown) == [2]
    [refuted] = shown.refuted
    assert (refuted.image.id, refuted.verdict.is_copy) == (1, True)
    assert refuted.decision is not None
    assert refuted.decision.id == taken
    engine.decisions.undo(taken, "ann")
    assert copies(ask(engine)) == copies(before)


def test_where_every_copy_was_refuted_the_answer_says_so(engine: Engine) -> None:
    for image_id in (1, 2):
        decide(engine, "not_a_copy", image_id)
    answer = ask(engine)
    assert answer.no_copies is NoCopies.ALL_REFUTED
    assert (answer.copies.total, answer.proven, answer.refuted_total) == (0, 0, 2)
    assert "--all" in "\n".join(answer_lines(answer, explain=False))
    assert len(answer_record(ask(engine, show_decided=True))["refuted"]) == 2


def test_what_is_licensed_or_mine_stays_and_says_so(engine: Engine) -> None:
    decide(engine, "licensed", 1)
    engine.decisions.decide("mine", Subject.of_source("/srv/mine"), "ann")
    answer = ask(engine)
    assert copies(answer) == [1, 2]
    assert answer.settled == 2
    assert answer.refuted_total == 0
    told = {hit.image.id: hit.decision.kind for hit in answer.copies.hits if hit.decision is not None}
    assert told == {1: "licensed", 2: "mine"}
    lines = "\n".join(answer_lines(answer, explain=False))
    assert "decided: licensed" in lines
    assert "decided: mine, as all of /srv/mine/" in lines


@pytest.mark.parametrize("subject", [Subject.of_source("example.org"), Subject.of_collection("shop")])
def test_a_source_and_a_collection_can_be_refuted(engine: Engine, subject: Subject) -> None:
    engine.decisions.decide("not_a_copy", subject, "ann")
    assert copies(ask(engine)) == [2]


def test_other_queries_are_not_touched(engine: Engine) -> None:
    decide(engine, "not_a_copy", 1)
    assert copies(ask(engine, encode(draw(1), "JPEG", quality=90))) == [1, 2]


def test_the_same_pixels_in_another_file_are_the_same_query(engine: Engine) -> None:
    picture = draw(1).copy()
    picture[:4] = 0
    decide(engine, "not_a_copy", 1, encode(picture))
    assert copies(ask(engine, encode(picture, "BMP"))) == [2]


def test_a_pair_of_the_catalogue_holds_both_ways(engine: Engine) -> None:
    one, other = (query_from_catalogue(engine, image_id, Stopwatch()) for image_id in (1, 2))
    decide_pair(engine, one, other, "not_a_copy", "ann")
    for query in (one, other):
        assert search_described(engine, query, Ask(), Stopwatch()).copies.total == 0


def test_another_process_sees_it_at_the_next_query(engine: Engine, folder: Path) -> None:
    with Catalogue.open(f"sqlite:///{folder / 'catalogue.sqlite'}") as catalogue:
        picture = query_from_catalogue(engine, 1, Stopwatch())
        subject = Subject.of_pair(described(engine, COPY).key, picture.key)
        Decisions(catalogue.database).decide("not_a_copy", subject, "bob")
    assert copies(ask(engine)) == [2]


def test_pages_of_copies_have_no_holes(engine: Engine) -> None:
    decide(engine, "not_a_copy", 2)
    found = [hit.image.id for page in (1, 2) for hit in ask(engine, page_size=1, copies_page=page).copies.hits]
    assert found == [1]


def test_the_evidence_is_what_a_calibration_learns_from(engine: Engine) -> None:
    decide(engine, "mine", 1)
    decide(engine, "not_a_copy", 3)
    undone = decide(engine, "not_a_copy", 4)
    engine.decisions.undo(undone, "ann")
    engine.decisions.decide("licensed", Subject.of_source("example.org"), "ann")
    mine, other = [json.loads(line) for line in evidence_export(engine.decisions.history())]
    assert (mine["is_copy"], other["is_copy"]) == (True, False)
    assert mine["picture_sha256"] == engine.catalogue.image(1).sha256
    assert mine["query_sha256"] == described(engine, COPY).sha256
    assert mine["evidence"]["copy_score"] > engine.extractor.copy_threshold > other["evidence"]["copy_score"]
    assert mine["evidence"]["model_id"] == engine.extractor.model_id
    assert mine["evidence"].keys() == other["evidence"].keys()
    assert mine["evidence"]["inliers"] is not None


def test_exports_tell_the_whole_history(engine: Engine) -> None:
    assert json.loads("".join(json_export(engine.decisions.history()))) == []
    first = engine.decisions.decide("licensed", Subject.of_source("example.org"), "ann", note='=HYPERLINK("x"), "y"\n')
    engine.decisions.undo(first.id, "bob")
    decide(engine, "mine", 1)
    records = json.loads("".join(json_export(engine.decisions.history())))
    assert [(one["kind"], one["undone_by"]) for one in records] == [("licensed", "bob"), ("mine", None)]
    assert records[1]["evidence"]["verdict"]
    rows = list(csv.DictReader(io.StringIO("".join(csv_export(engine.decisions.history())))))
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["note"] == '\'=HYPERLINK("x"), "y"'
    assert rows[1]["second_sha256"] == engine.catalogue.image(1).sha256
