"""Sorts and filters of a results page: by address for the catalogue, by the sealed query for an upload."""

import re
from html import unescape
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from commands.asking import SORTS, VERDICTS
from search.answer import Sort, Verdict
from search.query import Engine
from tests.web.conftest import json_of
from tests.web.site_parts import draw, encode


def upload(client: FlaskClient, token: str, seed: int) -> str:
    form = {"csrf_token": token, "file": (BytesIO(encode(draw(seed))), "mine.png")}
    return client.post("/search", data=form).text


def again(client: FlaskClient, token: str, page: str, address: str) -> str:
    found = re.search(r'name="sealed" value="([^"]+)"', page)
    assert found is not None
    return client.post(address, data={"csrf_token": token, "sealed": unescape(found[1])}).text


def choices(page: str) -> dict[str, str]:
    """Return the addresses of the choices that narrow an answer, by their texts."""
    section = re.search(r'<section id="narrow".*?</section>', page, re.DOTALL)
    if section is None:
        return {}
    found = re.findall(r'(?:href|formaction)="([^"]*)"[^>]*>(.*?)</(?:a|button)>', section[0], re.DOTALL)
    return {" ".join(re.sub(r"<[^>]*>", " ", text).split()): unescape(address) for address, text in found}


def shown(page: str) -> set[int]:
    return {int(found) for found in re.findall(r'href="/picture/(\d+)"', page)}


def test_an_upload_is_narrowed_and_widened_without_javascript(client: FlaskClient, token: str, engine: Engine) -> None:
    page = upload(client, token, 0)
    offered = choices(page)
    assert {text.rpartition(" ")[0] for text in offered} >= {"Identical file", "blocks", "squares", "example.org"}
    address = next(address for text, address in offered.items() if text.startswith("squares"))
    narrowed = again(client, token, page, address)
    squares = set(engine.catalogue.find(collection="squares"))
    assert shown(narrowed)
    assert shown(narrowed) <= squares
    assert "Only what you chose is counted." in narrowed
    both = again(client, token, narrowed, choices(narrowed)["example.org 1"])
    assert shown(both) == {1}
    removal = next(address for text, address in choices(both).items() if text.startswith("Remove: squares"))
    assert "collection" not in removal
    assert "source=example.org" in removal
    whole = again(client, token, both, choices(both)["Show everything"])
    assert shown(whole) - squares


def test_an_address_with_choices_can_be_shared_and_paged(client: FlaskClient, engine: Engine) -> None:
    page = client.get("/search?image=2&collection=squares&source=files&verdict=similar,distant").text
    squares = set(engine.catalogue.find(collection="squares")) - {1}
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    second = client.get(unescape(following[1])).text
    assert shown(page) | shown(second) == squares | {2}
    assert not (shown(page) & shown(second)) - {2}


def test_a_choice_without_copies_does_not_say_that_there_is_none(client: FlaskClient) -> None:
    page = client.get("/search?image=3&collection=nowhere").text
    assert "No other copy is among what you chose." in page
    assert "No: " not in page
    assert "nowhere 0" in " ".join(choices(page))


def test_what_is_not_on_this_site_cannot_be_asked_for(client: FlaskClient) -> None:
    for words in (
        "source=/srv/private/",
        "sort=prettiest",
        "verdict=perhaps",
        "source=a%20b",
        "collection=" + "x" * 300,
    ):
        assert client.get(f"/search?image=3&{words}").status_code == 400
        assert client.get(f"/api/v1/images/3/search?{words}").status_code == 422
    assert "/srv" not in client.get("/search?image=3").text


def test_the_api_narrows_sorts_and_counts(client: FlaskClient, engine: Engine) -> None:
    plain = json_of(client.get("/api/v1/images/3/search"))
    assert plain["counts"]["sources"] == {"files": 58, "example.org": 1}
    assert sum(plain["counts"]["verdicts"].values()) == 59
    found = json_of(client.get("/api/v1/images/3/search?verdict=distant&collection=blocks&sort=oldest&page_size=100"))
    assert found["no_copies"] == "none_chosen"
    assert {hit["verdict"] for hit in found["similar"]["hits"]} == {"distant"}
    assert {hit["image"]["collection"] for hit in found["similar"]["hits"]} == {"blocks"}
    assert {hit["alteration_share"] for hit in found["similar"]["hits"]} == {None}
    data = BytesIO(encode(draw(5), "BMP"))
    copy = json_of(client.post("/api/v1/search?sort=changed", data={"file": (data, "a.bmp")}))["copies"]["hits"][0]
    assert (copy["verdict"], copy["alteration_share"]) == ("same_pixels", 0.0)


def test_the_api_describes_what_it_takes(client: FlaskClient) -> None:
    paths = json_of(client.get("/api/v1/openapi.json"))["paths"]
    for path, method in (("/api/v1/search", "post"), ("/api/v1/images/{image_id}/search", "get")):
        names = {parameter["name"]: parameter for parameter in paths[path][method]["parameters"]}
        assert {"sort", "verdict", "collection", "source"} <= set(names)
        assert all(
            names[name].get("description") or names[name]["schema"].get("description")
            for name in ("sort", "verdict", "collection", "source")
        )


def test_the_command_line_knows_every_order_and_verdict() -> None:
    assert tuple(sort.value for sort in Sort) == SORTS
    assert tuple(verdict.value for verdict in Verdict) == VERDICTS


@pytest.mark.parametrize("address", ["/search?image=3&sort=biggest", "/search?image=3&collection=blocks"])
def test_every_control_keeps_what_was_chosen(client: FlaskClient, address: str) -> None:
    chosen = address.partition("&")[2]
    page = client.get(address).text
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    assert chosen in unescape(following[1])
    facets = [unescape(one) for one in re.findall(r'class="facet" href="([^"]*attributes=[^"]*)"', page)]
    assert facets
    assert all(chosen in one for one in facets)
