import pytest

from data.sources.names import as_address, backlink_of, is_picture_name, printable, told, why_skip_name
from data.sources.source import Skip


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.jpg", None),
        ("deep/folder/A.JPEG", None),
        ("windows\\folder\\a.tiff", None),
        ("/absolute/a.png", None),
        ("../../a.png", None),
        ("./a.heic", None),
        ("a.jpg.txt", Skip.NOT_A_PICTURE),
        ("a.zip", Skip.NOT_A_PICTURE),
        ("jpg", Skip.NOT_A_PICTURE),
        ("", Skip.NOT_A_PICTURE),
        ("..", Skip.NOT_A_PICTURE),
        (".jpg", Skip.HIDDEN),
        ("folder/._a.jpg", Skip.HIDDEN),
        (".git/a.jpg", Skip.HIDDEN),
        ("__MACOSX/a.jpg", Skip.HIDDEN),
    ],
)
def test_a_name_tells_what_is_left_out(name: str, reason: Skip | None) -> None:
    assert why_skip_name(name) is reason
    if reason is None:
        assert is_picture_name(name)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("näïve 絵.jpg", "näïve 絵.jpg"),
        ("two\nlines", "two\\x0alines"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("nul\0", "nul\\x00"),
        ("latin\udce9", "latin\\udce9"),
        ("\u2028", "\\u2028"),
    ],
)
def test_printable_text_is_one_storable_line(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert shown.encode()
    assert len(shown.splitlines()) == 1


@pytest.mark.parametrize(("value", "text"), [(None, None), ("", None), ("  ", None), (" a ", "a"), (7, "7")])
def test_what_a_source_tells_is_trimmed(value: object, text: str | None) -> None:
    assert told(value) == text


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://a.example/b.jpg", "http://a.example/b.jpg"),
        (" HTTPS://A.example/B.jpg ", "https://A.example/B.jpg"),
        ("javascript:alert(1)", None),
        ("ftp://a.example/b", None),
        ("http:a.jpg", None),
        ("folder/http://a.jpg", None),
    ],
)
def test_only_http_addresses_count(text: str, address: str | None) -> None:
    assert as_address(text) == address
    assert backlink_of(text) == address
