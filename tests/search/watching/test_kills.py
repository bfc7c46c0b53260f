"""Killed at any moment, nothing is lost and nothing is found twice."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.engines import draw, encode, offer
from tests.needs import ROOT
from tests.search.watching.conftest import Guarded
from tests.search.watching.receivers import hook_receiver
from tests.search.watching.run_watch import make_runner

COPIES, KILLS = 10, 2


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_by_kill_9(guarded: Guarded, tmp_path: Path) -> None:
    guarded.guard([encode(draw(seed)) for seed in range(COPIES)])
    guarded.add(*(offer(encode(draw(seed), "JPEG", quality=75), f"copy{seed}.jpg") for seed in range(COPIES)))
    with hook_receiver() as receiver:
        receiver.answers = [204, 500, 204, 0, 204, 500]
        guarded.hook(receiver.url)
        for _ in range(KILLS):
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.search.watching.run_watch", tmp_path], cwd=ROOT, stderr=subprocess.PIPE
            )
            try:
                # Killed with an answer on its way, or just noted.
                arrived = receiver.arrived.acquire(timeout=120)
            finally:
                process.kill()
                _, said = process.communicate()
            assert arrived, said.decode()
        last = make_runner(tmp_path)
        while guarded.outbox.facts().waiting or guarded.outbox.facts().behind:
            assert last.run(until_done=True, pause_s=0.02)
    findings = guarded.findings.newest()
    pairs = Counter((one.record["watched"]["name"], one.record["picture"]["title"]) for one in findings)
    assert pairs == {(f"{seed}.png", f"copy{seed}.jpg"): 1 for seed in range(COPIES)}
    assert set(receiver.taken) == {one.uid for one in findings}
    # Only what was on its way at a kill may come again, and by the same id.
    assert len(receiver.taken) - len(set(receiver.taken)) <= KILLS
    assert guarded.outbox.facts().delivered == COPIES
