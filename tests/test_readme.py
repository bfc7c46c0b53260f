"""The README is a contract: settings, commands and links are as it says."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from commands import main
from settings import ROOT, Settings

README = (ROOT / "README.md").read_text(encoding="utf-8")


def settings_table() -> str:
    """Return the table of settings as the README must hold it."""
    rows = ["| variable | default | what it decides |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        if isinstance(default, Path):
            shown = f"`{default.relative_to(ROOT)}`"
        elif isinstance(default, SecretStr) or default in ("", ()):
            shown = "empty"
        else:
            shown = f"`{default}`"
        rows.append(f"| `RETRACE_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows)


def test_the_settings_table_is_the_class() -> None:
    found = re.search(r"<!-- settings:begin -->\n(.*?)\n<!-- settings:end -->", README, re.DOTALL)
    assert found is not None
    assert found[1] == settings_table(), f"the README should hold:\n{settings_table()}"


def test_every_command_is_named() -> None:
    named = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", README, re.MULTILINE))))
    assert set(main.commands) <= named


@pytest.mark.parametrize(
    "line", [line.strip() for line in re.findall(r"^(?:python3 )(index\.py .*)$", README, re.MULTILINE)]
)
def test_every_command_line_can_be_parsed(line: str) -> None:
    words = shlex.split(line.split("  #", maxsplit=1)[0])[1:]
    if not words or words[0].startswith("#"):
        return
    command = main.commands[words[0]]
    # Parsing alone: paths that must exist are not there, and are the only thing that may be wrong.
    shown = CliRunner().invoke(command, [*words[1:], "--help"])
    assert shown.exit_code == 0, shown.output


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https?:)([^)#]+)\)", README))
def test_every_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists(), link
