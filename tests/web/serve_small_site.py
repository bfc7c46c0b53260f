"""Serves a small site with the fake extractor; test_server.py runs it in a process of its own.

Usage: python -m tests.web.serve_small_site FOLDER RATE_LIMIT [PORT]

With a port, visitors may search by what this machine serves there, and the indexes follow the catalogue.
"""

import sys
from pathlib import Path

from data.fetch import Fetcher
from tests.web.site_parts import open_engine, site_settings
from web import slow_clients
from web.app import Site, create_app
from web.logs import configure_logs
from web.parts import parts_of
from web.server import Server, bind_socket, make_metrics_dir


def _tell(address: str) -> None:
    """Tell the test where the server is."""
    sys.stdout.write(address + "\n")
    sys.stdout.flush()


PATIENCE_S = 3.0


class SmallServer(Server):
    """The server as it is, but for the model, its patience, and what it fetches."""

    def load(self) -> Site:
        engine, fetcher = open_engine(self._settings), None
        if len(sys.argv) > 3:
            fetcher = Fetcher(
                timeout_s=5,
                max_bytes=self._settings.max_upload_bytes,
                ports=[int(sys.argv[3])],
                allowed_addresses=["127.0.0.1"],
            )
            engine.copies.start(self._settings.catch_up_interval_s)
            engine.similars.start(self._settings.catch_up_interval_s)
        site = create_app(self._settings, engine=engine, fetcher=fetcher, metrics_dir=self._metrics_dir)
        self._parts = parts_of(site)
        return site


def main() -> None:
    settings = site_settings(
        Path(sys.argv[1]), rate_limit=sys.argv[2], workers=2, threads=2, metrics=True, catch_up_interval_s=0.1
    )
    configure_logs(settings.log_level)
    slow_clients.PATIENCE_S = PATIENCE_S
    listener = bind_socket("127.0.0.1", 0)
    SmallServer(settings, listener, make_metrics_dir(), _tell).run()


if __name__ == "__main__":
    main()
