from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.word_match import fts5_match, tsquery
from data.word_query import (
    MOST_CHARACTERS,
    Chosen,
    ChosenAttribute,
    Term,
    WordQuery,
    names_meant,
    narrowed,
    parse_day,
    parse_words,
)
from errors import BadRequest

VOCABULARY = ("content_dog", "emotion_happy", "media_oilpaint", "media_pen_ink", "media_watercolor")


def test_all_words_must_be_there_and_the_last_may_be_a_beginning() -> None:
    assert parse_words("Oil harb").terms == (Term(("oil",)), Term(("harb",), is_beginning=True))
    assert parse_words("oil a").terms == (Term(("oil",)), Term(("a",)))  # one letter begins too many words


def test_quotes_minus_star_and_title() -> None:
    assert parse_words('"Old harbour" -boat se* title:dawn last').terms == (
        Term(("old", "harbour")),
        Term(("boat",), is_excluded=True),
        Term(("se",), is_beginning=True),
        Term(("dawn",), in_title=True),
        Term(("last",), is_beginning=True),
    )
    assert parse_words("“at dawn”").terms == (Term(("at", "dawn")),)
    assert parse_words('"never closed').terms == (Term(("never", "closed")),)
    assert parse_words("oil-paint x").terms[0] == Term(("oil", "paint"))


def test_fields_choose() -> None:
    query = parse_words('licence:"CC BY" -collection:Old source:Example.org year:2026 medium:oil -shows:dog')
    assert query.chosen == (
        Chosen("licence", "cc by", is_exact=False),
        Chosen("collection", "old", is_exact=False, is_excluded=True),
        Chosen("source", "example.org"),
        Chosen("year", "2026"),
    )
    assert query.attributes == (
        ChosenAttribute("media", "oil", is_exact=False),
        ChosenAttribute("content", "dog", is_exact=False, is_excluded=True),
    )
    assert query.terms == ()


def test_what_is_no_field_is_words() -> None:
    assert [term.words for term in parse_words("foo:bar https://example.org/a").terms] == [
        ("foo", "bar"),
        ("example", "org", "a"),
    ]
    assert parse_words("medium:").terms == (Term(("medium",), is_beginning=True),)
    assert parse_words('collection:!! - "" \'').asks_nothing


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026", (2026, 1, 1)), ("2026-05", (2026, 5, 1)), ("2026-5-21", (2026, 5, 21)), ("2025-02-29", (2025, 3, 1))],
)
def test_days(text: str, day: tuple[int, int, int]) -> None:
    assert parse_day(text) == datetime(*day, tzinfo=UTC)


def test_the_narrower_of_two_times_counts() -> None:
    query = narrowed(parse_words("since:2025 before:2027"), since="2026-03", before="2028")
    assert (query.since, query.before) == (parse_day("2026-03"), parse_day("2027"))


@pytest.mark.parametrize(
    "text", ["since:soon", "since:2026-13", "before:2026-02-30", "-since:2026", "year:26", "source:a/b", "x" * 201]
)
def test_what_cannot_be_asked_is_told(text: str) -> None:
    with pytest.raises(BadRequest) as told:
        parse_words(text)
    assert told.value.remedy


def test_attributes_are_meant_by_their_words() -> None:
    def meant(text: str) -> list[str]:
        return names_meant(parse_words(text).attributes[0], VOCABULARY)

    assert meant("medium:oil") == meant("medium:oilpaint") == meant('medium:"oil paint"') == ["media_oilpaint"]
    assert meant("medium:watercolour") == meant("medium:watercolor") == ["media_watercolor"]
    assert meant("attribute:ink") == ["media_pen_ink"]
    with pytest.raises(BadRequest, match="expected a medium such as 'oil paint'; received 'dog'"):
        meant("medium:dog")
    exact = narrowed(WordQuery(), attributes=["media_oilpaint", "media_none"]).attributes
    assert [names_meant(one, VOCABULARY) for one in exact] == [["media_oilpaint"], []]


@given(st.text(st.characters(exclude_categories=()), max_size=MOST_CHARACTERS // 2))
def test_nothing_that_is_typed_leaves_a_quote_open(text: str) -> None:
    try:
        query = parse_words(text)
    except BadRequest:
        return
    if query.wanted:
        inside = fts5_match(query.wanted, query.unwanted).split('"')
        assert len(inside) % 2 == 1
        outside = " ".join(inside[::2])
        assert not set(outside) - set("() *:ANDORTtitle")
        marks = tsquery(query.wanted, query.unwanted).split("'")
        assert len(marks) % 2 == 1
        assert not set("".join(marks[::2])) - set("() &|!<->:*A")
