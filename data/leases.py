"""Work that one process at a time does, whatever becomes of it: a lease that has an end."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, update

from data.batch_insert import Counter
from data.database import reading, write
from data.tables import LeaseRow


class Leases:
    """The leases of a catalogue.

    A lease saves work that two would do: it does not keep a process that stood still from going on after it ran out.
    What must not be done twice is for the transaction that does it to see.
    """

    def __init__(self, database: Engine) -> None:
        """Keep the database.

        Args:
            database: of an open catalogue (data.catalogue.Catalogue.database).
        """
        self._database = database

    def take(self, name: str, holder: str, now: datetime, lasts: timedelta) -> bool:
        """Take a lease, or keep it; return whether it is held.

        Nothing is written where another holds it, or where more than half of it is left.

        Args:
            name: of the work.
            holder: of this process, made at random.
            now: in UTC.
            lasts: from now on.
        """
        with reading(self._database) as connection:
            row = connection.execute(select(LeaseRow).where(LeaseRow.name == name)).one_or_none()
        if row is not None and row.expires_at > now and row.holder != holder:
            return False
        if row is not None and row.holder == holder and row.expires_at > now + lasts / 2:
            return True

        def take(connection: Connection) -> bool:
            Counter(connection)  # takes the lock
            held = connection.execute(select(LeaseRow).where(LeaseRow.name == name)).one_or_none()
            if held is None:
                connection.execute(insert(LeaseRow).values(name=name, holder=holder, expires_at=now + lasts))
                return True
            if held.expires_at > now and held.holder != holder:
                return False
            connection.execute(
                update(LeaseRow).where(LeaseRow.name == name).values(holder=holder, expires_at=now + lasts)
            )
            return True

        return write(self._database, take)

    def give_back(self, name: str, holder: str) -> None:
        """Let another take it at once; nothing happens where it is not held."""
        statement = delete(LeaseRow).where(LeaseRow.name == name, LeaseRow.holder == holder)
        write(self._database, lambda connection: connection.execute(statement))
