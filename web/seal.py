"""Seals a described query into a form field, so that paging an upload needs no storage."""

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from cryptography.fernet import Fernet, InvalidToken
from numpy.typing import NDArray

from errors import SealBroken
from feature_extractor.descriptors import ATTRIBUTES, DIM
from search.answer import Part, QueryPicture
from search.residual import Box

LIFETIME_S = 30 * 60
MAX_PREVIEW_BYTES = 128 * 1024
"""A 320-px WebP is about 15 kB; what is far above it is not ours."""

_VERSION = 3
_HEAD = struct.Struct("<B32s32s32s32sIIQHBHBIIH")
"""Version, model id, sha256, pixel sha256, PDQ, width, height, bytes, flags, JPEG quality, lengths of name, format,
preview, local features and parts."""
_HAS_PIXELS, _HAS_PDQ, _TOO_PLAIN, _HAS_KEYPOINTS, _HAS_PARTS = 1, 2, 4, 8, 256
_ORIENTATION = 4  # the EXIF orientation, 1..8 or 0 for unknown, has the four bits above them
_NUMBERS = np.dtype("<f2")
_PART = np.dtype([("box", "<f4", 4), ("copy", "<f2", DIM)])
_NUMBERS_BYTES = (2 * DIM + len(ATTRIBUTES)) * _NUMBERS.itemsize
_NOTHING = bytes(32)


@dataclass(frozen=True, slots=True)
class SealedQuery:
    """What a seal holds.

    Attributes:
        query: the described picture; not one of the catalogue, which has an address of its own.
        name: what the visitor called it.
    """

    query: QueryPicture
    name: str


class Seal:
    """Encrypts and signs queries (Fernet: AES-128-CBC and HMAC-SHA256), good for 30 minutes.

    The frame inside is our own: a version, fixed fields, descriptors as little-endian float16, then name, format,
    preview, local features and parts with their lengths. Nothing in it is ever executed or unpickled.
    """

    def __init__(self, key: bytes, *, lifetime_s: int = LIFETIME_S) -> None:
        """Make a seal.

        Args:
            key: 32 bytes, the same in all processes.
            lifetime_s: how long a sealed query can be opened.
        """
        self._fernet = Fernet(base64.urlsafe_b64encode(key))
        self._lifetime_s = lifetime_s

    def close(self, sealed: SealedQuery, model_id: str) -> str:
        """Return the query as text for a form field, about 25 kB, up to 40 kB more with local features, .7 kB a part.

        Args:
            sealed: the query and its name.
            model_id: sha256 of the model that described it, hexadecimal.
        """
        return self._fernet.encrypt(_pack(sealed, model_id)).decode()

    def open(self, text: str, model_id: str) -> SealedQuery:
        """Return the query that `close` sealed.

        Args:
            text: value of the form field.
            model_id: sha256 of the model in use: descriptors of another one are of no use to it.
        Raises:
            SealBroken: forged, damaged, older than its lifetime, or described by another model.
        """
        try:
            frame = self._fernet.decrypt(text.encode(), ttl=self._lifetime_s)
        except (InvalidToken, UnicodeEncodeError) as exc:
            raise SealBroken("this results page is too old or was changed on its way") from exc
        return _unpack(frame, model_id)


def _pack(sealed: SealedQuery, model_id: str) -> bytes:
    """Return the frame of a query."""
    query, name, form = sealed.query, sealed.name.encode()[:1024], sealed.query.format.encode()
    flags = (
        _HAS_PIXELS * (query.pixel_sha256 is not None)
        | _HAS_PDQ * (query.pdq is not None)
        | _TOO_PLAIN * query.too_plain
        | _HAS_KEYPOINTS * (query.keypoints is not None)
        | _HAS_PARTS * (query.parts is not None)
        | (query.orientation or 0) << _ORIENTATION
    )
    keypoints, parts = query.keypoints or b"", _pack_parts(query.parts or ())
    head = _HEAD.pack(
        _VERSION,
        bytes.fromhex(model_id),
        bytes.fromhex(query.sha256),
        bytes.fromhex(query.pixel_sha256) if query.pixel_sha256 is not None else _NOTHING,
        query.pdq if query.pdq is not None else _NOTHING,
        query.width,
        query.height,
        query.size_bytes,
        flags,
        query.jpeg_quality or 0,
        len(name),
        len(form),
        len(query.preview),
        len(keypoints),
        len(parts),
    )
    # NaN stands for an attribute that the model was never taught, as in the model's own output.
    attributes = [query.attributes.get(attribute, np.nan) for attribute in ATTRIBUTES]
    numbers = np.concatenate([query.copy, query.similar, np.asarray(attributes, np.float32)]).astype(_NUMBERS)
    return b"".join((head, numbers.tobytes(), name, form, query.preview, keypoints, parts))


def _pack_parts(parts: Sequence[Part]) -> bytes:
    """Return the rows of parts that are searched too."""
    rows = np.zeros(len(parts), _PART)
    for row, part in zip(rows, parts, strict=True):
        row["box"], row["copy"] = (part.box.left, part.box.top, part.box.right, part.box.bottom), part.copy
    return rows.tobytes()


def _unpack_parts(data: bytes) -> tuple[Part, ...]:
    """Return the parts of such rows."""
    rows = np.frombuffer(data, _PART)
    return tuple(Part(Box(*row["box"].tolist()), _unit(row["copy"].astype(np.float32))) for row in rows)


def _unpack(frame: bytes, model_id: str) -> SealedQuery:
    """Return the query of a frame; it was signed by us, so what does not fit was made by another version of Retrace."""
    if len(frame) < _HEAD.size + _NUMBERS_BYTES or frame[0] != _VERSION:
        raise SealBroken("this results page was made by another version of this site")
    _, model, sha, pixels, pdq, width, height, size, flags, quality, *lengths = _HEAD.unpack_from(frame)
    name_len, form_len, preview_len, keypoints_len, parts_len = lengths
    rest = frame[_HEAD.size + _NUMBERS_BYTES :]
    if len(rest) != sum(lengths) or preview_len > MAX_PREVIEW_BYTES:
        raise SealBroken("this results page was made by another version of this site")
    if model.hex() != model_id:
        raise SealBroken("the model of this site has changed since this results page was made")
    parts_from = len(rest) - parts_len
    numbers = np.frombuffer(frame, _NUMBERS, 2 * DIM + len(ATTRIBUTES), _HEAD.size).astype(np.float32)
    query = QueryPicture(
        width=width,
        height=height,
        format=rest[name_len : name_len + form_len].decode(),
        size_bytes=size,
        sha256=sha.hex(),
        pixel_sha256=pixels.hex() if flags & _HAS_PIXELS else None,
        pdq=pdq if flags & _HAS_PDQ else None,
        too_plain=bool(flags & _TOO_PLAIN),
        copy=_unit(numbers[:DIM]),
        similar=_unit(numbers[DIM : 2 * DIM]),
        attributes=dict(zip(ATTRIBUTES, numbers[2 * DIM :].tolist(), strict=True)),
        preview=rest[name_len + form_len : name_len + form_len + preview_len],
        jpeg_quality=quality or None,
        orientation=flags >> _ORIENTATION & 15 or None,
        keypoints=rest[parts_from - keypoints_len : parts_from] if flags & _HAS_KEYPOINTS else None,
        parts=_unpack_parts(rest[parts_from:]) if flags & _HAS_PARTS else None,
    )
    return SealedQuery(query, rest[:name_len].decode(errors="ignore"))


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the vector at L2 norm 1 again, which float16 only nearly keeps."""
    return np.asarray(vector / np.linalg.norm(vector), np.float32)
