"""What an index needs of a catalogue."""

from collections.abc import Collection, Iterator
from typing import Protocol

from data.records import Change, DescriptorKind, DescriptorRows


class ChangeFeed(Protocol):
    """A catalogue as an index sees it: descriptors, and numbered changes that are seen in their order."""

    def catalogue_id(self) -> str:
        """Return what tells this catalogue from every other, a restored copy of it among them."""
        ...

    def last_change(self) -> int:
        """Return the number of the last change; 0 before the first."""
        ...

    def changes_after(self, number: int, limit: int) -> list[Change]:
        """Return up to `limit` changes with greater numbers, in order; nothing smaller appears later."""
        ...

    def descriptors_of(self, ids: Collection[int], kind: DescriptorKind, model_id: str) -> DescriptorRows:
        """Return the descriptors of some pictures, in order of id; those without one are left out."""
        ...

    def snapshot_descriptors(self, kind: DescriptorKind, model_id: str) -> tuple[int, Iterator[DescriptorRows]]:
        """Return the number of the last change, and all descriptors exactly as they were after it."""
        ...
