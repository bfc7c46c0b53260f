"""What a file says of how it was made is read with bounds, and damaged blocks tell less, never nothing true."""

import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from feature_extractor.decode import decode
from feature_extractor.exif import LONGEST, ExifFacts, read_exif
from feature_extractor.picture import Limits

LIMITS = Limits(max_bytes=1 << 20, max_pixels=1_000_000)


def block() -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0131] = "Canon ", "EOS 5D", "GIMP\x1b[2J 2.10"
    exif[0x013B], exif[0x8298], exif[0x010E] = "Ana MXXller", "YY Ana", "x" * 500
    inner = exif.get_ifd(0x8769)
    inner[0x9003], inner[0x9011], inner[0xA434] = "2026:11:29 09:46:58", "+02:00", "50 mm"
    exif.get_ifd(0x8825)[1] = "N"
    # Programs write UTF-8 where the standard says ASCII; Pillow does not.
    return exif.tobytes().replace(b"XX", "ü".encode()).replace(b"YY", "©".encode())


def test_facts_are_read_as_written_and_on_one_line() -> None:
    facts = read_exif(block())
    assert (facts.camera_make, facts.camera_model, facts.lens) == ("Canon", "EOS 5D", "50 mm")
    assert facts.taken_at == "2026:11:29 09:46:58 +02:00"
    assert facts.software == "GIMP [2J 2.10"
    assert (facts.artist, facts.copyright) == ("Ana Müller", "© Ana")
    assert facts.description == "x" * LONGEST
    assert facts.has_position


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_format_hands_its_block_on(kind: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30)).save(buffer, kind, exif=block())
    assert read_exif(decode(buffer.getvalue(), LIMITS).exif) == read_exif(block())


def test_a_tiff_is_its_own_block() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30)).save(buffer, "TIFF", tiffinfo={0x010F: "Canon"})
    assert decode(buffer.getvalue(), LIMITS).exif == b""
    assert read_exif(buffer.getvalue()).camera_make == "Canon"


def test_without_a_block_nothing_is_told() -> None:
    for data in (b"", b"Exif\0\0", b"II*\0", b"rubbish" * 9):
        assert read_exif(data) == ExifFacts()


@settings(deadline=None)
@given(st.integers(0, len(block())), st.binary(max_size=12))
def test_a_damaged_block_is_read_as_far_as_it_goes(at: int, garbage: bytes) -> None:
    facts = read_exif(block()[:at] + garbage + block()[at + len(garbage) :])
    for text in facts.model_dump().values():
        assert not isinstance(text, str) or (len(text) <= LONGEST and not re.search(r"[\x00-\x1f\x7f-\x9f]", text))
    read_exif(block()[:at])
