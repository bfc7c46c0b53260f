"""Index snapshots: a directory of plain .npy files and a header that says what they are.

Nothing in it is executable: the header is JSON, arrays are read with allow_pickle=False. A snapshot is written beside
its place and renamed there when all of it is on the disk, and is never changed afterwards, so that any number of
processes may map it.

What is checked when: opening checks the header's own checksum, every file's size, dtype and shape, and the content of
files up to CHECKED_AT_OPEN_BYTES; the content of larger ones only by `check_snapshot`, as reading ten gigabytes at
every start would be worse than the rebuild it may save.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Annotated, Final, Literal
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.records import DescriptorKind
from errors import SnapshotRefused, StorageUnavailable
from search.vector_index.arrangement import Arrangement
from search.vector_index.contract import IndexIdentity
from search.vector_index.groups import Groups
from search.vector_index.segment import Order, Segment

FORMAT_VERSION: Final = 2
HEADER = "header.json"
UNFINISHED_MARK = ".unfinished-"
"""In the name of a directory that is being written, or was when its writer died."""
CHECKED_AT_OPEN_BYTES = 64 * 2**20
"""Content of files up to this size is checked at every opening: at most about a tenth of a second each."""
_HEADER_LIMIT_BYTES = 2**20
_READ_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a snapshot is of.

    Attributes:
        method: how it is searched: 'exact' or 'lsh'.
        parameters: the method's own numbers.
        identity: what vectors it holds.
        change: the last catalogue change in it.
    """

    method: str
    parameters: Mapping[str, int]
    identity: IndexIdentity
    change: int


@dataclass(frozen=True, slots=True)
class OpenedSnapshot:
    """A snapshot mapped into memory.

    Attributes:
        snapshot: what it is of.
        rows: ids, vectors and signatures, mapped read-only.
        own_arrays: further arrays of the method, mapped read-only.
    """

    snapshot: Snapshot
    rows: Segment
    own_arrays: Mapping[str, NDArray[np.generic]]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    bytes: Annotated[int, Field(ge=0)]
    dtype: Annotated[str, Field(pattern="^<[fiu][248]$")]
    shape: list[Annotated[int, Field(ge=0)]]
    blake2b: str


class _Header(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal["retrace vector index"]
    version: int
    byte_order: Literal["little"]
    method: str
    parameters: dict[str, int]
    model_id: str
    kind: DescriptorKind
    dim: Annotated[int, Field(ge=1)]
    catalogue_id: str
    change: Annotated[int, Field(ge=0)]
    count: Annotated[int, Field(ge=0)]
    files: dict[Annotated[str, Field(pattern=r"^[a-z_]+\.npy$")], _File]


def write_snapshot(
    path: Path, snapshot: Snapshot, rows: Arrangement, own_arrays: Mapping[str, NDArray[np.generic]]
) -> None:
    """Write rows as they are arranged, and the method's own arrays, to a new directory.

    Vectors are written block by block, wherever they are.

    Raises:
        StorageUnavailable: the folder cannot be written, or `path` is there already.
    """
    unfinished = path.with_name(f"{path.name}{UNFINISHED_MARK}{uuid4().hex[:8]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.mkdir()
        try:
            files = _write_rows(unfinished, rows)
            for name, array in own_arrays.items():
                files[f"{name}.npy"] = _write_array(unfinished / f"{name}.npy", array.dtype, array.shape, iter([array]))
            _write_header(unfinished, snapshot, len(rows.rows), files)
            _sync_folder(unfinished)
            if path.exists():
                raise StorageUnavailable(f"expected a new name for a snapshot; {path} is there already")
            unfinished.rename(path)
            _sync_folder(path.parent)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)  # it is gone when all went well
    except OSError as exc:
        raise StorageUnavailable(f"the index snapshot {path} cannot be written: {exc.strerror or exc}") from exc


def open_snapshot(path: Path, method: str, identity: IndexIdentity) -> OpenedSnapshot:
    """Map a snapshot into memory.

    Raises:
        SnapshotRefused: absent, damaged, or made for another identity, method or version.
    """
    header = _read_header(path)
    snapshot = _snapshot_of(header)
    if header.method != method:
        raise SnapshotRefused(f"expected an index snapshot by method {method!r}; received {header.method!r} in {path}")
    if snapshot.identity != identity:
        raise SnapshotRefused(f"expected an index snapshot of {identity}; received {snapshot.identity} in {path}")
    arrays = {name.removesuffix(".npy"): _map(path / name, file) for name, file in header.files.items()}
    try:
        ids, halves, words = arrays.pop("ids"), arrays.pop("vectors"), arrays.pop("words")
    except KeyError as exc:
        raise SnapshotRefused(f"the index snapshot {path} lacks its {exc.args[0]}") from exc
    if (ids.shape, halves.shape, words.shape[1:]) != ((header.count,), (header.count, header.dim), (header.count,)):
        raise SnapshotRefused(f"expected {header.count} rows in the index snapshot {path}; its arrays disagree")
    if ids.dtype != np.int64 or halves.dtype != np.float16 or words.dtype != np.uint64:
        raise SnapshotRefused(f"the arrays of the index snapshot {path} have unexpected types")
    order = _order(arrays, header.count, path)
    rows = Segment.of(ids.view(np.int64), halves.view(np.float16), words.view(np.uint64), order)
    return OpenedSnapshot(snapshot, rows, arrays)


def _snapshot_of(header: _Header) -> Snapshot:
    identity = IndexIdentity(header.model_id, header.kind, header.dim, header.catalogue_id)
    return Snapshot(header.method, header.parameters, identity, header.change)


def _order(arrays: dict[str, NDArray[np.generic]], count: int, path: Path) -> Order | None:
    """Take the arrays of an order out of all others; there are none where rows lie in the order of their ids."""
    names = ("row_of", "rank_of", "group_starts")
    if not any(name in arrays for name in names):
        return None
    try:
        row_of, rank_of, starts = (arrays.pop(name) for name in names)
    except KeyError as exc:
        raise SnapshotRefused(f"the index snapshot {path} lacks its {exc.args[0]}") from exc
    if row_of.dtype != np.int32 or rank_of.dtype != np.int32 or starts.dtype != np.int64:
        raise SnapshotRefused(f"the arrays of the index snapshot {path} have unexpected types")
    groups = starts.size - 1
    if (row_of.shape, rank_of.shape, starts.ndim) != ((count,), (count,), 1) or groups < 1 or groups & (groups - 1):
        raise SnapshotRefused(f"expected {count} rows in groups in the index snapshot {path}; its arrays disagree")
    bounds = starts.view(np.int64)
    if bounds[0] != 0 or bounds[-1] != count or (np.diff(bounds) < 0).any():
        raise SnapshotRefused(f"the groups of the index snapshot {path} are out of order")
    return Order(row_of.view(np.int32), rank_of.view(np.int32), Groups(bounds))


def read_snapshot(path: Path) -> Snapshot:
    """Return what a snapshot is of, by its header alone.

    Raises:
        SnapshotRefused: the header is absent, damaged or of another version.
    """
    return _snapshot_of(_read_header(path))


def check_snapshot(path: Path) -> None:
    """Read all of a snapshot and compare every checksum.

    Raises:
        SnapshotRefused: a file is absent or damaged; the message names it.
    """
    for name, file in _read_header(path).files.items():
        _map(path / name, file)
        _check_content(path / name, file)


def _write_rows(folder: Path, rows: Arrangement) -> dict[str, _File]:
    shape = len(rows.rows), rows.source.base.halves.shape[1]
    files = {"vectors.npy": _write_array(folder / "vectors.npy", np.dtype("<f2"), shape, rows.halves())}
    arrays: dict[str, NDArray[np.generic]] = {"ids": rows.ids, "words": rows.words}
    if rows.order is not None:
        arrays |= {
            "row_of": rows.order.row_of,
            "rank_of": rows.order.rank_of,
            "group_starts": rows.order.groups.starts,
        }
    for name, array in arrays.items():
        files[f"{name}.npy"] = _write_array(folder / f"{name}.npy", array.dtype, array.shape, iter([array]))
    return files


def _write_array(
    path: Path, dtype: np.dtype[np.generic], shape: tuple[int, ...], blocks: Iterator[NDArray[np.generic]]
) -> _File:
    """Write an array as .npy, its rows block by block, and return what the header says of it."""
    digest = hashlib.blake2b()
    little = dtype.newbyteorder("<")
    with path.open("xb") as file:
        start = BytesIO()
        np.lib.format.write_array_header_1_0(start, {"descr": little.str, "fortran_order": False, "shape": shape})
        digest.update(start.getvalue())
        file.write(start.getvalue())
        with ThreadPoolExecutor(2) as threads:
            under_way: list[Future[object]] = []
            for block in blocks:  # each is read while the last is hashed and, beside that, written
                data = np.ascontiguousarray(block, little).data
                _finish(under_way)
                under_way = [threads.submit(digest.update, data), threads.submit(file.write, data)]
            _finish(under_way)
        file.flush()
        os.fsync(file.fileno())
        return _File(bytes=file.tell(), dtype=little.str, shape=list(shape), blake2b=digest.hexdigest())


def _finish(under_way: list[Future[object]]) -> None:
    for one in under_way:
        one.result()


def _write_header(folder: Path, snapshot: Snapshot, count: int, files: dict[str, _File]) -> None:
    header = _Header(
        format="retrace vector index",
        version=FORMAT_VERSION,
        byte_order="little",
        method=snapshot.method,
        parameters=dict(snapshot.parameters),
        model_id=snapshot.identity.model_id,
        kind=snapshot.identity.kind,
        dim=snapshot.identity.dim,
        catalogue_id=snapshot.identity.catalogue_id,
        change=snapshot.change,
        count=count,
        files=files,
    )
    content = header.model_dump()
    with (folder / HEADER).open("x", encoding="utf-8") as file:
        json.dump({"header": content, "blake2b": _header_digest(content)}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def _header_digest(content: object) -> str:
    return hashlib.blake2b(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _read_header(path: Path) -> _Header:
    try:
        with (path / HEADER).open("rb") as file:
            outer = json.loads(file.read(_HEADER_LIMIT_BYTES))
        content, digest = outer["header"], outer["blake2b"]
    except OSError as exc:
        raise SnapshotRefused(f"no index snapshot can be read at {path}: {exc.strerror or exc}") from exc
    except (ValueError, KeyError, TypeError) as exc:  # not UTF-8, not JSON, or JSON of another form
        raise SnapshotRefused(f"the header of the index snapshot {path} is damaged") from exc
    if _header_digest(content) != digest:
        raise SnapshotRefused(f"the header of the index snapshot {path} is damaged: its checksum differs")
    if isinstance(content, dict) and content.get("version") != FORMAT_VERSION:
        raise SnapshotRefused(
            f"expected index snapshot version {FORMAT_VERSION}; received {content.get('version')} in {path}"
        )
    try:
        return _Header.model_validate(content)
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SnapshotRefused(f"the header of the index snapshot {path} is unusable: {where}: {first['msg']}") from exc


def _map(path: Path, file: _File) -> NDArray[np.generic]:
    """Map one array read-only, after checking its size, dtype and shape, and its content where that is cheap."""
    try:
        size = path.stat().st_size
        if size != file.bytes:
            raise SnapshotRefused(f"expected {file.bytes} bytes in {path}; received {size}")
        if size <= CHECKED_AT_OPEN_BYTES:
            _check_content(path, file)
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as exc:
        raise SnapshotRefused(f"the index file {path} cannot be read: {exc.strerror or exc}") from exc
    except ValueError as exc:
        raise SnapshotRefused(f"the index file {path} is not a whole .npy file") from exc
    if mapped.dtype.str != file.dtype or list(mapped.shape) != file.shape:
        raise SnapshotRefused(
            f"expected {file.dtype} {tuple(file.shape)} in {path}; received {mapped.dtype.str} {mapped.shape}"
        )
    return np.asarray(mapped)  # a plain view: slices of the memmap class cost several microseconds each


def _check_content(path: Path, file: _File) -> None:
    digest = hashlib.blake2b()
    try:
        with path.open("rb") as opened:
            while piece := opened.read(_READ_BYTES):
                digest.update(piece)
    except OSError as exc:
        raise SnapshotRefused(f"the index file {path} cannot be read: {exc.strerror or exc}") from exc
    if digest.hexdigest() != file.blake2b:
        raise SnapshotRefused(f"the index file {path} is damaged: its checksum differs")


def _sync_folder(folder: Path) -> None:
    """Make names in a folder outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
