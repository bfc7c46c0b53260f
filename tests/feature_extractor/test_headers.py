import struct

import pytest
from PIL import Image

from errors import BrokenPicture, UnsupportedFormat
from feature_extractor.headers import (
    count_gif_frames,
    count_jpeg_scans,
    count_tiff_pages,
    exif_orientation,
    sniff,
)
from tests.feature_extractor.picture_files import motif, orientation_block, save, tiff

PICTURE = Image.fromarray(motif(40, 30))
FRAMES = [Image.new("RGB", (40, 30), (60 * n, 255 - 60 * n, 9)) for n in range(4)]


@pytest.mark.parametrize(
    ("major", "compatible", "kind"),
    [
        (b"heic", [b"mif1", b"heic"], "HEIF"),
        (b"mif1", [b"heic"], "HEIF"),
        (b"msf1", [b"hevc"], "HEIF"),
        (b"avif", [b"mif1", b"miaf"], "AVIF"),
        (b"mif1", [b"avif", b"miaf"], "AVIF"),  # the container brand first, as some encoders write it
        (b"avis", [b"avif", b"msf1"], "AVIF"),
    ],
)
def test_containers_are_told_apart_by_all_their_brands(major: bytes, compatible: list[bytes], kind: str) -> None:
    brands = b"".join(compatible)
    assert sniff(struct.pack(">I", 16 + len(brands)) + b"ftyp" + major + bytes(4) + brands + b"\0\0\0\x08free") == kind


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "empty"),
        (b"\n <HTML>", "web page"),
        (b"<?xml version='1.0'?><svg/>", "SVG"),
        (b"%PDF-2.0", "PDF"),
        (b"\0\0\0\x20ftypisom", "film"),
        (b"PK\x03\x04", "ZIP"),
        (b"\xff\x0a\x00", "JPEG XL"),
        (b"anything else", "no picture format"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, named: str) -> None:
    with pytest.raises(UnsupportedFormat, match=named):
        sniff(data)


def test_gif_frames_are_counted_to_a_stop() -> None:
    data = save(PICTURE, "GIF", save_all=True, append_images=FRAMES, loop=0)
    assert count_gif_frames(data, 100) == 5
    assert count_gif_frames(data, 3) == 3
    assert count_gif_frames(data[: len(data) // 2], 100) < 5
    assert count_gif_frames(data[:11], 100) == 0


@pytest.mark.parametrize("big", [False, True])
def test_tiff_pages_are_counted_to_a_stop(big: bool) -> None:
    data = save(PICTURE, "TIFF", save_all=True, append_images=FRAMES, big_tiff=big)
    assert count_tiff_pages(data, 100) == 5
    assert count_tiff_pages(data, 3) == 3
    assert count_tiff_pages(data[:9], 100) == 0


def test_a_ring_of_tiff_pages_has_an_end() -> None:
    assert count_tiff_pages(tiff([(256, 3, 1, 32)], following=8), 10**9) == 1


@pytest.mark.parametrize(("kind", "count"), [(3, 65_537), (4, 2**31), (5, 10**6), (12, 10**9), (99, 10**6)])
def test_long_lists_in_a_tiff_are_refused_unless_they_are_bytes(kind: int, count: int) -> None:
    with pytest.raises(BrokenPicture, match="273"):
        count_tiff_pages(tiff([(273, kind, count, 8)]), 10)
    assert count_tiff_pages(tiff([(700, 1, count, 8), (273, 4, 65_536, 8)]), 10) == 1


def test_jpeg_scans_are_counted_past_what_only_looks_like_one() -> None:
    plain, progressive = save(PICTURE, "JPEG"), save(PICTURE, "JPEG", progressive=True)
    comment = b"\xff\xfe" + struct.pack(">H", 2 + 400) + b"\xff\xda" * 200
    trailer = b"\xff\xda" * 200  # a film behind the picture, as telephones append it
    assert count_jpeg_scans(plain, 100) == 1
    assert count_jpeg_scans(plain[:2] + comment + plain[2:] + trailer, 100) == 1
    assert 5 < count_jpeg_scans(progressive, 100) < 20
    assert count_jpeg_scans(progressive, 3) == 3
    assert count_jpeg_scans(plain[:-2], 100) == 1
    assert count_jpeg_scans(b"\xff\xd8", 100) == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_read_in_both_byte_orders(orientation: int) -> None:
    block = orientation_block(orientation)
    assert exif_orientation(block) == orientation
    assert exif_orientation(block.removeprefix(b"Exif\0\0")) == orientation
    little = Image.Exif()
    little.endian = "<"
    little[0x010F] = "maker"
    little[0x0112] = orientation
    assert exif_orientation(little.tobytes()) == orientation


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_an_orientation_that_is_none_is_upright(orientation: int) -> None:
    assert exif_orientation(orientation_block(orientation)) == 1


def test_every_part_of_a_block_may_be_missing() -> None:
    block = orientation_block(6)
    for length in range(len(block)):
        assert exif_orientation(block[:length]) in {1, 6}
