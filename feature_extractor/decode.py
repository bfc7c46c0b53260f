"""Bytes of a picture file to upright RGB pixels, with every limit checked before the costly step it guards."""

import hashlib
import io
import re
import struct
import threading
import warnings
import zlib
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import BITSPERSAMPLE, PHOTOMETRIC_INTERPRETATION, TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif import HeifImageFile

from errors import BrokenPicture, FileTooLarge, PictureTooSmall, TooManyPixels, UnsupportedFormat
from feature_extractor import headers
from feature_extractor.jpeg_quality import estimate_quality
from feature_extractor.picture import MIN_SIDE, Decoded, Limits, Picture

MAX_SIDE = 2048
"""Longest side of decoded pixels; larger pictures are halved until they fit, px."""

# The formats we read. Their classes are called directly, not through `Image.open`: no other plugin can be reached,
# nothing has to be registered, and `Image.open`'s own limit, a global of Pillow and a warning, stays as it is while
# ours is an argument.
_READERS: dict[str, type[ImageFile]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "WEBP": WebPImageFile,
    "GIF": GifImageFile,
    "BMP": BmpImageFile,
    "TIFF": TiffImageFile,
    "HEIF": HeifImageFile,
    "AVIF": AvifImageFile,
}

# What Pillow's readers and pillow-heif raise on bytes that lie; everything else would be a fault of ours.
_READER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)

_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# A progressive file has about ten scans; some encoders write a few dozen.
_MAX_JPEG_SCANS = 100
_DRAFT_FACTOR = 8  # the largest reduction libjpeg makes while it decodes

# These readers hold a frame three or four times over while they decode it, so its pixels count double: 64 MP of WebP,
# which may come as a file of 38 bytes, would take 1 GB. (HEIC does too, but telephones take pictures of 48 MP in it.)
_PIXEL_WEIGHT = {"WEBP": 2, "AVIF": 2}

# A picture of more pixels than this costs up to some hundred MB while it is decoded: one at a time in a process.
_LARGE_PIXELS = 16_000_000
_one_large = threading.BoundedSemaphore(1)

_BAND_PIXELS = 4_000_000  # pixels turned to RGB at a time, so that a large picture is never held twice

# Pillow warns about odd metadata; that is news about a stranger's file, not about this program.
_PILLOW_WARNINGS = re.compile(r"PIL\.|pillow_heif")


def decode(data: bytes, limits: Limits) -> Decoded:
    """Return the picture in a file's bytes.

    EXIF orientation is applied, transparency lies over white, and every colour mode becomes RGB of 8 bits by its own
    scale. Pictures whose longer side is over 2048 px are halved until it is not: a JPEG while it is decoded
    (libjpeg's scaled inverse cosine transform), others by averaging their decoded pixels. Colour profiles are not
    applied: they would cost more than the decoding, and move colours less than the edits that copies come with.

    Args:
        data: the whole file.
        limits: what the file may cost.

    Raises:
        FileTooLarge: more bytes than allowed.
        UnsupportedFormat: none of the formats we read.
        TooManyPixels: more pixels or frames than allowed by the header, or more memory than there is.
        PictureTooSmall: a side is under 16 px.
        BrokenPicture: the bytes begin like a format we read but do not decode: cut off, damaged, or made to harm.
    """
    if len(data) > limits.max_bytes:
        raise FileTooLarge(f"expected at most {limits.max_bytes:,} bytes; received {len(data):,}")
    kind = headers.sniff(data)
    _check_structure(data, kind, limits)
    _silence_pillow()
    try:
        with _READERS[kind](io.BytesIO(data)) as image:
            _check_size(image, kind, limits)
            return _decode_opened(image, kind, data)
    except (Image.DecompressionBombError, MemoryError) as exc:
        raise TooManyPixels(f"expected a picture that fits into memory; received a {kind} file of more") from exc
    except _READER_ERRORS as exc:
        raise BrokenPicture(f"expected a whole {kind} file; decoding stopped: {_one_line(exc)}") from exc


def _check_structure(data: bytes, kind: str, limits: Limits) -> None:
    """Refuse what can be told by walking the file, before Pillow sees it."""
    frames = 1
    if kind == "GIF":
        frames = headers.count_gif_frames(data, limits.max_frames + 1)
    elif kind == "TIFF":
        frames = headers.count_tiff_pages(data, limits.max_frames + 1)
    elif kind == "JPEG" and headers.count_jpeg_scans(data, _MAX_JPEG_SCANS + 1) > _MAX_JPEG_SCANS:
        raise BrokenPicture(f"expected at most {_MAX_JPEG_SCANS} scans in a JPEG; received more")
    _check_frames(frames, kind, limits)


def _check_frames(frames: int, kind: str, limits: Limits) -> None:
    if frames > limits.max_frames:
        raise TooManyPixels(f"expected at most {limits.max_frames:,} frames; received a {kind} file with more")


def _check_size(image: ImageFile, kind: str, limits: Limits) -> None:
    """Refuse what the opened file's header tells, before its pixels are decoded."""
    if kind in {"PNG", "WEBP", "AVIF", "HEIF"}:  # known once open; the others were counted before
        _check_frames(getattr(image, "n_frames", 1), kind, limits)
    width, height = image.size
    most = limits.max_pixels // _PIXEL_WEIGHT.get(kind, 1)
    if width * height > most:
        raise TooManyPixels(f"expected at most {most:,} pixels in a {kind} file; received {width} x {height}")
    if min(width, height) < MIN_SIDE:
        raise PictureTooSmall(f"expected sides of at least {MIN_SIDE} px; received {width} x {height}")


def _silence_pillow() -> None:
    """Keep Pillow's warnings to itself, also where warnings are errors.

    `warnings.catch_warnings` would swap the filters of all threads back and forth; one filter that stays does not.
    """
    rule = ("ignore", None, Warning, _PILLOW_WARNINGS, 0)
    if rule not in warnings.filters:
        warnings.filterwarnings("ignore", category=Warning, module=_PILLOW_WARNINGS.pattern)


def _decode_opened(image: ImageFile, kind: str, data: bytes) -> Decoded:
    """Decode the pixels of an opened file whose header is within the limits."""
    width, height = image.size
    factor = _reduction(width, height)
    drafted = 1
    # A TIFF's reader turns the pixels while it loads them, and forgets that it did.
    asked = _tiff_orientation(image) if isinstance(image, TiffImageFile) else 1
    if isinstance(image, JpegImageFile) and factor > 1:
        drafted = min(factor, _DRAFT_FACTOR)
        image.draft(None, (width // drafted, height // drafted))
    with _turn(image, drafted):
        image.load()
        if image.size != (-(-width // drafted), -(-height // drafted)):
            # Some containers keep the size twice, and only the outer one has been checked.
            raise BrokenPicture(f"expected {width} x {height} px as the header says; decoded {image.size}")
        orientation = _orientation(image, kind)
        upright = image.transpose(_TRANSPOSITIONS[orientation]) if orientation > 1 else image
        pixels, pixel_sha256 = _flatten(_to_eight_bits(upright, image), factor // drafted, hashed=drafted == 1)
    if orientation >= 5:
        width, height = height, width
    return Decoded(
        pixels=pixels,
        width=width,
        height=height,
        format=kind,
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        pixel_sha256=pixel_sha256,
        jpeg_quality=_jpeg_quality(image),
        orientation=max(asked, orientation),
        exif=_exif(image),
    )


def _exif(image: ImageFile) -> bytes:
    """Return the EXIF block that a reader found."""
    exif = image.info.get("exif")
    return exif if isinstance(exif, bytes) else b""


def _jpeg_quality(image: ImageFile) -> int | None:
    """Return how hard the first component of a JPEG was compressed, 1..100; None for any other format."""
    if not isinstance(image, JpegImageFile) or not image.layer:
        return None
    *_, number = image.layer[0]  # of the table of the luminance, or of red, cyan or grey
    return estimate_quality(image.quantization.get(number, ()))


def _reduction(width: int, height: int) -> int:
    """Return the power of two by which a picture is reduced: one rule for all formats, so that copies agree.

    The longer side ends in 1024..2048 px; in a strip of more than 1:128 the shorter side keeps its 16 px instead.
    """
    factor = 1
    while max(width, height) > MAX_SIDE * factor and min(width, height) >= MIN_SIDE * 2 * factor:
        factor *= 2
    return factor


def _turn(image: ImageFile, drafted: int) -> AbstractContextManager[object]:
    """Return what to hold while this picture is decoded: the one place for large pictures, or nothing."""
    # A progressive JPEG keeps the coefficients of all its pixels, however small it is decoded.
    shrink = 1 if "progressive" in image.info else drafted
    width, height = image.size  # after `draft`
    large = width * height * (drafted // shrink) ** 2 > _LARGE_PIXELS
    return _one_large if large else nullcontext()


def _orientation(image: ImageFile, kind: str) -> int:
    """Return the EXIF orientation still to be applied to a loaded picture."""
    if kind in {"TIFF", "HEIF"}:  # their readers have turned the pixels
        return 1
    return headers.exif_orientation(_exif(image))


def _tiff_orientation(image: TiffImageFile) -> int:
    """Return the orientation 1..8 that the tags of an opened TIFF ask for; 1 where they ask for none."""
    value: object = image.tag_v2.get(ExifTags.Base.Orientation)
    return value if isinstance(value, int) and value in _TRANSPOSITIONS else 1


def _to_eight_bits(image: Image.Image, source: ImageFile) -> Image.Image:
    """Return a picture of deep grey values as 'L' or 'LA', any other as it is; Pillow's own conversion would clip.

    Integers of 12 or 16 bits keep their high byte, as Pillow does with deep colours, so that the same picture has the
    same pixels as grey and as RGB. Floats and integers of 32 bits have no agreed white: their extremes become black
    and white.
    """
    tags = source.tag_v2 if isinstance(source, TiffImageFile) else {}
    if image.mode.startswith("I;16"):
        values = np.asarray(image)
        bits: Any = tags.get(BITSPERSAMPLE, (16,))
        grey = (values >> (bits[0] - 8)).astype(np.uint8)
    elif image.mode in {"I", "F"}:
        grey = _stretch(np.asarray(image, dtype=np.float32))
    else:
        return image
    if tags.get(PHOTOMETRIC_INTERPRETATION) == 0:  # white is zero, which Pillow heeds in 8 bits only
        grey = 255 - grey
    result = Image.fromarray(grey)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        alpha = np.where(np.asarray(image) == transparent, 0, 255).astype(np.uint8)
        result = Image.merge("LA", (result, Image.fromarray(alpha)))
    return result


def _stretch(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return values scaled so that the least finite one is 0 and the greatest 255."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return np.zeros(values.shape, np.uint8)
    # Far within float32, so that no difference below overflows.
    low, high = np.clip([float(finite.min()), float(finite.max())], -1e37, 1e37).tolist()
    inside = np.clip(np.nan_to_num(values, nan=low, posinf=high, neginf=low), low, high)
    scaled = (inside - low) * (255.0 / max(high - low, 1e-30))
    result: NDArray[np.uint8] = np.rint(scaled).astype(np.uint8)
    return result


def _flatten(image: Image.Image, factor: int, *, hashed: bool) -> tuple[Picture, str | None]:
    """Return the RGB pixels, reduced by a factor, and the hash of those before the reduction.

    Works in bands of rows: the RGB version of a large picture would cost as much memory as the picture itself.
    """
    width, height = image.size
    digest = hashlib.sha256(b"RGB %d x %d\n" % (width, height))
    rows = max(_BAND_PIXELS // width // factor, 1) * factor
    reduced: list[Picture] = []
    for top in range(0, height, rows):
        band = _to_rgb(image if rows >= height else image.crop((0, top, width, min(top + rows, height))))
        whole: Picture = np.asarray(band)
        if hashed:
            digest.update(whole.data)
        reduced.append(np.asarray(band.reduce(factor)) if factor > 1 else whole)
    pixels = reduced[0] if len(reduced) == 1 else np.concatenate(reduced)
    pixels.flags.writeable = False
    return pixels, digest.hexdigest() if hashed else None


def _to_rgb(image: Image.Image) -> Image.Image:
    """Return a picture of any 8-bit mode as RGB, its transparency over white.

    Raises:
        UnsupportedFormat: colours that Pillow cannot turn into RGB, such as CIE Lab.
    """
    if image.mode in {"RGBa", "La"}:
        image = image.convert("RGBA")
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        white = Image.new("RGB", image.size, (255, 255, 255))
        white.paste(layered, mask=layered.getchannel("A"))
        return white
    if image.mode == "RGB":
        return image
    if image.mode in {"1", "L", "P", "CMYK", "YCbCr", "RGBX"}:
        return image.convert("RGB")
    raise UnsupportedFormat(f"expected grey, RGB, CMYK or palette colours; received {image.mode}")


def _one_line(error: BaseException) -> str:
    """Return what a reader says, short enough for one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
