"""Made-up pictures for tests of the catalogue."""

from collections.abc import Mapping
from hashlib import sha256

import numpy as np

from data.records import Label, NewImage, SourceRecord

MODEL = "a" * 64
METHOD = "method-1"


def digest(word: object) -> str:
    """Return a SHA-256 that stands for a file called so."""
    return sha256(str(word).encode()).hexdigest()


def source(locator: str, **known: object) -> SourceRecord:
    """Return where a picture comes from; its bytes are never asked for."""
    return SourceRecord(locator=locator, read=bytes, **known)  # type: ignore[arg-type] # passed on as given


def vector(seed: int, dim: int = 256) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Return a random direction: float32 (dim,)."""
    drawn = np.random.default_rng(seed).standard_normal(dim).astype(np.float32)
    return drawn / np.linalg.norm(drawn)


def keypoints(number: int) -> bytes:
    """Return what stands for the local features of picture `number`: as many bytes as those of most pictures."""
    return np.random.default_rng(number).bytes(7831)


def new_image(
    number: int,
    *,
    model_id: str = MODEL,
    attributes: Mapping[str, float] | None = None,
    labels: Mapping[str, Label] | None = None,
    pixels: str | None = None,
    **known: object,
) -> NewImage:
    """Return picture `number`, described; `known` is what its source tells."""
    return NewImage(
        sha256=digest(number),
        pixel_sha256=pixels or digest(f"pixels {number}"),
        pdq=bytes(range(32)) if number % 2 else None,
        width=640 + number,
        height=480,
        format="JPEG",
        size_bytes=1000 + number,
        model_id=model_id,
        descriptors={"copy": vector(2 * number), "similar": vector(2 * number + 1)},
        attributes=attributes if attributes is not None else {"content_dog": 0.25, "media_comic": 0.75},
        keypoints_method=METHOD,
        keypoints=keypoints(number),
        source=source(str(known.pop("locator", f"folder/{number}.jpg")), labels=labels or {}, **known),
    )
