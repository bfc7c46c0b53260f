"""A picture, a copy of it whose making is known, and the pack that tells of both."""

from datetime import UTC, datetime
from functools import cache

import cv2
import numpy as np
from PIL import Image

from search.evidence.exhibit import Exhibit, exhibit_file
from search.evidence.make import Evidence, make_evidence
from search.evidence.pack import write_pack
from search.geometry import mirroring
from tests.engines import LIMITS, encode
from tests.fake_extractor import FakeExtractor
from tests.search.known_copies import HEIGHT, WIDTH, blots, warped

EXTRACTOR = FakeExtractor()
MADE_AT = datetime(2026, 11, 29, 9, 46, 58, 123456, UTC)
VERSION = "0.1.0"


@cache
def files() -> tuple[bytes, bytes]:
    """Return a PNG and a JPEG of it: mirrored, cropped at the right, a red block on it, on its side, with EXIF."""
    picture = blots(1)
    copy = warped(picture, mirroring(WIDTH), WIDTH, HEIGHT)[:, : round(0.8 * WIDTH)].copy()
    cv2.rectangle(copy, (60, 330), (200, 420), (230, 20, 20), cv2.FILLED)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon", "Canon EOS 5D"
    exif[0x0112] = 6
    return encode(picture), encode(np.rot90(copy), "JPEG", quality=85, exif=exif)


@cache
def exhibits() -> tuple[Exhibit, Exhibit]:
    first, second = files()
    return (
        exhibit_file(EXTRACTOR, first, LIMITS, name="mine.png", look="catalogue"),
        exhibit_file(EXTRACTOR, second, LIMITS, name="/home/anna/theirs.jpg", look="query"),
    )


@cache
def made(*, with_files: bool = False) -> Evidence:
    first, second = exhibits()
    return make_evidence(first, second, EXTRACTOR, LIMITS, version=VERSION, made_at=MADE_AT, with_files=with_files)


def repacked(evidence: Evidence, **changed: bytes | None) -> bytes:
    """Return a pack with other members and a manifest that fits them; dots and slashes in names become `__`."""
    members = dict(evidence.members)
    for key, data in changed.items():
        name = next((name for name in members if name.replace("/", "__").replace(".", "__") == key), key)
        if data is None:
            del members[name]
        else:
            members[name] = data
    return write_pack(members)
