"""One line of JSON an event, without anything of a visitor's."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from web.logs import OneLine, configure_logs


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler, logger = logging.StreamHandler(stream), logging.getLogger("retrace")
    handler.setFormatter(OneLine())
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(before)


def test_request_is_one_line_without_address_or_question(client: FlaskClient, log: io.StringIO) -> None:
    answer = client.get("/picture/3?question=private")
    (line,) = log.getvalue().splitlines()
    record = json.loads(line)
    assert record["route"] == "/picture/<int:image_id>"
    assert record["status"] == 200
    assert record["request_id"] == answer.headers["X-Request-ID"]
    assert record["ms"] > 0
    assert "private" not in line
    assert "127.0.0.1" not in line


def test_trace_stays_on_one_line() -> None:
    try:
        int("two\nlines")
    except ValueError:
        record = logging.LogRecord("retrace", logging.ERROR, "", 1, "it\nfailed", None, sys.exc_info())
    line = OneLine().format(record)
    assert "\n" not in line
    assert "ValueError" in json.loads(line)["trace"]


def test_libraries_are_heard_from_warnings_on() -> None:
    root, own = logging.getLogger(), logging.getLogger("retrace")
    before = root.handlers[:], root.level, own.level
    try:
        configure_logs("DEBUG")
        assert not logging.getLogger("sqlalchemy").isEnabledFor(logging.INFO)
        assert logging.getLogger("retrace.web").isEnabledFor(logging.DEBUG)
    finally:
        root.handlers[:], root.level = before[0], before[1]
        own.setLevel(before[2])
