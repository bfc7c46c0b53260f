"""How steps that take long tell how far they are."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

Advance = Callable[[int, int | None], None]
"""Told how much is done, of how much."""
Progress = Callable[[str], AbstractContextManager[Advance]]
"""Shows the progress of a step with this title for the time of a block."""


def no_advance(done: int, total: int | None) -> None:
    """Tell nobody."""
    del done, total


@contextmanager
def no_progress(title: str) -> Iterator[Advance]:
    """Show nothing."""
    del title
    yield no_advance
