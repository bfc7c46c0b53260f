"""`user` and `decide`, run as people run them, over a small catalogue of real parts; only the model is a fake."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands import main
from data import passwords
from data.catalogue import Catalogue
from data.decisions import Decisions
from data.passwords import is_password
from data.users import Users
from search.open_engine import close_engine
from tests.engines import draw, encode, make_engine, offer
from tests.fake_extractor import serve_fake

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deciding")
    records = [offer(encode(draw(seed)), f"https://example.org/{seed}.png", collection="shop") for seed in range(4)]
    close_engine(make_engine(folder, records))
    return folder


@pytest.fixture(autouse=True)
def _here(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRACE_DATA_DIR", str(folder))
    serve_fake(monkeypatch)
    monkeypatch.setattr(passwords, "_METHOD", "scrypt:1024:8:1")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def catalogue(folder: Path) -> Iterator[Catalogue]:
    with Catalogue.open(f"sqlite:///{folder / 'catalogue.sqlite'}") as catalogue:
        yield catalogue
        decisions, users = Decisions(catalogue.database), Users(catalogue.database)
        for one in decisions.newest():
            decisions.undo(one.id, "test")
        for user in users.everyone():
            users.remove(user.name)


def run(*words: str, answers: str | None = None, status: int = 0) -> Result:
    shown = CliRunner().invoke(main, words, input=answers, catch_exceptions=False)
    assert shown.exit_code == status, shown.output
    return shown


def test_a_user_is_added_by_a_password_asked_twice(catalogue: Catalogue) -> None:
    shown = run("user", "add", "Ann", answers=f"{PASSWORD}\n{PASSWORD}\n")
    assert PASSWORD not in shown.output
    assert is_password(PASSWORD, Users(catalogue.database).password_hash("ann"))
    assert [one["name"] for one in json.loads(run("user", "list", "--json").stdout)] == ["ann"]
    assert "already" in run("user", "add", "ann", "--stdin", answers=f"{PASSWORD}\n", status=3).stderr


def test_two_different_passwords_are_asked_again(catalogue: Catalogue) -> None:
    run("user", "add", "ann", answers=f"{PASSWORD}\nanother one\n{PASSWORD}\n{PASSWORD}\n")
    assert is_password(PASSWORD, Users(catalogue.database).password_hash("ann"))


def test_a_password_is_changed_and_a_user_removed(catalogue: Catalogue) -> None:
    run("user", "add", "ann", "--stdin", answers=f"{PASSWORD}\r\n")
    run("user", "password", "ann", "--stdin", answers="another battery staple\nnot this\n")
    assert is_password("another battery staple", Users(catalogue.database).password_hash("ann"))
    run("user", "remove", "ann", "--json")
    assert "user add" in run("user", "list").stdout
    for words in (("password", "ann", "--stdin"), ("remove", "ann")):
        run("user", *words, answers=f"{PASSWORD}\n", status=1)


def test_what_cannot_be_is_told_in_a_line(catalogue: Catalogue) -> None:
    for answers in ("short\n", "", "\n"):
        shown = run("user", "add", "ann", "--stdin", answers=answers, status=3)
        assert "12 to 1,024 characters" in shown.stderr
        assert len(shown.stderr.splitlines()) == 1
    run("user", "add", "no name", "--stdin", answers=f"{PASSWORD}\n", status=3)
    assert not Users(catalogue.database).has_any()


def test_pairs_are_decided_on_and_searches_follow(catalogue: Catalogue) -> None:
    Path("copy.jpg").write_bytes(encode(draw(1), "JPEG", quality=60))
    run("search", "copy.jpg")
    taken = json.loads(
        run("decide", "copy.jpg", "2", "not-a-copy", "--by", "ann", "--note", "a print", "--json").stdout
    )
    assert (taken["kind"], taken["scope"], taken["decided_by"], taken["note"]) == (
        "not_a_copy",
        "pair",
        "ann",
        "a print",
    )
    assert taken["second_sha256"] == catalogue.image(2).sha256
    assert "Decided to be no copies: 1 (--all shows them)" in run("search", "copy.jpg", status=1).stdout
    assert "decided: not a copy" in run("search", "copy.jpg", "--all", status=1).stdout
    run("decide", "undo", str(taken["id"]))
    run("search", "copy.jpg")


def test_sources_and_collections_are_decided_on(catalogue: Catalogue) -> None:
    run("decide", "--source", "example.org", "licensed")
    run("decide", "--collection", "shop", "mine")
    assert [one["kind"] for one in json.loads(run("decide", "list", "--json").stdout)] == ["mine", "licensed"]
    assert "example.org/" in run("decide", "list", "--scope", "source").stdout
    run("decide", "list", "--kind", "not-a-copy", "--scope", "source", status=1)
    Path("copy.jpg").write_bytes(encode(draw(1), "JPEG", quality=60))
    assert "decided: licensed, as all of example.org/" in run("search", "copy.jpg").stdout


def test_the_history_is_exported(catalogue: Catalogue, tmp_path: Path) -> None:
    run("decide", "1", "2", "not-a-copy")
    run("decide", "--collection", "shop", "mine")
    rows = list(csv.DictReader(io.StringIO(run("decide", "export").stdout)))
    assert [row["kind"] for row in rows[-2:]] == ["not_a_copy", "mine"]
    run("decide", "export", "--json", "-o", "all.json")
    assert len(json.loads((tmp_path / "all.json").read_text("utf-8"))) == len(rows)
    [line] = run("decide", "export", "--evidence").stdout.splitlines()
    assert json.loads(line)["is_copy"] is False
    run("decide", "export", "-o", str(tmp_path / "absent" / "x.csv"), status=4)


@pytest.mark.parametrize(
    "words",
    [
        ("1", "2"),
        ("1", "2", "theirs"),
        ("1", "mine"),
        ("--source", "example.org"),
        ("--source", "a", "--collection", "b", "mine"),
        ("--source", "a", "1", "2", "mine"),
    ],
)
def test_what_makes_no_sense_is_usage(words: tuple[str, ...]) -> None:
    run("decide", *words, status=2)


def test_the_same_picture_is_no_pair_to_refute(catalogue: Catalogue) -> None:
    run("decide", "1", "1", "not-a-copy", status=3)
    run("decide", "99", "1", "mine", status=1)
    run("decide", "undo", "99999", status=1)
