"""The JSON API: the same answers as the pages, for programs."""

import io

import pytest
from flask.testing import FlaskClient

from search.query import Engine
from tests.web.conftest import json_of
from tests.web.site_parts import PICTURES, draw, encode
from web import api

PICTURE = encode(draw(7))


@pytest.mark.parametrize("way", ["form", "raw", "octets"])
def test_three_ways_to_send_a_picture(client: FlaskClient, way: str) -> None:
    if way == "form":
        answer = client.post("/api/v1/search", data={"file": (io.BytesIO(PICTURE), "a.png")})
    else:
        content_type = {"raw": "image/png", "octets": "application/octet-stream"}[way]
        answer = client.post("/api/v1/search", data=PICTURE, content_type=content_type)
    document = json_of(answer)
    assert answer.status_code == 200
    assert document["no_copies"] is None
    assert document["copies"]["total"] == document["proven"] == 1
    floor = json_of(client.get("/api/v1/status"))["similar_floor"]
    for hit in document["similar"]["hits"]:
        assert hit["verdict"] == ("similar" if hit["score"] >= floor else "distant")
    assert 0 < document["alike"] < document["similar"]["total"]
    hit = document["copies"]["hits"][0]
    assert (hit["verdict"], hit["image"]["title"]) == ("identical", None)
    assert hit["score"] == pytest.approx(1, abs=1e-3)
    assert set(hit["image"]["labels"]) <= {"media_oilpaint"}
    assert len(hit["image"]["probabilities"]) == 20
    assert document["searched"] == PICTURES
    assert {"decode", "describe", "copies", "similar", "rows"} <= set(document["steps_ms"])
    assert document["similar"]["report"]["exact"] in {True, False}
    assert "describe;dur=" in answer.headers["Server-Timing"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_no_cookie_is_needed_or_given(client: FlaskClient) -> None:
    for answer in (
        client.post("/api/v1/search", data=PICTURE, content_type="image/png"),
        client.get("/api/v1/status"),
        client.get("/api/v1/images/1"),
        client.get("/api/v1/nowhere"),
    ):
        assert "Set-Cookie" not in answer.headers


def test_picture_of_the_catalogue(client: FlaskClient, engine: Engine) -> None:
    document = json_of(client.get("/api/v1/images/1"))
    image = engine.catalogue.image(1)
    assert document["sha256"] == image.sha256
    assert document["sources"] == [
        {
            "place": "https://example.org/works/0?size=large",
            "backlink": "https://example.org/gallery",
            "seen_at": document["sources"][0]["seen_at"],
        }
    ]
    for link in document["links"].values():
        assert client.get(link).status_code == 200


def test_only_the_last_part_of_a_path_is_told(client: FlaskClient) -> None:
    assert json_of(client.get("/api/v1/images/5"))["sources"][0]["place"] == "work-004.png"


def test_search_with_a_picture_of_the_catalogue_pages(client: FlaskClient) -> None:
    first, second = (
        json_of(client.get(f"/api/v1/images/3/search?page_size=10&similar_page={page}"))["similar"] for page in (1, 2)
    )
    assert first["total"] == PICTURES - 1
    assert (first["page"], second["page"], first["pages"]) == (1, 2, 6)
    ids = [hit["image"]["id"] for hit in first["hits"] + second["hits"]]
    assert len(set(ids)) == 20
    assert 3 not in ids
    scores = [hit["score"] for hit in first["hits"] + second["hits"]]
    assert scores == sorted(scores, reverse=True)


def test_attributes_narrow(client: FlaskClient, engine: Engine) -> None:
    carrying = set(engine.catalogue.ids_with_attribute("media_oilpaint").tolist())
    document = json_of(client.get("/api/v1/images/3/search?attributes=media_oilpaint&page_size=100"))
    assert {hit["image"]["id"] for hit in document["similar"]["hits"]} == carrying - {3}
    assert {"name": "media_oilpaint", "count": len(carrying - {3}), "is_chosen": True} in document["facets"]


def test_status_tells_what_is_held(client: FlaskClient, engine: Engine) -> None:
    document = json_of(client.get("/api/v1/status"))
    assert document["images"] == document["searchable"] == PICTURES
    assert document["change"] == document["index_change"] == engine.catalogue.last_change()
    assert document["model_id"] == engine.extractor.model_id
    assert document["collections"] == {"blocks": PICTURES // 2, "squares": PICTURES // 2}
    assert document["other_collections"] == 0


def test_status_names_so_many_collections_and_counts_the_others(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "COLLECTIONS_TOLD", 1)
    document = json_of(client.get("/api/v1/status"))
    assert document["collections"] == {"blocks": PICTURES // 2}
    assert document["other_collections"] == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page_size=0", "page_size"),
        ("page_size=101", "page_size"),
        ("copies_page=x", "copies_page"),
        ("similar_page=-1", "similar_page"),
        ("attributes=content_unicorn", "attributes"),
        ("attributes=content_dog,", "attributes"),
        ("colour=red", "colour"),
    ],
)
def test_parameters_are_checked_and_the_wrong_one_is_named(client: FlaskClient, query: str, field: str) -> None:
    answer = client.get(f"/api/v1/images/3/search?{query}")
    assert answer.status_code == 422
    assert list(json_of(answer)["fields"]) == [field]
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("body", ['{"url": 3}', "[]", "null", '"x"', '{"url": "https://a", "more": 1}', "{}", "{", ""])
def test_json_must_be_an_address(client: FlaskClient, body: str) -> None:
    answer = client.post("/api/v1/search", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert json_of(answer)["remedy"]


@pytest.mark.parametrize("data", [{}, {"url": ""}, {"other": "x"}])
def test_form_without_a_picture(client: FlaskClient, data: dict[str, str]) -> None:
    answer = client.post(
        "/api/v1/search", data=data, content_type="multipart/form-data; boundary=x" if not data else None
    )
    assert answer.status_code in {400, 415}


def test_empty_body_is_no_picture(client: FlaskClient) -> None:
    answer = client.post("/api/v1/search", data=b"", content_type="image/png")
    assert json_of(answer)["type"] == "/api/v1/problems/upload-missing"


def test_types_of_problems_can_be_looked_up(client: FlaskClient) -> None:
    problem = json_of(client.get("/api/v1/images/999"))
    assert problem["status"] == 404
    kind = json_of(client.get(problem["type"]))
    assert (kind["title"], kind["status"]) == (problem["title"], 404)
    assert client.get("/api/v1/problems/none-such").status_code == 404
