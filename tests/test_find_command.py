"""`find` and `benchmark words` on small catalogues."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands import main
from data.catalogue import Catalogue
from data.migrate import upgrade
from settings import read_settings
from tests.data.new_images import new_image


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RETRACE_DATA_DIR", str(tmp_path / "instance"))
    url = read_settings().catalogue_url
    upgrade(url)
    with Catalogue.open(url) as catalogue:
        catalogue.add_batch([new_image(number, title=f"harbour no. {number}", licence="CC0") for number in range(30)])
    return tmp_path


def test_find_tells_pictures_and_counts(data: Path) -> None:
    told = run("find", "harb", "--limit", "3", "--page", "2")
    assert told.exit_code == 0
    lines = told.output.splitlines()
    assert lines[0] == "30 pictures, page 2 of 10"
    assert [line.split()[0] for line in lines[1:4]] == ["4", "5", "6"]
    assert "Licences: CC0 30" in lines
    record = json.loads(run("find", "harbour -29", "--json").output)
    assert (record["total"], len(record["images"]), record["facets"]["licence"]) == (29, 10, {"CC0": 29})


def test_find_says_what_is_nowhere(data: Path) -> None:
    told = run("find", "harbour zebra")
    assert told.exit_code == 1
    assert "Nowhere in the catalogue: zebra*" in told.output
    refused = run("find", "since:soon")
    assert refused.exit_code == 3
    assert "Write 2026-05-21, 2026-05 or 2026" in refused.output


def test_words_are_measured_on_made_pictures(data: Path) -> None:
    told = run("benchmark", "words", "--pictures", "300", "--questions", "2", "--alone", "--json")
    assert told.exit_code == 0
    report = json.loads(told.output)
    assert (report["database"], report["pictures"]) == ("sqlite", 300)
    by_kind = {line["what"]: line for line in report["times"]}
    assert by_kind["all of these"]["questions"] == 12
    assert by_kind["everything there is"]["found_most"] == 300
    assert by_kind["two words"]["found_most"] >= 1  # drawn from a title, so that there is one
    assert 0 < report["words_bytes_each"] < 20_000
