"""Errors as answers: the only place that knows status codes."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple

from apiflask import HTTPError
from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]  # the library has no types
from limits.errors import StorageError
from werkzeug.exceptions import ClientDisconnected, HTTPException, MethodNotAllowed, RequestedRangeNotSatisfiable

import errors
from web import words
from web.batch_uploads import BATCH_ENDPOINT, MOST_NAMED
from web.contexts import ErrorContext
from web.parts import get_parts
from web.request_ids import request_id
from web.video_uploads import VIDEO_ENDPOINTS

PROBLEM_TYPE = "application/problem+json"
TINEYE_PATH = "/rest/"
"""What the addresses of web.tineye begin with."""

_log = logging.getLogger("retrace.web")


class Outcome(NamedTuple):
    """What the web says to a class of errors: a status code and a title."""

    status: int
    title: str


OUTCOMES: Mapping[type[errors.RetraceError], Outcome] = {
    errors.RetraceError: Outcome(500, "Something went wrong here"),
    errors.BadInput: Outcome(400, "This cannot be used"),
    errors.PictureError: Outcome(422, "This picture cannot be searched with"),
    errors.UploadMissing: Outcome(400, "No picture was given"),
    errors.FileTooLarge: Outcome(413, "The file is too large"),
    errors.TooManyPixels: Outcome(413, "The picture has too many pixels"),
    errors.PictureTooSmall: Outcome(422, "The picture is too small"),
    errors.UnsupportedFormat: Outcome(415, "This is not a picture format we read"),
    errors.BrokenPicture: Outcome(422, "The picture is damaged"),
    errors.VideoError: Outcome(422, "This video cannot be searched with"),
    errors.UnsupportedVideo: Outcome(415, "This is not a kind of video we read"),
    errors.VideoTooLarge: Outcome(413, "The video is too large"),
    errors.VideoTooSlow: Outcome(422, "The video takes too long to read"),
    errors.BrokenVideo: Outcome(422, "The video is damaged"),
    errors.FetchError: Outcome(422, "The picture could not be fetched"),
    errors.AddressRefused: Outcome(422, "This address is not fetched"),
    errors.FetchFailed: Outcome(422, "The picture could not be fetched"),
    errors.FetchTimedOut: Outcome(504, "The other server took too long"),
    errors.MailRefused: Outcome(422, "The mail could not be sent"),
    errors.SourceUnreadable: Outcome(422, "This cannot be read"),
    errors.FacesNotAllowed: Outcome(403, "Faces are not kept here"),
    errors.SealBroken: Outcome(400, "This results page has expired"),
    errors.BadRequest: Outcome(400, "The request makes no sense"),
    errors.SignInRequired: Outcome(403, "You are not signed in"),
    errors.SignInRefused: Outcome(403, "That name and password do not fit"),
    errors.TokenError: Outcome(401, "A token is needed"),
    errors.TokenMissing: Outcome(401, "A token is needed"),
    errors.TokenRefused: Outcome(401, "This token lets nobody in"),
    errors.TokenTooWeak: Outcome(403, "This token may not do that"),
    errors.NotFound: Outcome(404, "Not found"),
    errors.TooManyRequests: Outcome(429, "Too many searches"),
    errors.SignInLocked: Outcome(429, "Too many attempts to sign in"),
    errors.EnvironmentFault: Outcome(503, "This site is not ready"),
    errors.PartMissing: Outcome(503, "A part of this site is not installed"),
    errors.ModelUnusable: Outcome(503, "The model of this site cannot be used"),
    errors.ModelChanged: Outcome(503, "The model of this site is just changing"),
    errors.CatalogueUnavailable: Outcome(503, "The catalogue cannot be reached"),
    errors.SnapshotRefused: Outcome(503, "The index of this site cannot be used"),
    errors.IndexUnavailable: Outcome(503, "The index of this site cannot be reached"),
    errors.ClusterUnavailable: Outcome(503, "The cluster of this site cannot be reached"),
    errors.StorageUnavailable: Outcome(503, "The storage of this site cannot be used"),
    errors.SecretUnreadable: Outcome(503, "A secret of this site cannot be read"),
    errors.AddressInUse: Outcome(503, "This site could not be started"),
    errors.ContractBroken: Outcome(500, "Something went wrong here"),
    errors.DescriptorShapeError: Outcome(500, "Something went wrong here"),
}
"""Every public error; a test walks the tree of classes and finds each one here."""

_CHALLENGE = 'Bearer realm="retrace"'
_CHALLENGES: Mapping[type[errors.RetraceError], str] = {
    errors.TokenRefused: f'{_CHALLENGE}, error="invalid_token"',
    errors.TokenTooWeak: f'{_CHALLENGE}, error="insufficient_scope"',
}
"""What tells a client how to be let in (RFC 6750)."""

_FAULT_MESSAGE = "The fault is with this site, not with what you gave it."
_FAULT_REMEDY = "Try again in a minute. If it stays, tell the owner of this site, with the number of this request."


class HttpWords(NamedTuple):
    """What the web says to an error of HTTP itself."""

    title: str
    message: str
    remedy: str


_START_AGAIN = "Start again from the home page."
_SEE_DESCRIPTION = "Send it as /api/v1/openapi.json describes."
_HTTP_WORDS: Mapping[int, HttpWords] = {
    400: HttpWords("The request makes no sense", "Something in the request could not be read.", _START_AGAIN),
    404: HttpWords("Not found", "There is no such page.", _START_AGAIN),
    405: HttpWords("Not possible here", "This address does not answer to that method.", _START_AGAIN),
    408: HttpWords("The upload took too long", "The request did not arrive in time.", "Try again on a faster line."),
    413: HttpWords(
        "The file is too large", "The request is larger than this site accepts.", errors.FileTooLarge.remedy
    ),
    414: HttpWords("The address is too long", "The address is longer than this site accepts.", _START_AGAIN),
    415: HttpWords(
        "This type of content is not read",
        "A search takes a form with a file, JSON with an address, or the bytes of a picture.",
        "Send multipart/form-data with `file`, application/json with `url`, or the picture itself as image/*.",
    ),
}
HTTP_NAMES: Mapping[int, str] = {
    400: "bad-request",
    401: "unauthorized",
    402: "payment-required",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    407: "proxy-authentication-required",
    408: "request-timeout",
    409: "conflict",
    410: "gone",
    411: "length-required",
    412: "precondition-failed",
    413: "content-too-large",
    414: "uri-too-long",
    415: "unsupported-media-type",
    416: "range-not-satisfiable",
    417: "expectation-failed",
    418: "teapot",
    421: "misdirected-request",
    422: "unprocessable-content",
    423: "locked",
    424: "failed-dependency",
    425: "too-early",
    426: "upgrade-required",
    428: "precondition-required",
    429: "too-many-requests",
    431: "request-header-fields-too-large",
    451: "unavailable-for-legal-reasons",
}
"""Names of errors of HTTP itself in problem documents. Ours, as Python's phrases change from version to version."""
_CSRF_TYPE = "csrf"
_CSRF_WORDS = HttpWords(
    "This form has expired",
    "The form was open for too long, or this browser refuses the cookie that protects it.",
    "Go to the home page and search again; cookies of this site must be allowed.",
)


class ProblemKind(NamedTuple):
    """A kind of problem, whatever happened: what its name in a problem document stands for."""

    title: str
    status: int
    remedy: str


@dataclass(frozen=True, slots=True)
class Problem:
    """An error about to be answered.

    Attributes:
        type: relative reference that names the kind of problem (RFC 9457).
        title: the kind of problem in words.
        detail: what happened this time; remedy: what to do.
        fields: name of a parameter to what is wrong with it.
        headers: to send along.
    """

    type: str
    title: str
    status: int
    detail: str
    remedy: str
    fields: Mapping[str, list[str]] | None = None
    headers: Mapping[str, str] | None = None


def outcome_of(error: type[errors.RetraceError]) -> Outcome:
    """Return status and title of a class of errors."""
    return OUTCOMES[error]


def problem_type(error: type[errors.RetraceError]) -> str:
    """Return the name of a class of errors in a problem document: 'file-too-large'."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", error.__name__).lower()


def problem_kinds() -> dict[str, ProblemKind]:
    """Return every kind of problem that the API answers with, by its name: those of HTTP itself, then ours."""
    of_http = {name: _http_kind(status) for status, name in HTTP_NAMES.items()}
    of_http[_CSRF_TYPE] = ProblemKind(_CSRF_WORDS.title, 400, _CSRF_WORDS.remedy)
    ours = {
        problem_type(kind): ProblemKind(outcome.title, outcome.status, kind.remedy)
        for kind, outcome in OUTCOMES.items()
    }
    return of_http | ours


def register_errors(app: Flask) -> None:
    """Answer every error of the application with a page, or with a problem document where a program asks."""
    app.register_error_handler(errors.RetraceError, lambda exc: answer_problem(describe_error(exc)))
    app.register_error_handler(HTTPError, lambda exc: answer_problem(_describe_validation(exc)))
    app.register_error_handler(RateLimitExceeded, lambda exc: answer_problem(_describe_rate_limit()))
    app.register_error_handler(StorageError, lambda exc: answer_problem(_describe_limit_storage(exc)))
    app.register_error_handler(HTTPException, _answer_http)


def describe_error(exc: errors.RetraceError) -> Problem:
    """Return what to answer to an error of ours; what only the owner may know goes to the log instead."""
    outcome = outcome_of(type(exc))
    detail, remedy = str(exc), exc.remedy
    if outcome.status >= 500 and not isinstance(exc, errors.BadInput):
        _log.error("%s: %s", type(exc).__name__, exc, exc_info=exc if isinstance(exc, errors.ContractBroken) else None)
        # The message may name paths of this machine or the address of a database.
        detail, remedy = _FAULT_MESSAGE, _FAULT_REMEDY
    headers = {"Retry-After": "30"} if outcome.status == 503 else None
    if isinstance(exc, errors.TokenError):
        headers = {"WWW-Authenticate": _CHALLENGES.get(type(exc), _CHALLENGE)}
    return Problem(problem_type(type(exc)), outcome.title, outcome.status, detail, remedy, headers=headers)


def answer_problem(problem: Problem) -> Response:
    """Return the answer: a problem document (RFC 9457) for programs, a page for people."""
    if request.path.startswith(TINEYE_PATH):
        # What TinEye's clients read: they take the code from the body.
        said = [problem.title, problem.detail, problem.remedy]
        response = jsonify(code=problem.status, messages=said, stats={}, results={})
    elif _wants_document():
        body: dict[str, Any] = {
            "type": f"/api/v1/problems/{problem.type}",
            "title": problem.title,
            "status": problem.status,
            "detail": problem.detail,
            "remedy": problem.remedy,
            "request_id": request_id(),
        }
        if problem.fields:
            body["fields"] = problem.fields
        response = jsonify(body)
        response.mimetype = PROBLEM_TYPE
    else:
        context = ErrorContext(
            status=problem.status,
            title=problem.title,
            message=words.sentence(problem.detail),
            remedy=problem.remedy,
            request_id=request_id(),
        )
        response = make_response(render_template("error.html", page=context))
    response.status_code = problem.status
    response.headers.update(problem.headers or {})
    return response


def _wants_document() -> bool:
    """Return whether the visitor is a program: by the address, or because it says that it prefers JSON."""
    if _is_for_api():
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", PROBLEM_TYPE], "text/html")
    return best != "text/html"


def _is_for_api() -> bool:
    """Return whether the address is one of the API."""
    return request.path.startswith(("/api/", TINEYE_PATH))


def _answer_http(exc: HTTPException) -> Response | HTTPException:
    """Answer an error of HTTP itself; redirects are such exceptions too and pass through."""
    if exc.code is None or exc.code < 400:
        return exc
    if exc.code >= 500:
        # Flask has logged the exception behind it, trace and all.
        outcome = OUTCOMES[errors.RetraceError]
        return answer_problem(Problem("retrace-error", outcome.title, exc.code, _FAULT_MESSAGE, _FAULT_REMEDY))
    # What `TimedSocket` raises at a slow client reaches us as if that had gone away.
    is_slow = isinstance(exc, ClientDisconnected) and isinstance(exc.__context__, ConnectionResetError)
    status = 408 if is_slow else exc.code
    said = _CSRF_WORDS if isinstance(exc, CSRFError) else _http_words(status)
    remedy = _remedy_for_programs(said) if _is_for_api() else said.remedy
    headers = {}
    if isinstance(exc, MethodNotAllowed) and exc.valid_methods:
        headers["Allow"] = ", ".join(sorted(exc.valid_methods))
    if isinstance(exc, RequestedRangeNotSatisfiable):
        headers.update({name: value for name, value in exc.get_headers() if name == "Content-Range"})
    kind = _CSRF_TYPE if isinstance(exc, CSRFError) else HTTP_NAMES[status]
    message = said.message
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        settings = get_parts().settings
        message += f" A file may have up to {settings.max_upload_mb} MiB."
        if request.endpoint in VIDEO_ENDPOINTS and get_parts().videos.is_searched:
            message += f" A video may have up to {settings.max_video_mb} MiB."
        if request.endpoint == BATCH_ENDPOINT:
            message = (
                f"At most {MOST_NAMED} files, and {settings.max_upload_mb} MiB of them together, are taken at once."
            )
    return answer_problem(Problem(kind, said.title, status, message, remedy, headers=headers))


def _http_words(status: int) -> HttpWords:
    """Return what to say to an error of HTTP itself; its name where we have no more words."""
    title = HTTP_NAMES[status].replace("-", " ").capitalize()
    return _HTTP_WORDS.get(status, HttpWords(title, f"{title}.", _START_AGAIN))


def _http_kind(status: int) -> ProblemKind:
    """Return an error of HTTP itself as a kind of problem."""
    said = _http_words(status)
    return ProblemKind(said.title, status, _remedy_for_programs(said))


def _remedy_for_programs(said: HttpWords) -> str:
    """Return what a program can do, for which there is no home page."""
    return _SEE_DESCRIPTION if said.remedy == _START_AGAIN else said.remedy


def _describe_validation(exc: HTTPError) -> Problem:
    """Return what to answer to parameters that do not fit their schema."""
    outcome = OUTCOMES[errors.BadRequest]
    # The library keeps them by location: {'query': {'page_size': ['…']}}.
    fields = {name: messages for found in dict(exc.detail).values() for name, messages in dict(found).items()}
    detail = "; ".join(f"{name}: {', '.join(messages)}" for name, messages in fields.items()) or str(exc.message)
    return Problem(
        problem_type(errors.BadRequest),
        outcome.title,
        exc.status_code,
        detail,
        f"Correct the parameters. {_SEE_DESCRIPTION}",
        fields=fields,
    )


def _describe_rate_limit() -> Problem:
    """Return what to answer to a client whose share is used up, and when to come back."""
    error = errors.TooManyRequests("this client has made as many searches as it may for now")
    wait_s = current_app.extensions["retrace_retry_after"]()
    outcome = outcome_of(type(error))
    return Problem(
        problem_type(type(error)),
        outcome.title,
        outcome.status,
        str(error),
        f"Wait {wait_s} second{'s' if wait_s != 1 else ''}, then try again.",
        headers={"Retry-After": str(wait_s)},
    )


def _describe_limit_storage(exc: StorageError) -> Problem:
    """Return what to answer when the storage of the rate limit fails: no search is made uncounted."""
    fault = errors.StorageUnavailable(f"the storage of the rate limit fails: {exc.storage_error}")
    return describe_error(fault)
