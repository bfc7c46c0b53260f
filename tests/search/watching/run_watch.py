"""Compares and sends over a small catalogue until it is killed; test_kills.py runs it in a process of its own.

Usage: python -m tests.search.watching.run_watch FOLDER
"""

import sys
from datetime import timedelta
from pathlib import Path

import numpy as np

from data.outbox import Outbox
from data.webhook import Poster
from search.watching import deliver, follow, runner
from search.watching.deliver import Courier, MailOptions, Patience
from search.watching.runner import WatchRunner
from tests.search.watching.conftest import KEY, open_small_engine

QUICK = timedelta(seconds=0.3)


def make_runner(folder: Path) -> WatchRunner:
    """Return a runner that waits for nobody for long."""
    runner.LEASE_LASTS = deliver.HOLD = QUICK
    follow.CHANGES_AT_ONCE = 3
    engine = open_small_engine(folder)
    courier = Courier(
        outbox=Outbox(engine.catalogue.database),
        poster=Poster(timeout_s=5.0),
        mail=MailOptions(None, ""),
        key=KEY,
        public_url="",
        patience=Patience(first=timedelta(seconds=0.05)),
        rng=np.random.default_rng(0),
    )
    return WatchRunner(engine, courier)


if __name__ == "__main__":
    make_runner(Path(sys.argv[1])).run(until_done=False, pause_s=0.02)
