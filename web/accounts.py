"""Signing in and out."""

import re

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from data.passwords import is_password
from errors import SignInRefused
from web.contexts import SignInContext
from web.errors import outcome_of
from web.security import never_store
from web.sign_in_limits import count_attempt, forget_failures
from web.signed_in import begin_session, current_user, end_session, users

MAX_NEXT = 2048
"""Characters of an address on this site."""
_NOT_IN_AN_ADDRESS = re.compile(r"[\x00-\x20\x7f\\]")

accounts = Blueprint("accounts", __name__)


@accounts.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> BaseResponse:
    """Ask for name and password, and go on where `next` says."""
    target = local_address(request.values.get("next", ""))
    if request.method == "POST":
        return _try(target)
    if current_user() is not None:
        return redirect(request.script_root + target, code=303)
    return _form(target, has_users=users().has_any())


@accounts.post("/sign-out")
def sign_out() -> BaseResponse:
    """End the sign-in of this browser."""
    end_session()
    return redirect(url_for("pages.home"), code=303)


def local_address(text: str) -> str:
    """Return where to go on: the text if it is an address on this site, else the start page.

    What a browser would read as another site's is none: two slashes at the beginning, of either kind, and what becomes
    that once spaces and control characters are left out, as browsers do.
    """
    is_local = text.startswith("/") and not text.startswith("//") and not _NOT_IN_AN_ADDRESS.search(text)
    return text if is_local and len(text) <= MAX_NEXT else "/"


def _try(target: str) -> BaseResponse:
    """Sign in with what the form holds, or show it again."""
    name, password = request.form.get("name", ""), request.form.get("password", "")
    count_attempt(name)
    kept = users().password_hash(name)
    if is_password(password, kept) and kept is not None and begin_session(name, kept):
        forget_failures(name)
        return redirect(request.script_root + target, code=303)
    refusal = SignInRefused("there is no such user with this password")
    # Asked whether there is such a user or not, as all that is done here: the time of an answer tells nothing.
    response = _form(target, has_users=users().has_any(), refusal=refusal)
    response.status_code = outcome_of(SignInRefused).status
    return response


def _form(target: str, *, has_users: bool, refusal: SignInRefused | None = None) -> Response:
    """Return the page that asks for name and password; the password is never sent back."""
    context = SignInContext(
        next=target,
        name=request.form.get("name", "")[:80],
        refusal=outcome_of(SignInRefused).title if refusal is not None else "",
        remedy=refusal.remedy if refusal is not None else "",
        has_users=has_users,
    )
    return never_store(make_response(render_template("sign_in.html", page=context)))
