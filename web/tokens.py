"""Which program is asking: by the token it shows, never by a cookie."""

import logging

from flask import Flask, g, request

from data.tokens import ApiToken, ApiTokens
from errors import CatalogueUnavailable, TokenMissing, TokenRefused, TokenTooWeak
from web.parts import get_parts

BLUEPRINTS = frozenset({"api", "api_hashes", "api_images", "tineye"})
"""Where tokens are read; pages know people alone."""
OPEN = frozenset({"api.problem"})
"""What programs may read without a token wherever one is required: what an error means, that of a missing token too."""
KEY_HEADER = "X-API-Key"
"""Where TinEye's clients put their key."""

_log = logging.getLogger("retrace.web")


def read_tokens(app: Flask) -> None:
    """Find out who asks before anything is counted or read: a token that lets nobody in is refused at once."""
    app.before_request(_read_token)


def current_token() -> ApiToken | None:
    """Return the token that was shown; None where none was."""
    token: ApiToken | None = g.get("api_token")
    return token


def require_writing_token() -> ApiToken:
    """Return the token that was shown, which may change the catalogue.

    Raises:
        TokenMissing, TokenTooWeak: none was shown, or it is for reading alone.
    """
    token = current_token()
    if token is None:
        raise TokenMissing("expected a token that may write; received none")
    if not token.may_write:
        raise TokenTooWeak(f"the token {token.name} may read alone")
    return token


def _read_token() -> None:
    """Look the token up, where one is shown."""
    if request.blueprint not in BLUEPRINTS or request.method == "OPTIONS":
        return
    text = _shown()
    if text is None:
        if get_parts().settings.api_tokens == "required" and request.endpoint not in OPEN:
            raise TokenMissing("this site wants a token of every program; received none")
        return
    tokens = ApiTokens(get_parts().engine.catalogue.database)
    token = tokens.token_of(text)
    if token is None:
        raise TokenRefused("there is no such token, or its time is over")
    g.api_token = token
    try:
        tokens.note_use(token)
    except CatalogueUnavailable as exc:
        # A search need not fail because a moment cannot be written down; what changes the catalogue will tell itself.
        _log.warning("the use of the token %s could not be noted: %s", token.name, exc)


def _shown() -> str | None:
    """Return the token in the header; None where there is none.

    Names and passwords (Basic) are passed over: they are for a proxy in front of the site.
    """
    authorization = request.authorization
    if authorization is not None and authorization.type == "bearer":
        return authorization.token or ""
    if request.blueprint == "tineye":
        # An empty key is what its client sends where it was given none.
        return request.headers.get(KEY_HEADER) or None
    return None
