"""Every error of ours has an answer, and answers tell visitors nothing that is the owner's business."""

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import default_exceptions

import errors
from web.errors import HTTP_NAMES, OUTCOMES, problem_kinds, problem_type, register_errors
from web.request_ids import number_requests


def tree(root: type[errors.RetraceError]) -> Iterator[type[errors.RetraceError]]:
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


def test_every_public_error_has_a_status_of_its_own() -> None:
    public = {error for error in tree(errors.RetraceError) if error.__module__ == "errors"}
    assert public == set(OUTCOMES)


def test_statuses_say_whose_fault_it_is() -> None:
    for error, outcome in OUTCOMES.items():
        if issubclass(error, errors.BadInput | errors.NotFound | errors.TooManyRequests):
            assert 400 <= outcome.status < 500 or error is errors.FetchTimedOut
        else:
            assert outcome.status >= 500


def test_kinds_of_problems_have_different_names() -> None:
    assert len({problem_type(error) for error in OUTCOMES}) == len(OUTCOMES)
    assert problem_type(errors.FileTooLarge) == "file-too-large"


@pytest.mark.parametrize("error", OUTCOMES)
def test_documents_carry_message_and_remedy(error: type[errors.RetraceError]) -> None:
    app = Flask(__name__)
    number_requests(app)
    register_errors(app)

    @app.get("/api/fail")
    def fail() -> str:
        raise error("path /srv/secret is broken", remedy="Do this.")

    answer = app.test_client().get("/api/fail")
    document = answer.get_json()
    assert answer.status_code == OUTCOMES[error].status == document["status"]
    assert answer.mimetype == "application/problem+json"
    assert set(document) == {"type", "title", "status", "detail", "remedy", "request_id"}
    is_ours = OUTCOMES[error].status >= 500 and not issubclass(error, errors.BadInput)
    assert ("/srv/secret" in document["detail"]) is not is_ours
    assert ("Retry-After" in answer.headers) is (answer.status_code == 503)


@pytest.mark.parametrize("error", OUTCOMES)
def test_pages_carry_status_message_remedy_and_number(
    make_client: Callable[..., FlaskClient], error: type[errors.RetraceError]
) -> None:
    client = make_client()

    def fail() -> str:
        raise error("what happened", remedy="Do this.")

    client.application.add_url_rule("/fail", view_func=fail)
    answer = client.get("/fail")
    status = OUTCOMES[error].status
    assert answer.status_code == status
    assert f"Error {status}" in answer.text
    assert f"<code>{answer.headers['X-Request-ID']}</code>" in answer.text
    is_ours = status >= 500 and not issubclass(error, errors.BadInput)
    assert ("Do this." in answer.text) is ("What happened." in answer.text) is not is_ours
    assert re.search(r'<p class="remedy">[^<]+</p>', answer.text)


@pytest.mark.parametrize(
    ("method", "path", "content_type", "status", "name"),
    [
        ("GET", "/api/v1/nowhere", None, 404, "not-found"),
        ("DELETE", "/api/v1/status", None, 405, "method-not-allowed"),
        ("POST", "/api/v1/search", "text/plain", 415, "unsupported-media-type"),
        ("POST", "/api/v1/search", "application/json", 400, "bad-request"),
        ("GET", "/api/v1/images/1/search?page_size=0", None, 422, "bad-request"),
    ],
)
def test_documents_of_http_itself_tell_programs_what_to_do(  # noqa: PLR0917 - a column of the table each
    client: FlaskClient, method: str, path: str, content_type: str | None, status: int, name: str
) -> None:
    answer = client.open(path, method=method, content_type=content_type)
    document = answer.get_json()
    assert answer.status_code == document["status"] == status
    assert document["type"] == f"/api/v1/problems/{name}"
    assert document["request_id"] == answer.headers["X-Request-ID"]
    assert document["title"]
    assert "home page" not in document["remedy"]
    kind = client.get(document["type"]).get_json()
    assert (kind["type"], kind["title"]) == (document["type"], document["title"])
    assert "home page" not in kind["remedy"]


def test_every_error_of_http_itself_has_a_name_that_no_version_of_python_changes() -> None:
    raised = {status for status in default_exceptions if status < 500}
    assert raised <= set(HTTP_NAMES)
    # What these are called changed between Python 3.12 and 3.13.
    changed = [HTTP_NAMES[status] for status in (413, 414, 416, 422)]
    assert changed == ["content-too-large", "uri-too-long", "range-not-satisfiable", "unprocessable-content"]
    assert set(HTTP_NAMES.values()) <= set(problem_kinds())


def test_unexpected_errors_are_pages_without_a_trace(client: FlaskClient) -> None:
    app = Flask(__name__)
    number_requests(app)
    register_errors(app)

    @app.get("/api/fail")
    def fail() -> str:
        raise KeyError("a bug with /srv/secret in it")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = app.test_client().get("/api/fail")
    assert answer.status_code == 500
    assert "/srv/secret" not in answer.text
    assert answer.get_json()["remedy"]


@pytest.mark.parametrize(
    ("path", "accept", "mimetype"),
    [
        ("/nowhere", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("/nowhere", "*/*", "text/html"),
        ("/nowhere", "", "text/html"),
        ("/nowhere", "application/json", "application/problem+json"),
        ("/nowhere", "application/problem+json", "application/problem+json"),
        ("/api/v1/nowhere", "text/html", "application/problem+json"),
    ],
)
def test_programs_get_documents_and_people_get_pages(
    client: FlaskClient, path: str, accept: str, mimetype: str
) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (404, mimetype)


def test_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.put("/api/v1/search")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
