"""`token …`: what programs show to be let in."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from commands.group import command, main
from commands.opening import open_catalogue
from commands.options import as_json
from commands.showing import show
from errors import BadInput
from settings import read_settings

if TYPE_CHECKING:
    from data.tables import TokenScope
    from data.tokens import ApiToken, ApiTokens

_UNITS = {"d": "days", "h": "hours", "w": "weeks"}
_LIFETIME = re.compile(r"([1-9][0-9]{0,5})([dhw])", re.ASCII)


@main.group("token")
def token() -> None:
    """Say which programs may use the API, and which of them may change the catalogue."""


@command(
    "add",
    "token add shop --scope write --expires 90d",
    "token add crawler --scope read --expires never --rate-limit 600/minute",
    group=token,
)
@click.argument("name")
@click.option("--scope", type=click.Choice(["read", "write"]), required=True, help="Search, or add and remove as well.")
@click.option(
    "--expires",
    default="90d",
    show_default=True,
    help="How long it is good for: 90d, 12h, 4w, or never.",
    metavar="TIME",
)
@click.option("--rate-limit", help="Searches and changes it may make, such as 600/minute or none [RETRACE_RATE_LIMIT].")
@as_json
def add_token(name: str, *, scope: "TokenScope", expires: str, rate_limit: str | None, in_json: bool) -> None:
    """Make a token and print it. It is shown this once: only a hash is kept."""
    from web.rate_limits import check_limit

    lifetime = parse_lifetime(expires)
    if rate_limit is not None:
        check_limit(rate_limit, "--rate-limit")
    with open_tokens() as tokens:
        made, text = tokens.add(name, scope, lifetime=lifetime, rate_limit=rate_limit)
    click.echo("Keep it now: it is not shown again.", err=True)
    show(token_record(made) | {"token": text}, [text], in_json)


@command("list", "token list --json", group=token)
@as_json
def list_tokens(in_json: bool) -> None:
    """Show the tokens there are, by what they begin with, and when each was last used."""
    with open_tokens() as tokens:
        found = tokens.all()
    lines = [
        f"{one.name:<24}  rt_{one.prefix}_…  {one.scope:<5}  {_end_in_words(one)}, "
        f"{_use_in_words(one)}, limit {one.rate_limit or 'of the site'}"
        for one in found
    ]
    show(
        [token_record(one) for one in found],
        lines or ["There is no token: `python3 index.py token add NAME`."],
        in_json,
    )


@command("remove", "token remove shop", group=token)
@click.argument("name")
@as_json
def remove_token(name: str, in_json: bool) -> None:
    """Remove a token: from now on it lets nobody in. What was added by it stays."""
    with open_tokens() as tokens:
        tokens.remove(name)
    show({"name": name}, [f"{name} is removed."], in_json)


@contextmanager
def open_tokens() -> Iterator["ApiTokens"]:
    """Open the tokens of the catalogue for the time of a block."""
    from data.tokens import ApiTokens

    with open_catalogue(read_settings()) as catalogue:
        yield ApiTokens(catalogue.database)


def parse_lifetime(text: str) -> timedelta | None:
    """Return how long a token is good for; None for ever.

    Raises:
        BadInput: it is no such time.
    """
    if text == "never":
        return None
    found = _LIFETIME.fullmatch(text)
    if found is None:
        raise BadInput(
            f"expected --expires such as 90d; received {text[:40]!r}",
            remedy="Write a number and h, d or w for hours, days or weeks; `never` for no end.",
        )
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def token_record(one: "ApiToken") -> dict[str, Any]:
    """Return a token as plain JSON values, without its secret."""
    return {
        "name": one.name,
        "prefix": f"rt_{one.prefix}",
        "scope": one.scope,
        "rate_limit": one.rate_limit,
        "added_at": one.added_at.isoformat(),
        "expires_at": one.expires_at.isoformat() if one.expires_at is not None else None,
        "last_used_at": one.last_used_at.isoformat() if one.last_used_at is not None else None,
        "has_ended": one.has_ended(datetime.now(UTC)),
    }


def _end_in_words(one: "ApiToken") -> str:
    """Return when a token ends."""
    if one.expires_at is None:
        return "no end"
    return f"{'ended' if one.has_ended(datetime.now(UTC)) else 'ends'} {one.expires_at:%Y-%m-%d}"


def _use_in_words(one: "ApiToken") -> str:
    """Return when a token was last used."""
    return "never used" if one.last_used_at is None else f"used {one.last_used_at:%Y-%m-%d %H:%M}"
