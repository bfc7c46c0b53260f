"""What programs show to be let in: a random token, of which this keeps the SHA-256 of the secret part.

A token is `rt_PREFIX_SECRET`. The prefix is no secret: it finds the row, and people tell tokens apart by it. A token
is looked up at every request that shows one, so that removing it ends it at once, in every process.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, bindparam, delete, exists, insert, or_, select, update

from data.batch_insert import Counter
from data.database import reading, write
from data.tables import ApiTokenRow, TokenScope
from data.users import check_name, fold_name
from errors import BadInput, NotFound

SCOPES: tuple[TokenScope, ...] = ("read", "write")
USE_NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a token was last used: a row written at every request would make readers writers."""
MOST_RATE_LIMIT = 120
"""Characters of a token's own rate limit."""
_PREFIX_BYTES = 5
_SECRET_BYTES = 32
_TOKEN = re.compile(r"rt_([0-9a-f]{10})_([A-Za-z0-9_-]{43})", re.ASCII)
_NO_DIGEST = bytes(32)
"""What no secret has; compared with where there is no such prefix."""

_COLUMNS = (
    ApiTokenRow.name,
    ApiTokenRow.prefix,
    ApiTokenRow.scope,
    ApiTokenRow.rate_limit,
    ApiTokenRow.added_at,
    ApiTokenRow.expires_at,
    ApiTokenRow.last_used_at,
)
_BY_PREFIX = select(*_COLUMNS, ApiTokenRow.secret_digest).where(ApiTokenRow.prefix == bindparam("prefix"))


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token, without its secret.

    Attributes:
        prefix: what it begins with, after `rt_`.
        rate_limit: of its own; None for that of the site.
        expires_at: None for never.
        last_used_at: to a minute; None where it never was.
    """

    name: str
    prefix: str
    scope: TokenScope
    rate_limit: str | None
    added_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None

    @property
    def may_write(self) -> bool:
        """Whether it may change the catalogue."""
        return self.scope == "write"

    def has_ended(self, now: datetime) -> bool:
        """Return whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now


class ApiTokens:
    """The tokens of a catalogue; threads may share one.

    Every method raises CatalogueUnavailable when the database cannot answer.
    """

    def __init__(self, database: Engine) -> None:
        """Keep the database.

        Args:
            database: of an open catalogue (data.catalogue.Catalogue.database).
        """
        self._database = database

    def add(
        self, name: str, scope: TokenScope, *, lifetime: timedelta | None, rate_limit: str | None = None
    ) -> tuple[ApiToken, str]:
        """Make a token and return it with its text, which nobody can be told again.

        Args:
            name: of the program or whoever runs it, as data.users.check_name lets it be.
            scope: what it may do.
            lifetime: how long it is good for; None for ever.
            rate_limit: of its own, checked by the caller; None for that of the site.
        Raises:
            BadInput: such a name cannot be, or is taken.
        """
        now, prefix, secret = datetime.now(UTC), secrets.token_hex(_PREFIX_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
        made = ApiToken(check_name(name), prefix, scope, rate_limit, now, _end(now, lifetime), None)

        def add(connection: Connection) -> None:
            Counter(connection)  # takes the lock: of two that add one name the second is told so
            if connection.execute(select(exists().where(ApiTokenRow.name == made.name))).scalar_one():
                raise BadInput(
                    f"there is a token {made.name} already",
                    remedy=f"Take another name, or end that one: `python3 index.py token remove {made.name}`.",
                )
            connection.execute(
                insert(ApiTokenRow).values(
                    name=made.name,
                    prefix=prefix,
                    secret_digest=_digest(secret),
                    scope=scope,
                    rate_limit=rate_limit,
                    added_at=now,
                    expires_at=made.expires_at,
                )
            )

        write(self._database, add)
        return made, f"rt_{prefix}_{secret}"

    def remove(self, name: str) -> None:
        """Remove a token, which lets nobody in from then on.

        Raises:
            NotFound: there is none of this name.
        """
        wanted = fold_name(name)
        removed = write(
            self._database,
            lambda connection: connection.execute(delete(ApiTokenRow).where(ApiTokenRow.name == wanted)).rowcount,
        )
        if not removed:
            raise NotFound(
                f"there is no token {name[:80]!r}", remedy="See which there are: `python3 index.py token list`."
            )

    def all(self) -> list[ApiToken]:
        """Return all tokens in order of their names, those that have ended too."""
        with reading(self._database) as connection:
            return [ApiToken(*row) for row in connection.execute(select(*_COLUMNS).order_by(ApiTokenRow.name))]

    def token_of(self, text: str) -> ApiToken | None:
        """Return the token that a program shows; None where there is no such token, or its time is over.

        The secret is compared in constant time, and as long where nothing has this prefix.
        """
        parts = _TOKEN.fullmatch(text)
        if parts is None:
            return None
        with reading(self._database) as connection:
            row = connection.execute(_BY_PREFIX, {"prefix": parts[1]}).one_or_none()
        is_right = hmac.compare_digest(row.secret_digest if row is not None else _NO_DIGEST, _digest(parts[2]))
        if row is None or not is_right:
            return None
        found = ApiToken(*row[:-1])
        return None if found.has_ended(datetime.now(UTC)) else found

    def note_use(self, token: ApiToken) -> None:
        """Keep that a token is used now, where nobody has within the last minute."""
        now = datetime.now(UTC)
        if token.last_used_at is not None and now - token.last_used_at < USE_NOTED_EVERY:
            return
        statement = (
            update(ApiTokenRow)
            .where(
                ApiTokenRow.prefix == token.prefix,
                or_(ApiTokenRow.last_used_at.is_(None), ApiTokenRow.last_used_at <= now - USE_NOTED_EVERY),
            )
            .values(last_used_at=now)
        )
        write(self._database, lambda connection: connection.execute(statement))


def _end(now: datetime, lifetime: timedelta | None) -> datetime | None:
    """Return when a token made now ends.

    Raises:
        BadInput: no calendar reaches so far.
    """
    if lifetime is None:
        return None
    try:
        return now + lifetime
    except OverflowError as exc:
        raise BadInput(f"expected an end before the year 10000; received {lifetime.days} days") from exc


def _digest(secret: str) -> bytes:
    # Plain SHA-256 is enough of 256 random bits: nobody can try them all, as can be done with passwords.
    return hashlib.sha256(secret.encode()).digest()
