"""Alive is one thing, ready another."""

import logging
import os
from pathlib import Path
from threading import Thread
from time import sleep

import pytest
from flask.testing import FlaskClient

from data.migrate import upgrade
from errors import CatalogueUnavailable, EnvironmentFault
from search.open_engine import close_engine
from tests.web.conftest import json_of
from tests.web.site_parts import PICTURES, draw, encode, make_engine, site_settings
from web import create_app
from web.health import check_parts
from web.parts import Parts, parts_of


def test_ready_site(client: FlaskClient) -> None:
    assert client.get("/healthz").text == "alive\n"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert json_of(answer) == {
        "ready": True,
        "worker": os.getpid(),
        "index_change": PICTURES,
        "checks": {"model": "ready", "database": "ready", "index": "ready"},
    }


def test_site_without_catalogue_is_alive_and_says_what_is_missing(tmp_path: Path) -> None:
    client = create_app(site_settings(tmp_path)).test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert json_of(answer)["checks"]["database"].startswith("CatalogueUnavailable")
    assert json_of(answer)["index_change"] is None
    assert str(tmp_path) not in answer.text
    page = client.get("/")
    assert page.status_code == 503
    assert str(tmp_path) not in page.text
    assert page.headers["Retry-After"]


def test_site_without_model_says_so(tmp_path: Path) -> None:
    settings = site_settings(tmp_path, model=tmp_path / "absent.xml")
    upgrade(settings.catalogue_url)
    answer = create_app(settings).test_client().get("/readyz")
    assert answer.status_code == 503
    assert json_of(answer)["checks"]["model"].startswith("ModelUnusable")
    assert json_of(answer)["checks"]["database"] == "not opened"


def test_failure_is_remembered_for_a_moment_and_then_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = Parts(site_settings(tmp_path), b"secret", "1", None)
    with pytest.raises(EnvironmentFault) as first:
        parts.open()
    with pytest.raises(EnvironmentFault) as second:
        parts.open()
    assert second.value is first.value
    monkeypatch.setattr("web.engine_slot.RETRY_AFTER_S", 0.0)
    parts = Parts(site_settings(tmp_path), b"secret", "1", None)
    with pytest.raises(EnvironmentFault) as first:
        parts.open()
    with pytest.raises(EnvironmentFault) as second:
        parts.open()
    assert second.value is not first.value


def test_index_that_follows_the_catalogue_is_ready(tmp_path: Path) -> None:
    settings = site_settings(tmp_path)
    engine = make_engine(settings, [encode(draw(1))])
    parts = Parts(settings, b"secret", "1", engine)
    try:
        engine.copies.start(60)
        assert check_parts(parts)["index"] == "ready"
    finally:
        close_engine(engine)


def test_asking_again_and_again_fills_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(site_settings(tmp_path))
    client = app.test_client()
    with caplog.at_level(logging.INFO):
        assert {client.get("/readyz").status_code for _ in range(5)} == {503}
        assert {client.get("/healthz").status_code for _ in range(5)} == {200}
    # Why it is not ready is told the owner, with its path and what to do, and told once.
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert str(tmp_path) in record.getMessage()
    assert record.getMessage().startswith("CatalogueUnavailable")
    assert ". Run `make setup`" in record.getMessage()
    caplog.clear()
    with caplog.at_level(logging.INFO):
        client.get("/")
    assert "request" in {record.getMessage() for record in caplog.records}


def test_starting_is_no_fault(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(site_settings(tmp_path, threads=2))
    parts = parts_of(app)
    with parts.slot._lock, caplog.at_level(logging.INFO):
        answer = app.test_client().get("/readyz")
        assert (answer.status_code, set(json_of(answer)["checks"].values())) == (503, {"being opened"})
    assert caplog.records == []


def test_while_the_engine_is_opened_some_threads_stay_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.engine_slot.PATIENCE_S", 60.0)
    parts = Parts(site_settings(tmp_path, threads=2), b"secret", "1", None)

    def wait() -> None:
        with pytest.raises(CatalogueUnavailable):
            parts.open()

    waiting = Thread(target=wait)
    with parts.slot._lock:
        waiting.start()
        while parts.slot._waiting._value > 0:  # until it waits
            sleep(0.001)
        with pytest.raises(EnvironmentFault, match="still being opened"):
            parts.open()
    waiting.join(10)
    assert not waiting.is_alive()
