"""Searches with parts of a picture, as pages and API give them to a visitor without JavaScript."""

import re
from collections.abc import Iterator
from html import unescape
from io import BytesIO

import numpy as np
import pytest
from flask.testing import FlaskClient

from search.open_engine import close_engine
from search.query import Engine
from search.residual import Box
from settings import Settings
from tests.search.composed import cell, collage, photograph
from tests.web.conftest import csrf_token
from tests.web.site_parts import encode, make_engine, site_settings
from web import create_app

PAGE, PLACES = collage(*(cell(seed) for seed in (3, 8, 13, 21)))
UPLOAD = encode(PAGE, "JPEG", quality=80)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return site_settings(tmp_path_factory.mktemp("parts"))


@pytest.fixture(scope="module")
def engine(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings, [encode(cell(seed)) for seed in range(40)])
    yield engine
    close_engine(engine)


@pytest.fixture(scope="module")
def client(settings: Settings, engine: Engine) -> FlaskClient:
    return create_app(settings, engine=engine).test_client()


def upload(client: FlaskClient, data: bytes, address: str = "/search") -> str:
    """Return the page of an upload."""
    answer = client.post(address, data={"csrf_token": csrf_token(client), "file": (BytesIO(data), "mine.jpg")})
    assert answer.status_code == 200
    return answer.text


def sealed(page: str) -> str:
    found = re.search(r'name="sealed" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def again(client: FlaskClient, page: str, address: str, **fields: object) -> str:
    """Return what a button of a page leads to."""
    form = {"csrf_token": csrf_token(client), "sealed": sealed(page), **fields}
    answer = client.post(address, data=form)
    assert answer.status_code == 200, answer.text
    return answer.text


def in_percent(box: Box) -> dict[str, float]:
    return {side: 100 * getattr(box, side) for side in ("left", "top", "right", "bottom")}


def buttons(page: str) -> dict[str, str]:
    """Return what the buttons of the page's one form say, and where they lead."""
    found = re.findall(r'<button class="[^"]*" form="again" formaction="([^"]*)"[^>]*>(.*?)</button>', page, re.DOTALL)
    return {" ".join(re.sub(r"<[^>]+>", " ", inside).split()): unescape(address) for address, inside in found}


def test_a_copy_in_a_part_is_told_as_that_and_drawn_on_the_query(client: FlaskClient) -> None:
    page = upload(client, UPLOAD)
    assert page.count("Found in a part of your picture: ") == page.count('class="spot spot-found"') > 0
    assert re.search(r"Found in a part of your picture: top left, 2\d % of its area\.", page)
    assert "parts of the picture searched as well." in page


def test_a_part_is_drawn_by_four_fields_and_asked_for_by_address(client: FlaskClient) -> None:
    page = upload(client, UPLOAD)
    drawn = again(client, page, buttons(page)["Search with this part"], **in_percent(PLACES[1]))
    assert "Searched with a part of the picture alone: top right" in drawn
    assert drawn.count('class="spot spot-region"') == 1
    assert sealed(drawn) == sealed(page)  # it stays the whole, for the next part
    leading = [address for text, address in buttons(drawn).items() if text.startswith("Compare")]
    assert leading
    assert all("&region=0." in address for address in leading)
    compared = again(client, drawn, leading[0])
    assert "Is one a copy of the other?" in compared
    whole = again(client, drawn, buttons(drawn)["Search with the whole"])
    assert "a part of the picture alone" not in whole
    assert 'name="left" form="again" value="25"' in whole
    assert 'name="left" form="again" value="51"' in drawn


def test_lists_of_a_part_go_on_with_that_part(client: FlaskClient) -> None:
    page = client.get("/search?image=4&region=0,0,0.5,0.5").text
    assert 'value="50" min="0" max="100"' in page
    facets = re.findall(r'<a class="facet[^"]*" href="([^"]*)"', page)
    assert facets
    assert all("region=0.0000,0.0000,0.5000,0.5000" in unescape(href).replace("%2C", ",") for href in facets)
    form = "/search?image=4&region=drawn&left=0&top=0&right=50&bottom=50"
    assert "Searched with a part of the picture alone: top left, 25 % of its area." in client.get(form).text


def test_parts_are_offered_where_nothing_is_proven(client: FlaskClient) -> None:
    page = upload(client, encode(photograph(5)))
    leads = buttons(page)["Look at parts of the picture"]
    more = again(client, page, leads)
    assert re.search(r"(9|10) parts of the picture searched as well\.", more)
    assert "Look at parts of the picture" not in buttons(more)
    assert "Look at parts of the picture" not in buttons(upload(client, encode(cell(3), "JPEG", quality=70)))


@pytest.mark.parametrize(
    "query",
    [
        "region=1,2,3",
        "region=0,0,2,2",
        "region=drawn",
        "region=drawn&left=10&top=10&right=5&bottom=90",
        "region=drawn&left=a&top=10&right=50&bottom=90",
        "region=drawn&left=nan&top=10&right=50&bottom=90",
        "region=0,0,0.01,0.01",
        "regions=some",
    ],
)
def test_parts_that_make_no_sense_get_a_page_that_says_so(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/search?image=1&{query}")
    assert answer.status_code == 400
    assert "xpected" in answer.text


def test_the_api_takes_a_part_and_tells_of_parts(client: FlaskClient) -> None:
    region = ",".join(f"{getattr(PLACES[3], side):.4f}" for side in ("left", "top", "right", "bottom"))
    found = client.post(f"/api/v1/search?region={region}", data=UPLOAD, content_type="image/jpeg").get_json()
    assert found["parts"] == []
    assert [round(found["region"][side], 4) for side in ("left", "bottom")] == [
        round(PLACES[3].left, 4),
        round(PLACES[3].bottom, 4),
    ]
    everything = client.post("/api/v1/search", data=UPLOAD, content_type="image/jpeg").get_json()
    assert everything["region"] is None
    parts = [hit["part"] for hit in everything["copies"]["hits"] if hit["part"] is not None]
    assert parts
    assert all(part in everything["parts"] for part in parts)
    alone = client.post("/api/v1/search?regions=none", data=UPLOAD, content_type="image/jpeg").get_json()
    assert alone["parts"] == []
    for wrong in ("region=0,0,2,1", "region=1", "regions=some", "region=0.5,0,0.5,1"):
        answer = client.post(f"/api/v1/search?{wrong}", data=UPLOAD, content_type="image/jpeg")
        assert answer.status_code in {400, 422}


def test_sealed_parts_spare_the_model_a_second_look(client: FlaskClient, engine: Engine) -> None:
    page = upload(client, encode(np.ascontiguousarray(PAGE[:, ::-1])))
    first = re.search(r"(\d+) parts of the picture searched as well", page)
    later = re.search(r"(\d+) parts of the picture searched as well", again(client, page, "/search"))
    assert (first is None) == (later is None)
    assert first is None or later is None or first[1] == later[1]
