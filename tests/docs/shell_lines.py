"""What the pages of docs/ tell people to type."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from settings import ROOT

DOCS = ROOT / "docs"
PROGRAMS = ("python3", "make", "curl", "export")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ShellLine:
    """A line of a page as a shell would read it: variables in front, then words; what follows `>` is cut."""

    text: str
    variables: dict[str, str]
    words: tuple[str, ...]


def read_line(text: str) -> ShellLine:
    """Return a line in its parts."""
    words = shlex.split(text, comments=True)
    variables = {}
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        name, value = words.pop(0).split("=", maxsplit=1)
        variables[name] = value
    return ShellLine(text, variables, tuple(words[: words.index(">")] if ">" in words else words))


def shell_lines(page: Path) -> list[ShellLine]:
    """Return the lines of all `sh` blocks of a page, in the order in which they stand.

    Blocks of the page of the API are scripts for a server, which others run: of it the commands alone, which have
    blocks without a name.

    Raises:
        ValueError: a line begins with none of the programs that are run here.
    """
    wanted = "" if page.stem == "api" else "sh"
    blocks = [body for kind, body in BLOCK.findall(page.read_text(encoding="utf-8")) if kind == wanted]
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    read = [read_line(line) for line in lines if line.strip()]
    for line in read:
        if not line.words or line.words[0] not in PROGRAMS:
            raise ValueError(f"{page.name}: expected a line of {', '.join(PROGRAMS)}; got {line.text!r}")
    return read
