"""Bulk runs on a real cluster: a node is lost, the command is killed, and every picture is there once."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.migrate import upgrade
from errors import ClusterUnavailable, SourceUnreadable, StorageUnavailable
from search.bulk.run import CHANGED, BulkOutcome, add_in_bulk
from search.bulk.shards import Order
from search.ingest import Failure, Intake, Tally
from search.open_engine import open_intake
from settings import ROOT
from tests.engines import engine_source
from tests.search.bulk.orders import MODEL, make_folder, make_order, make_webdataset

pytestmark = [pytest.mark.model, pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning:ray")]

PICTURES = 160
A_SHARD = 10
NOBODY = "127.0.0.1:9"
"""Where no cluster answers."""


@pytest.fixture
def order(tmp_path: Path) -> Order:
    return make_order(tmp_path)


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    source = replace(engine_source(tmp_path), model=MODEL)
    upgrade(source.catalogue_url)
    with open_intake(source) as intake:
        yield intake


def add(
    intake: Intake,
    order: Order,
    sources: list[Path],
    address: str,
    *,
    on_progress: Callable[[Tally, int | None], None] = lambda *_: None,
) -> tuple[BulkOutcome, list[Failure]]:
    failures: list[Failure] = []
    outcome = add_in_bulk(
        intake,
        order,
        [str(source) for source in sources],
        address,
        on_progress=on_progress,
        on_failure=failures.append,
        records=A_SHARD,
    )
    return outcome, failures


def check_all_there(intake: Intake, expected: int) -> None:
    """Every picture has a row, a thumbnail and its descriptors, and nothing else has."""
    images = intake.catalogue.list_images(limit=10 * expected)
    assert len({image.sha256 for image in images}) == len(images) == expected
    assert {image.sha256 for image in images} == set(intake.thumbnails.all())
    for kind in ("copy", "similar"):
        rows = intake.catalogue.descriptors_of([image.id for image in images], kind, intake.extractor.model_id)
        assert len(rows.ids) == expected


def test_a_node_is_lost_in_mid_run(cluster: Any, intake: Intake, order: Order, tmp_path: Path) -> None:
    import ray

    folder = make_folder(tmp_path / "pictures", range(PICTURES))
    tar = make_webdataset(tmp_path / "shards" / "00000.tar", range(5, 15))  # known from the folder but for their place
    (folder / "broken.png").write_bytes(b"broken")
    lost: list[Tally] = []

    def free_cores() -> float:
        cores: float = ray.available_resources().get("CPU", 0.0)  # type: ignore[no-untyped-call]
        return cores

    def lose_a_node(tally: Tally, _: int | None) -> None:
        if not lost and ray.is_initialized() and not free_cores():  # both are at work
            [node] = cluster.worker_nodes
            cluster.remove_node(node, allow_graceful=False)
            lost.append(replace(tally))

    try:
        outcome, failures = add(intake, order, [folder, tar.parent], cluster.address, on_progress=lose_a_node)
    finally:
        cluster.add_node(num_cpus=1)
    [tally_then] = lost
    assert 0 < tally_then.seen < PICTURES // 2
    assert outcome.tally == Tally(added=PICTURES, known=10, failed=1)
    assert [failure.locator for failure in failures] == [str(folder / "broken.png")]
    check_all_there(intake, PICTURES)
    assert [path.name for path in order.folder.iterdir()] == ["lock"]


KILLED = """
import os, signal, sys
import index, search.bulk.run as run

poured = []
keep = run.write_poured

def keep_and_stop(path, shard):
    keep(path, shard)
    poured.append(path)
    if len(poured) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

run.write_poured = keep_and_stop
index.main(sys.argv[1:])
"""
"""The command line, killed when the second shard is in the catalogue."""


def test_a_command_that_is_killed_goes_on(cluster: Any, tmp_path: Path) -> None:
    tars = [make_webdataset(tmp_path / "shards" / f"{n:05}.tar", range(10 * n, 10 * n + 10)) for n in range(6)]
    tars[0].write_bytes(tars[0].read_bytes()[:-6000])  # cut off behind the last picture
    here = {**os.environ, "RETRACE_DATA_DIR": str(tmp_path / "instance"), "PYTHONPATH": str(ROOT)}
    upgrade(f"sqlite:///{tmp_path / 'instance' / 'catalogue.sqlite'}")

    def run(*start: str) -> "subprocess.CompletedProcess[str]":
        words = ["add", str(tmp_path / "shards"), "--ray", cluster.address, "--json"]
        return subprocess.run(
            [sys.executable, *start, *words], env=here, cwd=tmp_path, capture_output=True, text=True, check=False
        )

    assert run("-c", KILLED).returncode == -signal.SIGKILL
    kept = sorted(path.suffix for path in (tmp_path / "instance" / "bulk").iterdir())
    assert kept.count(".json") == 2
    done = run(str(ROOT / "index.py"))
    assert done.returncode == 3, done.stderr
    assert "00000.tar" in done.stderr
    tally = json.loads(done.stdout)
    assert tally["failed"] == 1
    assert tally["known"] >= 20
    assert tally["added"] + tally["known"] == 60
    assert [path.name for path in (tmp_path / "instance" / "bulk").iterdir()] == ["lock"]
    check = subprocess.run([sys.executable, ROOT / "index.py", "check"], env=here, capture_output=True, check=False)
    assert check.returncode == 0, check.stdout


def test_what_a_node_finds_wrong_is_said_in_our_words(
    cluster: Any, intake: Intake, order: Order, tmp_path: Path
) -> None:
    folder = make_folder(tmp_path / "pictures", range(A_SHARD))

    def unmount(*_: object) -> None:
        if folder.is_dir():
            folder.rename(tmp_path / "elsewhere")

    with pytest.raises(SourceUnreadable, match="pictures") as caught:
        add(intake, order, [folder], cluster.address, on_progress=unmount)
    assert "same path" in caught.value.remedy


def test_where_no_cluster_answers_it_says_so(ray_settings: None, intake: Intake, order: Order, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "pictures", range(1))
    with pytest.raises(ClusterUnavailable, match=NOBODY):
        add(intake, order, [folder], NOBODY)


def test_a_described_shard_needs_no_cluster_any_more(intake: Intake, order: Order, tmp_path: Path) -> None:
    from search.bulk.describe import ShardDescriber
    from search.bulk.shards import cut

    folder = make_folder(tmp_path / "pictures", range(3))
    [shard] = cut([str(folder)], order, records=A_SHARD)
    ShardDescriber(order).describe(shard)
    outcome, _ = add(intake, order, [folder], NOBODY)
    assert outcome.tally.added == 3
    check_all_there(intake, 3)


def test_a_source_that_changes_while_it_is_read_is_not_passed_over_in_silence(
    intake: Intake, order: Order, tmp_path: Path
) -> None:
    from search.bulk.describe import ShardDescriber
    from search.bulk.shards import cut

    folder = make_folder(tmp_path / "pictures", range(3))
    [shard] = cut([str(folder)], order, records=A_SHARD)
    ShardDescriber(order).describe(shard)
    outcome, failures = add(intake, order, [folder], NOBODY, on_progress=lambda *_: (folder / "late.png").touch())
    assert outcome.tally == Tally(added=3, failed=1)
    assert failures == [Failure(str(folder), CHANGED)]


def test_two_runs_at_a_time_are_one_too_many(intake: Intake, order: Order, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "pictures", range(1))

    def another(*_: object) -> None:
        add(intake, order, [folder], NOBODY)

    with pytest.raises(StorageUnavailable, match="one bulk run at a time"):
        add(intake, order, [folder], NOBODY, on_progress=another)
