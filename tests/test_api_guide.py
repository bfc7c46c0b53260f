"""docs/api.md is a contract: its curl examples, its Python and its commands do what it says, on a running site."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from commands import main
from tests.needs import program
from tests.web.running_site import ROOT, RunningSite, running_site
from tests.web.site_parts import draw, encode

GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
PICTURES = [encode(draw(seed), "JPEG") for seed in range(4)]
EDGE = "<<<<>>>>"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with running_site(tmp_path_factory.mktemp("guide"), PICTURES, {"a.jpg": PICTURES[0]}) as running:
        yield running


def surroundings(site: RunningSite, folder: Path) -> dict[str, str]:
    """Lay the files of the examples into a folder, and return the variables that they need."""
    (folder / "picture.jpg").write_bytes(PICTURES[0])
    (folder / "new.jpg").write_bytes(encode(draw(30_000), "JPEG"))
    return os.environ | {
        "RETRACE": site.address.rstrip("/"),
        "TOKEN": site.writing,
        "PICTURE_URL": f"{site.elsewhere}a.jpg",
        "PYTHONPATH": str(ROOT),
        "no_proxy": "127.0.0.1",
    }


@pytest.fixture(scope="module")
def answers(site: RunningSite, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each example prints, in their order; each goes on where the one before ended."""
    program("curl")
    folder = tmp_path_factory.mktemp("examples")
    script = "set -eu\n" + "".join(f"{block}\necho '{EDGE}'\n" for block in BLOCKS)
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, cwd=folder, env=surroundings(site, folder), check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return [answer.strip() for answer in done.stdout.split(EDGE)[:-1]]


def answer_to(answers: list[str], words: str) -> Any:
    """Return what the one example prints that holds these words."""
    [answer] = [answer for block, answer in zip(BLOCKS, answers, strict=True) if words in block]
    return json.loads(answer)


def test_searches_find_the_picture(answers: list[str]) -> None:
    for words in ("-F file=@picture.jpg", "sort=biggest", '/api/v1/search"\n'):
        found = [answer for block, answer in zip(BLOCKS, answers, strict=True) if words in block]
        assert found
        for answer in found:
            assert json.loads(answer)["copies"]["hits"][0]["verdict"] == "identical"
    assert answer_to(answers, 'images/1"')["id"] == 1
    assert answer_to(answers, "images/1/search")["query"]["image_id"] == 1
    assert answer_to(answers, "/status")["images"] == len(PICTURES)


def test_pictures_are_added_and_removed(answers: list[str]) -> None:
    added = answer_to(answers, "-F file=@new.jpg")
    assert (added["title"], added["collection"], added["licence"]) == ("A new work", "mine", "CC0")
    assert added["sources"][0]["backlink"] == "https://example.org/works"
    # The file behind the address is the first of the catalogue.
    assert answer_to(answers, "By its address")["id"] == 1
    assert answer_to(answers, "-X DELETE") == 204


def test_hashes_find_their_pictures(answers: list[str]) -> None:
    found = answer_to(answers, "hashes/search")
    assert [(one["total"], one["matches"][0]["image"]["id"]) for one in found["hashes"]] == [(1, 1)]
    assert [one["place"] for one in found["rejected"]] == [2]


def test_tineye_s_addresses_answer(answers: list[str]) -> None:
    for words in ("image_upload=@picture.jpg", "image_url="):
        answer = answer_to(answers, words)
        assert (answer["code"], answer["results"]["matches"][0]["score"]) == (200, 100.0)
    [counts] = [answer for block, answer in zip(BLOCKS, answers, strict=True) if "image_count" in block]
    count, left = (json.loads(line) for line in counts.splitlines())
    assert count["results"] >= len(PICTURES)
    assert left["results"]["total_remaining_searches"] == 2**31 - 1


def test_every_answer_is_looked_at() -> None:
    """Who adds an example adds what it must print."""
    assert len(BLOCKS) == 14


def test_the_python_example_runs(site: RunningSite, tmp_path: Path) -> None:
    [example] = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=surroundings(site, tmp_path),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("identical ")
    assert any(line.startswith("added ") for line in lines)
    assert "404" in lines[-1]


@pytest.mark.parametrize("line", re.findall(r"^python3 (index\.py .*)$", GUIDE, re.MULTILINE))
def test_every_command_line_can_be_parsed(line: str) -> None:
    words = shlex.split(line)[1:]
    shown = CliRunner().invoke(main.commands[words[0]], [*words[1:], "--help"])
    assert shown.exit_code == 0, shown.output


def test_every_route_and_every_method_of_the_client_is_named() -> None:
    from retrace_client import Retrace

    methods = [name for name in dir(Retrace) if not name.startswith("_") and name != "close"]
    assert [name for name in methods if f"`{name}`" not in GUIDE and f".{name}(" not in GUIDE] == []
