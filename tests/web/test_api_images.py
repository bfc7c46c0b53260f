"""Pictures in and out of the catalogue, by a token that may write and by nothing else."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from data.fetch import Fetched, Fetcher
from data.tokens import ApiTokens
from errors import AddressRefused
from search.open_engine import close_engine
from search.query import Engine
from settings import Settings
from tests.web.conftest import csrf_token, json_of
from tests.web.signed_in import add_user, sign_in
from tests.web.site_parts import MAX_UPLOAD_MB, draw, encode, make_engine, site_settings
from web import create_app

ADDRESS = "https://example.org/new.png"


class OnePicture(Fetcher):
    """Gives one picture in place of what the web holds; all other addresses are refused."""

    def fetch(self, url: str) -> Fetched:
        if url != ADDRESS:
            raise AddressRefused("this address is not fetched")
        return Fetched(encode(draw(31_000)), url, None)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return site_settings(tmp_path)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings, [encode(draw(1))])
    yield engine
    close_engine(engine)


@pytest.fixture
def client(settings: Settings, engine: Engine) -> FlaskClient:
    fetcher = OnePicture(timeout_s=1, max_bytes=settings.max_upload_bytes)
    return create_app(settings, engine=engine, fetcher=fetcher).test_client()


def token_of(engine: Engine, scope: str = "write", **changes: object) -> dict[str, str]:
    """Return the header of a new token."""
    tokens = ApiTokens(engine.catalogue.database)
    _, text = tokens.add(f"{scope}{len(tokens.all())}", scope, lifetime=timedelta(days=1), **changes)  # type: ignore[arg-type]
    return {"Authorization": f"Bearer {text}"}


def add(client: FlaskClient, headers: dict[str, str], data: bytes, **fields: str) -> TestResponse:
    form = {"file": (io.BytesIO(data), "/home/mine/new.png"), **fields}
    return client.post("/api/v1/images", data=form, headers=headers)


def test_a_picture_is_added_found_and_removed(client: FlaskClient, engine: Engine) -> None:
    headers, data = token_of(engine), encode(draw(30_000))
    said = {
        "title": " A title ",
        "collection": "mine",
        "source": "https://example.org/a.png",
        "backlink": "https://example.org/",
        "licence": "CC0",
    }
    added = add(client, headers, data, **said)
    document = json_of(added)
    assert added.status_code == 201
    assert added.headers["Location"] == f"/api/v1/images/{document['id']}"
    assert (document["title"], document["collection"], document["licence"]) == ("A title", "mine", "CC0")
    assert [(one["place"], one["backlink"]) for one in document["sources"]] == [(said["source"], said["backlink"])]
    assert json_of(client.get(added.headers["Location"])) == document
    assert client.get(document["links"]["thumbnail"]).status_code == 200
    engine.copies.catch_up()
    found = json_of(client.post("/api/v1/search", data=data, content_type="image/png"))
    assert [hit["verdict"] for hit in found["copies"]["hits"]][:1] == ["identical"]

    path = added.headers["Location"]
    removed = client.delete(path, headers=headers)
    assert (removed.status_code, removed.data) == (204, b"")
    assert client.get(path).status_code == 404
    assert client.get(document["links"]["thumbnail"]).status_code == 404
    assert client.delete(path, headers=headers).status_code == 404
    assert client.delete(f"/api/v1/images/{2**70}", headers=headers).status_code == 404


def test_the_same_file_is_added_once(client: FlaskClient, engine: Engine) -> None:
    headers, data = token_of(engine), encode(draw(30_000))
    first = add(client, headers, data, title="first")
    again = add(client, headers, data, title="second", source="https://example.org/b.png")
    assert (first.status_code, again.status_code) == (201, 200)
    document = json_of(again)
    assert document["id"] == json_of(first)["id"]
    assert document["title"] == "first"
    assert {one["place"] for one in document["sources"]} == {"new.png", "https://example.org/b.png"}
    assert engine.catalogue.counts().images == 2


def test_a_picture_comes_by_its_address(client: FlaskClient, engine: Engine) -> None:
    headers = token_of(engine)
    added = client.post("/api/v1/images", json={"url": ADDRESS, "title": "by address"}, headers=headers)
    assert added.status_code == 201
    assert json_of(added)["sources"][0]["place"] == ADDRESS
    form = client.post("/api/v1/images", data={"url": ADDRESS}, content_type="multipart/form-data", headers=headers)
    assert form.status_code == 200
    assert client.post("/api/v1/images", json={"url": "http://10.0.0.1/"}, headers=headers).status_code == 422


def test_nobody_else_changes_anything(client: FlaskClient, engine: Engine) -> None:
    before = engine.catalogue.last_change()
    reading = token_of(engine, "read")
    add_user(engine)
    sign_in(client)
    csrf = csrf_token(client)
    for headers, status in (({}, 401), ({"Authorization": "Bearer rt_x"}, 401), (reading, 403)):
        # The cookie of somebody who is signed in, and the token of a form, count for nothing.
        assert add(client, headers, encode(draw(30_000))).status_code == status
        assert client.delete("/api/v1/images/1", headers=headers | {"X-CSRFToken": csrf}).status_code == status
    assert engine.catalogue.last_change() == before
    assert client.get("/api/v1/images/1", headers=reading).status_code == 200


def test_what_cannot_be_added_is_told(client: FlaskClient, engine: Engine) -> None:
    headers, good = token_of(engine), encode(draw(30_000))
    before = engine.catalogue.last_change()
    assert add(client, headers, b"no picture").status_code == 415
    assert add(client, headers, good[:60]).status_code == 422
    assert add(client, headers, b"").status_code == 400
    assert add(client, headers, encode(draw(1, 15, 15))).status_code == 422
    large = client.post(
        "/api/v1/images",
        data=bytes((MAX_UPLOAD_MB + 1) * 2**20),
        content_type="multipart/form-data; boundary=edge",
        headers=headers,
    )
    assert large.status_code == 413
    assert add(client, headers, good, source="/etc/passwd").status_code == 400
    assert add(client, headers, good, title="x" * 1001).status_code == 400
    assert add(client, headers, good, colour="red").status_code == 400
    assert client.post("/api/v1/images", json={"title": "x"}, headers=headers).status_code == 400
    assert client.post("/api/v1/images", json=["x"], headers=headers).status_code == 400
    assert client.post("/api/v1/images", json={"url": 3}, headers=headers).status_code == 400
    assert client.post("/api/v1/images", data=good, content_type="image/png", headers=headers).status_code == 415
    assert engine.catalogue.last_change() == before


def test_changes_count_as_searches_do(client: FlaskClient, engine: Engine) -> None:
    headers = token_of(engine, rate_limit="2/hour")
    assert add(client, headers, encode(draw(30_000))).status_code == 201
    assert client.delete("/api/v1/images/1", headers=headers).status_code == 204
    assert add(client, headers, encode(draw(30_001))).status_code == 429


def test_the_file_itself_is_not_kept(client: FlaskClient, engine: Engine, settings: Settings) -> None:
    data = encode(draw(30_000))
    assert add(client, token_of(engine), data).status_code == 201
    kept = [path for path in settings.data_dir.rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if data[40:400] in path.read_bytes()]
