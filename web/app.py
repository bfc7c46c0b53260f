"""Makes the web application: the only constructor."""

from pathlib import Path

from apiflask import APIFlask
from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]  # the library has no types

from data.fetch import Fetcher
from search.query import Engine
from settings import Settings, read_version
from web.accounts import accounts
from web.api import api, describe_bodies
from web.api_answers import TOKEN_SCHEME
from web.api_hashes import api_hashes
from web.api_images import api_images
from web.batch_uploads import BATCH_ENDPOINT, take_many
from web.batches import batches
from web.comparisons import comparisons
from web.decisions import decisions
from web.duplicates import duplicates
from web.errors import register_errors
from web.evidence import evidence
from web.face_pages import face_pages
from web.families import families
from web.health import health
from web.logs import log_requests
from web.metrics import measure
from web.pages import pages
from web.parts import Parts, get_parts, set_parts
from web.proxies import TrustedProxies
from web.rate_limits import limit_searches
from web.request_ids import number_requests
from web.requests import FORM_OVERHEAD_BYTES, BoundedRequest, drain_refused
from web.secret import derive_key, read_secret
from web.security import protect
from web.sign_in_limits import limit_sign_ins
from web.signed_in import guard
from web.site import site_facts
from web.status import status
from web.tineye import tineye
from web.tokens import read_tokens
from web.video_api import video_api
from web.video_uploads import take_videos
from web.videos import videos
from web.watching import watching
from web.word_pages import word_pages

SEARCH_ENDPOINTS = (
    "pages.search",
    "pages.search_catalogue",
    BATCH_ENDPOINT,
    "comparisons.compare_upload",
    "comparisons.compare_catalogue",
    "evidence.evidence_of_upload",
    "evidence.evidence_of_catalogue",
    "families.family",
    "face_pages.search",
    "watching.finding",
    "word_pages.find",
    "api.find_images",
    "api.search",
    "api.search_image_of_catalogue",
    "api_hashes.search_hashes",
    "api_hashes.list_hashes",
    "api_images.add_image",
    "api_images.remove_image",
    "tineye.search",
    "video_api.search_videos",
)
"""What counts against a client's share; to compare two pictures is a search too, and so is all that follows from it.
A program's changes count alike."""
FOR_PROGRAMS = (api, api_hashes, api_images, tineye, video_api)
"""What is free of cookies, so that no other site can make a visitor's browser do anything there."""
FORM_LIFETIME_S = 24 * 3600
STATIC_MAX_AGE_S = 300


class _Sessions(SecureCookieSessionInterface):
    """Sessions whose cookie is for https alone when the visitor came by https; they hold two tokens only.

    One belongs to forms, the other says who is signed in (web.signed_in). The cookie ends with the browser.
    """

    def get_cookie_secure(self, app: Flask) -> bool:
        """Return whether the cookie must not travel in the clear."""
        return request.is_secure


class Site(APIFlask):
    """The application; its requests are bounded and its errors ours."""

    request_class = BoundedRequest
    session_interface = _Sessions()


def create_app(
    settings: Settings,
    *,
    engine: Engine | None = None,
    fetcher: Fetcher | None = None,
    metrics_dir: Path | None = None,
) -> Site:
    """Return the web application.

    Call it after any fork. The engine is opened when it is first needed, or by `get_parts().engine`.

    Args:
        settings: of this site.
        engine: an open engine; None to open the one the settings name.
        fetcher: of pictures by address; None for one that follows the settings.
        metrics_dir: folder in which several processes keep their metrics; None for a process that stands alone.
    Raises:
        StorageUnavailable: the data folder cannot be written.
        BadInput, PartMissing: the rate limit cannot be set up as asked, or the secret is too short.
    """
    secret, version = read_secret(settings), read_version()
    app = Site(
        __name__,
        title="Retrace",
        version=version,
        spec_path="/api/v1/openapi.json",
        docs_path=None,
        json_errors=False,
    )
    _configure(app, settings, secret)
    parts = Parts(settings, secret, version, engine, fetcher)
    set_parts(app, parts)

    number_requests(app)
    # After-request functions run in the reverse of this order.
    if settings.metrics:
        measure(app, metrics_dir)
    log_requests(app)
    protect(app)
    drain_refused(app)
    register_errors(app)
    for blueprint in (
        pages,
        batches,
        videos,
        word_pages,
        comparisons,
        evidence,
        families,
        face_pages,
        accounts,
        decisions,
        duplicates,
        watching,
        status,
        api,
        video_api,
        api_hashes,
        api_images,
        tineye,
        health,
    ):
        app.register_blueprint(blueprint)
    read_tokens(app)
    # Before the check of forms, which reads the whole upload: a refused one is not worth reading.
    limit_searches(app, settings, SEARCH_ENDPOINTS)
    limit_sign_ins(app, settings)
    guard(app)
    take_videos(app)
    take_many(app)
    forms = CSRFProtect(app)
    for blueprint in FOR_PROGRAMS:
        forms.exempt(blueprint)
    app.spec_processor(describe_bodies)
    app.context_processor(lambda: {"site": site_facts(get_parts())})
    # Assigned as Flask's documentation has it: the application stays what it is, and requests pass the wrapper.
    app.wsgi_app = TrustedProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    return app


def _configure(app: APIFlask, settings: Settings, secret: bytes) -> None:
    """Set what Flask, its extensions and APIFlask read from the configuration."""
    app.config.update(
        SECRET_KEY=derive_key(secret, "sessions"),
        MAX_CONTENT_LENGTH=settings.max_upload_bytes + FORM_OVERHEAD_BYTES,
        SEND_FILE_MAX_AGE_DEFAULT=STATIC_MAX_AGE_S,
        SESSION_COOKIE_NAME="retrace",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=FORM_LIFETIME_S,
        OPENAPI_VERSION="3.1.0",
        SECURITY_SCHEMES={TOKEN_SCHEME: {"type": "http", "scheme": "bearer", "description": "From `token add`."}},
        AUTO_SERVERS=False,
        AUTO_404_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        INFO={"description": "Search a catalogue of pictures by picture: its copies, and the works most like it."},
    )
