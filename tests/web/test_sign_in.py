"""Signing in, and everything that somebody who may not would try."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from data import passwords
from data.passwords import hash_password
from data.users import Users
from errors import CatalogueUnavailable, SignInLocked
from search.open_engine import close_engine
from search.query import Engine
from settings import Settings
from tests.web.signed_in import NAME, PASSWORD, add_user, sign_in, token_of
from tests.web.site_parts import draw, encode, make_engine, site_settings
from web import create_app
from web.accounts import local_address
from web.app import Site
from web.sign_in_limits import BY_ADDRESS, BY_NAME, SignInLimits


@pytest.fixture(autouse=True)
def _is_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with small parameters."""
    monkeypatch.setattr(passwords, "_METHOD", "scrypt:1024:8:1")
    monkeypatch.setattr(passwords, "_DECOY", f"scrypt:1024:8:1${'0' * 16}${'0' * 128}")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = make_engine(site_settings(tmp_path_factory.mktemp("signing-in")), [encode(draw(1)), encode(draw(2))])
    yield engine
    close_engine(engine)


@pytest.fixture(autouse=True)
def _user(engine: Engine) -> Iterator[None]:
    """One user a test, who is gone after it."""
    add_user(engine)
    yield
    for user in Users(engine.catalogue.database).everyone():
        Users(engine.catalogue.database).remove(user.name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return site_settings(tmp_path, trusted_proxies="127.0.0.1/32")


@pytest.fixture
def app(settings: Settings, engine: Engine) -> Site:
    return create_app(settings, engine=engine)


def is_in(client: FlaskClient) -> bool:
    return client.get("/decisions").status_code == 200


def cookie_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("retrace")
    assert cookie is not None
    return cookie.value


def test_a_user_signs_in_and_out(client: FlaskClient) -> None:
    assert not is_in(client)
    answer = sign_in(client, " Ann ")
    assert (answer.status_code, answer.location) == (303, "/")
    home = client.get("/")
    assert is_in(client)
    assert "Sign out" in home.text
    assert home.headers["Cache-Control"] == "no-store"
    out = client.post("/sign-out", data={"csrf_token": token_of(home.text)})
    assert out.status_code == 303
    assert not is_in(client)
    assert "Sign out" not in client.get("/").text


def test_who_came_for_a_page_is_led_there(client: FlaskClient) -> None:
    asked = client.get("/decisions?kind=mine")
    assert asked.status_code == 303
    page = client.get(asked.location)
    form = {"csrf_token": token_of(page.text), "name": NAME, "password": PASSWORD, "next": "/decisions?kind=mine"}
    assert 'name="next" value="/decisions?kind=mine"' in page.text
    assert client.post("/sign-in", data=form).location == "/decisions?kind=mine"
    assert client.get("/sign-in?next=/about").location == "/about"


@pytest.mark.parametrize(("name", "password"), [(NAME, "wrong password"), ("nobody", PASSWORD), ("", ""), (NAME, "")])
def test_a_wrong_name_and_a_wrong_password_look_the_same(client: FlaskClient, name: str, password: str) -> None:
    answer = sign_in(client, name, password)
    assert answer.status_code == 403
    assert "That name and password do not fit" in answer.text
    assert not password or password not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert not is_in(client)


def test_huge_and_odd_fields_are_refused(client: FlaskClient) -> None:
    for name, password in (("a" * 100_000, PASSWORD), (NAME, "b" * 200_000), ("\x00" * 50, "\x00\ufffd" * 50)):
        assert sign_in(client, name, password).status_code == 403
    assert sign_in(client, NAME, "b" * 1_000_000).status_code == 413
    assert not is_in(client)


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example", "///evil.example", "/\\evil.example", "https://evil.example/", "http:evil.example",
        "evil.example",
        "/\t/evil.example", "/\n/evil.example", "\\/evil.example", " //evil.example", "javascript:alert(1)", "",
        "/" + "a" * 3000, "/ok\x00", "@evil.example", "/\r\nSet-Cookie: a=b",
    ],
)  # fmt: skip
def test_nobody_is_led_away_from_the_site(client: FlaskClient, address: str) -> None:
    assert local_address(address) == "/"
    form = {"csrf_token": token_of(client.get("/sign-in").text), "name": NAME, "password": PASSWORD, "next": address}
    answer = client.post("/sign-in", data=form)
    assert (answer.status_code, answer.location) == (303, "/")
    assert urlsplit(answer.location).netloc == ""
    assert "Set-Cookie: a=b" not in str(answer.headers)


def test_addresses_of_the_site_are_kept() -> None:
    for address in ("/decisions?kind=mine&state=all", "/search?image=1#copies", "/a//b"):
        assert local_address(address) == address


@pytest.mark.parametrize("token", [None, "", "wrong", "IjEi.made-up"])
@pytest.mark.parametrize(
    "address", ["/sign-in", "/sign-out", "/decide?picture=1&kind=mine&image=2", "/undecide?decision=1"]
)
def test_forms_without_their_token_do_nothing(client: FlaskClient, address: str, token: str | None) -> None:
    sign_in(client)
    form = {"name": NAME, "password": PASSWORD} | ({"csrf_token": token} if token is not None else {})
    assert client.post(address, data=form).status_code == 400
    assert is_in(client)


def test_a_token_of_another_session_does_nothing(app: Site) -> None:
    victim, attacker = app.test_client(), app.test_client()
    sign_in(victim)
    theirs = token_of(attacker.get("/sign-in").text)
    assert victim.post("/sign-out", data={"csrf_token": theirs}).status_code == 400
    assert is_in(victim)


def test_a_session_that_was_fixed_before_is_not_the_one_after(app: Site) -> None:
    attacker, victim = app.test_client(), app.test_client()
    token = token_of(attacker.get("/sign-in").text)
    victim.set_cookie("retrace", cookie_of(attacker))
    answer = victim.post("/sign-in", data={"csrf_token": token, "name": NAME, "password": PASSWORD})
    assert answer.status_code == 303
    assert not is_in(attacker)
    assert cookie_of(victim) != cookie_of(attacker)
    # Nor is the token of forms that the attacker knows good in the new session.
    assert victim.post("/sign-out", data={"csrf_token": token}).status_code == 400
    assert is_in(victim)


def test_a_stolen_cookie_ends_with_the_session(app: Site) -> None:
    victim, thief = app.test_client(), app.test_client()
    sign_in(victim)
    thief.set_cookie("retrace", cookie_of(victim))
    assert is_in(thief)
    victim.post("/sign-out", data={"csrf_token": token_of(victim.get("/").text)})
    assert not is_in(thief)


def test_another_password_and_a_removed_user_end_every_session(app: Site, engine: Engine) -> None:
    users = Users(engine.catalogue.database)
    ends: list[Callable[[], None]] = [
        partial(users.set_password, NAME, hash_password(PASSWORD)),
        partial(users.remove, NAME),
    ]
    for end in ends:
        client = app.test_client()
        sign_in(client)
        assert is_in(client)
        end()
        assert not is_in(client)


def test_a_made_up_cookie_is_nobody_s(client: FlaskClient) -> None:
    for value in ("", "x", "eyJzaWduX2luIjoiYSJ9.aaaa.bbbb", "a" * 4000):
        client.set_cookie("retrace", value)
        assert not is_in(client)


def test_a_session_has_an_end(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = create_app(site_settings(tmp_path, session_hours=0.01), engine=engine).test_client()
    sign_in(client)
    assert is_in(client)

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # the time zone is always UTC here
            return datetime.now(UTC) + timedelta(minutes=1)

    monkeypatch.setattr("data.users.datetime", Later)
    assert not is_in(client)


def test_the_cookie_is_for_this_site_and_for_no_script(client: FlaskClient) -> None:
    plain = sign_in(client).headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    assert "Expires" not in plain  # it ends with the browser


def test_over_https_the_cookie_never_travels_in_the_clear(client: FlaskClient) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
    page = client.get("/sign-in", headers=headers)
    assert "; Secure" in page.headers["Set-Cookie"]


def test_guesses_are_counted_by_name_across_sites(settings: Settings, engine: Engine) -> None:
    sites = [create_app(settings, engine=engine).test_client() for _ in range(2)]
    limits = SignInLimits(settings)
    for number in range(BY_NAME.amount - 1):
        limits.count(NAME, f"198.51.100.{number}")
    headers = {"X-Forwarded-For": "203.0.113.9"}
    assert sign_in(sites[0], NAME, "a wrong guess", **headers).status_code == 403
    locked = sign_in(sites[1], NAME, PASSWORD, **headers)  # right, and too late
    assert locked.status_code == 429
    assert "Wait" in locked.text
    assert not is_in(sites[1])
    unknown = SignInLimits(settings)
    for number in range(BY_NAME.amount):
        unknown.count("nobody", f"198.51.100.{number}")
    with pytest.raises(SignInLocked):  # no name is told from another by being locked
        unknown.count("Nobody ", "198.51.100.99")


@pytest.mark.parametrize("typed", ["ANN", " ann ", "ann\x00", "a\x00nn", "ann" + " " * 200 + "x", "\tAnn\n"])
def test_a_name_typed_otherwise_is_counted_as_the_same(settings: Settings, engine: Engine, typed: str) -> None:
    assert Users(engine.catalogue.database).password_hash(typed) is not None
    limits = SignInLimits(settings)
    for number in range(BY_NAME.amount):
        limits.count(NAME, f"198.51.100.{number}")
    with pytest.raises(SignInLocked):
        limits.count(typed, "203.0.113.9")


def test_guesses_are_counted_by_address_whatever_the_name(settings: Settings, engine: Engine) -> None:
    client, limits = create_app(settings, engine=engine).test_client(), SignInLimits(settings)
    for number in range(BY_ADDRESS.amount):
        limits.count(f"name-{number}", "198.51.100.7")
    assert sign_in(client, **{"X-Forwarded-For": "198.51.100.7"}).status_code == 429
    assert sign_in(client, **{"X-Forwarded-For": "198.51.100.8"}).status_code == 303


def test_the_right_password_clears_the_failures(settings: Settings, client: FlaskClient) -> None:
    limits = SignInLimits(settings)
    for _ in range(2):
        for number in range(BY_NAME.amount - 1):
            limits.count(NAME, f"198.51.100.{number}")
        assert sign_in(client).status_code == 303
        client.post("/sign-out", data={"csrf_token": token_of(client.get("/").text)})


def test_where_guesses_cannot_be_counted_nobody_signs_in(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "limits.sqlite").write_bytes(b"this is no database" * 100)
    client = create_app(settings, engine=engine).test_client()
    answer = sign_in(client)
    assert answer.status_code == 503
    assert str(tmp_path) not in answer.text


def test_with_no_user_the_page_says_how_to_make_one(engine: Engine, client: FlaskClient) -> None:
    Users(engine.catalogue.database).remove(NAME)
    page = client.get("/sign-in")
    assert "python3 index.py user add NAME" in page.text
    assert 'type="password"' not in page.text


def test_the_api_knows_no_cookie(client: FlaskClient) -> None:
    sign_in(client)
    assert "Set-Cookie" not in client.get("/api/v1/status").headers
    assert client.post("/api/v1/search", data=encode(draw(1)), content_type="image/png").status_code == 200


def test_a_page_shows_though_the_catalogue_cannot_say_who_is_there(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client)

    def fail(*_: object) -> None:
        raise CatalogueUnavailable("the database does not answer")

    monkeypatch.setattr(Users, "user_of", fail)
    page = client.get("/decisions")
    assert page.status_code == 503
    assert "Sign out" not in page.text
