"""How many frames a second are decoded and described: one thread beside every core."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from evaluation.experiments.machine import Machine, this_machine
from evaluation.report_file import read_report
from feature_extractor.actions.clip_features import FRAMES, ClipExtractor, best_output
from feature_extractor.backbones import open_backbone


@dataclass(frozen=True, slots=True)
class ClipSpeed:
    """What was timed.

    Attributes:
        clips: how many.
        frames: described, of all clips together.
        single_s: by one thread.
        parallel_s: by as many threads as `cores`.
        cores: that were used.
        machine: where.
    """

    clips: int
    frames: int
    single_s: float
    parallel_s: float
    cores: int
    machine: Machine

    @property
    def single_fps(self) -> float:
        """Frames a second of one thread."""
        return self.frames / self.single_s

    @property
    def parallel_fps(self) -> float:
        """Frames a second of all threads."""
        return self.frames / self.parallel_s

    def lines(self) -> list[str]:
        """Return it for people."""
        times = self.parallel_fps / self.single_fps
        words = (
            f"{self.clips} clips, {self.frames:,} frames decoded, prepared and described: "
            f"{self.single_fps:.1f} frames a second by one thread, {self.parallel_fps:.1f} by {self.cores} "
            f"({times:.2f} times as many). {self.machine.words()}."
        )
        return [words]

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.to_record(), indent=2) + "\n", encoding="utf-8")

    def to_record(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return what `write` wrote.

        Raises:
            BadInput: the file is no such report.
        """
        return read_report(cls, path, command="benchmark clips")


def measure_clip_speed(
    model: Path, clips: Sequence[Path], *, cores: int | None = None, say: Callable[[str], None] = lambda _: None
) -> ClipSpeed:
    """Describe clips by one thread, then by one a core, and time both.

    Args:
        model: the network.
        clips: at least one.
        cores: threads of the second pass; None: those that the process may use.
        say: told what comes next.
    Raises:
        ModelUnusable: the network cannot be loaded.
        VideoError, SourceUnreadable: a clip cannot be read.
    """
    machine = this_machine()
    cores = cores or machine.cores
    spent = []
    for threads in (1, cores):
        say(f"{threads} {'thread' if threads == 1 else 'threads'}")
        backbone = open_backbone(model, threads=threads)
        extractor = ClipExtractor(backbone, best_output(backbone), workers=threads)
        extractor.describe(clips[:1])  # what is done once is not timed
        started = time.perf_counter()
        extractor.describe(clips)
        spent.append(time.perf_counter() - started)
    return ClipSpeed(len(clips), FRAMES * len(clips), spent[0], spent[1], cores, machine)
