"""`token` and `hashes`, run as people run them, over a small catalogue of real parts; only the model is a fake."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands import main
from commands.tokens import parse_lifetime
from data.catalogue import Catalogue
from data.tokens import ApiTokens
from errors import BadInput
from search.open_engine import close_engine
from tests.engines import draw, encode, make_engine, offer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("programs")
    records = [
        offer(encode(draw(seed)), f"{seed}.png", title=f"no. {seed}", collection="shop" if seed else None)
        for seed in range(4)
    ]
    close_engine(make_engine(folder, records))
    return folder


@pytest.fixture(autouse=True)
def _here(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRACE_DATA_DIR", str(folder))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def tokens(folder: Path) -> Iterator[ApiTokens]:
    with Catalogue.open(f"sqlite:///{folder / 'catalogue.sqlite'}") as catalogue:
        yield ApiTokens(catalogue.database)


def run(*words: str, status: int = 0) -> Result:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == status, result.output
    return result


def test_a_token_is_shown_once(tokens: ApiTokens) -> None:
    made = run("token", "add", "Shop", "--scope", "write", "--expires", "90d", "--rate-limit", "5/minute")
    text = made.stdout.strip()
    assert "not shown again" in made.stderr
    found = tokens.token_of(text)
    assert found is not None
    assert (found.name, found.scope, found.rate_limit) == ("shop", "write", "5/minute")
    listed = run("token", "list").output
    assert f"rt_{found.prefix}" in listed
    assert "never used" in listed
    assert text.rpartition("_")[2] not in listed
    [record] = json.loads(run("token", "list", "--json").output)
    assert (record["prefix"], record["has_ended"]) == (f"rt_{found.prefix}", False)
    assert text.rpartition("_")[2] not in json.dumps(record)
    run("token", "add", "shop", "--scope", "read", status=3)
    run("token", "remove", "shop")
    assert tokens.token_of(text) is None
    run("token", "remove", "shop", status=1)
    assert "token add" in run("token", "list").output


def test_as_json_it_is_one_document(tokens: ApiTokens) -> None:
    record = json.loads(run("token", "add", "one", "--scope", "read", "--expires", "never", "--json").stdout)
    assert record["expires_at"] is None
    assert tokens.token_of(record["token"]) is not None
    run("token", "remove", "one")


@pytest.mark.parametrize("text", ["90", "0d", "-1d", "1y", "d", "", "9999999d", "1.5d", "٣d"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="--expires"):
        parse_lifetime(text)


def test_what_is_no_limit_or_scope_is_refused() -> None:
    assert "--rate-limit" in run("token", "add", "a", "--scope", "read", "--rate-limit", "many", status=3).output
    run("token", "add", "a", "--scope", "admin", status=2)
    run("token", "add", "a", status=2)


@pytest.mark.parametrize("name", ["all.csv", "all.json"])
def test_what_is_exported_finds_itself(name: str) -> None:
    assert "4 hashes" in run("hashes", "export", name).output
    found = json.loads(run("hashes", "search", name, "--distance", "0", "--json").stdout)
    assert [(one["place"] - (name == "all.csv"), one["id"], one["distance"]) for one in found["matches"]] == [
        (number, number, 0) for number in range(1, 5)
    ]
    assert (found["found"], found["searched"]) == (4, 4)
    assert list(Path().glob(".*.part")) == []


def test_one_hash_is_searched_for_and_a_collection_exported() -> None:
    run("hashes", "export", "shop.csv", "--collection", "shop")
    with Path("shop.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["2", "3", "4"]
    assert all(50 <= int(row["quality"]) <= 100 for row in rows)
    shown = run("hashes", "search", rows[0]["hash"].upper()).output
    assert "no. 1" in shown
    assert "1 hash, 1 picture near" in shown
    assert "0 pictures" in run("hashes", "search", "0" * 64, status=1).output
    run("hashes", "export", "none.csv", "--collection", "none", status=1)


def test_bad_lines_are_named_and_the_others_searched() -> None:
    run("hashes", "export", "all.csv")
    text = Path("all.csv").read_text(encoding="utf-8")
    Path("bad.csv").write_text(text + "no hash,100,,\n" + "0" * 64 + ",12,,\n", encoding="utf-8")
    result = run("hashes", "search", "bad.csv", "--failures", "failures.csv", "--json")
    assert json.loads(result.stdout)["searched"] == 4
    assert "bad.csv:6: expected a hash" in result.stderr
    assert "bad.csv:7: quality 12 is under 50" in result.stderr
    with Path("failures.csv").open(encoding="utf-8") as file:
        assert [row["locator"] for row in csv.DictReader(file)] == ["bad.csv:6", "bad.csv:7"]
    assert json.loads(run("hashes", "search", "bad.csv", "--quality", "12", "--json").stdout)["searched"] == 5


def test_what_is_no_list_is_told(tmp_path: Path) -> None:
    assert "no file either" in run("hashes", "search", "none.csv", status=3).output
    Path("list.xml").write_text("x", encoding="utf-8")
    assert "called .csv or .json" in run("hashes", "search", "list.xml", status=3).output
    assert "called .csv or .json" in run("hashes", "export", "list.xml", status=3).output
    assert "cannot be written" in run("hashes", "export", "no/such/folder.csv", status=4).output
