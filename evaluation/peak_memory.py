"""The peak of resident memory of this process, as Linux accounts it."""

from pathlib import Path

from errors import EnvironmentFault

_PROCESS = Path("/proc/self")
_RESET_PEAK = "5"
"""What the kernel takes as the wish to begin the peak anew (proc(5), clear_refs)."""


def restart_peak() -> None:
    """Begin the peak anew, from what is resident now.

    Raises:
        EnvironmentFault: this system does not account it.
    """
    try:
        (_PROCESS / "clear_refs").write_text(_RESET_PEAK, encoding="ascii")
    except OSError as exc:
        raise EnvironmentFault(f"expected Linux, which tells the peak of memory; received {exc}") from exc


def peak_mb() -> float:
    """Return the largest resident memory since the start, or since the peak was begun anew, MiB.

    Raises:
        EnvironmentFault: this system does not account it.
    """
    try:
        lines = (_PROCESS / "status").read_text(encoding="ascii").splitlines()
    except OSError as exc:
        raise EnvironmentFault(f"expected Linux, which tells the peak of memory; received {exc}") from exc
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
