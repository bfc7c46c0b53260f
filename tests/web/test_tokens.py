"""What a token lets a program do, and what it does not."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from data.database import writing
from data.tables import ApiTokenRow
from data.tokens import ApiTokens
from errors import CatalogueUnavailable
from search.open_engine import close_engine
from search.query import Engine
from tests.web.conftest import json_of
from tests.web.site_parts import draw, encode, make_engine, site_settings

PICTURE = encode(draw(7))
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = make_engine(site_settings(tmp_path_factory.mktemp("tokens")), [encode(draw(1)), encode(draw(2))])
    yield engine
    close_engine(engine)


@pytest.fixture
def tokens(engine: Engine) -> Iterator[ApiTokens]:
    """The tokens of the site, none of which is left."""
    tokens = ApiTokens(engine.catalogue.database)
    yield tokens
    for one in tokens.all():
        tokens.remove(one.name)


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def search(client: FlaskClient, headers: dict[str, str] | None = None) -> int:
    return client.post("/api/v1/search", data=PICTURE, content_type="image/png", headers=headers).status_code


def test_a_token_is_optional_unless_it_is_required(make_client: Callable[..., FlaskClient], tokens: ApiTokens) -> None:
    _, text = tokens.add("shop", "read", lifetime=DAY)
    free, closed = make_client(), make_client(api_tokens="required")
    assert [search(free), search(free, bearer(text)), search(closed, bearer(text))] == [200, 200, 200]
    for path in ("/api/v1/images/1", "/api/v1/status", "/rest/image_count/"):
        assert free.get(path).status_code == 200
        answer = closed.get(path)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert closed.get(path, headers=bearer(text)).status_code == 200
    # TinEye's clients show it as their key.
    for headers, status in (({"X-API-Key": text}, 200), ({"X-API-Key": "wrong"}, 401), ({"X-API-Key": ""}, 401)):
        answer = closed.get("/rest/image_count/", headers=headers)
        assert (answer.status_code, json_of(answer)["code"]) == (status, status)
    assert closed.get("/api/v1/status", headers={"X-API-Key": text}).status_code == 401
    # Pages are for people, and what an error means and how the API is used may be read by everybody.
    for path in ("/", "/search?image=1", "/api/v1/problems/token-missing", "/api/v1/openapi.json", "/healthz"):
        assert closed.get(path).status_code == 200


def test_what_is_no_token_is_refused(make_client: Callable[..., FlaskClient], tokens: ApiTokens) -> None:
    made, text = tokens.add("shop", "read", lifetime=DAY)
    client = make_client()
    for wrong in (f"{text}x", f"rt_{made.prefix}_{'a' * 43}", "", "x" * 5000):
        answer = client.get("/api/v1/status", headers=bearer(wrong))
        assert answer.status_code == 401, wrong
        assert json_of(answer)["type"].endswith("/token-refused")
        assert "invalid_token" in answer.headers["WWW-Authenticate"]
        assert text not in answer.text
    # What a proxy in front of the site is shown is not ours, and a page asks for no token.
    assert client.get("/api/v1/status", headers={"Authorization": "Basic YTpi"}).status_code == 200
    assert client.get("/about", headers=bearer("wrong")).status_code == 200


def test_a_token_ends_at_once(make_client: Callable[..., FlaskClient], tokens: ApiTokens, engine: Engine) -> None:
    client = make_client()
    _, text = tokens.add("shop", "read", lifetime=DAY)
    assert search(client, bearer(text)) == 200
    assert tokens.all()[0].last_used_at is not None
    with writing(engine.catalogue.database) as connection:
        connection.execute(update(ApiTokenRow).values(expires_at=datetime.now(UTC)))
    assert search(client, bearer(text)) == 401
    _, text = tokens.add("other", "read", lifetime=DAY)
    tokens.remove("other")
    assert search(client, bearer(text)) == 401


def test_a_token_has_a_share_of_its_own(make_client: Callable[..., FlaskClient], tokens: ApiTokens) -> None:
    client = make_client(rate_limit="2/hour", trusted_proxies="127.0.0.1/32")
    _, text = tokens.add("shop", "read", lifetime=DAY)
    _, small = tokens.add("small", "read", lifetime=DAY, rate_limit="1/hour")
    _, free = tokens.add("free", "read", lifetime=DAY, rate_limit="none")
    # The site's limit for one without its own, wherever it asks from; others and visitors are not charged for it.
    asked = [search(client, bearer(text) | {"X-Forwarded-For": f"198.51.100.{number}"}) for number in range(3)]
    assert asked == [200, 200, 429]
    assert [search(client, bearer(small)) for _ in range(2)] == [200, 429]
    assert [search(client, bearer(free)) for _ in range(4)] == [200] * 4
    assert [search(client) for _ in range(3)] == [200, 200, 429]
    answer = client.post("/api/v1/search", data=PICTURE, content_type="image/png", headers=bearer(small))
    assert 1 <= int(answer.headers["Retry-After"]) <= 2 * 3600


def test_a_limit_of_a_token_holds_where_the_site_has_none(
    make_client: Callable[..., FlaskClient], tokens: ApiTokens
) -> None:
    client = make_client(rate_limit="none")
    _, small = tokens.add("small", "read", lifetime=DAY, rate_limit="1/hour")
    assert [search(client, bearer(small)) for _ in range(2)] == [200, 429]
    assert {search(client) for _ in range(3)} == {200}


def test_metrics_count_by_name_and_tell_no_secret(make_client: Callable[..., FlaskClient], tokens: ApiTokens) -> None:
    client = make_client(metrics=True)
    made, text = tokens.add("shop", "read", lifetime=DAY)
    for _ in range(3):
        search(client, bearer(text))
    search(client, bearer(f"{text}x"))
    told = client.get("/metrics").text
    assert 'retrace_token_requests_total{status="200",token="shop"} 3.0' in told
    assert made.prefix not in told


def test_a_search_goes_on_where_its_moment_cannot_be_kept(
    make_client: Callable[..., FlaskClient],
    tokens: ApiTokens,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = make_client()
    _, text = tokens.add("shop", "read", lifetime=DAY)

    def fail(*_: object) -> None:
        raise CatalogueUnavailable("the disk is full")

    monkeypatch.setattr(ApiTokens, "note_use", fail)
    assert search(client, bearer(text)) == 200
    assert "the disk is full" in caplog.text
    assert text not in caplog.text
