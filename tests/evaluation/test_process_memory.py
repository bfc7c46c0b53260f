"""What processes hold is told of them and of all that descend from them, and of none that is gone."""

import os
import subprocess
import sys
import threading

import pytest

from evaluation import process_memory
from evaluation.process_memory import PeakMemory, children_of, pss_mb, resident_mb, tree_pss_mb, watching_memory
from tests.needs import lack

HOLDS_30_MB = "held = bytearray(b'x') * (30 * 2**20); print('held', flush=True); input()"
LOOKS_S = 0.05


@pytest.fixture(autouse=True)
def linux() -> None:
    if not os.path.isfile("/proc/self/smaps_rollup"):  # noqa: PTH113 - no path of ours
        lack("this system does not tell the proportional set size of a process")


def test_a_child_counts_while_it_lives() -> None:
    before = tree_pss_mb(os.getpid())
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_30_MB], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        with watching_memory(os.getpid(), every_s=LOOKS_S) as peak:
            assert child.stdout.readline() == "held\n"
            assert child.pid in children_of(os.getpid())
            assert pss_mb(child.pid) > 30
            assert resident_mb(child.pid) > 30
            assert tree_pss_mb(os.getpid()) > before + 25
            peak.look(os.getpid())
            child.stdin.write("\n")
            child.stdin.flush()
            child.wait()
        assert peak.mb > before + 25
    assert child.pid not in children_of(os.getpid())
    assert (pss_mb(child.pid), resident_mb(child.pid), children_of(child.pid)) == (0.0, 0.0, [])


def test_a_slow_look_of_another_thread_takes_no_peak_back(monkeypatch: pytest.MonkeyPatch) -> None:
    slow_began, peak_taken = threading.Event(), threading.Event()

    def held(process_id: int) -> float:
        if process_id == 1:
            slow_began.set()
            assert peak_taken.wait(60)
            return 10.0
        return 50.0

    monkeypatch.setattr(process_memory, "tree_pss_mb", held)
    peak = PeakMemory()
    slow = threading.Thread(target=peak.look, args=(1,))
    slow.start()
    assert slow_began.wait(60)
    peak.look(2)
    peak_taken.set()
    slow.join()
    assert peak.mb == 50.0
