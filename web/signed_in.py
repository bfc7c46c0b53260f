"""Who is signed in, and what nobody may do who is not.

Flask-Login would bring remember-me cookies and a class to derive from; what matters here, that a sign-in ends at once
and everywhere, it leaves to those who use it. So this is a random token in the session cookie, and a row (data.users)
that is looked up at each request which asks who is there. The API is free of cookies and never asks.
"""

from datetime import timedelta

from flask import Flask, Response, abort, g, redirect, request, session, url_for

from data.users import User, Users
from errors import EnvironmentFault, SignInRequired
from web.parts import get_parts
from web.requests import FORM_OVERHEAD_BYTES
from web.security import never_store
from web.tokens import require_writing_token

_TOKEN = "sign_in"  # noqa: S105 - the name of a field of the session
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PUBLIC_POSTS = frozenset(
    {
        "pages.search",
        "batches.search_files",
        "comparisons.compare_upload",
        "evidence.evidence_of_upload",
        "api.search",
        "api_hashes.search_hashes",
        "tineye.search",
        "video_api.search_videos",
        "accounts.sign_in",
    }
)
"""Routes that take a body from anybody: they search or sign in, and change nothing of the catalogue."""
TOKEN_WRITES = frozenset({"api_images.add_image", "api_images.remove_image"})
"""Routes that change the catalogue for a token that may write. A cookie counts for nothing there, so that no page of
another site can make a visitor's browser do it."""
UPLOADS = frozenset(
    {
        "pages.search",
        "batches.search_files",
        "comparisons.compare_upload",
        "evidence.evidence_of_upload",
        "face_pages.search",
        "api.search",
        "tineye.search",
        "video_api.search_videos",
        "api_images.add_image",
    }
)
"""Routes whose body may be as large as a picture, that of many together too."""


def guard(app: Flask) -> None:
    """Refuse what only the signed-in may do before anything of it is read, and keep their pages out of caches.

    A route that is added later is refused to everybody else unless it stands in PUBLIC_POSTS or TOKEN_WRITES.
    """
    app.before_request(_refuse_strangers)
    app.after_request(_keep_private)


def users() -> Users:
    """Return the users of the site.

    Raises:
        EnvironmentFault: the catalogue cannot be had.
    """
    return Users(get_parts().engine.catalogue.database)


def current_user() -> User | None:
    """Return who is signed in; None for a visitor. It is looked up once a request.

    Raises:
        EnvironmentFault: there is a token, and the catalogue cannot be asked whose.
    """
    if "user" not in g:
        g.user = None
        token = session.get(_TOKEN)
        if isinstance(token, str):
            g.user = users().user_of(token)
            if g.user is None:
                session.pop(_TOKEN)
    user: User | None = g.user
    return user


def shown_user() -> User | None:
    """Return who is signed in, for the head of a page; None where that cannot be found out, too."""
    try:
        return current_user()
    except EnvironmentFault:
        return None


def require_user() -> User:
    """Return who is signed in; a visitor who only looks is led to sign in, and then back.

    Raises:
        SignInRequired: nobody is, and something was to be changed.
    """
    user = current_user()
    if user is not None:
        return user
    if request.method in _SAFE_METHODS:
        target = request.full_path.rstrip("?")
        abort(redirect(url_for("accounts.sign_in", next=target), code=303))
    raise SignInRequired("this is for those who are signed in")


def begin_session(name: str, password_hash: str) -> bool:
    """Sign a user in whose password was right, in a session that has nothing of the one before.

    Returns:
        whether it was done; False where the password was changed at that very moment.
    """
    lifetime = timedelta(hours=get_parts().settings.session_hours)
    token = users().sign_in(name, password_hash, lifetime)
    if token is None:
        return False
    end_session()
    session[_TOKEN] = token
    g.user = users().user_of(token)
    return True


def end_session() -> None:
    """Sign out: the token is good for nothing any more, wherever it was copied to."""
    token = session.get(_TOKEN)
    # The token of forms goes too: who knew the one before knows nothing of the next.
    session.clear()
    g.pop("user", None)
    g.pop("csrf_token", None)
    if isinstance(token, str):
        users().sign_out(token)


def _refuse_strangers() -> None:
    """Refuse requests that change something to visitors, and bodies larger than a form of this site."""
    if request.method in _SAFE_METHODS or request.endpoint is None:
        return
    if request.endpoint not in UPLOADS:
        request.max_content_length = FORM_OVERHEAD_BYTES
    if request.endpoint in TOKEN_WRITES:
        require_writing_token()
    elif request.endpoint not in PUBLIC_POSTS:
        require_user()


def _keep_private(response: Response) -> Response:
    """Keep nothing of what the signed-in see; what is the same for everybody asks nobody who they are."""
    return never_store(response) if g.get("user") is not None else response
