"""Who searches with batches of files: this process, or several beside it that open an engine each.

Describing scales with threads, proving by geometry hardly: it is many short steps, between which Python lets one thread
go on at a time. So there is a process a core, each of which takes a whole batch from bytes to findings. Indexes are
mapped, and their pages shared.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from errors import ContractBroken, EnvironmentFault
from search.answer import Ask
from search.batch.ask import OwnFile, search_files
from search.batch.records import Searched, Unread
from search.open_engine import EngineSource, open_engine
from search.query import Engine
from search.stopwatch import Stopwatch


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of a batch of files.

    Attributes:
        lines: one a file, in their order.
        steps_ms: time of each step, of all of them together, of the process that searched.
    """

    lines: Sequence[Searched | Unread]
    steps_ms: Mapping[str, float]


Submit = Callable[[Sequence[OwnFile]], Future[Outcomes]]
_engine: Engine | None = None


@contextmanager
def searching(engine: Engine, source: EngineSource, ask: Ask, *, workers: int) -> Iterator[Submit]:
    """Yield a function that searches with a batch of files, beside others that it was called with.

    Args:
        engine: of this process, which searches itself where there is one worker.
        source: what the others open theirs from.
        ask: what is asked for.
        workers: processes.
    Raises:
        EnvironmentFault: when a result is asked for: a process died.
    """
    if workers == 1:
        yield partial(_at_once, engine, ask)
        return
    # Forked processes would inherit the engine's threads and locks.
    with ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_open,
        initargs=(replace(source, threads=1),),
    ) as pool:
        try:
            yield lambda files: pool.submit(_search, ask, files)
        except BrokenProcessPool as exc:
            raise EnvironmentFault(
                "a process that searches died, for want of memory as a rule",
                remedy="Run the same command again, with fewer --workers: it goes on where it stopped.",
            ) from exc
        finally:
            pool.shutdown(cancel_futures=True)


def _at_once(engine: Engine, ask: Ask, files: Sequence[OwnFile]) -> Future[Outcomes]:
    future: Future[Outcomes] = Future()
    future.set_result(_timed(engine, ask, files))
    return future


def _timed(engine: Engine, ask: Ask, files: Sequence[OwnFile]) -> Outcomes:
    watch = Stopwatch()
    return Outcomes(search_files(engine, files, ask, watch), watch.steps_ms)


def _open(source: EngineSource) -> None:
    """Open the engine of a worker; a worker that cannot is of no use, and the pool says so."""
    global _engine  # noqa: PLW0603 - a process of the pool has no other place between two batches
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the command's to deal with
    parent = multiprocessing.parent_process()
    if parent is not None:
        # A pool's processes wait for work for ever where the command was killed.
        threading.Thread(target=_end_with, args=(parent.join,), name="end-with-parent", daemon=True).start()
    _engine = open_engine(source)


def _end_with(wait: Callable[[], object]) -> None:
    wait()
    os._exit(1)


def _search(ask: Ask, files: Sequence[OwnFile]) -> Outcomes:
    if _engine is None:
        raise ContractBroken("expected a worker that has opened its engine")
    return _timed(_engine, ask, files)
