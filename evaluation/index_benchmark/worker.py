"""Builds one index, or opens it and asks; run by `cells` as a process of its own, for peers in their environment.

Only NumPy is needed here. The last line printed is the figures as JSON.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.index_benchmark.engines.engine import Engine
from evaluation.index_benchmark.known_engines import ENGINES
from evaluation.index_benchmark.measurements import NOT_MEASURED, BuildFigures, SearchFigures, ServeFigures

BATCH = 64
_BLOCK = 16_384
_AT_ONCE = 1000
"""Vectors added or removed by one call."""
_WARM_UP = 3
_PROBED = 50
"""Added vectors that are looked for."""


def measure_build(engine: Engine, base: Path, folder: Path, *, size: int, dim: int) -> BuildFigures:
    """Build an index of the first rows of a base and save it; only time spent in the engine counts."""
    idle_mb = _status_mb("VmRSS")
    seconds = _timed(engine.train, _sample(base, engine.trained_on, size=size, dim=dim))
    for start in range(0, size, _BLOCK):
        # Read, not mapped: pages of the base would count as the engine's memory.
        block = np.fromfile(base, "<f2", min(_BLOCK, size - start) * dim, offset=2 * start * dim).reshape(-1, dim)
        seconds += _timed(engine.add, np.arange(start, start + len(block)), block.astype(np.float32))
    seconds += _timed(engine.save)
    disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return BuildFigures(engine.built_as, seconds, _status_mb("VmHWM") - idle_mb, disk / 2**20)


def measure_serving(engine: Engine, task: dict[str, Any], *, limit_s: float) -> ServeFigures:
    """Open an index, ask every set of queries at every setting, then add vectors and remove them again.

    Args:
        engine: what was built in its folder.
        task: of `task.Task`, as JSON.
        limit_s: for each set at each setting; what is not asked by then is left out.
    """
    idle_mb, idle_mapped_mb, start = _status_mb("RssAnon"), _status_mb("RssFile"), time.perf_counter()
    engine.open()
    first = np.load(task["query_sets"][0]["queries"])[:1]
    engine.search(first, 1, engine.settings[0])
    open_s = time.perf_counter() - start
    searches = [
        _measure_searches(engine, one, setting, limit_s) for one in task["query_sets"] for setting in engine.settings
    ]
    private_mb, mapped_mb = _status_mb("RssAnon") - idle_mb, _status_mb("RssFile") - idle_mapped_mb
    others = np.load(task["others"])
    ids = np.arange(task["size"], task["size"] + len(others))
    probed, setting = others[:_PROBED], engine.settings[-1]
    added = removed = NOT_MEASURED
    is_found = is_gone = False
    if engine.can_add:
        added = len(others) / _in_parts(lambda part: engine.add(ids[part], others[part]), len(others))
        is_found = bool((engine.search(probed, 1, setting)[:, 0] == ids[:_PROBED]).all())
    if engine.can_add and engine.can_remove:
        removed = len(others) / _in_parts(lambda part: engine.remove(ids[part]), len(others))
        is_gone = not np.isin(engine.search(probed, 10, setting), ids).any()
    return ServeFigures(open_s, private_mb, mapped_mb, added, removed, is_found, is_gone, tuple(searches))


def _sample(base: Path, count: int, *, size: int, dim: int) -> NDArray[np.float32]:
    """Return some rows of a base, float32; all where there are no more."""
    mapped = np.memmap(base, "<f2", mode="r", shape=(size, dim))
    rows = np.sort(np.random.default_rng(0).permutation(size)[:count])
    return mapped[rows].astype(np.float32)


def _measure_searches(engine: Engine, asked: dict[str, Any], setting: str, limit_s: float) -> SearchFigures:
    queries, right = np.load(asked["queries"]), np.load(asked["right"])
    # Edited copies lie edit by edit: what is asked by the time limit shall be a fair part of them.
    mixed = np.random.default_rng(0).permutation(len(queries))
    queries, right = queries[mixed], right[mixed]
    k, attainable = int(asked["k"]), float(asked["attainable"])
    for query in queries[:_WARM_UP]:
        engine.search(query[None], k, setting)
    took, found, end = [], [], time.perf_counter() + limit_s
    for query in queries:
        start = time.perf_counter()
        found.append(engine.search(query[None], k, setting)[0])
        took.append(time.perf_counter() - start)
        if time.perf_counter() > end:
            break
    batches, batch_s, end = [], 0.0, time.perf_counter() + limit_s
    for batch in range(0, len(queries), BATCH):
        start = time.perf_counter()
        batches.append(engine.search(queries[batch : batch + BATCH], k, setting))
        batch_s += time.perf_counter() - start
        if time.perf_counter() > end:
            break
    together = np.concatenate(batches)
    return SearchFigures(
        query_set=asked["name"],
        setting=setting,
        asked=len(found),
        recall=_recall(np.array(found), right, k) / attainable if attainable else NOT_MEASURED,
        median_ms=1e3 * float(np.median(took)),
        p99_ms=1e3 * float(np.quantile(took, 0.99)),
        batch_recall=_recall(together, right, k) / attainable if attainable else NOT_MEASURED,
        batch_ms=1e3 * batch_s / len(together),
    )


def _recall(found: NDArray[np.int64], right: NDArray[np.int64], k: int) -> float:
    """Return the share of k right answers among those found, (queries, k); an answer given twice counts once."""
    hits = [len(np.intersect1d(mine[mine >= 0], theirs)) for mine, theirs in zip(found, right, strict=False)]
    return float(np.minimum(hits, k).mean() / k)


def _in_parts(change: Callable[[slice], None], count: int) -> float:
    """Return the seconds that a change of so many vectors took, a thousand at a time."""
    return sum(_timed(change, slice(start, start + _AT_ONCE)) for start in range(0, count, _AT_ONCE))


def _timed(work: Callable[..., None], *arguments: object) -> float:
    start = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - start


def _status_mb(field: str) -> float:
    """Return a figure of this process's memory, MiB, as Linux accounts it."""
    return next(_fields(field)) / 1024


def _fields(field: str) -> Iterator[int]:
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{field}:"):
            yield int(line.split()[1])


def main() -> None:
    """Do what the first argument says, 'build' or 'serve', of the order in the second, JSON."""
    phase, order = sys.argv[1], json.loads(sys.argv[2])
    task, threads, folder = order["task"], int(order["threads"]), Path(order["folder"])
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    engine = ENGINES[order["engine"]].load()(folder, dim=task["dim"], size=task["size"], threads=threads)
    if phase == "build":
        figures: object = asdict(measure_build(engine, Path(task["base"]), folder, size=task["size"], dim=task["dim"]))
    else:
        figures = asdict(measure_serving(engine, task, limit_s=float(order["limit_s"])))
    sys.stdout.write(f"\n{json.dumps(figures)}\n")


if __name__ == "__main__":
    main()
