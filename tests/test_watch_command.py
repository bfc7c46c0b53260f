"""`watch …`, run as people run it, over a small catalogue of real parts; only the model is a fake."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commands import main
from data.catalogue import Catalogue
from data.watches import Watches
from search.ingest import Intake
from search.open_engine import close_engine
from tests.engines import LIMITS, draw, encode, make_engine, offer, take_in
from tests.fake_extractor import serve_fake
from tests.search.watching.conftest import open_small_engine
from tests.search.watching.receivers import hook_receiver, mail_receiver


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("watching")
    close_engine(make_engine(folder, [offer(encode(draw(90)), "https://example.org/90.png", collection="shop")]))
    return folder


@pytest.fixture(autouse=True)
def _here(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RETRACE_DATA_DIR", str(folder))
    serve_fake(monkeypatch)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").mkdir()
    for seed in (1, 2):
        (tmp_path / "own" / f"{seed}.png").write_bytes(encode(draw(seed)))
    yield
    with Catalogue.open(f"sqlite:///{folder / 'catalogue.sqlite'}") as catalogue:
        watches = Watches(catalogue.database)
        for watch in watches.everything():
            watches.remove(watch.name)


def run(*words: str, status: int = 0) -> Result:
    shown = CliRunner().invoke(main, ["watch", *words], catch_exceptions=False)
    assert shown.exit_code == status, shown.output
    return shown


def told(*words: str, status: int = 0) -> Any:
    return json.loads(run(*words, "--json", status=status).stdout)


def steal(folder: Path, seed: int, quality: int) -> None:
    """Add a copy of a guarded picture; each quality is another picture."""
    engine = open_small_engine(folder)
    record = offer(encode(draw(seed), "JPEG", quality=quality), f"/srv/{seed}-{quality}.jpg")
    tally, _ = take_in(Intake(engine.extractor, engine.catalogue, engine.thumbnails, LIMITS, workers=1), [record])
    assert tally.added == 1
    close_engine(engine)


def test_pictures_are_guarded_found_told_and_let_go(folder: Path, tmp_path: Path) -> None:
    assert "guards 2 pictures" in run("add", "own", "--name", "mine").output
    with hook_receiver() as receiver, mail_receiver() as mails:
        environment = {
            "RETRACE_SMTP_URL": f"smtp://127.0.0.1:{mails.port}",
            "RETRACE_MAIL_FROM": "retrace@example.org",
            "RETRACE_PUBLIC_URL": "https://retrace.example.org/",
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            hook = told("hook", "mine", receiver.url, "--allow-private", "--test")
            run("mail", "mine", "ann@example.org", "--test")
            assert run("feed", "mine").output.startswith("https://retrace.example.org/watch/feed/")
            steal(folder, 1, 80)
            assert told("queue")["behind"] == 1
            done = told("run", "--once")
    assert (done["found"], done["tried"], done["queue"]["waiting"]) == (1, 1, 1)  # the mail waits for more
    assert hook["secret"].startswith("whsec_")
    assert [json.loads(one.body)["type"] for one in receiver.received] == ["retrace.test", "retrace.finding"]
    assert len(mails.mails) == 1
    [found] = told("findings", "--unseen")
    assert found["watched"]["name"] == "1.png"
    assert found["picture"]["sources"][0]["locator"] == "/srv/1-80.jpg"
    assert {one["kind"]: one["state"] for one in found["deliveries"]} == {"webhook": "delivered", "mail": "waiting"}
    assert hook["secret"] not in json.dumps(told("list"))
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600
    assert "1.png" in run("findings", "--mark-seen").output
    run("findings", "--unseen", status=1)
    run("mail", "mine", "ann@example.org", "--remove")
    run("hook", "mine", receiver.url, "--remove")
    assert told("queue")["waiting"] == 0
    assert "1 finding" in run("remove", "mine").output
    run("list", status=1)
    run("findings", status=1)


def test_a_collection_is_guarded_where_it_has_pictures(folder: Path) -> None:
    run("add", "--collection", "shop", "--name", "shop")
    assert told("list")[0]["pictures"] == 1
    assert "no picture in a collection" in run("add", "--collection", "shpo", "--name", "other", status=1).output
    run("add", "--name", "neither", status=2)
    run("add", "own", "--collection", "shop", "--name", "both", status=2)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "own" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    shown = run("add", "own", "--name", "mine", status=3)
    assert "broken.png" in shown.stderr
    assert told("list")[0]["pictures"] == 2


def test_a_hook_that_does_not_answer_is_not_taken(tmp_path: Path) -> None:
    run("add", "own", "--name", "mine")
    with hook_receiver() as receiver:
        receiver.answers = [500]
        assert "it answered 500" in run("hook", "mine", receiver.url, "--allow-private", "--test", status=3).stderr
        assert "public internet" in run("hook", "mine", receiver.url, "--test", status=3).stderr
    assert told("list")[0]["channels"] == []
    assert "no mail server" in run("mail", "mine", "ann@example.org", "--test", status=3).stderr
    assert "RETRACE_SMTP_URL is empty" in run("mail", "mine", "ann@example.org").stderr


def test_a_feed_gets_another_address_or_none(tmp_path: Path) -> None:
    run("add", "own", "--name", "mine")
    first = told("feed", "mine")["path"]
    assert told("feed", "mine")["path"] == first
    assert told("feed", "mine", "--new")["path"] != first
    assert told("feed", "mine", "--off")["path"] is None
    run("feed", "mine", "--off", "--new", status=2)
    assert "no watch nobody" in run("feed", "nobody", status=1).stderr


def test_what_was_given_up_is_sent_after_all(folder: Path, tmp_path: Path) -> None:
    run("add", "own", "--name", "mine")
    with hook_receiver() as receiver:
        receiver.answers = [410]
        run("hook", "mine", receiver.url, "--allow-private")
        steal(folder, 2, 70)
        assert told("run", "--once")["queue"]["given_up"] == 1
        assert told("retry", "mine")["waiting"] == 1
        assert told("run", "--once")["queue"]["delivered"] == 1
    assert len(receiver.taken) == 1
