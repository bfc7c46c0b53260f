"""Kills `add` in the middle, again and again, and looks whether anything that was there before is gone."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.catalogue import Catalogue
from errors import EnvironmentFault

START_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Kill:
    """What was found after one `kill -9`.

    Attributes:
        after_s: seconds from the first committed batch of the run to the signal.
        acknowledged: pictures that another process saw in the catalogue just before.
        found: pictures in it afterwards.
        findings: what `check --repair` still found wrong; strays of a batch that was never committed are no loss.
    """

    after_s: float
    acknowledged: int
    found: int
    findings: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost and all parts agree."""
        return self.found >= self.acknowledged and not self.findings


def kill_adding(
    entry: Path,
    what: str,
    catalogue_url: str,
    *,
    times: int,
    longest_s: float,
    seed: int,
    on_kill: Callable[[Kill], None],
) -> list[Kill]:
    """Start `add`, kill it at a random moment, check, and start it again, until it was killed often enough.

    Args:
        entry: index.py; the environment names the data folder.
        what: source with more pictures than can be added meanwhile.
        catalogue_url: of that data folder.
        times: how often it is killed.
        longest_s: latest moment of a kill after the first commit of its run.
        seed: of the moments.
        on_kill: told of each.
    Raises:
        EnvironmentFault: `add` ended by itself, or did not begin.
    """
    rng = np.random.default_rng(seed)
    kills = []
    with Catalogue.open(catalogue_url) as catalogue:
        for _ in range(times):
            wait_s = float(rng.uniform(0, longest_s))
            acknowledged = _add_and_kill(entry, what, catalogue, wait_s)
            findings = _check(entry)
            kill = Kill(wait_s, acknowledged, catalogue.counts().images, findings)
            on_kill(kill)
            kills.append(kill)
    return kills


def _add_and_kill(entry: Path, what: str, catalogue: Catalogue, wait_s: float) -> int:
    """Run `add` until it has committed something and some time has passed; return what was seen before the signal."""
    before = catalogue.last_change()
    process = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
        [sys.executable, entry, "add", what, "--json"], stdout=subprocess.DEVNULL
    )
    try:
        started = time.monotonic()
        while catalogue.last_change() == before:
            if process.poll() is not None or time.monotonic() - started > START_TIMEOUT_S:
                raise EnvironmentFault(
                    "`add` ended before it could be killed, or added nothing", remedy="Give it more pictures."
                )
            time.sleep(0.01)
        time.sleep(wait_s)
        acknowledged = catalogue.counts().images
    finally:
        process.kill()
        process.wait()
    return acknowledged


def _check(entry: Path) -> tuple[str, ...]:
    """Return what `check --repair` leaves."""
    shown = subprocess.run(  # noqa: S603 - our own program with our own arguments
        [sys.executable, entry, "check", "--repair", "--json"], stdout=subprocess.PIPE, env=os.environ, check=False
    )
    if not shown.stdout:
        raise EnvironmentFault("`check` said nothing; what it complained of stands above")
    return tuple(f"{finding['what']}: {finding['detail']}" for finding in json.loads(shown.stdout)["findings"])
