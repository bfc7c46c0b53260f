"""The sealed query: what comes out is what went in, and nothing else comes out."""

import base64

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from errors import SealBroken
from feature_extractor.descriptors import ATTRIBUTES, DIM
from search.answer import Part, QueryPicture
from search.residual import Box
from web.seal import Seal, SealedQuery

MODEL = "ab" * 32
KEY = bytes(range(32))


def query(
    *,
    seed: int = 3,
    orientation: int | None = None,
    pixel_sha256: str | None = "cd" * 32,
    pdq: bytes | None = b"p" * 32,
    parts: int | None = None,
) -> QueryPicture:
    generator = np.random.default_rng(seed)
    copy, similar = generator.standard_normal((2, DIM)).astype(np.float32)
    return QueryPicture(
        width=4000,
        height=3000,
        format="JPEG",
        size_bytes=5_000_000_000,
        sha256="ef" * 32,
        pixel_sha256=pixel_sha256,
        pdq=pdq,
        too_plain=bool(seed % 2),
        copy=copy / np.linalg.norm(copy),
        similar=similar / np.linalg.norm(similar),
        attributes=dict(zip(ATTRIBUTES, [*generator.random(len(ATTRIBUTES) - 1).tolist(), float("nan")], strict=True)),
        preview=generator.bytes(15_000),
        orientation=orientation,
        keypoints=None if seed % 3 else generator.bytes(4_000),
        parts=None if parts is None else tuple(Part(Box(0.1, 0.2, 0.5, 1.0), one) for one in _units(generator, parts)),
    )


def _units(generator: np.random.Generator, count: int) -> NDArray[np.float32]:
    vectors = generator.standard_normal((count, DIM)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@given(
    seed=st.integers(0, 1000),
    pixels=st.sampled_from([None, "00" * 32, "12" * 32]),
    pdq=st.sampled_from([None, bytes(32), b"\xff" * 32]),
    name=st.text(max_size=200),
    orientation=st.sampled_from([None, 1, 6, 8]),
    parts=st.sampled_from([None, 0, 1, 12]),
)
@settings(max_examples=30, derandomize=True, deadline=None)
def test_what_comes_out_is_what_went_in(  # noqa: PLR0917 - all of what may be absent
    seed: int, pixels: str | None, pdq: bytes | None, name: str, orientation: int | None, parts: int | None
) -> None:
    seal, before = Seal(KEY), query(seed=seed, pixel_sha256=pixels, pdq=pdq, orientation=orientation, parts=parts)
    name = name.encode(errors="ignore").decode()
    opened = seal.open(seal.close(SealedQuery(before, name), MODEL), MODEL)
    after = opened.query
    assert opened.name == name
    for field in ("width", "height", "format", "size_bytes", "sha256", "pixel_sha256", "pdq", "too_plain", "preview"):
        assert getattr(after, field) == getattr(before, field)
    for field in ("orientation", "jpeg_quality", "keypoints"):
        assert getattr(after, field) == getattr(before, field)
    for kind in ("copy", "similar"):
        vector = getattr(after, kind)
        assert vector.dtype == np.float32
        assert np.isclose(np.linalg.norm(vector), 1, atol=1e-6)
        assert vector @ getattr(before, kind) > 0.99999
    assert (after.parts is None) == (before.parts is None)
    for one, other in zip(after.parts or (), before.parts or (), strict=True):
        assert one.copy @ other.copy > 0.99999
        assert np.allclose((one.box.left, one.box.bottom), (other.box.left, other.box.bottom))
    assert np.allclose(list(after.attributes.values()), list(before.attributes.values()), atol=1e-3, equal_nan=True)


def test_sealed_text_fits_a_form_field() -> None:
    assert len(Seal(KEY).close(SealedQuery(query(), "a"), MODEL)) < 32_000


def test_sealed_text_tells_nothing() -> None:
    sealed = Seal(KEY).close(SealedQuery(query(), "name of my picture"), MODEL)
    raw = base64.urlsafe_b64decode(sealed)
    assert b"name of my picture" not in raw
    assert bytes.fromhex("ef" * 32) not in raw


@pytest.mark.parametrize("place", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_any_change_breaks_it(place: float) -> None:
    sealed = Seal(KEY).close(SealedQuery(query(), "a"), MODEL)
    at = int(place * (len(sealed) - 4))
    forged = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
    with pytest.raises(SealBroken):
        Seal(KEY).open(forged, MODEL)


@pytest.mark.parametrize("text", ["", "x", "not base64 é", "gAAAAA", "\x00" * 100, "A" * 5000])
def test_what_was_never_sealed_is_refused(text: str) -> None:
    with pytest.raises(SealBroken):
        Seal(KEY).open(text, MODEL)


def test_another_key_does_not_open_it() -> None:
    sealed = Seal(KEY).close(SealedQuery(query(), "a"), MODEL)
    with pytest.raises(SealBroken):
        Seal(bytes(32)).open(sealed, MODEL)


def test_it_lapses() -> None:
    sealed = Seal(KEY).close(SealedQuery(query(), "a"), MODEL)
    with pytest.raises(SealBroken, match="too old"):
        Seal(KEY, lifetime_s=-1).open(sealed, MODEL)


def test_descriptors_of_another_model_are_refused() -> None:
    sealed = Seal(KEY).close(SealedQuery(query(), "a"), MODEL)
    with pytest.raises(SealBroken, match="model"):
        Seal(KEY).open(sealed, "00" * 32)


@pytest.mark.parametrize("frame", [b"", b"\x01", b"\x02" + bytes(2000), b"\x01" + bytes(1300)])
def test_frames_of_other_versions_are_refused(frame: bytes) -> None:
    seal = Seal(KEY)
    with pytest.raises(SealBroken):
        seal.open(seal._fernet.encrypt(frame).decode(), MODEL)


def test_long_names_are_cut_between_letters() -> None:
    seal = Seal(KEY)
    opened = seal.open(seal.close(SealedQuery(query(), "a" + "é" * 2000), MODEL), MODEL)
    assert set(opened.name[1:]) == {"é"}
