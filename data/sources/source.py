"""What an open source is: records in a fixed order, and how many things in it were left out."""

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType, TracebackType
from typing import NoReturn, Self, get_args

from data.records import Label, SourceRecord
from errors import BadInput, SourceUnreadable

MIB = 1024 * 1024
LABELS: Mapping[object, Label] = MappingProxyType({label: label for label in get_args(Label)})
"""What a source may say of an attribute, to what we keep."""


class Skip(StrEnum):
    """Why something in a source is left out without being a failure."""

    NOT_A_PICTURE = "not a picture by its name"
    HIDDEN = "hidden"
    LINK = "a link"
    SPECIAL = "a device, pipe or socket"
    MATURE = "marked as mature"
    UNKNOWN_LABEL = "a label other than positive, negative and unsure"
    UNREADABLE_FIELDS = "a .json beside a picture that cannot be read; the picture itself was not left out"


Skipped = Counter[Skip]


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may cost, whoever packed it.

    Attributes:
        max_members: entries, pictures or not.
        max_directory_bytes: size of a zip's central directory, which is read into memory whole.
        max_ratio: unpacked bytes for each byte of the archive. Pictures hardly compress, so real archives stay near 1.
        free_bytes: unpacked size at which the ratio begins to count; small archives of plain drawings compress well.
    """

    max_members: int = 500_000
    max_directory_bytes: int = 64 * MIB
    max_ratio: int = 100
    free_bytes: int = 64 * MIB

    def max_unpacked_bytes(self, archive_bytes: int) -> int:
        """Return how many bytes an archive of this size may unpack to."""
        return max(self.free_bytes, self.max_ratio * archive_bytes)


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How a source is read.

    Attributes:
        max_bytes: most bytes of one picture.
        collection: name to put every picture under, whatever the source says; None keeps the source's own.
        fetcher: gives the bytes behind an http(s) address, callable from any thread; None: addresses are refused.
        show_mature: whether pictures that a BAM! file marks as mature are offered.
        archive: what an archive may cost.
    """

    max_bytes: int
    collection: str | None = None
    fetcher: Callable[[str], bytes] | None = None
    show_mature: bool = False
    archive: ArchiveLimits = field(default_factory=ArchiveLimits)


def failing(locator: str, error: BadInput, *, collection: str | None = None) -> SourceRecord:
    """Return a record that stands for a picture that cannot be had; its `read` raises `error`."""

    def refuse() -> NoReturn:
        raise error

    return SourceRecord(locator=locator, read=refuse, collection=collection)


class PictureSource(Iterator[SourceRecord]):
    """The records of one source, and a tally of what it left out.

    Once it is open, iterating raises none of our errors: whatever goes wrong on the way is a record whose `read`
    raises it, the last one where the source cannot be read any further. Iterate in one thread at a time; `read` of a
    record may be called in any thread, also after the source is closed.

    Attributes:
        skipped: how often each kind of thing was left out, up to where the iteration stands.
    """

    def __init__(
        self, name: str, records: Generator[SourceRecord], skipped: Skipped, *, collection: str | None = None
    ) -> None:
        """Begin reading, so that a source that cannot be read at all fails here.

        Args:
            name: of the source, the locator of what fails as a whole.
            records: of one of the readers beside this file; they raise SourceUnreadable where they cannot go on.
            skipped: the counter that `records` counts into.
            collection: of the record that stands for such a failure.
        Raises:
            SourceUnreadable: not even the first record can be had.
        """
        self.skipped = skipped
        self._name = name
        self._collection = collection
        self._records = records
        self._ahead = next(records, None)

    def __next__(self) -> SourceRecord:
        """Return the next record."""
        record = self._ahead
        if record is None:
            raise StopIteration
        try:
            self._ahead = next(self._records, None)
        except SourceUnreadable as exc:
            self._ahead = failing(self._name, exc, collection=self._collection)
        return record

    def close(self) -> None:
        """Give up the files that the iteration holds open."""
        self._ahead = None
        self._records.close()

    def __enter__(self) -> Self:
        """Return the source itself; leaving the block closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the source."""
        self.close()
