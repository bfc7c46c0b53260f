"""The pages of docs/ are all of one site, and nothing in them leads nowhere."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from settings import ROOT
from tests.docs.shell_lines import DOCS

CONFIG = ROOT / "zensical.toml"
PAGES = sorted(page.name for page in DOCS.glob("*.md"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site, which fails where a link leads nowhere; gives its folder."""
    folder = tmp_path_factory.mktemp("docs")
    config = CONFIG.read_text(encoding="utf-8").replace("build/docs", "site")
    (folder / CONFIG.name).write_text(config, encoding="utf-8")
    shutil.copytree(DOCS, folder / "docs")
    shown = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    return folder / "site"


def test_every_page_is_in_the_navigation() -> None:
    named = re.findall(r"[\w-]+\.md", str(tomllib.loads(CONFIG.read_text(encoding="utf-8"))["project"]["nav"]))
    assert sorted(named) == PAGES


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_nobody_else(page: str, built: Path) -> None:
    html = (built / page).with_suffix(".html").read_text(encoding="utf-8")
    loaded = re.findall(r"""<(?:script|link|img|iframe)[^>]+(?:src|href)=["']?(https?:[^"' >]+)""", html)
    assert loaded == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_begins_with_its_title(page: str) -> None:
    assert (DOCS / page).read_text(encoding="utf-8").startswith("# ")
