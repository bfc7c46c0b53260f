import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from errors import SnapshotRefused
from search.vector_index.lsh import LSHIndex
from search.vector_index.snapshot import check_snapshot
from search.vector_index.snapshot_folder import SnapshotFolder
from tests.vectors import IDENTITY, draw_vectors

ROOT = Path(__file__).resolve().parents[3]

PUBLISH_WITHOUT_END = """
import sys
from pathlib import Path
import numpy as np
from search.vector_index.lsh import LSHIndex
from search.vector_index.snapshot_folder import SnapshotFolder
from tests.vectors import IDENTITY, draw_vectors

folder = SnapshotFolder(Path(sys.argv[1]))
index = LSHIndex(IDENTITY)
index.add(np.arange(20_000), draw_vectors(20_000, seed=1))
while True:
    index.change += 1
    with folder.writing():
        folder.publish(index)
    print(index.change, flush=True)
"""


def an_index(change: int) -> LSHIndex:
    index = LSHIndex(IDENTITY)
    index.add(np.arange(change), draw_vectors(change, seed=1))
    index.change = change
    return index


def test_nothing_is_current_at_first(tmp_path: Path) -> None:
    assert SnapshotFolder(tmp_path / "absent").current() is None


def test_what_was_published_last_is_current_and_alone(tmp_path: Path) -> None:
    folder = SnapshotFolder(tmp_path / "copy")
    (tmp_path / "copy" / "5-00000000.unfinished-11111111").mkdir(parents=True)
    for change in (5, 9):
        with folder.writing():
            path = folder.publish(an_index(change))
        assert folder.current() == path
        assert LSHIndex.open(path, IDENTITY).change == change
    assert sorted(one.name for one in (tmp_path / "copy").iterdir()) == sorted(["CURRENT", "LOCK", path.name])


@pytest.mark.parametrize("content", [b"", b"../../etc\n", b"no-snapshot\n", b"\xff\n"])
def test_a_note_that_names_no_snapshot(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "CURRENT").write_bytes(content)
    with pytest.raises(SnapshotRefused, match="CURRENT"):
        SnapshotFolder(tmp_path).current()


def test_writers_take_turns(tmp_path: Path) -> None:
    entered = threading.Event()

    def enter() -> None:
        with SnapshotFolder(tmp_path).writing():
            entered.set()

    other = threading.Thread(target=enter)
    with SnapshotFolder(tmp_path).writing():
        other.start()
        assert not entered.wait(0.1)
    other.join()
    assert entered.is_set()


def test_a_killed_writer_leaves_a_whole_snapshot(tmp_path: Path) -> None:
    delays, folder, least = random.Random(1), SnapshotFolder(tmp_path), 1
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", PUBLISH_WITHOUT_END, str(tmp_path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        ) as writer:
            assert writer.stdout is not None
            least = int(writer.stdout.readline())
            time.sleep(delays.uniform(0, 0.06))  # the moment of death, not a wait for something
            writer.send_signal(signal.SIGKILL)
        current = folder.current()
        assert current is not None
        check_snapshot(current)
        opened = LSHIndex.open(current, IDENTITY)
        assert (len(opened), opened.change >= least) == (20_000, True)
    with folder.writing():
        folder.publish(an_index(3))
    assert len([one for one in tmp_path.iterdir() if one.is_dir()]) == 1
