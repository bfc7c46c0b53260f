"""Reads what a command printed as JSON back as the report that it was."""

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from errors import BadInput

ReportT = TypeVar("ReportT")


def read_report(kind: type[ReportT], path: Path, *, command: str) -> ReportT:
    """Return the report in a file.

    Args:
        kind: its dataclass.
        path: of the JSON.
        command: that writes such files, for the message.
    Raises:
        BadInput: the file holds none.
    """
    try:
        return TypeAdapter(kind).validate_json(path.read_bytes())
    except (OSError, ValidationError) as exc:
        raise BadInput(f"expected a report of `{command}` in {path}; received {exc}") from exc
