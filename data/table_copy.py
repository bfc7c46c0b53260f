"""Copies every row of one database to another, SQLite or PostgreSQL on either side."""

from sqlalchemy import Connection, delete, insert, select

from data.tables import Base, CatalogueRow

_ROWS = 1000
"""Rows held in memory at a time."""


def copy_tables(source: Connection, target: Connection) -> None:
    """Copy all tables, in the transactions that the connections are in.

    Args:
        source: sees one state of its database (`data.database.reading`).
        target: an up-to-date database that is empty but for the row that names it, which is replaced.
    """
    target.execute(delete(CatalogueRow))
    # Tables come in an order in which every row finds what it refers to.
    for table in Base.metadata.sorted_tables:
        rows = source.execute(select(table), execution_options={"yield_per": _ROWS})
        for some in rows.mappings().partitions():
            target.execute(insert(table), [dict(row) for row in some])
