"""The API answers as its own description says, whatever it is sent."""

import warnings
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.conftest import json_of
from tests.web.site_parts import draw, encode
from web.app import Site

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the tool's own, while it is imported
    import schemathesis
    from schemathesis.checks import positive_data_acceptance

PICTURES = [encode(draw(7)), encode(draw(10_001), "JPEG"), b"no picture", b""]
OPERATIONS = {
    ("DELETE", "/api/v1/images/{image_id}"),
    ("GET", "/api/v1/hashes"),
    ("GET", "/api/v1/images"),
    ("GET", "/api/v1/images/{image_id}"),
    ("GET", "/api/v1/images/{image_id}/search"),
    ("GET", "/api/v1/problems/{name}"),
    ("GET", "/api/v1/status"),
    ("POST", "/api/v1/hashes/search"),
    ("POST", "/api/v1/images"),
    ("POST", "/api/v1/search"),
    ("GET", "/api/v1/videos"),
    ("GET", "/api/v1/videos/{video_id}"),
    ("POST", "/api/v1/videos/search"),
}


@pytest.fixture
def description(client: FlaskClient) -> dict[str, Any]:
    document: dict[str, Any] = json_of(client.get("/api/v1/openapi.json"))
    return document


def test_description_is_complete(description: dict[str, Any]) -> None:
    found = {
        (method.upper(), path)
        for path, methods in description["paths"].items()
        for method in methods
        if method != "parameters"
    }
    assert found == OPERATIONS
    search = description["paths"]["/api/v1/search"]["post"]
    assert {"413", "415", "422", "429", "504"} <= set(search["responses"])
    assert set(search["requestBody"]["content"]) == {
        "multipart/form-data",
        "application/json",
        "image/*",
        "application/octet-stream",
    }
    for operation in (methods[method] for methods in description["paths"].values() for method in methods):
        assert operation["summary"]
        assert operation["operationId"]
        for status, response in operation["responses"].items():
            kinds = {"200": ["application/json"], "201": ["application/json"], "204": []}
            assert list(response.get("content", {})) == kinds.get(status, ["application/problem+json"])


def test_it_says_where_a_token_is_needed(description: dict[str, Any], make_client: Callable[..., FlaskClient]) -> None:
    required = json_of(make_client(api_tokens="required").get("/api/v1/openapi.json"))
    for method, path in OPERATIONS:
        changes = (method, path) in {("POST", "/api/v1/images"), ("DELETE", "/api/v1/images/{image_id}")}
        wanted: list[dict[str, list[str]]] = [{"Bearer": []}] if changes else [{}, {"Bearer": []}]
        assert description["paths"][path][method.lower()]["security"] == wanted
        assert required["paths"][path][method.lower()]["security"] == [{"Bearer": []}]
    assert description["components"]["securitySchemes"]["Bearer"]["scheme"] == "bearer"


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for value in node.values() for found in references(value)]
        return [found for value in node for found in references(value)] if isinstance(node, list) else []

    schemas = description["components"]["schemas"]
    found = set(references(description))
    assert found
    assert {reference.removeprefix("#/components/schemas/") for reference in found} <= set(schemas)


@pytest.fixture(scope="module")
def api_schema(app: Site) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


# The description knows a picture only as bytes: let some of them be one.
for content_type in ("image/*", "video/*", "application/octet-stream"):
    schemathesis.openapi.media_type(content_type, st.sampled_from(PICTURES))


def modes() -> list[tuple[str, str, schemathesis.GenerationMode]]:
    """Return each operation with requests that fit its description, and with such as do not where there can be any."""
    nothing_can_be_wrong = {"/api/v1/status", "/api/v1/problems/{name}"}
    return [
        (method, path, mode)
        for method, path in sorted(OPERATIONS)
        for mode in schemathesis.GenerationMode
        if mode is schemathesis.GenerationMode.POSITIVE or path not in nothing_can_be_wrong
    ]


@pytest.mark.parametrize(("method", "path", "mode"), modes())
def test_answers_are_as_described(api_schema: Any, method: str, path: str, mode: schemathesis.GenerationMode) -> None:
    operation = api_schema[path][method]

    @given(operation.as_strategy(generation_mode=mode))
    @settings(max_examples=30, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    def check(case: schemathesis.Case[Any]) -> None:
        # Bytes that fit the description need not be a picture, so that acceptance cannot be asked for.
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    check()
