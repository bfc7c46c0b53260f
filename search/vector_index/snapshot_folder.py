"""The snapshots of one index on the disk: which one is current, and who may write.

<folder>/CURRENT names the current snapshot and is replaced by renaming. <folder>/LOCK is held by the one process that
writes. Snapshots that are no longer current are removed by the next writer; a process that has one mapped keeps its
pages, as Linux frees a file only when nobody uses it any more.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from errors import SnapshotRefused, StorageUnavailable
from search.vector_index.contract import SnapshotIndex

_CURRENT = "CURRENT"
_LOCK = "LOCK"
_NAME = re.compile(r"\d+-[0-9a-f]{8}")


class SnapshotFolder:
    """Snapshots of one index; safe between processes."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made when the first snapshot is published."""
        self.folder = folder

    def current(self) -> Path | None:
        """Return the current snapshot's directory, or None where there is none.

        Raises:
            SnapshotRefused: the note of which is current is damaged.
        """
        try:
            name = (self.folder / _CURRENT).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as exc:
            raise SnapshotRefused(f"{self.folder / _CURRENT} cannot be read: {exc}") from exc
        if not _NAME.fullmatch(name):
            raise SnapshotRefused(f"{self.folder / _CURRENT} names no snapshot; received {name[:40]!r}")
        return self.folder / name

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Wait for other processes that write here, and keep them out meanwhile.

        Raises:
            StorageUnavailable: the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as exc:
            raise StorageUnavailable(f"the index folder {self.folder} cannot be written: {exc.strerror}") from exc
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # given back by the system when a process dies
            yield
        finally:
            os.close(descriptor)

    def publish(self, index: SnapshotIndex) -> Path:
        """Save an index, make that the current snapshot, and remove the others; the caller holds `writing`.

        Raises:
            StorageUnavailable: the folder cannot be written.
        """
        path = self.folder / f"{index.change}-{uuid4().hex[:8]}"
        index.save(path)
        note = self.folder / f"{_CURRENT}.new"
        try:
            with note.open("w", encoding="ascii") as file:
                file.write(path.name + "\n")
                file.flush()
                os.fsync(file.fileno())
            note.replace(self.folder / _CURRENT)
            descriptor = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            for other in self.folder.iterdir():
                if other.is_dir() and other != path:  # older ones, and what died while it was written
                    shutil.rmtree(other)
        except OSError as exc:
            raise StorageUnavailable(f"the index folder {self.folder} cannot be written: {exc.strerror}") from exc
        return path
