"""The file of a described shard: Parquet, a row for each picture, each further place of one, and each failure."""

import json
import os
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from data.records import Added, DescriptorKind, NewImage, SourceRecord
from errors import ContractBroken, StorageUnavailable
from feature_extractor.descriptors import DIM
from feature_extractor.keypoints import METHOD
from search.ingest import DescribedPicture, Failure

BATCH_ROWS = 256
"""Rows written together, and read together."""

PARTIAL = ".part"
"""How the names of files end that are not whole yet."""

_MODEL_ID = b"retrace.model_id"
_KEYPOINTS_METHOD = b"retrace.keypoints_method"
_SKIPPED = b"retrace.skipped"
_KINDS: tuple[DescriptorKind, ...] = ("copy", "similar")
_VECTOR = pa.list_(pa.float32(), DIM)
_SCHEMA = pa.schema(
    [
        ("locator", pa.string()),
        ("title", pa.string()),
        ("licence", pa.string()),
        ("project", pa.string()),
        ("collection", pa.string()),
        ("backlink", pa.string()),
        ("mature", pa.bool_()),
        ("labels", pa.map_(pa.string(), pa.string())),
        ("sha256", pa.string()),
        ("pixel_sha256", pa.string()),
        ("pdq", pa.binary()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("format", pa.string()),
        ("size_bytes", pa.int64()),
        ("copy", _VECTOR),
        ("similar", _VECTOR),
        ("attributes", pa.map_(pa.string(), pa.float32())),
        ("keypoints", pa.binary()),
        ("thumbnail", pa.binary()),
        ("failure", pa.string()),
    ]
)
"""A failure has a locator and why; a further place of a picture has the picture's sha256 but no descriptors."""

_SOURCE = ("locator", "title", "licence", "project", "collection", "backlink", "mature")
_PLAIN = ("sha256", "pixel_sha256", "pdq", "width", "height", "format", "size_bytes", "keypoints")


@dataclass(frozen=True, slots=True)
class ShardRows:
    """Some rows of a described shard, sorted by what they are.

    Attributes:
        pictures: each sha256 once in a shard.
        again: sha256 and a further place of pictures in these rows or earlier ones.
        failures: pictures that could not be had.
    """

    pictures: Sequence[DescribedPicture]
    again: Sequence[tuple[str, SourceRecord]]
    failures: Sequence[Failure]


class ShardFile:
    """A shard being described; it stands in for the catalogue and its thumbnails (search.ingest.Shelf, Thumbnails).

    The file appears under its name when the block ends well, and not at all when it does not.
    """

    def __init__(self, path: Path, model_id: str) -> None:
        """Name the parts; nothing is written before the block begins.

        Args:
            path: of the file.
            model_id: of the model that describes its pictures.
        """
        self._path = path
        # A name of its own: a node that was given up may be at work on the same shard.
        self._partial = path.with_name(f"{path.name}.{secrets.token_hex(8)}{PARTIAL}")
        self._model_id = model_id
        self._numbers: dict[str, int] = {}
        self._thumbnails: dict[str, bytes] = {}
        self._rows: list[dict[str, object]] = []
        self._skipped: Mapping[str, int] = {}

    def __enter__(self) -> Self:
        """Begin the file beside its place."""
        try:
            self._file = self._partial.open("wb")
        except OSError as exc:
            raise self._refused(exc) from exc
        self._writer = pq.ParquetWriter(self._file, _SCHEMA, compression="zstd")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Put the file in its place, or remove it."""
        try:
            if kind is None:
                self._write_rows()
                self._writer.add_key_value_metadata(
                    {
                        _MODEL_ID: self._model_id,
                        _KEYPOINTS_METHOD: METHOD,
                        _SKIPPED: json.dumps(dict(self._skipped)),
                    }
                )
                self._writer.close()
                os.fsync(self._file.fileno())
                self._file.close()
                self._partial.replace(self._path)
        except OSError as exc:
            raise self._refused(exc) from exc
        finally:
            with suppress(pa.ArrowException, OSError, ValueError):  # what is given up need not be whole
                self._writer.close()
            self._file.close()
            self._partial.unlink(missing_ok=True)

    def known_sha256(self, hashes: Collection[str]) -> set[str]:
        """Return those of the hashes whose picture is in this shard."""
        return {sha256 for sha256 in hashes if sha256 in self._numbers}

    def without_keypoints(self, hashes: Collection[str], method: str) -> set[str]:
        """Return an empty set: every picture of a shard has its local features."""
        return set()

    def add_batch(self, batch: Sequence[NewImage]) -> list[Added]:
        """Add pictures and return what became of each; their thumbnails were put before."""
        added = []
        for image in batch:
            created = image.sha256 not in self._numbers
            number = self._numbers.setdefault(image.sha256, len(self._numbers) + 1)
            added.append(Added(number, created))
            self._add(_picture_row(image, self._thumbnails.pop(image.sha256)) if created else _again_row(image))
        return added

    def add_sources(self, pairs: Sequence[tuple[str, SourceRecord]]) -> set[str]:
        """Note further places of pictures of this shard."""
        for sha256, source in pairs:
            self._add(_source_row(source) | {"sha256": sha256})
        return set()

    def put_keypoints(self, pairs: Sequence[tuple[str, bytes]], method: str) -> None:
        """Refuse to fill in what no picture of a shard lacks.

        Raises:
            ContractBroken: always.
        """
        raise ContractBroken(f"expected pictures of a shard to have local features; received {len(pairs)} to fill in")

    def add_failure(self, failure: Failure) -> None:
        """Note a picture that could not be had."""
        self._add({"locator": failure.locator, "failure": failure.reason})

    def add_skipped(self, skipped: Mapping[str, int]) -> None:
        """Note how many things of the source were left out, by reason."""
        self._skipped = skipped

    def has(self, sha256: str) -> bool:
        """Return whether the thumbnail of a picture is there."""
        return sha256 in self._numbers

    def put(self, sha256: str, data: bytes) -> None:
        """Keep a thumbnail until its picture is added."""
        if sha256 not in self._numbers:
            self._thumbnails[sha256] = data

    def _add(self, row: dict[str, object]) -> None:
        self._rows.append(row)
        if len(self._rows) == BATCH_ROWS:
            try:
                self._write_rows()
            except OSError as exc:
                raise self._refused(exc) from exc

    def _write_rows(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=_SCHEMA))
        self._rows.clear()

    def _refused(self, error: OSError) -> StorageUnavailable:
        return StorageUnavailable(f"{self._path} cannot be written: {error.strerror or error}")


def _picture_row(image: NewImage, thumbnail: bytes) -> dict[str, object]:
    return {
        **_source_row(image.source),
        **{name: getattr(image, name) for name in _PLAIN},
        **{kind: image.descriptors[kind] for kind in _KINDS},
        "attributes": list(image.attributes.items()),
        "thumbnail": thumbnail,
    }


def _again_row(image: NewImage) -> dict[str, object]:
    return _source_row(image.source) | {"sha256": image.sha256}


def _source_row(source: SourceRecord) -> dict[str, object]:
    return {name: getattr(source, name) for name in _SOURCE} | {"labels": list(source.labels.items())}


def read_shard(path: Path, model_id: str) -> Iterator[ShardRows]:
    """Yield the rows of a described shard, batch by batch.

    Raises:
        StorageUnavailable: the file cannot be read, is damaged, or was made by another model or another version of
            Retrace, which finds other local features or none.
    """
    try:
        with pq.ParquetFile(path) as file:
            told = file.metadata.metadata or {}
            found = told.get(_MODEL_ID, b"none").decode()
            if found != model_id:
                raise _damaged(path, f"expected descriptors of model {model_id}; received {found}")
            method = told.get(_KEYPOINTS_METHOD, b"none").decode()
            if method != METHOD:
                raise _of_another_version(path, method)
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                yield _sort(batch, model_id)
    except (pa.ArrowException, OSError) as exc:
        raise _damaged(path, str(exc)) from exc


def read_skipped(path: Path) -> dict[str, int]:
    """Return how many things were left out of a described shard's source, by reason.

    Raises:
        StorageUnavailable: the file cannot be read or is damaged.
    """
    try:
        skipped: dict[str, int] = json.loads((pq.read_metadata(path).metadata or {})[_SKIPPED])
    except (pa.ArrowException, OSError, KeyError, ValueError) as exc:
        raise _damaged(path, str(exc)) from exc
    return skipped


def _damaged(path: Path, reason: str) -> StorageUnavailable:
    return StorageUnavailable(f"{path}: {reason}", remedy="Remove the file and run the command again.")


def _of_another_version(path: Path, method: str) -> StorageUnavailable:
    return StorageUnavailable(
        f"{path}: expected local features of method {METHOD}; received {method}",
        remedy="Bring all nodes to the same version of Retrace, remove the file and run the command again.",
    )


def _sort(batch: Any, model_id: str) -> ShardRows:  # noqa: ANN401 - pyarrow ships no types
    vectors = {kind: iter(batch[kind].flatten().to_numpy().reshape(-1, DIM)) for kind in _KINDS}
    rows = batch.drop_columns(list(_KINDS)).to_pylist()
    pictures: list[DescribedPicture] = []
    again: list[tuple[str, SourceRecord]] = []
    failures: list[Failure] = []
    for row in rows:
        if row["failure"] is not None:
            failures.append(Failure(row["locator"], row["failure"]))
            continue
        source = SourceRecord(
            **{name: row[name] for name in _SOURCE}, read=_read_again, labels=dict(row["labels"] or ())
        )
        if row["thumbnail"] is None:
            again.append((row["sha256"], source))
            continue
        image = NewImage(
            **{name: row[name] for name in _PLAIN},
            model_id=model_id,
            descriptors={kind: np.asarray(next(vectors[kind]), np.float32) for kind in _KINDS},
            attributes=dict(row["attributes"]),
            keypoints_method=METHOD,
            source=source,
        )
        pictures.append(DescribedPicture(image, row["thumbnail"]))
    return ShardRows(pictures, again, failures)


def _read_again() -> NoReturn:
    raise ContractBroken("expected nobody to read a picture that was described on another node")
