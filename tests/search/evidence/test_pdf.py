"""The document is two or three sheets with its typeface in it, whatever script a title is written in."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from data.records import Image, Source
from search.evidence.make import make_evidence
from search.evidence.pdf import make_pdf
from search.evidence.sheet import Sheets
from tests.engines import LIMITS
from tests.search.evidence.pairs import EXTRACTOR, MADE_AT, VERSION, exhibits, made


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


@pytest.fixture
def drawn() -> Iterator[Sheets]:
    with Sheets(title="t", foot="f", made_at=datetime(2026, 1, 1, tzinfo=UTC), maker="m") as sheets:
        yield sheets


def test_a_pair_takes_two_or_three_sheets_and_embeds_its_typeface() -> None:
    pdf = made().members["evidence.pdf"]
    assert pdf.startswith(b"%PDF-")
    assert pages(pdf) in {2, 3}
    assert pdf.count(b"/FontFile2") == 2
    assert b"/Helvetica" not in pdf


@pytest.mark.parametrize("text", ["Küche", "Ωμέγα", "кухня", "Tiếng Việt", "× – … “quoted” −5°"])
def test_latin_greek_and_cyrillic_are_written(text: str, drawn: Sheets) -> None:
    assert drawn.shown(text) == text
    assert not drawn.spelled


def test_letters_that_the_typeface_lacks_are_spelled_and_said_so(drawn: Sheets) -> None:
    assert drawn.shown("Ku\u0308che") == "Küche", "as other systems write file names"
    assert not drawn.spelled
    assert drawn.shown("台所 a") == "[U+53F0 U+6240] a"
    assert drawn.shown("\x07مطبخ🙂") == "[U+0007 U+0645 U+0637 U+0628 U+062E U+1F642]"
    assert drawn.spelled


def noted(monkeypatch: pytest.MonkeyPatch, name: str) -> str:
    """Return all text of the document of a pair whose first picture is so called."""
    written: list[str] = []
    write = Sheets.write_lines

    def keep(self: Sheets, text: str, *words: Any, **options: Any) -> None:
        written.append(text)
        write(self, text, *words, **options)

    monkeypatch.setattr(Sheets, "write_lines", keep)
    record = made().record
    named = record.first.model_copy(update={"file": record.first.file.model_copy(update={"name": name})})
    make_pdf(record.model_copy(update={"first": named}), {})
    return "\n".join(written)


def test_the_document_says_when_letters_are_spelled_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "written as their code points" in noted(monkeypatch, "台所.png")
    assert "written as their code points" not in noted(monkeypatch, "kitchen.png")


def test_the_longest_record_overflows_no_sheet() -> None:
    first, second = exhibits()
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    row = Image(
        id=7,
        sha256=first.sha256,
        pixel_sha256=None,
        pdq=None,
        width=640,
        height=480,
        format="PNG",
        size_bytes=1,
        title="題" * 9_000,
        licence="W" * 5_000,
        project=None,
        collection="c" * 300,
        mature=False,
        added_at=moment,
        sources=tuple(Source(f"https://example.org/{'題' * 5_000}/{n}", None, moment) for n in range(100)),
    )
    evidence = make_evidence(replace(first, row=row), second, EXTRACTOR, LIMITS, version=VERSION, made_at=MADE_AT)
    assert evidence.record.first.catalogue is not None
    assert len(evidence.record.first.catalogue.sources) == 100
    assert pages(evidence.members["evidence.pdf"]) <= 5
