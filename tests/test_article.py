"""The article is a contract: what it shows was made, what it links to is there, what it tells to run can be run."""

import re
import shlex
import subprocess
from importlib import import_module

import pytest
from click import Command
from click.testing import CliRunner

from commands import main
from evaluation.article import TABLES, fill
from evaluation.figures import MOST_BYTES
from settings import ROOT

FOLDER = ROOT / "article"
ARTICLE = (FOLDER / "article.md").read_text(encoding="utf-8")
FACES = (FOLDER / "experiments" / "faces.md").read_text(encoding="utf-8")
QUOTED = sorted(
    {
        line.strip()
        for line in (
            *re.findall(r"^(?:python3?|make) .*$", ARTICLE, re.MULTILINE),
            *re.findall(r"`((?:python3?|make) [^`]*)`", ARTICLE),
        )
    }
)


def test_places_hold_what_was_made() -> None:
    assert fill(ARTICLE, FOLDER) == ARTICLE, "run `python -m evaluation.article article`"
    assert fill(FACES, FOLDER / "experiments") == FACES, "run `index.py evaluate faces` with --out article/experiments"


def test_every_table_has_its_place() -> None:
    places = [name for page in (ARTICLE, FACES) for name in re.findall(r"<!-- table:(\S+) -->", page)]
    assert sorted(places) == sorted(TABLES)


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https?:)([^)#]+)\)", ARTICLE))
def test_every_link_leads_somewhere(link: str) -> None:
    assert (FOLDER / link).exists(), link


def test_figures_are_light_and_shown() -> None:
    for path in (FOLDER / "figures").iterdir():
        assert path.suffix in {".png", ".svg"}
        assert path.stat().st_size <= MOST_BYTES, path.name
        assert f"](figures/{path.name})" in ARTICLE, path.name


def test_commands_are_quoted() -> None:
    assert len(QUOTED) > 8


@pytest.mark.parametrize("line", QUOTED)
def test_every_command_line_can_be_parsed(line: str) -> None:
    words = shlex.split(line.split(" > ", maxsplit=1)[0])
    if words[0] == "make":
        # -n: nothing is run; a target or a quotation mark that is wrong shows all the same.
        done = subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return
    if words[1] == "-m":
        command: Command = import_module(words[2]).main
        arguments = words[3:]
    else:
        assert words[:2] == ["python3", "index.py"]
        command, arguments = main, words[2:]
    # Parsing alone: paths that must exist are not there, and are the only thing that may be wrong.
    shown = CliRunner().invoke(command, [*arguments, "--help"])
    assert shown.exit_code == 0, shown.output
