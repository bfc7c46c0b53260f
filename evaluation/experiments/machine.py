"""Which machine measured."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """Where figures were measured; times without it say nothing.

    Attributes:
        processor: as it names itself.
        cores: that the process could use.
        versions: of Python and of what computes.
    """

    processor: str
    cores: int
    versions: dict[str, str]

    def words(self) -> str:
        """Return it as part of a sentence."""
        told = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return f"{self.processor}, {self.cores} {'core' if self.cores == 1 else 'cores'}; {told}"


def this_machine() -> Machine:
    """Return this machine, as the process sees it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    packages = {name: version(name) for name in ("numpy", "openvino")}
    return Machine(names[0] if names else platform.machine(), cores, {"Python": platform.python_version(), **packages})
