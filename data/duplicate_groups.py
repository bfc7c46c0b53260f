"""The groups of duplicates that the last run found, in a file of the data folder: what the site shows of them.

JSON, a line each: what the run was, then a group a line. A run writes it anew, whole or not at all.
"""

import os
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from errors import StorageUnavailable

NAME = "duplicates.jsonl"
Kind = Literal["head", "same_pixels", "copy"]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DuplicateRun(_Line):
    """What a run was.

    Attributes:
        made_at: when it ended.
        change: number of the catalogue's change that it saw.
        collection: that it was narrowed to; None: everything.
        pictures: that were looked at; laid: pairs laid on each other; proven: those of them that are copies.
        groups: how many there are; members: in all of them.
        same_files: pictures that were seen as the same file at several places.
    """

    format: Literal[1] = 1
    made_at: datetime
    change: int
    model_id: str
    collection: str | None
    pictures: int
    laid: int
    proven: int
    groups: int
    members: int
    same_files: int
    seconds: float


class Member(_Line):
    """A picture of a group.

    Attributes:
        kind: what it is to the head.
        score: cosine of the `copy` descriptors of the two; None where it was not asked for.
        what: what was done to the head to make it, as a sentence.
        places: where its file was seen.
    """

    image_id: int
    sha256: str
    kind: Kind
    score: float | None
    what: str
    width: int
    height: int
    size_bytes: int
    places: int
    locator: str


class Group(_Line):
    """Copies of one picture; every member is proven against the head.

    Attributes:
        members: the head first, then the biggest first.
        biggest: id of the one with most pixels, then most bytes.
        oldest: id of the one that was seen first; None where several were.
    """

    members: tuple[Member, ...]
    biggest: int
    oldest: int | None


class DuplicateGroups:
    """The file."""

    def __init__(self, data_dir: Path) -> None:
        """Name its folder."""
        self.path = data_dir / NAME

    def write(self, run: DuplicateRun, groups: Iterable[Group]) -> None:
        """Write what a run found, in place of what the one before did.

        Raises:
            StorageUnavailable: it cannot be written.
        """
        partial = self.path.with_name(f".{NAME}.{secrets.token_hex(8)}.part")
        try:
            try:
                with partial.open("w", encoding="utf-8") as file:
                    file.write(run.model_dump_json() + "\n")
                    file.writelines(group.model_dump_json() + "\n" for group in groups)
                    file.flush()
                    os.fsync(file.fileno())
                partial.replace(self.path)
            finally:
                partial.unlink(missing_ok=True)
        except OSError as exc:
            raise StorageUnavailable(f"{self.path} cannot be written: {exc.strerror}") from exc

    def read(self, first: int = 0, limit: int | None = None) -> tuple[DuplicateRun, list[Group]] | None:
        """Return what the last run was, and some of its groups; None where there was no run.

        Args:
            first: of the groups, counted from 0.
            limit: at most so many; None: all.
        Raises:
            StorageUnavailable: it cannot be read, or is damaged.
        """
        try:
            with self.path.open(encoding="utf-8") as file:
                run = DuplicateRun.model_validate_json(file.readline())
                stop = None if limit is None else first + limit
                return run, [Group.model_validate_json(line) for line in _lines(file, first, stop)]
        except FileNotFoundError:
            return None
        except (OSError, ValidationError, UnicodeDecodeError) as exc:
            raise StorageUnavailable(
                f"{self.path} is damaged or of another version", remedy="Run `python3 index.py duplicates` again."
            ) from exc


def _lines(file: Iterable[str], first: int, stop: int | None) -> Iterator[str]:
    return islice(file, first, stop)
