"""`column in these ids` as one parameter, so that the statement is the same for one id and for a million.

With a parameter an id, every length is another statement to expand and plan, and drivers allow only so many.
"""

import json
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Dialect, SQLColumnExpression, Text, TypeDecorator, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeEngine


class IdList(TypeDecorator[list[int]]):
    """Ids as one value: an array in PostgreSQL, a JSON text in SQLite, which has no arrays."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the database's own type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(ARRAY(BigInteger()))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: list[int] | None, dialect: Dialect) -> list[int] | str | None:
        """Return the ids as the driver takes them."""
        return value if dialect.name == "postgresql" or value is None else json.dumps(value)


class _Among(FunctionElement[Any]):
    """A column and a list of ids."""

    name = "among"
    # Not Boolean: for SQLite, which has none, SQLAlchemy would write `(…) = 1`, and no index serves that.
    type = NullType()
    inherit_cache = True


@compiles(_Among)
def _in_json(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - the signature that compiles() asks for
    """Write the condition for SQLite."""
    column, ids = element.clauses
    return f"{compiler.process(column, **kw)} IN (SELECT value FROM json_each({compiler.process(ids, **kw)}))"  # noqa: S608 - compiled parts


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - the signature that compiles() asks for
    """Write the condition for PostgreSQL."""
    column, ids = element.clauses
    return f"{compiler.process(column, **kw)} = ANY ({compiler.process(ids, **kw)})"


def among(column: SQLColumnExpression[int], parameter: str) -> ColumnElement[bool]:
    """Return the condition that a column is one of the ids given as the parameter of this name, a list of int."""
    return _Among(column, bindparam(parameter, type_=IdList()))
