"""Two machines that serve one PostgreSQL, one Milvus and one Redis: a visitor cannot tell them apart."""

import io
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from data.catalogue import Catalogue
from data.migrate import upgrade
from data.thumbnails import ThumbnailStore
from search.ingest import Intake
from search.open_engine import close_engine
from tests.engines import LIMITS, offer, take_in
from tests.fake_extractor import FakeExtractor
from tests.milvus import milvus_lite
from tests.postgres import postgres_server
from tests.redis_server import redis_server
from tests.web.conftest import csrf_token, json_of
from tests.web.site_parts import draw, encode, open_engine, site_settings
from web import create_app
from web.parts import parts_of

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

PICTURES = 60
SHARE = 12


@dataclass(frozen=True)
class Machines:
    """Two machines that serve, and what takes pictures in on a third.

    Attributes:
        clients: of one visitor, at each.
        folders: the data folder of each.
    """

    clients: tuple[FlaskClient, FlaskClient]
    folders: tuple[Path, Path]
    intake: Intake


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    shared = tmp_path / "shared"
    with ExitStack() as stack:
        database_url = stack.enter_context(postgres_server())
        limits_url = stack.enter_context(redis_server())
        index_url = f"milvus:{stack.enter_context(milvus_lite(tmp_path / 'milvus')).address.uri}"
        upgrade(database_url)
        catalogue = stack.enter_context(Catalogue.open(database_url))
        intake = Intake(FakeExtractor(), catalogue, ThumbnailStore(shared), LIMITS, workers=2)
        take_in(intake, [offer(encode(draw(seed)), f"drawn/{seed}.png") for seed in range(PICTURES)])
        clients, folders = [], []
        for name in ("one", "another"):
            folder = tmp_path / name
            folder.mkdir()
            (folder / "thumbnails").symlink_to(shared)  # as a network folder is mounted
            settings = site_settings(
                folder,
                database_url=database_url,
                index_url=index_url,
                rate_limit=f"{SHARE}/hour",
                rate_limit_url=limits_url,
            )
            engine = open_engine(settings)
            stack.callback(close_engine, engine)
            clients.append(create_app(settings, engine=engine).test_client())
            folders.append(folder)
        yield Machines((clients[0], clients[1]), (folders[0], folders[1]), intake)


def test_a_visitor_may_be_sent_to_any_machine(machines: Machines) -> None:
    one, another = machines.clients
    form = {"csrf_token": csrf_token(one), "file": (io.BytesIO(encode(draw(10_002))), "mine.png")}
    first = one.post("/search", data=form)
    assert first.status_code == 200
    cookie = one.get_cookie("retrace")
    assert cookie is not None
    another.set_cookie("retrace", cookie.value)
    hidden = dict(re.findall(r'name="(csrf_token|sealed)" value="([^"]+)"', first.text))
    second = another.post("/search?similar_page=2", data=hidden)
    assert second.status_code == 200
    assert "mine.png" in second.text

    asked = [
        each.post("/api/v1/search", data={"file": (io.BytesIO(encode(draw(7))), "a.png")}) for each in (one, another)
    ]
    hits = [json_of(answer)["copies"]["hits"] for answer in asked]
    assert hits[0][0]["verdict"] == "identical"
    assert hits[0] == hits[1]
    pictures = [each.get(hits[0][0]["image"]["links"]["thumbnail"]) for each in (one, another)]
    assert [answer.status_code for answer in pictures] == [200, 200]
    assert pictures[0].data == pictures[1].data

    # Two of its searches each so far; what is left of its share is left at both together.
    statuses = [machines.clients[number % 2].get("/search?image=1").status_code for number in range(SHARE)]
    assert statuses == [200] * (SHARE - 4) + [429] * 4

    # Nothing of this is kept on either machine.
    assert [[path.name for path in folder.iterdir()] for folder in machines.folders] == [["thumbnails"]] * 2


def test_what_a_third_machine_adds_is_found_at_both(machines: Machines) -> None:
    new = encode(draw(500))
    take_in(machines.intake, [offer(new, "drawn/500.png")])
    for client in machines.clients:
        engine = parts_of(client.application).engine
        engine.copies.catch_up()
        engine.similars.catch_up()
        answer = client.post("/api/v1/search", data={"file": (io.BytesIO(new), "a.png")})
        assert json_of(answer)["copies"]["hits"][0]["verdict"] == "identical"
