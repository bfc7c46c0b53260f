"""No route, by any method, lets a visitor change the catalogue.

Decisions are for the signed-in, pictures for programs with a token that may write, all else for the command line.
"""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from search.query import Engine
from tests.web.site_parts import draw, encode
from web.app import Site
from web.signed_in import PUBLIC_POSTS, TOKEN_WRITES

METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"]
VALUES = {
    "image_id": "1",
    "video_id": "1",
    "sha256": "0" * 64,
    "filename": "css/page.css",
    "name": "not-found",
    "form": "csv",
}
VALUES |= {"finding_id": "1", "watched_id": "1", "token": "nobody-knows"}


def routes(app: Site) -> list[str]:
    paths = []
    for rule in app.url_map.iter_rules():
        values: dict[str, Any] = {name: VALUES[name] for name in rule.arguments}
        with app.test_request_context():
            paths.append(app.url_for(rule.endpoint, **values))
    return sorted(set(paths))


@pytest.mark.parametrize("method", METHODS)
def test_no_route_changes_the_catalogue(
    app: Site, client: FlaskClient, token: str, engine: Engine, method: str
) -> None:
    before = engine.catalogue.counts(), engine.catalogue.last_change(), engine.decisions.count(state="all")
    for path in routes(app):
        form = {"csrf_token": token, "image": "1", "file": (io.BytesIO(encode(draw(20_000))), "new.png")}
        data = form if method in {"POST", "PUT", "PATCH", "DELETE"} else None
        with client.open(path, method=method, data=data) as answer:
            assert answer.status_code < 500, (method, path)
    assert (engine.catalogue.counts(), engine.catalogue.last_change(), engine.decisions.count(state="all")) == before


def test_only_searches_and_the_signed_in_send_a_body(app: Site) -> None:
    changing = {
        rule.endpoint for rule in app.url_map.iter_rules() if rule.methods and rule.methods - {"GET", "HEAD", "OPTIONS"}
    }
    assert changing == PUBLIC_POSTS | TOKEN_WRITES | {
        "accounts.sign_out",
        "decisions.decide",
        "decisions.undecide",
        "decisions.decide_subject",
        "face_pages.search",
        "watching.mark_seen",
    }
