"""Searches cost, pages do not; who has used up a share is told when to come back."""

import io
import multiprocessing
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from errors import BadInput, PartMissing
from search.query import Engine
from tests.redis_server import redis_server
from tests.web.conftest import csrf_token, json_of
from tests.web.site_parts import draw, encode, site_settings
from web import create_app

PICTURE = encode(draw(7))


def test_searches_are_counted_together_and_then_refused(make_client: Callable[..., FlaskClient]) -> None:
    client = make_client(rate_limit="4/hour")
    token = csrf_token(client)
    form = {"csrf_token": token, "file": (io.BytesIO(PICTURE), "a.png")}
    assert client.post("/search", data=form).status_code == 200
    assert client.get("/search?image=1").status_code == 200
    assert client.get("/api/v1/images/1/search").status_code == 200
    assert client.post("/api/v1/search", data=PICTURE, content_type="image/png").status_code == 200
    page = client.get("/search?image=1")
    assert page.status_code == 429
    assert 1 <= int(page.headers["Retry-After"]) <= 2 * 3600
    assert "Wait" in page.text
    document = client.post("/api/v1/search", data=PICTURE, content_type="image/png")
    assert document.status_code == 429
    assert json_of(document)["type"].endswith("/too-many-requests")
    assert "Retry-After" in document.headers


def test_too_many_searches_are_refused_unread(make_client: Callable[..., FlaskClient]) -> None:
    class Unread(io.RawIOBase):
        def readinto(self, buffer: object) -> int:
            raise AssertionError("read although the share is used up")

    client = make_client(rate_limit="1/hour")
    # Without the token of the form: what is sent in vain counts as well.
    assert client.post("/search", data={"file": (io.BytesIO(PICTURE), "a.png")}).status_code == 400
    for path in ("/search", "/api/v1/search"):
        answer = client.post(
            path,
            content_type="multipart/form-data; boundary=x",
            environ_overrides={"wsgi.input": Unread(), "CONTENT_LENGTH": "1000"},
        )
        assert answer.status_code == 429


def test_asking_for_the_methods_costs_nothing(make_client: Callable[..., FlaskClient]) -> None:
    client = make_client(rate_limit="1/hour")
    assert {client.options("/search").status_code for _ in range(3)} == {200}
    assert client.get("/search?image=1").status_code == 200


def test_other_pages_cost_nothing(make_client: Callable[..., FlaskClient]) -> None:
    client = make_client(rate_limit="1/minute")
    for path in ["/", "/about", "/picture/1", "/api/v1/status", "/healthz", "/readyz"] * 3:
        assert client.get(path).status_code == 200


def test_other_clients_have_shares_of_their_own(make_client: Callable[..., FlaskClient]) -> None:
    client = make_client(rate_limit="1/hour", trusted_proxies="127.0.0.1/32")

    def ask(address: str) -> int:
        return client.get("/search?image=1", headers={"X-Forwarded-For": address}).status_code

    assert [ask("198.51.100.1"), ask("198.51.100.1"), ask("198.51.100.2")] == [200, 429, 200]
    assert [ask("2001:db8:1:2::1"), ask("2001:db8:1:2::2"), ask("2001:db8:1:3::1")] == [200, 429, 200]


def test_share_cannot_be_widened_by_a_made_up_address(make_client: Callable[..., FlaskClient]) -> None:
    client = make_client(rate_limit="1/hour")
    statuses = [
        client.get("/search?image=1", headers={"X-Forwarded-For": f"198.51.100.{number}"}).status_code
        for number in range(3)
    ]
    assert statuses == [200, 429, 429]


def test_several_limits_hold_together(make_client: Callable[..., FlaskClient]) -> None:
    client = make_client(rate_limit="100/minute;2/hour")
    assert [client.get("/search?image=1").status_code for _ in range(3)] == [200, 200, 429]


def test_failing_storage_refuses_rather_than_searching_uncounted(
    engine: Engine, tmp_path: "object", tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("broken")
    (folder / "limits.sqlite").write_bytes(b"this is no database" * 100)
    client = create_app(site_settings(folder, rate_limit="5/minute"), engine=engine).test_client()
    answer = client.get("/search?image=1")
    assert answer.status_code == 503
    assert str(folder) not in answer.text
    assert client.get("/about").status_code == 200


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """Give the address of a Redis server that ends with this file."""
    with redis_server() as url:
        yield url


@pytest.mark.redis
def test_two_sites_share_one_count_in_redis(make_client: Callable[..., FlaskClient], redis_url: str) -> None:
    sites = [make_client(rate_limit="4/hour", rate_limit_url=redis_url) for _ in range(2)]
    answers = [sites[number % 2].get("/search?image=1") for number in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 3
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 2 * 3600


def _hits(url: str, tries: int) -> int:
    """Return how many of these tries one client is granted, in this process."""
    limiter = SlidingWindowCounterRateLimiter(storage_from_string(url))
    return sum(limiter.hit(parse("100/day"), "one client") for _ in range(tries))


@pytest.mark.redis
def test_two_processes_share_one_count_in_redis(redis_url: str) -> None:
    # Forked, as gunicorn's workers are; nothing is open yet that must not be forked.
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert sum(pool.starmap(_hits, [(redis_url, 150), (redis_url, 150)])) == 100


@pytest.mark.redis
def test_a_redis_that_is_gone_refuses_rather_than_searching_uncounted(make_client: Callable[..., FlaskClient]) -> None:
    with redis_server() as url:
        client = make_client(rate_limit="5/minute", rate_limit_url=url)
        assert client.get("/search?image=1").status_code == 200
    answer = client.get("/search?image=1")
    assert answer.status_code == 503
    assert "redis" not in answer.text.lower()
    assert client.get("/about").status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"rate_limit": "plenty"}, BadInput),
        ({"rate_limit": "5/minute", "rate_limit_url": "teapot://x"}, BadInput),
        ({"rate_limit": "5/minute", "rate_limit_url": "memcached://localhost:11211"}, PartMissing),
    ],
)
def test_unusable_settings_are_told_to_the_owner(
    engine: Engine,
    tmp_path_factory: pytest.TempPathFactory,
    changes: dict[str, str],
    error: type[BadInput | PartMissing],
) -> None:
    with pytest.raises(error):
        create_app(site_settings(tmp_path_factory.mktemp("bad"), **changes), engine=engine)
