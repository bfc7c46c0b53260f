"""Shards described by Ray Data: a pool of actors, a core and a model each; the only importer of Ray."""

import logging
import os
import socket
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import errors
from errors import ClusterUnavailable, PartMissing, RetraceError
from search.bulk.describe import ShardDescriber
from search.bulk.shards import Order, Shard

if TYPE_CHECKING:
    from ray.data import Dataset

LOCAL = "local"
"""In place of an address: a cluster of this machine alone, for the time of the run."""

PATIENCE_S = 10.0
"""Longest wait for the head of a cluster to answer."""

_ROOT = Path(__file__).resolve().parents[2]


class _Actor:
    """What Ray keeps in a process of a node."""

    def __init__(self, order: Order, shards: Sequence[Shard]) -> None:
        self._order = order
        self._shards = shards

    @cached_property
    def _describer(self) -> ShardDescriber:
        # Loaded at the first shard and not when Ray makes the actor: from there no error of ours would come back.
        return ShardDescriber(self._order)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Describe the shards of these numbers; what goes wrong goes back as a row, as Ray would make text of it."""
        rows: dict[str, list[Any]] = {"number": [], "error": [], "message": [], "remedy": []}
        for number in map(int, batch["number"]):
            error, message, remedy = "", "", ""
            try:
                self._describer.describe(self._shards[number])
            except RetraceError as exc:
                error, message, remedy = type(exc).__name__, str(exc), exc.remedy
            for name, value in zip(rows, (number, error, message, remedy), strict=True):
                rows[name].append(value)
        return rows


def describe_on_cluster(address: str, shards: Sequence[Shard], order: Order) -> Generator[Shard]:
    """Describe shards on a Ray cluster and yield each when its file is there, whichever is first.

    Only numbers of shards pass through Ray: a node reads the pictures and writes the file. What a lost node was at
    work on is begun again on another, so a shard may be described twice; its file is put in its place whole.

    Args:
        address: host:port of the cluster's head, or the word `local`.
        shards: those to describe.
        order: how.
    Raises:
        ClusterUnavailable: there is no such cluster, it has no cores, or it gave up.
        PartMissing: Ray is not installed.
        RetraceError: whatever ShardDescriber raises on a node.
    """
    # Ray reads these when it is imported: it would report to its makers, and print what it raises anyway.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import ray
    except ImportError as exc:
        raise PartMissing(
            f"expected the package {exc.name}; it is not installed",
            remedy="Install it: .venv/bin/pip install -r requirements-ray.txt",
        ) from exc
    with _errors_of_ours(address):
        _connect(address)
        try:
            cores = int(ray.cluster_resources().get("CPU", 0))  # type: ignore[no-untyped-call]  # Ray forgot to say
            if not cores:
                raise ClusterUnavailable(f"expected a Ray cluster with cores at {address}; it has none")
            for row in _dataset(shards, order, cores).iter_rows():
                if row["error"]:
                    raise getattr(errors, row["error"])(row["message"], remedy=row["remedy"])
                yield shards[int(row["number"])]
        finally:
            ray.shutdown()


def _connect(address: str) -> None:
    import ray

    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        # Ray itself tries for a quarter of an hour.
        with socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE_S):
            pass
    # Nodes run the code of the same path; those that a run of tests starts have no other way to find it.
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    ray.init(
        address=address,
        # An actor has one core; OpenCV would start as many threads as its node has.
        runtime_env={"env_vars": {"PYTHONPATH": os.pathsep.join(paths), "OPENCV_FOR_THREADS_NUM": "1"}},
        include_dashboard=False if address == LOCAL else None,
        log_to_driver=False,
        logging_level=logging.ERROR,
    )


def _dataset(shards: Sequence[Shard], order: Order, cores: int) -> "Dataset":
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # what it tells is not for those who add
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    pool = min(cores, len(shards))
    return ray.data.from_items(
        [{"number": number} for number in range(len(shards))], override_num_blocks=len(shards)
    ).map_batches(
        _Actor,
        fn_constructor_args=(order, tuple(shards)),
        batch_size=1,
        num_cpus=1,
        # An actor of a lost node waits for a free core, and what it was at work on waits with it. A pool that may
        # shrink gives it one as soon as nothing else is left to do; a pool of one size would wait for ever.
        compute=ray.data.ActorPoolStrategy(min_size=1, initial_size=pool, max_size=pool),
    )


@contextmanager
def _errors_of_ours(address: str) -> Iterator[None]:
    """Turn what Ray raises into what we raised on a node, or else into an error of ours."""
    from ray.exceptions import RayError

    try:
        yield
    except (RayError, OSError, RuntimeError, ValueError) as exc:
        reason = (str(exc).strip() or type(exc).__name__).splitlines()[0]
        raise ClusterUnavailable(f"the Ray cluster at {address} does not answer as it should: {reason}") from exc
