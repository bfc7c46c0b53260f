"""Rows of the catalogue as cards and pages."""

from dataclasses import replace
from datetime import UTC, datetime

from data.records import MOST_SOURCES, Source
from tests.web.test_present import image
from web.app import Site
from web.cards import picture_context


def test_a_picture_that_was_seen_very_often_says_that_there_may_be_more(app: Site) -> None:
    seen = tuple(Source(f"{number}.jpg", None, datetime(2026, 11, 21, tzinfo=UTC)) for number in range(MOST_SOURCES))
    with app.test_request_context():
        often = picture_context(replace(image(1), sources=seen))
        seldom = picture_context(replace(image(1), sources=seen[:3]))
    assert str(MOST_SOURCES) in often.sources_note
    assert seldom.sources_note == ""
