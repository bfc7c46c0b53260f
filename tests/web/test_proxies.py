"""Forwarded headers count when the owner's own proxy sends them, and never else."""

from collections.abc import Callable, Iterable
from ipaddress import ip_network
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import run_wsgi_app

from web.proxies import TrustedProxies, client_network

TRUSTED = tuple(map(ip_network, ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8"]))


def seen(**environ: str) -> dict[str, Any]:
    """Return the environment that the application behind the proxies sees."""
    found: dict[str, Any] = {}

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        found.update(environ)
        start_response("200 OK", [])
        return []

    given = {"wsgi.url_scheme": "http", "HTTP_HOST": "site", "REQUEST_METHOD": "GET", "PATH_INFO": "/", **environ}
    run_wsgi_app(TrustedProxies(application, TRUSTED), given)
    return found


@pytest.mark.parametrize(
    ("peer", "forwarded", "visitor"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # not a proxy: its word is worth nothing
        ("10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "1.2.3.4, 198.51.100.1", "198.51.100.1"),  # what stands left is the visitor's invention
        ("10.1.2.3", "198.51.100.1, 10.9.9.9", "198.51.100.1"),  # two proxies of ours
        ("10.1.2.3", "198.51.100.1, 10.9.9.9, 192.0.2.7", "198.51.100.1"),
        ("10.1.2.3", "10.4.4.4, 10.9.9.9", "10.4.4.4"),  # a visitor from inside
        ("10.1.2.3", "", "10.1.2.3"),
        ("10.1.2.3", "unknown", "10.1.2.3"),
        ("10.1.2.3", "198.51.100.1, garbage", "10.1.2.3"),
        ("10.1.2.3", "garbage, 198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "198.51.100.1:4711", "198.51.100.1"),
        ("10.1.2.3", "[2001:db8::1]:4711", "2001:db8::1"),
        ("10.1.2.3", "2001:db8::1", "2001:db8::1"),
        ("10.1.2.3", "::ffff:198.51.100.1", "198.51.100.1"),
        ("::ffff:10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("fd00::1", "198.51.100.1", "198.51.100.1"),
        ("2001:db8::5", "198.51.100.1", "2001:db8::5"),
    ],
)
def test_visitor_is_the_last_address_nobody_of_ours_has(peer: str, forwarded: str, visitor: str) -> None:
    assert seen(REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)["REMOTE_ADDR"] == visitor


@pytest.mark.parametrize("peer", ["203.0.113.9", "", "not an address"])
def test_strangers_lose_all_forwarded_headers(peer: str) -> None:
    environ = seen(
        REMOTE_ADDR=peer,
        HTTP_X_FORWARDED_FOR="1.2.3.4",
        HTTP_X_FORWARDED_PROTO="https",
        HTTP_X_FORWARDED_HOST="evil.example",
        HTTP_FORWARDED="for=1.2.3.4",
        HTTP_X_REAL_IP="1.2.3.4",
        HTTP_X_REQUEST_ID="chosen-by-a-visitor",
    )
    assert environ["REMOTE_ADDR"] == peer
    assert environ["wsgi.url_scheme"] == "http"
    assert environ["HTTP_HOST"] == "site"
    assert not [name for name in environ if "FORWARDED" in name or name in {"HTTP_X_REAL_IP", "HTTP_X_REQUEST_ID"}]


@pytest.mark.parametrize(
    ("header", "scheme"),
    [("https", "https"), ("http, https", "https"), ("HTTPS", "https"), ("ftp", "http"), ("", "http")],
)
def test_scheme_is_what_the_nearest_proxy_says(header: str, scheme: str) -> None:
    assert seen(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_PROTO=header)["wsgi.url_scheme"] == scheme


def test_host_is_what_the_nearest_proxy_says() -> None:
    environ = seen(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_HOST="evil.example, pictures.example")
    assert environ["HTTP_HOST"] == "pictures.example"


def test_request_number_of_a_trusted_proxy_is_kept(make_client: Callable[..., FlaskClient]) -> None:
    client = make_client(trusted_proxies="127.0.0.1/32")
    answer = client.get("/healthz", headers={"X-Request-ID": "from-the-proxy-1"})
    assert answer.headers["X-Request-ID"] == "from-the-proxy-1"
    strange = client.get("/healthz", headers={"X-Request-ID": "x" * 500})
    assert len(strange.headers["X-Request-ID"]) == 16


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("", "unknown"),
    ],
)
def test_one_client_is_an_address_or_the_network_of_a_customer(address: str, client: str) -> None:
    assert client_network(address) == client
