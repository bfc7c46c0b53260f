"""The command line, a file a family of commands.

A command reads its words, calls one function of the library and shows what came back; heavy parts are imported by the
command that needs them, so that `--help` is quick and works where only serving is installed.
"""

# ruff: noqa: F401 - imported so that they enter the group

from commands import (
    actions,
    asking,
    benchmarks,
    calibrating,
    contents,
    deciding,
    duplicating,
    evaluating,
    experimenting,
    faces,
    families,
    finding,
    hashes,
    judging_duplicates,
    models,
    proving,
    regions,
    serving,
    tokens,
    training,
    upkeep,
    users,
    verdicts,
    videos,
    watching,
)
from commands.group import main

__all__ = ["main"]
