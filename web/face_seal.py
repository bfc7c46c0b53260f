"""Seals the faces of an upload into a form field, so that another of them can be chosen and nothing is stored."""

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from cryptography.fernet import Fernet, InvalidToken

from errors import SealBroken
from feature_extractor.picture import Picture
from feature_extractor.preview import encode_preview
from search.faces.query import QueryFace
from web.seal import LIFETIME_S

PREVIEW_SIDE_PX = 480
"""Larger than the preview of other searches: small faces are cut out of it."""
MAX_PREVIEW_BYTES = 96 * 1024
"""A field may have 256 KiB: beside a preview and its third for base64 that leaves room for a hundred faces."""

_VERSION = 1
_HEAD = struct.Struct("<B32sHHHIHHH")
"""Version, model id, width and height of the preview, lengths of name and preview, faces, those left out, numbers a
face."""
_PLACES = np.dtype("<f4")  # box, score and quality of a face
_NUMBERS = np.dtype("<f2")
_OTHER_VERSION = "this page of faces was made by another version of this site"


@dataclass(frozen=True, slots=True)
class SealedFaces:
    """What a seal of faces holds.

    Attributes:
        name: what the visitor called the picture.
        preview: a small version of it, WebP.
        width, height: of the preview, px.
        faces: of the picture, the largest first.
        left_out: smaller ones that are not among them.
    """

    name: str
    preview: bytes
    width: int
    height: int
    faces: tuple[QueryFace, ...]
    left_out: int = 0


class FaceSeal:
    """Encrypts and signs faces (Fernet: AES-128-CBC and HMAC-SHA256), good for 30 minutes.

    The frame inside is our own, as that of web.seal.Seal is; nothing in it is ever executed or unpickled.
    """

    def __init__(self, key: bytes, *, lifetime_s: int = LIFETIME_S) -> None:
        """Make a seal.

        Args:
            key: 32 bytes, the same in all processes, and none that anything else is sealed with.
            lifetime_s: how long a seal can be opened.
        """
        self._fernet = Fernet(base64.urlsafe_b64encode(key))
        self._lifetime_s = lifetime_s

    def close(self, sealed: SealedFaces, model_id: str) -> str:
        """Return the faces as text for a form field, at most 180 kB.

        Args:
            sealed: the faces and their picture.
            model_id: sha256 of the model that described them, hexadecimal.
        """
        name, dim = sealed.name.encode()[:1024], len(sealed.faces[0].vector) if sealed.faces else 0
        head = _HEAD.pack(
            _VERSION,
            bytes.fromhex(model_id),
            sealed.width,
            sealed.height,
            len(name),
            len(sealed.preview),
            len(sealed.faces),
            sealed.left_out,
            dim,
        )
        return self._fernet.encrypt(b"".join((head, name, sealed.preview, _pack_faces(sealed.faces)))).decode()

    def open(self, text: str, model_id: str) -> SealedFaces:
        """Return the faces that `close` sealed.

        Args:
            text: value of the form field.
            model_id: sha256 of the model in use: faces that another one described are of no use to it.
        Raises:
            SealBroken: forged, damaged, older than its lifetime, or described by another model.
        """
        try:
            frame = self._fernet.decrypt(text.encode(), ttl=self._lifetime_s)
        except (InvalidToken, UnicodeEncodeError) as exc:
            raise SealBroken("this page of faces is too old or was changed on its way") from exc
        return _unpack(frame, model_id)


def small_picture(pixels: Picture) -> bytes:
    """Return a small version of a picture as a WebP file of at most MAX_PREVIEW_BYTES, whatever it shows."""
    for quality in (75, 30, 1):
        preview = encode_preview(pixels, PREVIEW_SIDE_PX, quality=quality)
        if len(preview) <= MAX_PREVIEW_BYTES:
            return preview
    return encode_preview(pixels, PREVIEW_SIDE_PX // 4, quality=1)


def _pack_faces(faces: Sequence[QueryFace]) -> bytes:
    """Return places, then vectors; these are kept as the catalogue keeps its own, in half precision."""
    places = np.array([(*face.box, face.score, face.quality) for face in faces], _PLACES)
    vectors = np.array([face.vector for face in faces], _NUMBERS)
    return places.tobytes() + vectors.tobytes()


def _unpack(frame: bytes, model_id: str) -> SealedFaces:
    """Return the faces of a frame; it was signed by us, so what does not fit was made by another version of Retrace."""
    if len(frame) < _HEAD.size or frame[0] != _VERSION:
        raise SealBroken(_OTHER_VERSION)
    _, model, width, height, name_len, preview_len, count, left_out, dim = _HEAD.unpack_from(frame)
    rest = frame[_HEAD.size :]
    places_from = name_len + preview_len
    vectors_from = places_from + count * 6 * _PLACES.itemsize
    if len(rest) != vectors_from + count * dim * _NUMBERS.itemsize:
        raise SealBroken(_OTHER_VERSION)
    if model.hex() != model_id:
        raise SealBroken("the model of faces of this site has changed since this page was made")
    places = np.frombuffer(rest, _PLACES, count * 6, places_from).reshape(count, 6)
    vectors = np.frombuffer(rest, _NUMBERS, count * dim, vectors_from).reshape(count, dim).astype(np.float32)
    # Half precision keeps L2 norm 1 only nearly.
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return SealedFaces(
        name=rest[:name_len].decode(errors="ignore"),
        preview=rest[name_len:places_from],
        width=width,
        height=height,
        faces=tuple(
            QueryFace((left, top, right, bottom), score, quality, vector)
            for (left, top, right, bottom, score, quality), vector in zip(places.tolist(), vectors, strict=True)
        ),
        left_out=left_out,
    )
