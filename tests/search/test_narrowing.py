"""A narrowed answer: as many as there are of what was asked for, and nothing else."""

from collections.abc import Iterator

import pytest

from data.places import Place
from search.answer import Ask, NoCopies, Verdict
from search.open_engine import close_engine
from search.query import COPIES_FIRST, Engine, search
from tests.engines import draw, encode, make_engine, offer

MANY = 36
"""Copies of one picture in a collection, more than a search looks at first."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    files = [encode(draw(1), compress_level=level) for level in range(2)]
    records = [offer(files[0], "https://example.org/first.png", collection="rare")]
    records += [
        offer(encode(draw(1), "JPEG", quality=95, comment=f"{number}"), f"/shop/{number}.jpg", collection="many")
        for number in range(MANY)
    ]
    records += [offer(files[1], "/shop/last.png", collection="rare")]
    records += [offer(encode(draw(seed)), f"/works/{seed}.png", collection="works") for seed in range(2, 12)]
    engine = make_engine(tmp_path_factory.mktemp("engine"), records)
    yield engine
    close_engine(engine)


def test_copies_behind_many_others_are_found_once_these_may_not_answer(engine: Engine) -> None:
    assert MANY > COPIES_FIRST
    answer = search(engine, encode(draw(1), "BMP"), Ask(collection="rare", page_size=100))
    assert [hit.verdict for hit in answer.copies.hits] == [Verdict.SAME_PIXELS] * 2
    assert {hit.image.collection for hit in (*answer.copies.hits, *answer.similar.hits)} == {"rare"}
    many = search(engine, encode(draw(1), "BMP"), Ask(collection="many", page_size=100))
    assert many.copies.total == MANY


def test_places_and_collections_narrow_together(engine: Engine) -> None:
    ask = Ask(collection="rare", place=Place("folder", "/shop"))
    answer = search(engine, encode(draw(1)), ask)
    assert [hit.image.sources[0].locator for hit in answer.copies.hits] == ["/shop/last.png"]
    assert answer.counts.collections == {"rare": 1}
    assert answer.counts.places == {"/shop": 0, "files": 1}


def test_verdicts_narrow_both_lists_and_are_counted_before(engine: Engine) -> None:
    data = encode(draw(3))
    everything = search(engine, data, Ask(page_size=100))
    assert {Verdict.IDENTICAL, Verdict.SIMILAR, Verdict.DISTANT} == set(everything.counts.verdicts)
    for verdict, number in everything.counts.verdicts.items():
        answer = search(engine, data, Ask(verdicts=(verdict,), page_size=100))
        shown = [*answer.copies.hits, *answer.similar.hits]
        assert {hit.verdict for hit in shown} == {verdict}
        assert len(shown) == number
        assert answer.counts.verdicts == everything.counts.verdicts


def test_a_copy_that_was_not_asked_for_does_not_come_back_as_a_similar_work(engine: Engine) -> None:
    answer = search(engine, encode(draw(1)), Ask(verdicts=(Verdict.SIMILAR, Verdict.DISTANT), page_size=100))
    assert answer.copies.hits == ()
    assert {hit.image.collection for hit in answer.similar.hits} == {"works"}


@pytest.mark.parametrize(
    "ask", [Ask(collection="nowhere"), Ask(place=Place("host", "nowhere.org")), Ask(verdicts=(Verdict.UNCONFIRMED,))]
)
def test_where_nothing_was_asked_for_nothing_is_claimed(engine: Engine, ask: Ask) -> None:
    answer = search(engine, encode(draw(3)), ask)
    assert answer.no_copies is NoCopies.NONE_CHOSEN
    assert answer.copies.hits == answer.similar.hits == ()


def test_what_was_chosen_is_counted_though_there_is_none(engine: Engine) -> None:
    counts = search(engine, encode(draw(3)), Ask(collection="nowhere", verdicts=(Verdict.COPY,))).counts
    assert (counts.collections, counts.verdicts) == ({"nowhere": 0}, {Verdict.COPY: 0})


def test_the_rarest_kinds_are_left_out(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.narrowing.MOST_KINDS", 1)
    counts = search(engine, encode(draw(1)), Ask()).counts
    assert list(counts.collections) == ["many"]
    assert list(search(engine, encode(draw(1)), Ask(collection="rare")).counts.collections) == ["rare"]
