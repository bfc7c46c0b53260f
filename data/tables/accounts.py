"""Who may sign in, and what programs show to be let in."""

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from data.tables.base import Base, Moment

TokenScope = Literal["read", "write"]


class UserRow(Base):
    """Somebody who may sign in.

    Attributes:
        name: as data.users.check_name lets it be; never changed, so that other tables refer to it.
        password_hash: of data.passwords, with its method, parameters and salt.
    """

    __tablename__ = "user"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    password_hash: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(Moment)
    password_set_at: Mapped[datetime] = mapped_column(Moment)


class SignInRow(Base):
    """A browser that a user signed in with, until it signs out, its time is over, or the password changes.

    Attributes:
        token_digest: SHA-256 of what the browser shows; whoever reads this table cannot show it.
    """

    __tablename__ = "sign_in"
    __table_args__ = (Index(None, "user_name"), Index(None, "expires_at"))

    token_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_name: Mapped[str] = mapped_column(Text, ForeignKey("user.name", ondelete="CASCADE"))
    begun_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class ApiTokenRow(Base):
    """What a program shows to be let in, until its time is over or it is removed.

    Attributes:
        name: as data.users.check_name lets it be.
        prefix: the part of the token that is no secret, by which it is found.
        secret_digest: SHA-256 of the rest; whoever reads this table cannot show it.
        rate_limit: of this token; None for that of the site.
        expires_at: None for never.
        last_used_at: to a minute; None where it never was.
    """

    __tablename__ = "api_token"
    __table_args__ = (
        Index(None, "prefix", unique=True),
        CheckConstraint("scope IN ('read', 'write')", name="scope"),
    )

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    prefix: Mapped[str] = mapped_column(Text)
    secret_digest: Mapped[bytes] = mapped_column(LargeBinary)
    scope: Mapped[TokenScope] = mapped_column(Text)
    rate_limit: Mapped[str | None] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)
