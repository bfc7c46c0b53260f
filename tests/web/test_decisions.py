"""Deciding on the site: buttons that work without JavaScript, for the signed-in alone."""

import csv
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.test import TestResponse

from data import passwords
from data.database import writing
from data.decisions import Subject
from data.tables import DecisionRow, UserRow
from search.open_engine import close_engine
from search.query import Engine
from tests.web.conftest import json_of
from tests.web.signed_in import add_user, buttons, sign_in, token_of
from tests.web.site_parts import draw, encode, make_engine, site_settings
from tests.web.test_pages import hidden
from web import create_app
from web.app import Site
from web.signed_in import PUBLIC_POSTS, TOKEN_WRITES

UPLOAD = encode(draw(1), "JPEG", quality=60)


@pytest.fixture(autouse=True)
def _is_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_METHOD", "scrypt:1024:8:1")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    pictures = [encode(draw(seed)) for seed in range(4)] + [encode(draw(1), "JPEG", quality=80)]
    engine = make_engine(site_settings(tmp_path_factory.mktemp("decided")), pictures)
    yield engine
    close_engine(engine)


@pytest.fixture
def engine(made: Engine) -> Engine:
    """Give the engine with one user, and nothing decided yet."""
    with writing(made.catalogue.database) as connection:
        connection.execute(delete(DecisionRow))
        connection.execute(delete(UserRow))
    add_user(made)
    return made


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Site:
    return create_app(site_settings(tmp_path), engine=engine)


@pytest.fixture
def signed_in(client: FlaskClient) -> FlaskClient:
    assert sign_in(client).status_code == 303
    return client


def upload(client: FlaskClient, data: bytes = UPLOAD) -> TestResponse:
    form = {"csrf_token": token_of(client.get("/").text), "file": (io.BytesIO(data), "mine.jpg")}
    answer = client.post("/search", data=form)
    assert answer.status_code == 200
    return answer


def press(client: FlaskClient, page: str, address: str, **fields: str) -> TestResponse:
    """Press a button that belongs to the one form of a page."""
    form = {"csrf_token": token_of(page)} | fields
    if 'name="sealed"' in page:
        form["sealed"] = hidden(page, "sealed")
    return client.post(address, data=form)


def test_visitors_see_no_controls_and_can_decide_nothing(client: FlaskClient, engine: Engine) -> None:
    page = upload(client).text
    for text in (page, client.get("/search?image=2").text, client.get("/compare?first=2&second=5").text):
        assert "/decide" not in text
        assert "Licensed" not in text
    for address in ("/decide?picture=2&kind=mine&to=results", "/undecide?decision=1", "/decisions/new?picture=1"):
        assert press(client, page, address, kind="mine", subject="0").status_code == 403
    for address in ("/decisions", "/decisions/export.csv", "/decisions/new?picture=1"):
        assert client.get(address).location.startswith("/sign-in?next=")
    assert engine.decisions.count(state="all") == 0


def test_every_route_that_changes_something_demands_somebody(app: Site, client: FlaskClient) -> None:
    token, refused = token_of(client.get("/").text), set()
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            if rule.endpoint not in PUBLIC_POSTS:
                values: dict[str, Any] = dict.fromkeys(rule.arguments, "1")
                with app.test_request_context():
                    path = app.url_for(rule.endpoint, **values)
                # Programs are let in by a token, not by a sign-in: who shows none is told to.
                status = 401 if rule.endpoint in TOKEN_WRITES else 403
                assert client.open(path, method=method, data={"csrf_token": token}).status_code == status, path
                refused.add(rule.endpoint)
    assert refused == {
        "accounts.sign_out",
        "decisions.decide",
        "decisions.undecide",
        "decisions.decide_subject",
        "face_pages.search",
        "watching.mark_seen",
        *TOKEN_WRITES,
    }


def test_an_upload_is_decided_on_and_its_page_comes_again(signed_in: FlaskClient, engine: Engine) -> None:
    page = upload(signed_in).text
    [first, *others] = buttons(page, "Not a copy")
    assert others
    again = press(signed_in, page, first)
    assert again.status_code == 200
    assert again.headers["Cache-Control"] == "no-store"
    assert len(buttons(again.text, "Not a copy")) == len(others)
    assert "decided to be none" in again.text
    [decision] = engine.decisions.newest()
    assert (decision.kind, decision.decided_by) == ("not_a_copy", "ann")
    assert decision.evidence["model_id"] == engine.extractor.model_id
    [show] = buttons(again.text, "Show")
    shown = press(signed_in, again.text, show)
    assert "Decided to be no copies" in shown.text
    [undo] = buttons(shown.text, "Undo")
    undone = press(signed_in, shown.text, undo)
    assert undone.status_code == 200
    assert "decided to be none" not in undone.text
    assert len(buttons(undone.text, "Not a copy")) == len(others) + 1


def test_a_picture_of_the_catalogue_is_decided_on_and_led_back(signed_in: FlaskClient, engine: Engine) -> None:
    page = signed_in.get("/search?image=2&decided=show").text
    [licensed] = buttons(page, "Licensed")
    answer = press(signed_in, page, licensed)
    assert answer.status_code == 303
    assert answer.location.startswith("/search?")
    assert {"image=2", "decided=show"} <= set(re.split("[?&#]", answer.location))
    again = signed_in.get(answer.location).text
    assert "decided-licensed" in again
    assert "All of them are decided on" in again
    assert buttons(again, "Licensed") == []
    assert len(engine.decisions.newest()) == 1
    press(signed_in, again, buttons(again, "Undo")[0])
    assert engine.decisions.newest() == ()


def test_visitors_are_not_told_what_is_licensed(signed_in: FlaskClient, app: Site, engine: Engine) -> None:
    engine.decisions.decide("licensed", Subject.of_collection("squares"), "ann", note="a secret contract")
    assert "a secret contract" in upload(signed_in).text
    visitor = app.test_client()
    page = upload(visitor).text
    assert "Licensed" not in page
    assert "secret" not in page
    assert "secret" not in visitor.post("/api/v1/search", data=UPLOAD, content_type="image/jpeg").text


def test_visitors_can_see_what_was_refuted_and_not_by_whom(app: Site, engine: Engine) -> None:
    engine.decisions.decide("not_a_copy", Subject.of_collection("squares"), "a-name", note="a reason")
    visitor = app.test_client()
    page = upload(visitor).text
    [show] = buttons(page, "Show")
    shown = press(visitor, page, show).text
    assert "Decided to be no copies" in shown
    assert "a-name" not in shown
    assert "a reason" not in shown


def test_the_api_shows_the_refuted_where_it_is_asked(app: Site, engine: Engine) -> None:
    visitor = app.test_client()
    before = json_of(visitor.post("/api/v1/search", data=UPLOAD, content_type="image/jpeg"))
    engine.decisions.decide("not_a_copy", Subject.of_collection("squares"), "ann")
    engine.decisions.decide("not_a_copy", Subject.of_collection("blocks"), "ann")
    after = json_of(visitor.post("/api/v1/search", data=UPLOAD, content_type="image/jpeg"))
    assert (after["no_copies"], after["refuted"], after["copies"]["total"]) == ("all_refuted", [], 0)
    assert after["refuted_total"] == before["copies"]["total"]
    shown = json_of(visitor.post("/api/v1/search?show_decided=true", data=UPLOAD, content_type="image/jpeg"))
    assert len(shown["refuted"]) == before["copies"]["total"]


def test_a_pair_is_decided_on_where_it_is_compared(signed_in: FlaskClient, engine: Engine) -> None:
    page = signed_in.get("/compare?first=2&second=5").text
    [mine] = buttons(page, "Mine")
    answer = press(signed_in, page, mine, note="taken in May")
    assert answer.location == "/compare?first=2&second=5"
    again = signed_in.get(answer.location).text
    assert "taken in May" in again
    press(signed_in, again, buttons(again, "Undo")[0])
    assert engine.decisions.newest() == ()


def test_an_upload_is_decided_on_where_it_is_compared(signed_in: FlaskClient, engine: Engine) -> None:
    results = upload(signed_in).text
    page = press(signed_in, results, "/compare?picture=2").text
    again = press(signed_in, page, buttons(page, "Not a copy")[0], note="another <b>print</b>")
    assert again.status_code == 200
    assert "another &lt;b&gt;print&lt;/b&gt;" in again.text
    assert "Undo" in again.text
    assert engine.decisions.newest()[0].note == "another <b>print</b>"
    assert press(signed_in, again.text, buttons(again.text, "Undo")[0]).status_code == 200
    assert engine.decisions.newest() == ()


def test_the_same_pixels_cannot_be_called_no_copy(signed_in: FlaskClient) -> None:
    page = upload(signed_in, encode(draw(1), "BMP")).text
    same = [address for address in buttons(page, "Not a copy") if "picture=2&" in address]
    assert same == []
    answer = press(signed_in, page, "/decide?picture=2&kind=not_a_copy&to=results")
    assert answer.status_code == 400
    assert "same pixels" in answer.text


def test_a_source_is_decided_on_by_a_form(signed_in: FlaskClient, engine: Engine) -> None:
    form = signed_in.get("/decisions/new?picture=2")
    assert "/srv/private/pictures/" in form.text
    assert "The collection blocks" in form.text
    sent = {"csrf_token": token_of(form.text), "subject": "0", "kind": "mine", "note": "ours"}
    assert signed_in.post("/decisions/new?picture=2", data=sent).location == "/decisions"
    typed = sent | {"place": "https://Example.org", "kind": "licensed"}
    assert signed_in.post("/decisions/new?picture=2", data=typed).status_code == 303
    assert [one.subject.place for one in engine.decisions.newest()] == ["example.org/", "/srv/private/pictures/"]
    # A name and a password in an address are offered to nobody.
    assert "secret" not in signed_in.get("/decisions/new?picture=1").text.split("subject-choices")[1]
    for wrong in (
        {"subject": "9"},
        {"subject": ""},
        {"kind": ""},
        {"kind": "theirs"},
        {"place": "x" * 3000},
        {"note": "x" * 3000},
    ):
        assert signed_in.post("/decisions/new?picture=2", data=sent | wrong).status_code == 400


def test_the_page_lists_filters_undoes_and_exports(signed_in: FlaskClient, engine: Engine) -> None:
    page = upload(signed_in).text
    press(signed_in, page, buttons(page, "Mine")[0])
    engine.decisions.decide("licensed", Subject.of_source("<i>.example"), "ann", note="<script>alert(1)</script>")
    listed = signed_in.get("/decisions").text
    assert "2 decisions" in listed
    assert "<script>alert" not in listed
    assert "&lt;i&gt;.example/" in listed
    assert "Not in the catalogue" in listed  # of the upload there is nothing
    assert re.search(r'<img[^>]* src="/thumbnail/[0-9a-f]{64}\.webp" width="96" height="64"', listed)
    assert "1 decision<" in signed_in.get("/decisions?kind=mine&scope=pair").text
    assert "No decision is like that." in signed_in.get("/decisions?kind=not_a_copy").text
    narrowed = signed_in.get("/decisions?kind=mine").text
    answer = press(signed_in, narrowed, buttons(narrowed, "Undo")[0])
    assert answer.location == "/decisions?kind=mine"
    assert "Undone by ann" in signed_in.get("/decisions?state=all").text
    rows = list(csv.DictReader(io.StringIO(signed_in.get("/decisions/export.csv").text)))
    assert [row["kind"] for row in rows] == ["mine", "licensed"]
    exported = signed_in.get("/decisions/export.json")
    assert exported.headers["Cache-Control"] == "no-store"
    assert len(json.loads(exported.text)) == 2
    assert signed_in.get("/decisions/export.jsonl").text == ""  # the pair no longer stands


def test_a_long_list_is_paged(signed_in: FlaskClient, engine: Engine) -> None:
    for number in range(51):
        engine.decisions.decide("mine", Subject.of_collection(f"c{number}"), "ann")
    page = signed_in.get("/decisions").text
    older = re.search(r'rel="next" href="([^"]+)"', page)
    assert older is not None
    assert signed_in.get(unescape(older[1])).text.count('class="decision"') == 1


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/decide?picture=2&kind=theirs&image=5", 400),
        ("/decide?picture=2&image=5", 400),
        ("/decide?kind=mine&image=5", 400),
        ("/decide?picture=99&kind=mine&image=5", 404),
        ("/decide?picture=2&kind=mine&image=99", 404),
        ("/decide?picture=2&kind=mine", 400),
        (f"/decide?picture={2**70}&kind=mine&image=5", 400),
        ("/undecide?decision=99", 404),
        ("/undecide?decision=x", 400),
        (f"/undecide?decision={2**64}", 400),
    ],
)
def test_nonsense_decides_nothing(signed_in: FlaskClient, engine: Engine, address: str, status: int) -> None:
    token = token_of(signed_in.get("/").text)
    assert signed_in.post(address, data={"csrf_token": token, "sealed": "forged"}).status_code == status
    assert engine.decisions.count(state="all") == 0


@pytest.mark.parametrize(
    "address",
    ["/decisions?kind=x", "/decisions?scope=x", "/decisions?state=x", "/decisions?before=-1", "/decisions/export.xml"],
)
def test_nonsense_is_not_listed(signed_in: FlaskClient, address: str) -> None:
    assert signed_in.get(address).status_code == 400
