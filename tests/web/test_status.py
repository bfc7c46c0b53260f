"""The page of status: what there is to see to first, for the signed-in alone."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from data import passwords
from data.last_backup import LAST_BACKUP
from search.open_engine import close_engine
from search.query import Engine
from tests.search.calibrations import calibration
from tests.web.signed_in import add_user, sign_in
from tests.web.site_parts import draw, encode, make_engine, site_settings
from web import create_app
from web.present_status import span

WHY = "The agency looks for pictures of its own models."


@pytest.fixture(autouse=True)
def _is_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_METHOD", "scrypt:1024:8:1")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = make_engine(site_settings(tmp_path_factory.mktemp("status")), [encode(draw(seed)) for seed in range(6)])
    add_user(engine)
    yield replace(engine, calibration=calibration(model_id=engine.extractor.model_id))
    close_engine(engine)


def client_of(engine: Engine, folder: Path, **changes: object) -> FlaskClient:
    client = create_app(site_settings(folder, **changes), engine=engine).test_client()
    assert sign_in(client).status_code == 303
    return client


def told(page: str) -> dict[str, str]:
    """Return names and what is told of each."""
    found = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", page)
    return dict(found)


def test_visitors_are_led_to_sign_in(engine: Engine, tmp_path: Path) -> None:
    client = create_app(site_settings(tmp_path), engine=engine).test_client()
    assert client.get("/status").location == "/sign-in?next=/status"
    assert 'href="/status"' not in client.get("/").text


def test_the_page_tells_what_is_held_and_what_to_see_to(engine: Engine, tmp_path: Path) -> None:
    client = client_of(engine, tmp_path)
    answer = client.get("/status")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'href="/status"' in client.get("/").text
    lines = told(answer.text)
    assert (lines["Pictures"], lines["Places they were seen at"], lines["Collections"]) == ("6", "6", "2")
    assert lines["Pictures it described"] == "6 of 6"
    assert lines["Index of copies"].startswith("6 vectors, ")
    assert lines["Changes behind the catalogue"] == "0, of this worker"
    assert lines["Ready"] == "yes: model, database, index"
    assert re.fullmatch(r"[\d,.]+ GB of [\d,.]+ GB \(\d+%\)", lines["Free on the disk of the data folder"])
    assert lines["Last backup"] == "none known"
    # Every path of this machine stays out of it.
    assert str(tmp_path) not in answer.text
    assert "No backup of this catalogue is known." in answer.text
    assert "<code>python3 index.py backup FILE</code>" in answer.text


def test_without_metrics_it_says_how_to_have_searches_counted(engine: Engine, tmp_path: Path) -> None:
    page = client_of(engine, tmp_path).get("/status").text
    assert "RETRACE_METRICS=true" in page
    assert "<table" not in page


def test_with_metrics_it_tells_searches_and_steps(engine: Engine, tmp_path: Path) -> None:
    client = client_of(engine, tmp_path, metrics=True)
    assert "Nobody has searched yet." in client.get("/status").text
    for image in (1, 2, 3):
        client.get(f"/search?image={image}")
    page = client.get("/status").text
    lines = told(page)
    assert lines["Searches since the server started"] == "3"
    assert [text for name, text in lines.items() if name.startswith("Searches in the last")] == ["3"]
    assert lines["Workers"].startswith("1 answers; ")
    assert re.search(r'<th scope="row">similar</th><td class="figure">3</td>', page)
    text = client.get("/metrics").text
    assert "retrace_workers 1.0" in text
    assert 'retrace_index_behind{index="copies"} 0.0' in text


def test_a_process_that_looks_tells_how_far_it_is_behind(engine: Engine, tmp_path: Path) -> None:
    client = client_of(engine, tmp_path, metrics=True)
    from web.parts import parts_of

    parts_of(client.application).each_look(engine)
    assert told(client.get("/status").text)["Changes behind the catalogue"] == "0, of the worker furthest behind"


def test_faces_are_counted_and_a_collection_is_no_markup(engine: Engine, tmp_path: Path) -> None:
    name = "<i>` ; rm"
    engine.catalogue.faces.allow("blocks", WHY)
    engine.catalogue.faces.allow(name, WHY)
    try:
        page = client_of(engine, tmp_path).get("/status").text
        assert told(page)["Faces"] == "0 faces of 2 collections"
        assert "3 pictures of the collection blocks not looked at for faces." in page
    finally:
        engine.catalogue.faces.forbid("blocks")
        engine.catalogue.faces.forbid(name)


def test_the_last_backup_is_told_and_a_damaged_note_breaks_nothing(engine: Engine, tmp_path: Path) -> None:
    client = client_of(engine, tmp_path)
    note = tmp_path / LAST_BACKUP
    note.write_text('{"name": "<b>.tar", "created_at": "2026-11-21T08:00:00Z", "images": 4, "last_change": 6}')
    lines = told(client.get("/status").text)
    assert lines["Last backup"] == "21 November 2026: &lt;b&gt;.tar, 4 pictures"
    assert lines["Changes since"] == "0"
    note.write_text("{")
    answer = client.get("/status")
    assert answer.status_code == 200
    assert "The note of the last backup cannot be read." in answer.text


def test_where_all_is_well_it_says_so(engine: Engine, tmp_path: Path) -> None:
    client = client_of(engine, tmp_path)
    made = '{"name": "a.tar", "created_at": "2126-11-21T08:00:00Z", "images": 6, "last_change": 6}'
    (tmp_path / LAST_BACKUP).write_text(made)
    page = client.get("/status").text
    assert "Nothing to see to" in page
    assert 'class="cautions"' not in page


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0 seconds"),
        (1, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (90_000, "25 hours"),
        (10**6, "11 days"),
    ],
)
def test_lengths_of_time(seconds: int, said: str) -> None:
    assert span(timedelta(seconds=seconds)) == said
