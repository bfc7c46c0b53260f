"""A site of its own, with a user: what is decided there touches no other test."""

import re
from collections.abc import Sequence
from html import unescape

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from data.passwords import hash_password
from data.users import Users
from search.query import Engine

NAME, PASSWORD = "ann", "correct horse battery"


def add_user(engine: Engine, name: str = NAME, password: str = PASSWORD) -> None:
    Users(engine.catalogue.database).add(name, hash_password(password))


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return unescape(found[1])


def sign_in(
    client: FlaskClient, name: str = NAME, password: str = PASSWORD, *, next_address: str = "", **headers: str
) -> TestResponse:
    """Send the form as a browser does, its token fetched just before."""
    form = {"csrf_token": token_of(client.get("/sign-in").text), "name": name, "password": password}
    return client.post("/sign-in", data=form | ({"next": next_address} if next_address else {}), headers=headers)


def buttons(page: str, text: str) -> Sequence[str]:
    """Return the addresses of the buttons that say this."""
    found = re.findall(r'<button[^>]*formaction="([^"]*)"[^>]*>(.*?)</button>', page, re.DOTALL)
    return [unescape(address) for address, inside in found if re.sub("<[^>]+>.*", "", inside).strip() == text]
