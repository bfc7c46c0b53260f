"""The files of the thumbnails, beside the catalogue: each named by the sha256 of the picture it shows."""

import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from errors import NotFound, StorageUnavailable

SUFFIX = ".webp"
_PARTIAL = ".part"
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ThumbnailStore:
    """Thumbnails in 256 folders, named by the first two digits, so that no folder grows too long to list.

    A file is written beside its place and renamed there: whoever reads sees a whole one or none, also after
    `kill -9`. It is not forced to the disk: after a loss of power a thumbnail may be gone or empty, which counts as
    gone; `check` finds it and adding the picture again mends it, while waiting for the disk at each one would cost
    more than all else in adding.

    Attributes:
        root: the folder; made when first written to.
    """

    root: Path

    def path(self, sha256: str) -> Path:
        """Return where the thumbnail of a picture lies, whether it is there or not.

        Raises:
            NotFound: no thumbnail can have this name (it is not 64 lower-case hexadecimal digits).
        """
        if not _SHA256.fullmatch(sha256):
            raise NotFound(f"a thumbnail is named by 64 lower-case hexadecimal digits; received {sha256[:80]!r}")
        return self.root / sha256[:2] / f"{sha256}{SUFFIX}"

    def put(self, sha256: str, data: bytes) -> None:
        """Write the thumbnail of a picture, in place of an older one if there is one.

        Raises:
            NotFound: as for path.
            StorageUnavailable: it cannot be written.
        """
        path = self.path(sha256)
        # A name of its own: another process may be adding the same picture.
        partial = path.with_name(f".{sha256}.{secrets.token_hex(8)}{_PARTIAL}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                partial.write_bytes(data)
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)
        except OSError as exc:
            raise StorageUnavailable(f"the thumbnail {path} cannot be written: {exc.strerror}") from exc

    def has(self, sha256: str) -> bool:
        """Return whether the thumbnail of a picture is there.

        Raises:
            NotFound: as for path.
            StorageUnavailable: the folder cannot be read.
        """
        return _is_whole(self.path(sha256))

    def read(self, sha256: str) -> bytes | None:
        """Return the thumbnail of a picture; None when there is none.

        Raises:
            NotFound: as for path.
            StorageUnavailable: it is there but cannot be read.
        """
        path = self.path(sha256)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise StorageUnavailable(f"the thumbnail {path} cannot be read: {exc.strerror}") from exc

    def remove(self, sha256: str) -> None:
        """Remove the thumbnail of a picture, if it is there.

        Raises:
            NotFound: as for path.
            StorageUnavailable: it cannot be removed.
        """
        path = self.path(sha256)
        try:
            path.unlink(missing_ok=True)
        except OSError as exc:
            raise StorageUnavailable(f"the thumbnail {path} cannot be removed: {exc.strerror}") from exc

    def all(self) -> Iterator[str]:
        """Yield the sha256 of every picture with a thumbnail, in ascending order.

        Raises:
            StorageUnavailable: the folder cannot be listed.
        """
        for shard in self._list(self.root):
            for path in self._list(shard) if shard.is_dir() else ():
                if path.suffix == SUFFIX and _SHA256.fullmatch(path.stem) and _is_whole(path):
                    yield path.stem

    def sweep(self, older_than_s: float = 3600.0) -> int:
        """Remove what interrupted writers left behind, and return how many files that were.

        Args:
            older_than_s: younger ones may be being written right now.
        Raises:
            StorageUnavailable: a folder cannot be listed, or a file not removed.
        """
        swept = 0
        before = time.time() - older_than_s
        for shard in self._list(self.root):
            for path in self._list(shard) if shard.is_dir() else ():
                try:
                    if path.suffix == _PARTIAL and path.stat().st_mtime <= before:
                        path.unlink()
                        swept += 1
                except FileNotFoundError:
                    continue  # its writer came to an end after all
                except OSError as exc:
                    raise StorageUnavailable(f"{path} cannot be removed: {exc.strerror}") from exc
        return swept

    @staticmethod
    def _list(folder: Path) -> list[Path]:
        """Return what lies in a folder, in order; nothing when it is not there."""
        try:
            return sorted(folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError as exc:
            raise StorageUnavailable(f"{folder} cannot be listed: {exc.strerror}") from exc


def _is_whole(path: Path) -> bool:
    """Return whether a thumbnail is there and not the empty file that a loss of power may leave.

    Raises:
        StorageUnavailable: its folder cannot be read.
    """
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False
    except OSError as exc:
        raise StorageUnavailable(f"the thumbnail {path} cannot be read: {exc.strerror}") from exc
