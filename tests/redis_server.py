"""A throw-away Redis server for tests: on a free port of this machine, in a temporary folder, keeping nothing."""

import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from tests.needs import program


@contextmanager
def redis_server() -> Iterator[str]:
    """Give the address of an empty server; skip the test where its program is absent."""
    executable = program("redis-server")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    with (
        tempfile.TemporaryDirectory(prefix="retrace-redis-") as folder,
        subprocess.Popen(
            [executable, *options, "--dir", folder], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            said: list[str] = []
            for line in process.stdout:
                said.append(line)
                if "Ready to accept connections" in line:
                    break
            else:
                raise AssertionError("".join(said))
            yield f"redis://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.communicate()
