"""Catalogues for tests: every test of the catalogue runs on SQLite and on a real PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from data.catalogue import Catalogue
from data.migrate import upgrade
from tests.postgres import empty_database, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Give the address of a PostgreSQL server that ends with the tests."""
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of a database without tables, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'instance' / 'catalogue.sqlite'}"
    return empty_database(request.getfixturevalue("postgres"))


@pytest.fixture
def url(empty_url: str) -> str:
    """Give the address of an up-to-date empty catalogue, of each kind."""
    upgrade(empty_url)
    return empty_url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Give the address of an up-to-date empty catalogue in SQLite."""
    url = f"sqlite:///{tmp_path / 'instance' / 'catalogue.sqlite'}"
    upgrade(url)
    return url


@pytest.fixture
def open_catalogue() -> Iterator[Callable[[str], Catalogue]]:
    """Give a function that opens catalogues; they are closed after the test."""
    with ExitStack() as stack:
        yield lambda url: stack.enter_context(Catalogue.open(url))


@pytest.fixture
def catalogue(url: str, open_catalogue: Callable[[str], Catalogue]) -> Catalogue:
    """Give an empty catalogue, of each kind."""
    return open_catalogue(url)
