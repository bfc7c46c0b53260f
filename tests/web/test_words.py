"""Values as words, and what of a place visitors may see."""

from datetime import UTC, datetime

import pytest

from data.attribute_words import attribute_words
from feature_extractor.descriptors import ATTRIBUTES
from search.words import public_place
from web import words


@pytest.mark.parametrize(
    ("locator", "shown", "link"),
    [
        ("/home/owner/pictures/cat.jpg", "cat.jpg", None),
        ("relative/cat.jpg", "cat.jpg", None),
        ("C:\\Users\\owner\\cat.jpg", "cat.jpg", None),
        ("/srv/archive.zip!folder/cat.jpg", "cat.jpg", None),
        ("/srv/archive.zip!../../cat.jpg", "cat.jpg", None),
        ("/", "a file", None),
        ("", "a file", None),
        ("javascript:alert(1)//x", "x", None),
        ("data:text/html,<script>", "data:text/html,<script>".rpartition("/")[2], None),
        ("file:///etc/passwd", "passwd", None),
        ("https://example.org/a/b.jpg", "https://example.org/a/b.jpg", "https://example.org/a/b.jpg"),
        ("HTTPS://example.org/a", "https://example.org/a", "https://example.org/a"),
        ("http://user:pass@example.org:8080/a", "http://example.org:8080/a", "http://example.org:8080/a"),
        ("http://[::1", "an unreadable address", None),
    ],
)
def test_public_place(locator: str, shown: str, link: str | None) -> None:
    assert public_place(locator) == shown
    assert words.public_link(locator) == link


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("there is no picture 7", "There is no picture 7."),
        ("The file is whole.", "The file is whole."),
        ("127.0.0.1 is not one", "127.0.0.1 is not one."),
    ],
)
def test_messages_become_sentences(message: str, shown: str) -> None:
    assert words.sentence(message) == shown


def test_long_places_are_shortened_in_the_middle() -> None:
    short = words.short_place("https://example.org/" + "a" * 200 + "/end.jpg")
    assert len(short) == 60
    assert short.startswith("example.org/")
    assert short.endswith("/end.jpg")


@pytest.mark.parametrize(("number", "text"), [(0, "0 bytes"), (1, "1 byte"), (48_000, "48 kB"), (3_140_000, "3.1 MB")])
def test_sizes(number: int, text: str) -> None:
    assert words.size_bytes(number) == text


def test_numbers_and_dates() -> None:
    assert words.day(datetime(2026, 11, 21, tzinfo=UTC)) == "21 November 2026"
    assert (words.milliseconds(4.23), words.milliseconds(31.4)) == ("4.2 ms", "31 ms")


def test_every_attribute_has_words() -> None:
    found = {attribute_words(name) for name in ATTRIBUTES}
    assert len(found) == len(ATTRIBUTES)
    assert {group for group, _ in found} == {"Content", "Mood", "Medium"}
    assert not [text for _, text in found if "_" in text]
