"""The page of what is watched, for the signed-in; a feed for whoever knows its address."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete

from data import passwords
from data.database import writing
from data.findings import Findings
from data.outbox import Outbox
from data.sealed_secret import seal
from data.tables import DecisionRow, UserRow, WatchRow
from data.watches import Watches, new_token
from search.ingest import Intake
from search.open_engine import close_engine
from search.query import Engine
from search.watching.follow import follow_changes
from search.watching.intake import guard_files
from tests.engines import LIMITS, offer, take_in
from tests.search.watching.receivers import hook_receiver
from tests.web.signed_in import add_user, buttons, sign_in, token_of
from tests.web.site_parts import draw, encode, make_engine, site_settings
from web import create_app
from web.app import Site
from web.parts import parts_of
from web.secret import HOOK_SECRETS, derive_key, read_secret

ATOM = "{http://www.w3.org/2005/Atom}"
STOLEN = ("https://user:word@thief.example/a.jpg", "Blocks <b>bold</b> \x07")


@pytest.fixture(autouse=True)
def _is_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_METHOD", "scrypt:1024:8:1")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Give a catalogue of own pictures, and copies that were added later."""
    engine = make_engine(site_settings(tmp_path_factory.mktemp("watched")), [encode(draw(seed)) for seed in range(4)])
    copies = [
        offer(encode(draw(1), "JPEG", quality=70), STOLEN[0], title=STOLEN[1], collection="found"),
        offer(encode(draw(50), "JPEG", quality=70), "/srv/private/b.jpg", collection="found"),
    ]
    take_in(Intake(engine.extractor, engine.catalogue, engine.thumbnails, LIMITS, workers=1), copies)
    engine.copies.catch_up()
    yield engine
    close_engine(engine)


@pytest.fixture
def engine(made: Engine) -> Engine:
    """Guard a collection and a file, and find a copy of each."""
    with writing(made.catalogue.database) as connection:
        for table in (DecisionRow, UserRow, WatchRow):
            connection.execute(delete(table))
    add_user(made)
    watches = Watches(made.catalogue.database)
    own = watches.add("own", collection="blocks", everything=True)
    beside = watches.add("beside", everything=True)
    guard_files(
        watches,
        beside,
        [offer(encode(draw(50)), "/home/ann/fifty.png")],
        made.extractor,
        LIMITS,
        workers=1,
        on_progress=lambda _: None,
        on_failure=lambda failure: pytest.fail(failure.reason),
    )
    for watch in (own, beside):
        watches.make_ready(watch.id)
    watches.add_channel("own", "webhook", "https://hooks.example/very/secret/path", secret=seal(b"s", bytes(32)))
    while not follow_changes(made, mail_after=timedelta()).is_done:
        pass
    assert len(Findings(made.catalogue.database).newest()) == 2
    return made


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Site:
    return create_app(site_settings(tmp_path, metrics=True), engine=engine)


@pytest.fixture
def signed_in(app: Site) -> FlaskClient:
    client = app.test_client()
    sign_in(client)
    return client


def press(client: FlaskClient, page: str, text: str) -> str:
    """Press the first button that says this; return the page that it leads to."""
    address = buttons(page, text)[0]
    answer = client.post(address, data={"csrf_token": token_of(page)}, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_visitors_see_nothing_of_it(app: Site, engine: Engine) -> None:
    client = app.test_client()
    found = Findings(engine.catalogue.database).newest()[0]
    for address in ("/watch", f"/watch/finding/{found.id}", f"/watch/picture/{found.watched_id}.webp"):
        assert client.get(address).location.startswith("/sign-in?next="), address
    assert 'href="/watch"' not in client.get("/").text


def test_findings_stand_with_their_pictures_and_what_became_of_telling_them(signed_in: FlaskClient) -> None:
    page = signed_in.get("/watch").text
    assert "2 findings that nobody has seen" in page
    assert "fifty.png" in page
    assert "webhook to hooks.example: to be sent" in page
    for secret in ("/very/secret", "/home/ann", "/srv/private", "user:word"):
        assert secret not in page
    assert "Blocks &lt;b&gt;bold" in page
    sources = [unescape(src) for src in re.findall(r'<img[^>]*src="([^"]+)"', page)]
    assert len(sources) == 4
    [beside] = [src for src in sources if not src.startswith("/thumbnail/")]
    shown = signed_in.get(beside)
    assert (shown.status_code, shown.mimetype) == (200, "image/webp")


def test_a_finding_is_marked_as_seen_alone_and_with_the_others(signed_in: FlaskClient, engine: Engine) -> None:
    page = press(signed_in, signed_in.get("/watch").text, "Mark as seen")
    assert "1 finding that nobody has seen" in page
    page = signed_in.get("/watch?show=all").text
    assert page.count("Seen by ann") == 1
    again = Findings(engine.catalogue.database)
    assert again.mark_seen("eve", finding_id=again.newest()[0].id) == 0  # who saw it first stays
    add = Findings(engine.catalogue.database).newest(unseen=True)
    assert len(add) == 1


def test_all_are_marked_at_once(signed_in: FlaskClient) -> None:
    page = press(signed_in, signed_in.get("/watch").text, "Mark all as seen")
    assert "Nothing new was found" in page
    assert "Every finding was seen." in page


@pytest.mark.parametrize("watch", ["own", "beside"])
def test_a_finding_is_decided_on_whichever_is_guarded(signed_in: FlaskClient, engine: Engine, watch: str) -> None:
    page = press(signed_in, signed_in.get(f"/watch?watch={watch}").text, "Licensed")
    assert "Every finding was seen." in page  # to decide is to have seen
    page = signed_in.get(f"/watch?watch={watch}&show=all").text
    assert "decided-licensed" in page
    [decision] = engine.decisions.newest()
    assert decision.evidence["verdict"] in {"copy", "unconfirmed"}
    page = press(signed_in, page, "Undo")
    assert engine.decisions.newest() == ()


def test_the_two_stand_beside_each_other(signed_in: FlaskClient) -> None:
    page = signed_in.get("/watch").text
    links = [unescape(href) for href in re.findall(r'<a class="button" href="([^"]+)">Compare', page)]
    assert len(links) == 2
    for link in links:
        shown = signed_in.get(link)
        assert shown.status_code == 200
        assert "cop" in shown.text
        assert shown.headers["Cache-Control"] == "no-store"


def test_a_picture_that_was_removed_is_told_of(signed_in: FlaskClient, engine: Engine) -> None:
    with writing(engine.catalogue.database) as connection:
        connection.exec_driver_sql("UPDATE finding SET image_id = 999")
    page = signed_in.get("/watch").text
    assert page.count("Removed since") == 2
    assert buttons(page, "Licensed") == []


def test_a_feed_needs_its_address_and_no_cookie(app: Site, engine: Engine) -> None:
    client, watches = app.test_client(), Watches(engine.catalogue.database)
    token = watches.get("own").feed_token
    answer = client.get(f"/watch/feed/{token}")
    assert answer.mimetype == "application/atom+xml"
    assert "Set-Cookie" not in answer.headers
    feed = ElementTree.fromstring(answer.data)  # noqa: S314 - our own
    [entry] = feed.findall(f"{ATOM}entry")
    [found] = Findings(engine.catalogue.database).newest(watch="own")
    assert entry.findtext(f"{ATOM}id") == f"urn:uuid:{found.uid}"
    assert "Blocks <b>bold</b>" in (entry.findtext(f"{ATOM}title") or "")
    hrefs = {link.get("href") for link in entry.findall(f"{ATOM}link")}
    assert f"http://localhost/compare?first={found.watched_id}&second={found.image_id}" in hrefs
    assert b"user:word" not in answer.data
    for name in ("id", "title", "updated"):
        assert feed.findtext(f"{ATOM}{name}")
    same = client.get(f"/watch/feed/{token}", headers={"If-None-Match": answer.headers["ETag"]})
    assert same.status_code == 304
    watches.set_feed("own", new_token())
    assert client.get(f"/watch/feed/{token}").status_code == 404
    watches.set_feed("own", None)
    assert client.get("/watch/feed/None").status_code == 404
    assert client.get("/watch/feed/").status_code == 404


def test_a_feed_leaves_out_what_was_decided(app: Site, engine: Engine) -> None:
    with writing(engine.catalogue.database) as connection:
        connection.exec_driver_sql("UPDATE finding SET settled = 'licensed'")
    token = Watches(engine.catalogue.database).get("own").feed_token
    feed = ElementTree.fromstring(app.test_client().get(f"/watch/feed/{token}").data)  # noqa: S314 - our own
    assert feed.findall(f"{ATOM}entry") == []


def test_troubles_are_shown_and_counted(signed_in: FlaskClient, engine: Engine) -> None:
    outbox = Outbox(engine.catalogue.database)
    now = Findings(engine.catalogue.database).newest()[0].found_at
    taken = outbox.take(now, hold=timedelta(seconds=60), most=1)
    outbox.postpone(taken, now + timedelta(hours=1), "it answered 500")
    page = signed_in.get("/watch").text
    assert "to be sent, next at" in page
    text = signed_in.get("/metrics").text
    assert "retrace_watch_waiting 1.0" in text
    assert "retrace_watch_behind 0.0" in text
    outbox.give_up(taken, now, "it answered 500")
    assert "given up after 1 attempt" in signed_in.get("/watch").text
    assert "retrace_watch_given_up 1.0" in signed_in.get("/metrics").text


def test_where_nothing_is_guarded_it_says_how(signed_in: FlaskClient, engine: Engine) -> None:
    for name in ("own", "beside"):
        Watches(engine.catalogue.database).remove(name)
    assert "watch add FOLDER" in signed_in.get("/watch").text


def test_a_serving_process_watches_by_itself(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, watches = site_settings(tmp_path), Watches(engine.catalogue.database)
    site = create_app(settings)
    monkeypatch.setattr("web.parts.open_engine", lambda source, *, follow_s: engine)
    monkeypatch.setattr("web.parts.close_engine", lambda engine: None)
    monkeypatch.setattr("web.parts.WATCH_INTERVAL_S", 0.01)
    key = derive_key(read_secret(settings), HOOK_SECRETS)
    with hook_receiver() as receiver:
        watches.remove("own")  # and with it what would be posted elsewhere
        watches.add("again", collection="blocks", everything=True)
        watches.add_channel("again", "webhook", receiver.url, secret=seal(b"s", key), allows_private=True)
        watches.make_ready(watches.get("again").id)
        parts = parts_of(site)
        parts.wants_watching = True
        parts.open()
        assert receiver.arrived.acquire(timeout=60)
        parts.close()
    [found] = Findings(engine.catalogue.database).newest(watch="again")
    assert set(receiver.taken) == {found.uid}
