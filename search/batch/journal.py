"""The journal beside a report: a line for each file that was dealt with, written so that a killed run goes on.

JSON, a line each, only ever appended to. Lines are written out in batches, and each batch is on the disk before the
next is begun. What a kill leaves of a line at the end is cut off by the run that goes on.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import BufferedRandom
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from errors import StorageUnavailable
from search.batch.records import LINES, Again, Begun, Ended, Line, Searched, Unread

SUFFIX = ".journal.jsonl"
"""In place of the `.html` of the report."""
Pair = tuple[str, str]
"""sha256 of one's own picture and of one of the catalogue."""


class Journal:
    """The journal of one report, open for one run; no other run can open it meanwhile."""

    def __init__(self, path: Path, file: BufferedRandom) -> None:
        self.path = path
        self._file = file
        self._known: dict[bytes, int] = {}
        self._ends: list[tuple[int, datetime]] = []
        self._start = 0

    @classmethod
    def open(cls, path: Path, *, change: int, asked: str) -> Self:
        """Open a journal, made where there is none.

        Args:
            path: of it.
            change: of the catalogue; answers of another are not used again.
            asked: likewise (search.batch.ask.asked_digest).
        Raises:
            StorageUnavailable: it cannot be written, another run writes it, or it is no journal of ours.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as exc:
            raise StorageUnavailable(f"{path} cannot be written: {exc.strerror}") from exc
        file = os.fdopen(descriptor, "r+b")
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as exc:
                raise StorageUnavailable(
                    f"{path} cannot be had: another run is writing it", remedy="Wait for it, or name another report."
                ) from exc
            journal = cls(path, file)
            journal._take_in(change, asked)
        except BaseException:
            file.close()
            raise
        return journal

    def close(self) -> None:
        """Close it; another run may open it then."""
        self._file.close()

    def __enter__(self) -> Self:
        """Return the journal itself, closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    @property
    def known(self) -> int:
        """How many pictures have an answer that still holds."""
        return len(self._known)

    def holds(self, sha256: str) -> bool:
        """Return whether a picture has an answer that still holds."""
        return bytes.fromhex(sha256) in self._known

    def begin(self, what: Iterable[str]) -> None:
        """Note that a run begins; `of_this_run` gives what comes after."""
        self._start = self._end()
        self.append([Begun(at=datetime.now(UTC), what=tuple(what))])

    def end(self) -> None:
        """Note that the report of this run is written: what it tells is not new to the next one."""
        self.append([Ended(at=datetime.now(UTC))])

    def append(self, lines: Iterable[Line]) -> None:
        """Write lines, and wait until the disk has them.

        Raises:
            StorageUnavailable: they cannot be written.
        """
        place = self._end()
        pieces = []
        for line in lines:
            data = line.model_dump_json().encode() + b"\n"
            if isinstance(line, Searched):
                self._known[bytes.fromhex(line.sha256)] = place
            pieces.append(data)
            place += len(data)
        try:
            self._file.write(b"".join(pieces))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as exc:
            raise StorageUnavailable(
                f"{self.path} cannot be written: {exc.strerror}", remedy="Make room and run it again: it goes on."
            ) from exc

    def of_this_run(self) -> Iterator[Searched | Unread]:
        """Yield what became of each file of this run, in the order they were dealt with.

        Answers of before come with the place where the file lies now.
        """
        for _, line in self._lines(self._start):
            if isinstance(line, Again):
                found = self._at(self._known[bytes.fromhex(line.sha256)])
                yield found.model_copy(update={"locator": line.locator})
            elif isinstance(line, Searched | Unread):
                yield line

    def told(self, before: datetime | None) -> set[Pair]:
        """Return the pairs that reports of earlier runs told of.

        Args:
            before: only of runs that ended before this moment; None: of all.
        """
        ends = [place for place, at in self._ends if before is None or at < before]
        if not ends:
            return set()
        return {
            (line.sha256, finding.sha256)
            for place, line in self._lines(0)
            if place < ends[-1] and isinstance(line, Searched)
            for finding in line.findings
        }

    def last_end(self) -> datetime | None:
        """Return when the last run before this one ended; None where none did."""
        return self._ends[-1][1] if self._ends else None

    def _take_in(self, change: int, asked: str) -> None:
        """Read the whole journal once, and cut off what a kill left of a line."""
        whole = 0
        for place, line in self._lines(0):
            if place == 0 and not isinstance(line, Begun):
                raise self._damaged(place)
            if isinstance(line, Ended):
                self._ends.append((place, line.at))
            elif isinstance(line, Searched) and (line.change, line.asked) == (change, asked):
                self._known[bytes.fromhex(line.sha256)] = place
            whole = self._file.tell()
        size = self._end()
        if whole < size:
            self._file.truncate(whole)

    def _lines(self, start: int) -> Iterator[tuple[int, Line]]:
        """Yield place and value of each whole line; the file may be read elsewhere in between."""
        place = start
        while True:
            self._file.seek(place)
            data = self._file.readline()
            if not data.endswith(b"\n"):
                return
            yield place, self._parse(data, place)
            place += len(data)
            self._file.seek(place)

    def _at(self, place: int) -> Searched:
        self._file.seek(place)
        line = self._parse(self._file.readline(), place)
        if not isinstance(line, Searched):
            raise self._damaged(place)
        return line

    def _parse(self, data: bytes, place: int) -> Line:
        try:
            return LINES.validate_json(data)
        except ValidationError as exc:
            raise self._damaged(place) from exc

    def _damaged(self, place: int) -> StorageUnavailable:
        return StorageUnavailable(
            f"{self.path} is damaged at byte {place:,}, or is no journal of this version",
            remedy="Name another report, or remove this file: everything is then searched anew.",
        )

    def _end(self) -> int:
        return self._file.seek(0, os.SEEK_END)
