"""Headers on every route, errors too."""

import re

import pytest
from flask.testing import FlaskClient

from tests.web.test_catalogue_is_left_alone import routes
from web.app import Site
from web.security import HEADERS


def test_every_answer_carries_the_headers(app: Site, client: FlaskClient) -> None:
    for path in [*routes(app), "/nowhere", "/api/v1/nowhere", "/search?image=x", "/picture/999999"]:
        with client.get(path) as answer:
            for name, value in HEADERS.items():
                assert answer.headers[name] == value, (path, name)
            assert "Cache-Control" in answer.headers
            assert answer.headers["X-Request-ID"]


def test_head_is_get_without_its_body(app: Site, client: FlaskClient) -> None:
    for path in [*routes(app), "/search?image=1", "/nowhere"]:
        with client.get(path) as full, client.head(path) as head:
            assert (head.status_code, head.data) == (full.status_code, b""), path
            for name in ("Content-Type", "Cache-Control", "ETag", "Allow"):
                assert head.headers.get(name) == full.headers.get(name), (path, name)


def test_options_names_the_methods(app: Site, client: FlaskClient) -> None:
    for path in routes(app):
        with client.options(path) as answer:
            assert answer.status_code == 200
            assert "OPTIONS" in answer.headers["Allow"]
            assert answer.data == b""


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", "private, no-cache"),
        ("/search?image=1", "private, no-cache"),
        ("/api/v1/status", "private, no-cache"),
        ("/static/css/page.css", "public, max-age=300"),
        ("/robots.txt", "public, max-age=86400"),
        ("/picture/999999", "no-store"),
        ("/thumbnail/" + "0" * 64 + ".webp", "no-store"),
    ],
)
def test_what_may_be_kept_and_for_how_long(client: FlaskClient, path: str, kept: str) -> None:
    with client.get(path) as answer:
        assert answer.headers["Cache-Control"] == kept


def test_policy_allows_nothing_inline() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["/", "/about", "/search?image=1", "/picture/1", "/nowhere"])
def test_pages_need_nothing_inline_and_nothing_from_elsewhere(client: FlaskClient, path: str) -> None:
    page = client.get(path).text
    assert not re.search(r"\sstyle=", page)
    assert not re.search(r"\son[a-z]+=", page)
    assert not re.search(r"<style|javascript:", page)
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert not re.findall(r'(?:src|action|<link[^>]*href)="https?:', page)


def test_errors_are_not_kept(client: FlaskClient) -> None:
    assert client.get("/nowhere").headers["Cache-Control"] == "no-store"


def test_numbers_of_requests_come_from_here_unless_a_proxy_is_trusted(client: FlaskClient) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": "chosen-by-a-visitor"})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-ID"])
