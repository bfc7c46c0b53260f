"""Pictures found and shared by their PDQ hashes, through the API."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from search.query import Engine
from tests.web.conftest import json_of
from tests.web.site_parts import PICTURES
from web import api_hashes


def page(client: FlaskClient, query: str = "") -> Any:
    return json_of(client.get(f"/api/v1/hashes{query}"))


def test_every_hash_is_told_once(client: FlaskClient, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = page(client)
    assert whole["next_after_id"] is None
    assert len(whole["hashes"]) == PICTURES
    monkeypatch.setattr(api_hashes, "PAGE", 25)
    told, after = [], 0
    while after is not None:
        part = page(client, f"?after_id={after}")
        told += part["hashes"]
        after = part["next_after_id"]
    assert told == whole["hashes"]
    image = engine.catalogue.image(7)
    assert image.pdq is not None
    assert told[6] | {"quality": 0} == {"id": 7, "hash": image.pdq.hex(), "sha256": image.sha256, "quality": 0}
    assert {one["id"] % 2 for one in page(client, "?collection=blocks")["hashes"]} == {0}


def test_what_is_near_to_a_hash_is_found(client: FlaskClient) -> None:
    hashes = [one["hash"] for one in page(client)["hashes"]]
    flipped = f"{int(hashes[4], 16) ^ (1 << 255 | 1):064x}"
    sent = [flipped, "nothing", hashes[9]]
    answer = json_of(client.post("/api/v1/hashes/search", json={"hashes": sent, "max_distance": 2}))
    assert [(one["hash"], one["total"]) for one in answer["hashes"]] == [(flipped, 1), (hashes[9], 1)]
    assert [(one["matches"][0]["distance"], one["matches"][0]["image"]["id"]) for one in answer["hashes"]] == [
        (2, 5),
        (0, 10),
    ]
    assert [(one["place"], one["text"]) for one in answer["rejected"]] == [(2, "nothing")]
    assert answer["searched"] == PICTURES
    none = json_of(client.post("/api/v1/hashes/search", json={"hashes": [flipped], "max_distance": 1}))
    assert none["hashes"][0] | {"hash": ""} == {"hash": "", "total": 0, "matches": []}
    assert "private" not in client.post("/api/v1/hashes/search", json={"hashes": sent}).text


@pytest.mark.parametrize(
    "body",
    [{}, [], {"hashes": []}, {"hashes": ["0"] * 101}, {"hashes": [7]}, {"hashes": ["0" * 64], "max_distance": 65}],
)
def test_what_makes_no_sense_is_refused(client: FlaskClient, body: object) -> None:
    answer = client.post("/api/v1/hashes/search", json=body)
    assert answer.status_code in {400, 422}
    assert json_of(answer)["remedy"]
