"""Those who may sign in, and the browsers they are signed in with.

A sign-in is a row here, looked up at every request: signing out, another password and the removal of a user end it at
once, in every process. The browser holds a random token, the row its SHA-256.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, bindparam, delete, exists, func, insert, select, update

from data.batch_insert import Counter
from data.database import reading, write
from data.tables import SignInRow, UserRow
from errors import BadInput, NotFound

MOST_CHARACTERS = 64
"""Of a name."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_TOKEN_BYTES = 32

_USER_OF = (
    select(UserRow.name, UserRow.added_at, UserRow.password_set_at)
    .join(SignInRow, SignInRow.user_name == UserRow.name)
    .where(SignInRow.token_digest == bindparam("digest"), SignInRow.expires_at > bindparam("now"))
)
_PASSWORD_OF = select(UserRow.password_hash).where(UserRow.name == bindparam("name"))


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in.

    Attributes:
        signed_in: browsers that are at this moment; 0 where it was not asked for.
    """

    name: str
    added_at: datetime
    password_set_at: datetime
    signed_in: int = 0


class Users:
    """The users of a catalogue; threads may share one.

    Every method raises CatalogueUnavailable when the database cannot answer.
    """

    def __init__(self, database: Engine) -> None:
        """Keep the database.

        Args:
            database: of an open catalogue (data.catalogue.Catalogue.database).
        """
        self._database = database

    def add(self, name: str, password_hash: str) -> User:
        """Add a user.

        Args:
            name: as `check_name` lets it be.
            password_hash: from data.passwords.hash_password.
        Raises:
            BadInput: such a name cannot be, or is taken.
        """
        wanted, now = check_name(name), datetime.now(UTC)

        def add(connection: Connection) -> None:
            Counter(connection)  # takes the lock: of two that add one name the second is told so
            if connection.execute(select(exists().where(UserRow.name == wanted))).scalar_one():
                raise BadInput(
                    f"there is a user {wanted} already", remedy=f"Run `python3 index.py user password {wanted}`."
                )
            connection.execute(
                insert(UserRow).values(name=wanted, password_hash=password_hash, added_at=now, password_set_at=now)
            )

        write(self._database, add)
        return User(wanted, now, now)

    def set_password(self, name: str, password_hash: str) -> None:
        """Give a user another password; every browser that is signed in by this name is so no more.

        Raises:
            NotFound: there is no such user.
        """
        wanted, now = fold_name(name), datetime.now(UTC)

        def set_password(connection: Connection) -> int:
            found = connection.execute(
                update(UserRow).where(UserRow.name == wanted).values(password_hash=password_hash, password_set_at=now)
            )
            connection.execute(delete(SignInRow).where(SignInRow.user_name == wanted))
            return found.rowcount

        if not write(self._database, set_password):
            raise _unknown(name)

    def remove(self, name: str) -> None:
        """Remove a user, who is signed out by that; what the user decided stays.

        Raises:
            NotFound: there is no such user.
        """
        wanted = fold_name(name)
        removed = write(
            self._database,
            lambda connection: connection.execute(delete(UserRow).where(UserRow.name == wanted)).rowcount,
        )
        if not removed:
            raise _unknown(name)

    def everyone(self) -> list[User]:
        """Return all users in order of their names, each with the browsers that are signed in."""
        standing = (
            select(SignInRow.user_name, func.count().label("signed_in"))
            .where(SignInRow.expires_at > datetime.now(UTC))
            .group_by(SignInRow.user_name)
            .subquery()
        )
        statement = (
            select(UserRow.name, UserRow.added_at, UserRow.password_set_at, func.coalesce(standing.c.signed_in, 0))
            .outerjoin(standing, standing.c.user_name == UserRow.name)
            .order_by(UserRow.name)
        )
        with reading(self._database) as connection:
            return [User(*row) for row in connection.execute(statement)]

    def has_any(self) -> bool:
        """Return whether anybody may sign in."""
        with reading(self._database) as connection:
            return bool(connection.execute(select(exists().where(UserRow.name.is_not(None)))).scalar_one())

    def password_hash(self, name: str) -> str | None:
        """Return what is kept of a user's password; None where there is no such user."""
        with reading(self._database) as connection:
            return connection.execute(_PASSWORD_OF, {"name": fold_name(name)}).scalar()

    def sign_in(self, name: str, password_hash: str, lifetime: timedelta) -> str | None:
        """Return a new token for a browser whose user has just shown the right password.

        Args:
            name: of the user.
            password_hash: that the password was held against.
            lifetime: how long the token is good for, whatever is done with it.
        Returns:
            the token; None where the user was removed, or got another password, in between.
        """
        wanted, now, token = fold_name(name), datetime.now(UTC), secrets.token_urlsafe(_TOKEN_BYTES)

        def sign_in(connection: Connection) -> bool:
            # Locked until the sign-in is there: `set_password` waits, and then ends it with the others.
            kept = connection.execute(_PASSWORD_OF.with_for_update(), {"name": wanted}).scalar()
            if kept != password_hash:
                return False
            connection.execute(delete(SignInRow).where(SignInRow.expires_at <= now))
            connection.execute(
                insert(SignInRow).values(
                    token_digest=_digest(token), user_name=wanted, begun_at=now, expires_at=now + lifetime
                )
            )
            return True

        return token if write(self._database, sign_in) else None

    def user_of(self, token: str) -> User | None:
        """Return the user who is signed in by a token; None where nobody is, or no longer."""
        values = {"digest": _digest(token), "now": datetime.now(UTC)}
        with reading(self._database) as connection:
            row = connection.execute(_USER_OF, values).one_or_none()
        return User(*row) if row is not None else None

    def sign_out(self, token: str) -> None:
        """End the sign-in of a token, if there is one."""
        statement = delete(SignInRow).where(SignInRow.token_digest == _digest(token))
        write(self._database, lambda connection: connection.execute(statement))


def check_name(name: str) -> str:
    """Return the name of a user as it is kept: in small letters, so that nobody has two by writing it otherwise.

    Raises:
        BadInput: it is no such name.
    """
    folded = fold_name(name)
    if not _NAME.fullmatch(folded):
        raise BadInput(
            f"expected a name of 1 to {MOST_CHARACTERS} letters, digits and . _ @ + -; received {name[:80]!r}",
            remedy="Take a short name, or an e-mail address.",
        )
    return folded


def fold_name(name: str) -> str:
    """Return a name as it is looked up, however it was typed; whatever counts attempts by name must count by this."""
    return name[: 2 * MOST_CHARACTERS].strip().lower().replace("\x00", "")


def _unknown(name: str) -> NotFound:
    return NotFound(f"there is no user {name[:80]!r}", remedy="See who there is: `python3 index.py user list`.")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
