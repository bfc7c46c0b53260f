"""Minutes of load are counted right, whatever fails in them, and a real server is searched and changed meanwhile."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands import main
from data.catalogue import Catalogue
from data.tokens import ApiTokens
from evaluation.changing_client import Change
from evaluation.experiments.machine import Machine
from evaluation.steady_clients import Asked, by_minute, searching, sum_up
from evaluation.steady_load import ChangesSeen, LoadOrder, MemoryLook, SteadyLoad, measure_steady_load
from settings import ROOT, read_settings
from tests.engines import draw, encode

ASKED = [Asked(ended_s=float(second), took_ms=100.0 + second, failure=None) for second in range(122)]
CHANGES = [Change("add", 50.0, 0.4, is_right=True), Change("remove", 5.0, 0.5, is_right=True)]
CLEAN = SteadyLoad(
    machine=Machine("A processor", 2, {}),
    catalogue=600,
    clients=8,
    whole=sum_up(0, 121.0, ASKED),
    minutes=by_minute(ASKED, 121.0),
    memory=(
        MemoryLook(0.0, {11: 200.0, 12: 201.0}),
        MemoryLook(60.0, {11: 300.0, 12: 301.0}),
        MemoryLook(121.0, {11: 302.5, 12: 301.0}),
    ),
    added=ChangesSeen.of(CHANGES, "add"),
    removed=ChangesSeen.of(CHANGES, "remove"),
    change_failures={},
    left=0,
    findings=(),
)


def test_searches_count_in_the_minute_in_which_they_end() -> None:
    failed = [Asked(30.0, 9000.0, "status 503"), Asked(90.0, 1.0, "TimeoutError"), Asked(91.0, 1.0, "TimeoutError")]
    minutes = by_minute([*ASKED, *failed], 121.0)
    assert [(one.number, one.seconds, one.searches) for one in minutes] == [(1, 60.0, 60), (2, 61.0, 62)]
    assert [dict(one.failures) for one in minutes] == [{"status 503": 1}, {"TimeoutError": 2}]
    assert (minutes[0].worst_ms, minutes[0].median_ms) == (159.0, 129.5)
    assert [one.seconds for one in by_minute([], 90.0)] == [60.0, 30.0]
    assert (by_minute([], 3.0)[0].searches, by_minute([], 3.0)[0].worst_ms) == (0, 0.0)


def test_whatever_fails_or_is_told_wrong_is_not_clean() -> None:
    assert CLEAN.is_clean
    assert (CLEAN.replaced, CLEAN.grown_mb) == (0, {11: 2.5, 12: 0.0})
    wrong = ChangesSeen.of([replace(CHANGES[0], is_right=False)], "add")
    other = replace(CLEAN.memory[2], workers_mb={11: 300.0, 13: 200.0})
    for changed in (
        {"whole": sum_up(0, 1.0, [Asked(0.5, 1.0, "status 500")])},
        {"change_failures": {"POST: status 503": 1}},
        {"added": wrong},
        {"left": 1},
        {"findings": ("a thumbnail is missing: 7",)},
        {"memory": (*CLEAN.memory[:2], other)},
    ):
        assert not replace(CLEAN, **changed).is_clean, changed
    told = "\n".join(CLEAN.lines())
    assert "| 2 | 62 |" in told
    assert "+2.5 MiB" in told
    assert "1 pictures removed" in told
    record = CLEAN.to_record()
    assert (record["is_clean"], record["replaced"], len(record["minutes"])) == (True, 0, 2)


@contextmanager
def failing_server() -> Iterator[str]:
    """A server that answers every third search, refuses every third, and cuts every third off."""
    numbers = count()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            number = next(numbers)
            if number % 3 == 2:
                self.close_connection = True
                return
            self.send_response((200, 503)[number % 3])
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_clients_go_on_after_failures_and_count_them() -> None:
    with failing_server() as address, searching(address, [b"one", b"other"], 2) as seen:
        give_up = time.monotonic() + 20
        while len({one.failure for one in seen}) < 3 and time.monotonic() < give_up:
            threading.Event().wait(0.02)
    kinds = {one.failure for one in seen}
    assert {None, "status 503"} < kinds
    assert len(kinds) == 3
    ended = [one.ended_s for one in seen]
    assert min(ended) >= 0


@pytest.mark.model
@pytest.mark.slow
def test_a_real_server_is_searched_and_changed_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETRACE_DATA_DIR", str(tmp_path / "instance"))
    monkeypatch.setenv("RETRACE_WORKERS", "2")
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for seed in range(4):
        (pictures / f"{seed}.png").write_bytes(encode(draw(seed, 240, 160)))
    for words in (("prepare", "--no-gallery"), ("add", str(pictures))):
        assert CliRunner().invoke(main, words, catch_exceptions=False).exit_code == 0
    url = read_settings().catalogue_url
    load = measure_steady_load(
        ROOT / "index.py", sorted(pictures.iterdir()), url, LoadOrder(minutes=0.05, clients=2, change_s=0.0)
    )
    assert load.is_clean, "\n".join(load.lines())
    assert (load.catalogue, len(load.minutes)) == (4, 1)
    assert load.whole.searches > 0
    assert load.added.made > 0
    assert all(len(look.workers_mb) == 2 and min(look.workers_mb.values()) > 0 for look in load.memory)
    with Catalogue.open(url) as catalogue:
        assert catalogue.counts().images == 4
        assert not ApiTokens(catalogue.database).all()
