import random
import struct
import threading
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageFile

from errors import (
    BrokenPicture,
    FileTooLarge,
    PictureError,
    PictureTooSmall,
    TooManyPixels,
    UnsupportedFormat,
)
from feature_extractor import decode as decode_module
from feature_extractor.decode import decode
from feature_extractor.jpeg_quality import estimate_quality
from feature_extractor.picture import Limits, Picture
from tests.feature_extractor.picture_files import deep_png, motif, orientation_block, png, save, tiff

Options = dict[str, object]

LIMITS = Limits(max_bytes=20 << 20, max_pixels=64_000_000)
MOTIF = motif()
WHITE = np.array([255, 255, 255], np.uint8)


def picture(pixels: Picture = MOTIF) -> Image.Image:
    return Image.fromarray(pixels)


def error(first: Picture, second: Picture) -> float:
    """Return the mean absolute difference of two pictures of one size, 0..255."""
    assert first.shape == second.shape
    return float(np.abs(first.astype(int) - second.astype(int)).mean())


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("JPEG", {"quality": 95}, 2.0),
        ("JPEG", {"quality": 95, "progressive": True}, 2.0),
        ("PNG", {}, 0.0),
        ("WEBP", {"quality": 95}, 2.0),
        ("WEBP", {"lossless": True}, 0.0),
        ("GIF", {}, 8.0),
        ("BMP", {}, 0.0),
        ("TIFF", {}, 0.0),
        ("TIFF", {"compression": "tiff_lzw"}, 0.0),
        ("TIFF", {"compression": "tiff_adobe_deflate"}, 0.0),
        ("TIFF", {"compression": "jpeg"}, 3.0),
        ("TIFF", {"big_tiff": True}, 0.0),
        ("HEIF", {}, 3.0),
        ("AVIF", {"quality": 90}, 3.0),
    ],
)
def test_every_format_is_known_by_its_content(kind: str, options: Options, tolerance: float) -> None:
    data = save(picture(), kind, **options)
    decoded = decode(data, LIMITS)
    assert decoded.format == kind
    assert (decoded.width, decoded.height, decoded.size_bytes) == (96, 64, len(data))
    assert decoded.pixels.flags.c_contiguous
    assert not decoded.pixels.flags.writeable
    assert decoded.pixels.dtype == np.uint8
    assert error(decoded.pixels, MOTIF) <= tolerance


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright(kind: str, orientation: int) -> None:
    # EXIF 2.32, 4.6.4: where the stored picture's first row and column belong
    stored = {
        1: MOTIF,
        2: MOTIF[:, ::-1],
        3: MOTIF[::-1, ::-1],
        4: MOTIF[::-1],
        5: MOTIF.transpose(1, 0, 2),
        6: np.rot90(MOTIF),
        7: MOTIF[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(MOTIF, -1),
    }[orientation]
    options: Options = {"tiffinfo": {274: orientation}} if kind == "TIFF" else {"exif": orientation_block(orientation)}
    image = picture(np.ascontiguousarray(stored))
    decoded = decode(save(image, kind, **options), LIMITS)
    assert (decoded.width, decoded.height) == (96, 64)
    assert error(decoded.pixels, MOTIF) <= 3.0
    assert decoded.orientation == (1 if kind == "HEIF" else orientation)


@pytest.mark.parametrize(
    "block", [b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"Exif\0\0II*\0\xff\xff\xff\xff", b"\0" * 40]
)
def test_a_damaged_exif_block_does_not_cost_the_picture(block: bytes) -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        assert error(decode(save(picture(), kind, exif=b"Exif\0\0" + block), LIMITS).pixels, MOTIF) <= 3.0


def test_transparency_lies_over_white() -> None:
    alpha = np.zeros(MOTIF.shape[:2], np.uint8)
    alpha[:32] = 255
    layered = Image.fromarray(np.dstack([MOTIF, alpha]))
    for kind, options in (
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
    ):
        pixels = decode(save(layered, kind, **options), LIMITS).pixels
        assert error(pixels[:32], MOTIF[:32]) == 0
        assert (pixels[32:] == WHITE).all()
    pixels = decode(save(layered, "AVIF", quality=95), LIMITS).pixels
    assert error(pixels[36:], np.full_like(pixels[36:], 255)) < 3


def test_half_transparent_pixels_are_mixed_with_white() -> None:
    layered = Image.new("RGBA", (32, 32), (200, 0, 100, 128))
    assert error(decode(save(layered, "PNG"), LIMITS).pixels, np.full((32, 32, 3), (227, 127, 177), np.uint8)) <= 1
    grey = Image.new("LA", (32, 32), (0, 128))
    assert error(decode(save(grey, "PNG"), LIMITS).pixels, np.full((32, 32, 3), 127, np.uint8)) <= 1


def test_transparent_palette_entries_and_colours_are_white() -> None:
    palette = Image.new("P", (32, 32), 1)
    palette.putpalette([0, 0, 0, 10, 200, 30, 90, 90, 90])
    palette.paste(2, (0, 0, 32, 16))
    for kind, options in (
        ("PNG", {"transparency": 2}),
        ("PNG", {"transparency": b"\xff\xff\0"}),
        ("GIF", {"transparency": 2}),
    ):
        pixels = decode(save(palette, kind, **options), LIMITS).pixels
        assert (pixels[:16] == WHITE).all()
        assert (pixels[16:] == (10, 200, 30)).all()
    for mode, colour in (("RGB", (9, 8, 7)), ("L", 9)):
        flat = Image.new(mode, (32, 32), colour)
        assert (decode(save(flat, "PNG", transparency=colour), LIMITS).pixels == WHITE).all()


def test_grey_of_every_depth_keeps_its_scale() -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint16), (16, 1))
    eight = np.repeat(ramp.astype(np.uint8)[..., None], 3, axis=2)
    deep = ramp * 257  # 8 bits stretched to 16
    files = {
        "8 bits": save(Image.fromarray(ramp.astype(np.uint8)), "PNG"),
        "PNG of 16 bits": deep_png(deep),
        "TIFF of 16 bits": save(Image.fromarray(deep), "TIFF"),
        "TIFF of 16 bits, big-endian": save(Image.fromarray(deep.astype(">u2")), "TIFF"),
        "TIFF of 16 bits, compressed": save(Image.fromarray(deep), "TIFF", compression="tiff_lzw"),
        "TIFF of 16 bits, white is zero": save(Image.fromarray(65_535 - deep), "TIFF", tiffinfo={262: 0}),
        "TIFF of 32 bits": save(Image.fromarray(deep.astype(np.int32) * 1000 - 77), "TIFF"),
        "TIFF of floats": save(Image.fromarray(ramp.astype(np.float32) / 255), "TIFF"),
        "RGB of 16 bits": deep_png(np.repeat(deep[..., None], 3, axis=2)),
        "RGBA of 16 bits": deep_png(np.dstack([deep, deep, deep, np.full_like(deep, 65_535)])),
    }
    for name, data in files.items():
        assert np.array_equal(decode(data, LIMITS).pixels, eight), name


def test_twelve_bits_are_white_at_4095() -> None:
    values = np.repeat(np.linspace(0, 4095, 32).astype(np.uint16)[None], 32, axis=0)
    pairs = values.reshape(32, 16, 2).astype(np.uint32)
    packed = (pairs[..., 0] << 12 | pairs[..., 1]).astype(">u4").view(np.uint8).reshape(32, 16, 4)[..., 1:].tobytes()
    entries = [(256, 3, 1, 32), (257, 3, 1, 32), (258, 3, 1, 12), (259, 3, 1, 1), (262, 3, 1, 1)]
    entries += [(273, 4, 1, 200), (277, 3, 1, 1), (278, 3, 1, 32), (279, 4, 1, len(packed))]
    data = tiff(entries)
    pixels = decode(data + bytes(200 - len(data)) + packed, LIMITS).pixels
    assert (pixels.min(), pixels.max()) == (0, 255)


def test_floats_without_a_number_are_survived() -> None:
    values = np.linspace(-1, 1, 32 * 32, dtype=np.float32).reshape(32, 32)
    values[0, :3] = (np.nan, np.inf, -np.inf)
    pixels = decode(save(Image.fromarray(values), "TIFF"), LIMITS).pixels
    assert pixels[0, :3, 0].tolist() == [0, 255, 0]
    extreme = np.where(values > 0, np.finfo(np.float32).max, np.finfo(np.float32).min)
    assert set(np.unique(decode(save(Image.fromarray(extreme), "TIFF"), LIMITS).pixels)) == {0, 255}
    nothing = np.full((32, 32), np.nan, np.float32)
    assert not decode(save(Image.fromarray(nothing), "TIFF"), LIMITS).pixels.any()


def test_one_transparent_deep_grey_is_white() -> None:
    values = np.full((32, 32), 1000, np.uint16)
    values[:16] = 20_000
    pixels = decode(deep_png(values, (b"tRNS", struct.pack(">H", 1000))), LIMITS).pixels
    assert (pixels[16:] == WHITE).all()
    assert (pixels[:16] == 20_000 >> 8).all()


def test_one_transparent_deep_colour_does_not_cost_the_picture() -> None:
    values = np.full((32, 32, 3), (1000, 2000, 3000), np.uint16)
    pixels = decode(deep_png(values, (b"tRNS", struct.pack(">HHH", 60_000, 60_000, 60_000))), LIMITS).pixels
    assert (pixels == np.array([1000 >> 8, 2000 >> 8, 3000 >> 8], np.uint8)).all()


def test_black_and_white_and_palettes_become_rgb() -> None:
    grey = Image.fromarray(MOTIF[..., 0])
    for kind in ("PNG", "BMP", "TIFF"):
        pixels = decode(save(grey.convert("1"), kind), LIMITS).pixels
        assert set(np.unique(pixels)) == {0, 255}
    palette = picture().quantize(64)
    for kind in ("PNG", "BMP", "TIFF", "GIF"):
        pixels = decode(save(palette, kind), LIMITS).pixels
        assert error(pixels, np.asarray(palette.convert("RGB"))) == 0


def test_cmyk_is_not_a_negative() -> None:
    cmyk = picture().convert("CMYK")
    for kind in ("JPEG", "TIFF"):
        assert error(decode(save(cmyk, kind, quality=95), LIMITS).pixels, MOTIF) < 4
    large = motif(4000, 300)
    assert error(decode(save(picture(large).convert("CMYK"), "JPEG"), LIMITS).pixels, motif(2000, 150)) < 4


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_only_the_first_frame_is_read(kind: str) -> None:
    others = [Image.new("RGB", (96, 64), (255, 80 * n, 0)) for n in range(3)]
    data = save(picture(), kind, save_all=True, append_images=others)
    assert error(decode(data, LIMITS).pixels, MOTIF) < 8
    with pytest.raises(TooManyPixels, match="frames"):
        decode(data, Limits(LIMITS.max_bytes, LIMITS.max_pixels, max_frames=3))


@pytest.mark.parametrize(
    ("width", "height", "reduced"),
    [
        (2048, 40, (2048, 40)),
        (2049, 40, (1025, 20)),
        (48, 3000, (24, 1500)),
        (4096, 64, (2048, 32)),
        (4097, 80, (1025, 20)),
        (17_000, 272, (1063, 17)),
        (5000, 20, (5000, 20)),  # a strip keeps 16 px
        (20_000, 40, (10_000, 20)),
    ],
)
def test_pictures_over_2048_px_are_halved_until_they_fit(width: int, height: int, reduced: tuple[int, int]) -> None:
    for kind in ("JPEG", "PNG", "BMP"):
        decoded = decode(save(picture(motif(width, height)), kind), LIMITS)
        assert (decoded.width, decoded.height) == (width, height)
        assert decoded.pixels.shape == (reduced[1], reduced[0], 3)
        assert error(decoded.pixels, motif(*reduced)) < 4
        assert (decoded.pixel_sha256 is None) == (kind == "JPEG" and reduced != (width, height))


def test_a_photograph_of_24_megapixels_is_drafted(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[tuple[int, int]] = []
    load = ImageFile.ImageFile.load

    def noting(image: ImageFile.ImageFile) -> object:
        loaded.append(image.size)
        return load(image)

    data = save(picture(motif(600, 400)).resize((6000, 4000)), "JPEG", exif=orientation_block(6))
    monkeypatch.setattr(ImageFile.ImageFile, "load", noting)
    decoded = decode(data, LIMITS)
    assert set(loaded) == {(1500, 1000)}
    assert (decoded.width, decoded.height) == (4000, 6000)
    assert error(decoded.pixels, np.rot90(motif(1500, 1000), -1)) < 4


def test_working_in_bands_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [save(picture(motif(2100, 77)), "PNG"), save(picture(motif(300, 201)).quantize(40), "PNG", transparency=3)]
    at_once = [decode(data, LIMITS) for data in files]
    monkeypatch.setattr(decode_module, "_BAND_PIXELS", 5000)
    for data, whole in zip(files, at_once, strict=True):
        banded = decode(data, LIMITS)
        assert np.array_equal(banded.pixels, whole.pixels)
        assert banded.pixel_sha256 == whole.pixel_sha256


def test_the_hash_of_pixels_knows_the_picture_not_the_file() -> None:
    lossless: list[tuple[str, Options]] = [
        ("PNG", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("WEBP", {"lossless": True}),
        ("PNG", {"compress_level": 1}),
    ]
    files = [save(picture(), kind, **options) for kind, options in lossless]
    turned = picture(np.ascontiguousarray(np.rot90(MOTIF)))
    files.append(save(turned, "PNG", exif=orientation_block(6)))
    decoded = [decode(data, LIMITS) for data in files]
    assert len({one.pixel_sha256 for one in decoded}) == 1
    assert len({one.sha256 for one in decoded}) == len(files)
    flat = [decode(save(Image.new("RGB", size), "PNG"), LIMITS).pixel_sha256 for size in ((32, 64), (64, 32))]
    assert flat[0] != flat[1]  # the same bytes in another shape
    changed = MOTIF.copy()
    changed[0, 0, 0] ^= 1
    assert decode(save(picture(changed), "PNG"), LIMITS).pixel_sha256 != decoded[0].pixel_sha256


def broken_size(data: bytes, at: int, size: bytes) -> bytes:
    return data[:at] + size + data[at + len(size) :]


def frame_header(data: bytes) -> int:
    """Return where a JPEG keeps height and width."""
    return data.index(b"\xff\xc0") + 5


def many_scans() -> bytes:
    """Return a progressive JPEG whose last scan comes back a thousand times."""
    data = save(picture(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * 1000 + data[-2:]


def many_frames(count: int) -> bytes:
    data = save(Image.new("P", (16, 16)), "GIF")
    frame = data.index(b",", 13 + 3 * 2)
    return data[:-1] + data[frame:-1] * count + data[-1:]


def many_pages(count: int) -> bytes:
    first = tiff([(256, 3, 1, 32), (257, 3, 1, 32)], following=38)
    pages = [struct.pack("<HHHIII", 1, 256, 3, 1, 32, 38 + 18 * (n + 1)) for n in range(count)]
    return first + b"".join(pages)


def text_bomb(name: bytes) -> bytes:
    bomb = b"a\0\0" + zlib.compress(bytes(100 << 20), 9)
    return png(32, 32, 8, 0, bytes(33 * 32), (name, bomb))


PNG, JPEG = save(picture(), "PNG"), save(picture(), "JPEG")
BMP, WEBP = save(picture(), "BMP"), save(Image.merge("RGBA", [*picture().split(), picture().split()[0]]), "WEBP")
GIF = save(picture(), "GIF")
STRIPS = [(256, 3, 1, 64), (257, 3, 1, 64), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (278, 3, 1, 1)]


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        pytest.param(b"", UnsupportedFormat, id="nothing"),
        pytest.param(b"\xff", UnsupportedFormat, id="a byte"),
        pytest.param(b"just words, named picture.jpg", UnsupportedFormat, id="words"),
        pytest.param(b"\xef\xbb\xbf \n<!DOCTYPE HTML><title>x</title>", UnsupportedFormat, id="web page"),
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg"/>', UnsupportedFormat, id="SVG"),
        pytest.param(b"%PDF-1.7\n", UnsupportedFormat, id="PDF"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n", UnsupportedFormat, id="EPS"),
        pytest.param(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", UnsupportedFormat, id="MP4"),
        pytest.param(save(picture(), "JPEG2000"), UnsupportedFormat, id="JPEG 2000"),
        pytest.param(save(picture(), "ICO", sizes=[(32, 32)]), UnsupportedFormat, id="ICO"),
        pytest.param(save(picture(), "PPM"), UnsupportedFormat, id="PPM"),
        pytest.param(save(picture(), "TGA"), UnsupportedFormat, id="TGA"),
        pytest.param(save(picture(), "TIFF")[:4] + b"\xff" * 60, BrokenPicture, id="TIFF signature, then noise"),
        pytest.param(PNG[:8], BrokenPicture, id="PNG signature alone"),
        pytest.param(broken_size(PNG, 16, b"\0\0\xff\xff\0\0\xff\xff"), BrokenPicture, id="PNG with a wrong checksum"),
        pytest.param(png(65_535, 65_535, 8, 2, b""), TooManyPixels, id="PNG of 4 gigapixels"),
        pytest.param(png(2**31 - 1, 2**31 - 1, 8, 2, b""), TooManyPixels, id="PNG of the largest size"),
        pytest.param(png(8000, 8000, 1, 0, b""), BrokenPicture, id="PNG without its pixels"),
        pytest.param(text_bomb(b"zTXt"), BrokenPicture, id="PNG with a zTXt bomb"),
        pytest.param(text_bomb(b"iCCP"), BrokenPicture, id="PNG with an iCCP bomb"),
        pytest.param(broken_size(JPEG, frame_header(JPEG), b"\xff\xdc" * 2), TooManyPixels, id="JPEG of 4 gigapixels"),
        pytest.param(broken_size(JPEG, frame_header(JPEG), bytes(4)), BrokenPicture, id="JPEG of no size"),
        pytest.param(many_scans(), BrokenPicture, id="JPEG with a thousand scans"),
        pytest.param(broken_size(BMP, 18, b"\0\0\1\0\0\0\1\0"), TooManyPixels, id="BMP of 4 gigapixels"),
        pytest.param(broken_size(WEBP, 24, b"\xff" * 6), TooManyPixels, id="WebP of the largest canvas"),
        pytest.param(broken_size(GIF, 6, b"\xff" * 4), TooManyPixels, id="GIF of 4 gigapixels"),
        pytest.param(many_frames(6000), TooManyPixels, id="GIF of 6,000 frames"),
        pytest.param(many_pages(6000), TooManyPixels, id="TIFF of 6,000 pages"),
        pytest.param(
            tiff([*STRIPS, (273, 4, 10**6, 8), (279, 4, 10**6, 8)]), BrokenPicture, id="TIFF of a million strips"
        ),
        pytest.param(tiff([*STRIPS, (273, 4, 2**32 - 1, 8)]), BrokenPicture, id="TIFF of endless strips"),
        pytest.param(tiff([*STRIPS, (273, 4, 1, 2**31), (279, 4, 1, 2**31)]), BrokenPicture, id="TIFF strip nowhere"),
        pytest.param(tiff(STRIPS, following=8), BrokenPicture, id="TIFF whose pages are a ring"),
        pytest.param(tiff([(256, 4, 1, 2**31), (257, 4, 1, 2**31)]), BrokenPicture, id="TIFF of the largest size"),
        pytest.param(save(Image.new("LAB", (32, 32)), "TIFF"), UnsupportedFormat, id="TIFF in CIE Lab"),
        pytest.param(save(Image.new("RGB", (15, 200)), "PNG"), PictureTooSmall, id="15 px wide"),
        pytest.param(save(Image.new("RGB", (200, 1)), "GIF"), PictureTooSmall, id="1 px high"),
    ],
)
def test_hostile_files_are_refused_by_name(data: bytes, refusal: type[PictureError]) -> None:
    with pytest.raises(refusal) as refused:
        decode(data, LIMITS)
    assert type(refused.value) is refusal
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF"])
def test_truncated_files_are_broken(kind: str) -> None:
    rough = np.random.default_rng(3).integers(0, 255, (64, 96, 3), dtype=np.uint8)
    data = save(picture(rough), kind)
    for kept in (0.2, 0.5, 0.9):
        with pytest.raises(BrokenPicture):
            decode(data[: int(len(data) * kept)], LIMITS)


def test_limits_are_exact_and_come_first() -> None:
    assert decode(PNG, Limits(len(PNG), 96 * 64)).width == 96
    with pytest.raises(FileTooLarge):
        decode(PNG, Limits(len(PNG) - 1, 96 * 64))
    with pytest.raises(TooManyPixels):
        decode(PNG, Limits(len(PNG), 96 * 64 - 1))
    tight = Limits(1 << 20, 2 * 96 * 64)
    for kind in ("WEBP", "AVIF"):  # their pixels count double
        data = save(picture(), kind)
        assert decode(data, tight).width == 96
        with pytest.raises(TooManyPixels):
            decode(data, Limits(1 << 20, 2 * 96 * 64 - 1))
    with pytest.raises(FileTooLarge):  # before anything is looked at
        decode(b"rubbish", Limits(6, 10))


def test_an_owner_may_allow_more_pixels_than_pillow_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert decode(JPEG, LIMITS).width == 96
    assert decode(PNG, LIMITS).width == 96


def test_pillow_s_own_settings_stay_as_they_are() -> None:
    assert Image.MAX_IMAGE_PIXELS == 89_478_485
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
    assert "HEIF" not in Image.OPEN


def test_threads_do_not_meet() -> None:
    files = [
        save(picture(motif(80 + 3 * n, 60 + n)), kind) for n in range(6) for kind in ("JPEG", "PNG", "GIF", "HEIF")
    ]
    alone = [decode(data, LIMITS).pixel_sha256 for data in files]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda data: decode(data, LIMITS).pixel_sha256, files * 3))
    assert together == alone * 3


def test_large_pictures_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most = [0], [0]
    counting = threading.Lock()
    flatten: Callable[..., object] = decode_module._flatten

    def noting(*args: object, **kwargs: object) -> object:
        with counting:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        try:
            return flatten(*args, **kwargs)
        finally:
            with counting:
                inside[0] -= 1

    monkeypatch.setattr(decode_module, "_LARGE_PIXELS", 1000)
    monkeypatch.setattr(decode_module, "_flatten", noting)
    data = save(picture(motif(1500, 1000)), "BMP")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: decode(data, LIMITS), range(8)))
    assert most == [1]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF"])
def test_damage_of_any_kind_ends_in_a_picture_or_an_error_of_ours(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    data = save(picture(motif(48, 40)), kind)
    chance = random.Random(kind)
    small = Limits(1 << 20, 1_000_000)
    for _ in range(150):
        damaged = bytearray(data)
        for _ in range(chance.choice((1, 2, 8))):
            damaged[chance.randrange(len(damaged))] = chance.choice((0, 255, chance.randrange(256)))
        try:
            decoded = decode(bytes(damaged), small)
        except PictureError:
            continue
        assert decoded.pixels.ndim == 3
        assert decoded.pixels.shape[2] == 3
    capfd.readouterr()  # libtiff writes of its troubles to standard error


def test_the_first_of_a_camera_s_several_pictures_is_read() -> None:
    decoded = decode(save(picture(), "MPO", save_all=True, append_images=[Image.new("RGB", (96, 64))]), LIMITS)
    assert decoded.format == "JPEG"
    assert error(decoded.pixels, MOTIF) < 3


def noise(mode: str = "RGB") -> Image.Image:
    values = np.random.default_rng(7).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    return Image.fromarray(values).convert(mode)


@pytest.mark.parametrize("quality", [1, 5, 10, 30, 50, 75, 90, 95, 99, 100])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_tells_how_hard_it_was_compressed(mode: str, quality: int) -> None:
    for options in ({}, {"progressive": True}, {"subsampling": 0}):
        told = decode(save(noise(mode), "JPEG", quality=quality, **options), LIMITS).jpeg_quality
        assert told is not None
        assert abs(told - quality) <= 1


def test_the_quality_of_a_large_jpeg_is_that_of_its_file() -> None:
    data = save(picture(motif(4000, 300)), "JPEG", quality=30)
    decoded = decode(data, LIMITS)
    assert decoded.pixels.shape[1] == 2000  # decoded at half its size
    assert decoded.jpeg_quality == 30


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF"])
def test_only_a_jpeg_has_a_quality(kind: str) -> None:
    assert decode(save(picture(), kind), LIMITS).jpeg_quality is None


def test_a_jpeg_within_a_tiff_has_no_quality() -> None:
    assert decode(save(picture(), "TIFF", compression="jpeg"), LIMITS).jpeg_quality is None


def test_a_camera_s_file_of_several_pictures_tells_the_quality_of_the_first() -> None:
    first, second = picture(), Image.new("RGB", (96, 64))
    assert decode(save(first, "MPO", save_all=True, append_images=[second], quality=30), LIMITS).jpeg_quality == 30


@pytest.mark.parametrize(
    ("table", "least", "most"),
    [
        ([1] * 64, 100, 100),
        ([255] * 64, 1, 1),
        ([4000] * 64, 1, 1),  # of 16 bits
        ([16] * 64, 75, 95),  # as coarse throughout as the standard is in its first steps
        ([0] * 64, 100, 100),
        ([], None, None),
        ([16] * 63, None, None),
    ],
)
def test_any_table_has_a_quality_or_none(table: list[int], least: int | None, most: int | None) -> None:
    told = estimate_quality(table)
    if least is None or most is None:
        assert told is None
    else:
        assert told is not None
        assert least <= told <= most


@pytest.mark.parametrize("table", [[1] * 64, [255] * 64, [*range(1, 65)], [3000] * 64])
def test_a_jpeg_with_tables_of_its_own_is_read(table: list[int]) -> None:
    decoded = decode(save(noise(), "JPEG", qtables=[table]), LIMITS)
    assert decoded.jpeg_quality == estimate_quality(table)


def test_the_first_component_s_table_counts_whatever_its_number() -> None:
    data = bytearray(save(noise("L"), "JPEG", quality=30))
    table = data.index(b"\xff\xdb") + 4
    frame = data.index(b"\xff\xc0")
    data[table] = 3
    data[frame + 12] = 3
    assert decode(bytes(data), LIMITS).jpeg_quality == 30


def test_a_jpeg_without_the_table_it_names_is_broken() -> None:
    data = bytearray(save(noise("L"), "JPEG", quality=30))
    data[data.index(b"\xff\xc0") + 12] = 2
    with pytest.raises(BrokenPicture):
        decode(bytes(data), LIMITS)
