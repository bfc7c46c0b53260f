"""Lets what reads go ahead of what works on it, in a thread beside."""

import queue
import threading
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class _Failed:
    """What ended the reading."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class _Item(Generic[ItemT]):
    """What was read."""

    value: ItemT


def read_ahead(source: Iterable[ItemT], ahead: int) -> Generator[ItemT, None, None]:
    """Yield what a source yields, read in a thread of its own that is at most so many items ahead.

    What the source raises is raised here, in its place. A caller that stops early stops the thread: it ends after the
    item that it is at.

    Args:
        source: iterated in the thread.
        ahead: items held at most, 1 or more.
    """
    handed: queue.Queue[_Item[ItemT] | _Failed | None] = queue.Queue(ahead)
    stopping = threading.Event()

    def hand(item: _Item[ItemT] | _Failed | None) -> bool:
        while not stopping.is_set():
            try:
                handed.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def read() -> None:
        try:
            for value in source:
                if not hand(_Item(value)):
                    return
        except BaseException as exc:  # noqa: BLE001 - raised again where it is waited for
            hand(_Failed(exc))
        else:
            hand(None)

    thread = threading.Thread(target=read, name="read-ahead", daemon=True)
    thread.start()
    try:
        while (item := handed.get()) is not None:
            if isinstance(item, _Failed):
                raise item.error
            yield item.value
    finally:
        stopping.set()
        thread.join()
