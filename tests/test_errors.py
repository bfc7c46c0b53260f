"""The exception tree is as it is drawn, and every error tells what to do."""

import re
from collections.abc import Iterator

import pytest

import errors
from errors import RetraceError


def tree(kind: type[RetraceError], depth: int = 0) -> Iterator[tuple[int, str]]:
    """Yield depth and name of a class and of all below it."""
    yield depth, kind.__name__
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from tree(below, depth + 1)


def test_the_drawing_at_the_top_is_the_tree() -> None:
    assert errors.__doc__ is not None
    drawn = [
        (len(found[1]) // 4, found[2])
        for line in errors.__doc__.splitlines()
        if (found := re.match(r"((?:[│ ] {3})*(?:[├└]── )?)([A-Z]\w+)(?: {2}|$)", line))
    ]
    assert drawn == list(tree(RetraceError))


@pytest.mark.parametrize("name", [name for _, name in tree(RetraceError)])
def test_every_error_has_a_remedy_and_an_exit_status_of_the_command_line(name: str) -> None:
    kind = getattr(errors, name)
    assert kind("what happened").remedy.endswith((".", "requirements.txt"))
    assert kind("what happened", remedy="Do this.").remedy == "Do this."
    assert kind.exit_status in {1, 3, 4}
