"""Packs come from strangers: what is no pack, or would cost more than one, is refused before it costs anything."""

import io
import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errors import BadInput, RetraceError
from search.evidence.pack import (
    Manifest,
    parse_manifest,
    parse_record,
    read_pack,
    save_pack,
    write_pack,
)
from search.evidence.verify import Inspector, Outcome, verify_pack
from tests.engines import LIMITS
from tests.search.evidence.pairs import EXTRACTOR, VERSION, made

MOST = LIMITS.max_bytes


def zipped(members: list[tuple[str, bytes]], **options: Any) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def read(pack: bytes, folder: Path) -> dict[str, bytes]:
    path = folder / "evidence.zip"
    path.write_bytes(pack)
    return read_pack(path, MOST)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    members = read(made().to_bytes(), tmp_path)
    manifest = members.pop("manifest.json")
    assert members == dict(made().members)
    assert Manifest.model_validate_json(manifest) == Manifest.of(members)


def test_a_pack_packed_again_by_another_program_is_read(tmp_path: Path) -> None:
    squeezed = zipped(list(made().members.items()), compression=zipfile.ZIP_DEFLATED)
    assert read(squeezed, tmp_path) == dict(made().members)


def link() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("evidence.json")
        entry.create_system = 3
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def encrypted() -> bytes:
    """Return a pack whose member claims to be encrypted."""
    data = bytearray(zipped([("evidence.json", b"{}")]))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + flags] |= 1
    return bytes(data)


def twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return zipped([("evidence.json", b"{}"), ("evidence.json", b"{ }")])


HOSTILE = {
    "nothing": lambda: b"",
    "no zip": lambda: b"PK\x03\x04" + bytes(100),
    "a zip that was cut off": lambda: made().to_bytes()[:-100],
    "a path out of the folder": lambda: zipped([("../evidence.json", b"{}")]),
    "an absolute path": lambda: zipped([("/evidence.json", b"{}")]),
    "a name with a break": lambda: zipped([("evidence.json\n", b"{}")]),
    "another picture": lambda: zipped([("third/file.jpg", b"")]),
    "a still with an odd name": lambda: zipped([("stills/HALVES.jpg", b"")]),
    "a folder": lambda: zipped([("stills/", b"")]),
    "a pack in a pack": lambda: zipped([("evidence.zip", b"")]),
    "a member twice": twice,
    "many members": lambda: zipped([(f"stills/{'a' * (n % 40 + 1)}{'b' * (n // 40)}.jpg", b"") for n in range(33)]),
    "a link": link,
    "a bomb": lambda: zipped([("evidence.pdf", bytes(16 << 20))], compression=zipfile.ZIP_DEFLATED),
    "a large record": lambda: zipped([("evidence.json", b" " * ((1 << 20) + 1))]),
    "a large preview": lambda: zipped([("first/preview.webp", bytes((1 << 20) + 1))]),
    "large features": lambda: zipped([("first/features.bin", bytes((64 << 10) + 1))]),
    "a large file": lambda: zipped([("first/file.png", bytes(MOST + 1))]),
    "an odd compression": lambda: zipped([("evidence.json", b"{}")], compression=zipfile.ZIP_BZIP2),
    "an encrypted member": encrypted,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pack_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        read(HOSTILE[name](), tmp_path)
    assert refused.value.exit_status == 3
    assert "\n" not in str(refused.value)


def test_a_pack_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.zip"):
        with pytest.raises(BadInput, match="no such file"):
            read_pack(path, MOST)


@pytest.mark.parametrize(
    "manifest",
    [
        None,
        b"",
        b"{}",
        b"[" * 60_000,
        b'{"format": 2, "members": []}',
        b'{"format": 1, "members": [{"name": "a", "size_bytes": -1, "sha256": ""}]}',
    ],
)
def test_a_manifest_that_is_none_is_refused(manifest: bytes | None) -> None:
    with pytest.raises(BadInput, match=r"manifest\.json"):
        parse_manifest({} if manifest is None else {"manifest.json": manifest})


def changed(**parts: object) -> bytes:
    return json.dumps(json.loads(made().members["evidence.json"]) | parts).encode()


@pytest.mark.parametrize(
    "record",
    [
        changed(format=2),
        changed(made_at="9999-12-31T23:59:59-23:00"),
        changed(made_at="2026-11-29T00:00:00"),
        changed(extra=1),
        changed(parameters={"search.verdict": {"AGREES": 10**13}}),
        made().members["evidence.json"].replace(b'"AGREES": 0.88', b'"AGREES": ' + 5000 * b"9"),
        changed(parameters={"a": {"b": [[[[1]]]]}}),
        changed(stills=["a"] * 17),
        made().members["evidence.json"].replace(b'"inliers": ', b'"inliers": NaN, "x": ', 1),
        b'{"a":' * 50_000,
    ],
)
def test_a_record_of_another_shape_is_refused(record: bytes) -> None:
    with pytest.raises(BadInput, match=r"evidence\.json"):
        parse_record(record)


def test_a_pack_never_replaces_a_file(tmp_path: Path) -> None:
    target = tmp_path / "evidence.zip"
    save_pack(b"one", target)
    with pytest.raises(BadInput, match="already"):
        save_pack(b"two", target)
    assert target.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [target]


@given(
    name=st.sampled_from(sorted(made().members)),
    cuts=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    garbage=st.binary(max_size=24),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_in_a_member_is_told_or_refused(
    tmp_path: Path, name: str, cuts: tuple[float, float], garbage: bytes
) -> None:
    data = made().members[name]
    start, end = sorted(round(cut * len(data)) for cut in cuts)
    spoilt = data[:start] + garbage + data[end:]
    path = tmp_path / "evidence.zip"
    path.write_bytes(write_pack({**made().members, name: spoilt}))
    try:
        checks = verify_pack(path, Inspector(EXTRACTOR, LIMITS, VERSION))
    except RetraceError as exc:
        assert exc.exit_status == 3  # noqa: PT017 - most are told, some refused
        return
    if spoilt != data and name not in {"first/features.bin", "second/features.bin", "evidence.json"}:
        # A feature more or less, or white space in the record, may change nothing that it comes to.
        assert any(check.outcome is Outcome.DIFFERS for check in checks)
