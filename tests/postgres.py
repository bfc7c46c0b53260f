"""A throw-away PostgreSQL server for tests: its own cluster in a temporary folder, reached by a socket there."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.needs import program


@contextmanager
def postgres_server() -> Iterator[str]:
    """Give the address of a server with an empty database; skip the test where its programs are absent."""
    # Debian keeps them out of PATH, a folder a version.
    folders = tuple(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
    initdb, pg_ctl = (program(name, folders=folders) for name in ("initdb", "pg_ctl"))
    owner = _owner()
    # Short, as the path of a socket must be under 108 bytes, and open to the owner, as pytest's folders are not.
    folder = Path(tempfile.mkdtemp(prefix="retrace-pg-"))
    try:
        if owner is not None:
            os.chown(folder, owner, -1)
        _run(owner, initdb, "-D", folder / "data", "-U", "retrace", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        # No disk to wait for in tests; a time zone far from UTC, to catch moments that lose theirs.
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c timezone=Asia/Kathmandu -c max_connections=60"
        _run(owner, pg_ctl, "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://retrace@/postgres?host={folder}"
        finally:
            _run(owner, pg_ctl, "-D", folder / "data", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def empty_database(url: str) -> str:
    """Empty a database of everything, and return its address.

    It takes a tenth of the time, and none of the disk, that a new database does.
    """
    engine = create_engine(url)
    with engine.begin() as connection:
        # A connection that a failed test left behind would keep its tables locked.
        for statement in (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query <> '' AND pid <> pg_backend_pid()",
            "DROP SCHEMA public CASCADE",
            "CREATE SCHEMA public",
        ):
            connection.execute(text(statement))
    engine.dispose()
    return url


def _owner() -> int | None:
    """Return who runs the server: PostgreSQL refuses root; None for whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    return names.get("postgres", names["nobody"])


def _run(owner: int | None, *command: str | Path) -> None:
    """Run a program of PostgreSQL as the owner of the cluster."""
    # Not by `subprocess`'s own `user`: it makes a plain fork, and in that the gRPC of Milvus and Ray, which other tests
    # may have loaded, dies of the descriptors it no longer has.
    changing = () if owner is None else (program("setpriv"), "--reuid", str(owner), "--keep-groups")
    # The server inherits the output: as a pipe it would never end.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            (*changing, *command),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
        output.seek(0)
        assert done.returncode == 0, output.read().decode(errors="replace")
