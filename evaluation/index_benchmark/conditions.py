"""Under what conditions a cell was measured: cells of one report may be of different days."""

import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Conditions:
    """When a cell was measured, of which checkout, and what else there is to say of it.

    Attributes:
        measured_on: the day in UTC, as 2026-11-29; empty where it is unknown.
        commit: of the checkout; empty where it is none.
        note: in the words of whoever measured it, such as what else the machine did.
    """

    measured_on: str
    commit: str
    note: str

    @classmethod
    def now(cls, note: str) -> Self:
        """Return those of this moment."""
        return cls(datetime.now(UTC).date().isoformat(), commit_here(), note)

    @classmethod
    def of(cls, cell: dict[str, Any], commit: str) -> Self:
        """Return those of a cell; of one measured before conditions were kept, the commit of its report alone."""
        kept = cell.get("conditions")
        return cls("", commit, "") if kept is None else cls(**kept)

    def to_record(self) -> dict[str, str]:
        """Return them as plain JSON values."""
        return asdict(self)


def commit_here() -> str:
    """Return the commit that this checkout is at; nothing where it is none or git is absent."""
    try:
        done = subprocess.run(  # noqa: S603  # words of our own
            ["git", "-C", str(_ROOT), "rev-parse", "HEAD"],  # noqa: S607  # whichever git there is
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip()
