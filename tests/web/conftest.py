"""One site for the tests of the pages and the API; it is only read."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from search.open_engine import close_engine
from search.query import Engine
from settings import Settings
from tests.web.site_parts import PICTURES, draw, encode, make_engine, site_settings
from web import create_app
from web.app import Site


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return site_settings(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def engine(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings, [encode(draw(seed)) for seed in range(PICTURES)])
    yield engine
    close_engine(engine)


@pytest.fixture(scope="session")
def app(settings: Settings, engine: Engine) -> Site:
    return create_app(settings, engine=engine)


@pytest.fixture
def client(app: Site) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def token(client: FlaskClient) -> str:
    """The token of the form on the home page; the client keeps its cookie."""
    return csrf_token(client)


@pytest.fixture
def make_client(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., FlaskClient]:
    """Return a client of another site over the same engine, with some settings changed."""

    def make(**changes: object) -> FlaskClient:
        return create_app(site_settings(tmp_path_factory.mktemp("other"), **changes), engine=engine).test_client()

    return make


def csrf_token(client: FlaskClient) -> str:
    """Return the token that the home page's form carries."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").text)
    assert found is not None
    return found[1]


def json_of(answer: TestResponse) -> Any:
    """Return the document that an answer carries."""
    return json.loads(answer.text)
