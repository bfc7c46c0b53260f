"""What all tables share: their base, and types that mean the same on SQLite and PostgreSQL."""

from typing import Literal

from sqlalchemy import BigInteger, DateTime, Integer, MetaData
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import DeclarativeBase

ChangeKind = Literal["added", "removed"]
"""Of entries of a history."""

# SQLite makes a column its row id, and so the order on disk, only when the type is spelled INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


# SQLite keeps no time zones: the offset is part of the text, so that a moment comes back aware. All are in UTC.
Moment = DateTime(timezone=True).with_variant(
    sqlite.DATETIME(  # type: ignore[no-untyped-call] # SQLAlchemy left this constructor untyped
        storage_format="%(year)04d-%(month)02d-%(day)02d %(hour)02d:%(minute)02d:%(second)02d.%(microsecond)06d+00:00"
    ),
    "sqlite",
)


class Base(DeclarativeBase):
    """Base of all tables; constraints have names, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        }
    )
