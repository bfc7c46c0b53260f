"""One engine over one base: built and asked in processes of their own, kept in a file until it is wanted anew."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from errors import StorageUnavailable
from evaluation.index_benchmark.conditions import Conditions
from evaluation.index_benchmark.known_engines import KnownEngine
from evaluation.index_benchmark.task import Task
from evaluation.peers.environments import INDEXES, must_be_installed, peer_python

_ROOT = Path(__file__).resolve().parents[2]
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_SEARCH_SHARE = 0.01
"""Of the time limit, what one set of queries at one setting may take, asked one by one."""

Cell = dict[str, Any]


def measure_cell(
    engine: KnownEngine,
    task: Task,
    folder: Path,
    peers: Path,
    *,
    threads: int,
    build_threads: int,
    limit_s: float,
    again: bool = False,
    note: str = "",
    say: Callable[[str], None] = lambda _: None,
) -> Cell:
    """Return the figures of an engine on a base, measured now or before.

    Args:
        engine: which.
        task: the base and what is asked.
        folder: where cells are kept; the index lies there only while it is measured.
        peers: folder of the environments of peers.
        threads: cores that the process is pinned to which asks.
        build_threads: cores that the process is pinned to which builds.
        limit_s: for the build, and again for the searches; what takes longer is told as not finished.
        again: measure though it was measured before.
        note: kept with what is measured now: what there is to say of the conditions.
        say: told what comes next.
    Returns:
        'engine', 'kind', 'size', 'threads', 'build_threads', 'limit_s', 'conditions';
        'build' and 'serve' where they finished; 'failure' where one did not.
    Raises:
        PartMissing: the environment of the peers is not there.
        StorageUnavailable: the folder cannot be written.
    """
    kept = folder / f"{task.kind}-{Path(task.base).parent.name}-{engine.label}-{task.size}-{threads}.json"
    if kept.is_file() and not again:
        cell: Cell = json.loads(kept.read_text(encoding="utf-8"))
        return cell
    python = must_be_installed(peer_python(INDEXES, peers)) if engine.is_peer else Path(sys.executable)
    cell = {
        "engine": engine.name,
        "kind": task.kind,
        "size": task.size,
        "threads": threads,
        "build_threads": build_threads,
        "limit_s": limit_s,
        "conditions": Conditions.now(note).to_record(),
    }
    index = folder / f".{kept.stem}"
    order = {
        "engine": engine.name,
        "task": asdict(task),
        "folder": str(index),
        "limit_s": _SEARCH_SHARE * limit_s,
    }
    try:
        shutil.rmtree(index, ignore_errors=True)
        index.mkdir(parents=True)
        for phase, cores in (("build", build_threads), ("serve", threads)):
            say(f"{task.kind}, {task.size:,}, {engine.name}: {phase}")
            done = _run(
                [
                    str(python),
                    "-P",
                    "-m",
                    "evaluation.index_benchmark.worker",
                    phase,
                    json.dumps(order | {"threads": cores}),
                ],
                threads=cores,
                limit_s=limit_s,
            )
            if isinstance(done, str):
                cell["failure"] = f"{phase}: {done}"
                break
            cell[phase] = done
        kept.write_text(json.dumps(cell, indent=2), encoding="utf-8")
    except OSError as exc:
        raise StorageUnavailable(f"{index} cannot be written: {exc.strerror}") from exc
    finally:
        shutil.rmtree(index, ignore_errors=True)
    return cell


def _run(command: list[str], *, threads: int, limit_s: float) -> Cell | str:
    """Return the figures that a process prints at its end, or why there are none."""
    variables = {**os.environ, "PYTHONPATH": str(_ROOT), **dict.fromkeys(_THREAD_VARIABLES, str(threads))}
    try:
        done = subprocess.run(  # noqa: S603  # words of our own
            command, env=variables, capture_output=True, text=True, timeout=limit_s, check=False
        )
    except subprocess.TimeoutExpired:
        return f"not finished within {limit_s:g} s"
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
    figures: Cell = json.loads(done.stdout.strip().splitlines()[-1])
    return figures
