"""What the first bytes of a video file tell: which demuxer may read it.

FFmpeg is always told which of its demuxers to use. Left to guess it would also take playlists and scripts, which name
further files and addresses to be opened.
"""

from dataclasses import dataclass

from errors import UnsupportedVideo

HEADER_BYTES = 1024
"""How many of the first bytes are looked at."""

_TS_PACKET = 188
_TS_SYNC = 0x47


@dataclass(frozen=True, slots=True)
class Container:
    """A kind of video file.

    Attributes:
        name: for people.
        demuxer: FFmpeg's name of what reads it.
    """

    name: str
    demuxer: str


MP4 = Container("MP4", "mp4")
MATROSKA = Container("Matroska", "matroska")
AVI = Container("AVI", "avi")
FLV = Container("FLV", "flv")
OGG = Container("Ogg", "ogg")
MPEG_PS = Container("MPEG", "mpeg")
MPEG_TS = Container("MPEG-TS", "mpegts")
ASF = Container("ASF", "asf")

_SIGNATURES: tuple[tuple[bytes, Container], ...] = (
    (b"\x1a\x45\xdf\xa3", MATROSKA),
    (b"FLV\x01", FLV),
    (b"OggS", OGG),
    (b"\x00\x00\x01\xba", MPEG_PS),
    (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), ASF),
)
# The first box of an MP4 or QuickTime file; `ftyp` may be missing in old QuickTime files.
_MP4_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})
_PICTURE_BRANDS = frozenset({b"avif", b"heic", b"heix", b"heim", b"heis", b"mif1"})


def sniff_video(start: bytes) -> Container:
    """Return which kind of video file begins with these bytes.

    Args:
        start: the first 1,024 bytes of the file, or all where it has fewer.
    Raises:
        UnsupportedVideo: none that we read.
    """
    for signature, container in _SIGNATURES:
        if start.startswith(signature):
            return container
    if start[4:8] in _MP4_BOXES and start[8:12] not in _PICTURE_BRANDS:
        return MP4
    if start[:4] == b"RIFF" and start[8:12] == b"AVI ":
        return AVI
    if len(start) > 2 * _TS_PACKET and all(start[place] == _TS_SYNC for place in (0, _TS_PACKET, 2 * _TS_PACKET)):
        return MPEG_TS
    what = "an empty file" if not start else "something else"
    raise UnsupportedVideo(f"expected a video; received {what}")


def is_video(start: bytes) -> bool:
    """Return whether a file that begins with these bytes is of a kind that we read."""
    try:
        sniff_video(start)
    except UnsupportedVideo:
        return False
    return True
