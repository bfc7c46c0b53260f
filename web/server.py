"""Serves the application with gunicorn: a few processes of a few threads each, started from `index.py`."""

import errno
import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.config import Config  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.workers.base import Worker  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]  # gunicorn has no types

from errors import AddressInUse, EnvironmentFault, StorageUnavailable
from search.vector_index.open_index import index_home
from search.watching.open_courier import read_mail_options
from settings import Settings
from web.app import Site, create_app
from web.logs import configure_logs
from web.parts import Parts, parts_of
from web.rate_limits import check_rate_limit
from web.secret import read_secret
from web.slow_clients import TimedSocket

BACKLOG = 512
GRACE_S = 30
"""How long a stopping worker may finish what it has begun."""
SILENCE_S = 120
"""A worker whose main loop says nothing for so long is replaced; searches run beside that loop, in threads."""
METRICS_PREFIX = "retrace-metrics-"


def bind_socket(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Args:
        host: name or address of an interface of this machine.
        port: 0 for any that is free.
    Raises:
        AddressInUse: taken, not allowed to this user, or not of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as exc:
        raise AddressInUse(f"cannot listen on {host}:{port}: {exc.strerror}") from exc
    try:
        # Without it a restart would have to wait until the last connections of the old server are forgotten.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as exc:
        listener.close()
        reason = "not allowed to this user" if exc.errno == errno.EACCES else exc.strerror
        raise AddressInUse(f"cannot listen on {host}:{port}: {reason}") from exc
    return listener


def address_of(listener: socket.socket) -> str:
    """Return the address to open in a browser: 'http://127.0.0.1:8080/'."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared with, not bound to
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}/" if port == 80 else f"http://{shown}:{port}/"


def serve(settings: Settings, listener: socket.socket, *, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve until this process is told to stop; ends in SystemExit, as gunicorn's master does.

    Args:
        settings: of the site.
        listener: from `bind_socket`; taken over, and closed at the end, when serving begins.
        on_ready: called once with the address when requests are accepted.
    Raises:
        BadInput, PartMissing: the rate limit cannot be set up as asked, the secret is too short, or no index has the
            address that the setting gives.
        StorageUnavailable: the data folder, or that of temporary files, cannot be written.
    """
    # What would keep every worker from starting is told here, in one line, and not in each of them with a trace.
    read_secret(settings)
    check_rate_limit(settings)
    read_mail_options(settings)
    index_home(settings.index_url, settings.index_dir, settings.index_token)  # reads the address, opens nothing
    configure_logs(settings.log_level)
    metrics_dir = make_metrics_dir() if settings.metrics else None
    Server(settings, listener, metrics_dir, on_ready).run()


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's application object: settings in, hooks around the life of each worker."""

    def __init__(
        self,
        settings: Settings,
        listener: socket.socket,
        metrics_dir: Path | None,
        on_ready: Callable[[str], None] | None,
    ) -> None:
        """Remember what `load_config` will need, which the base class calls."""
        self._settings = settings
        self._address = address_of(listener)
        # Gunicorn closes the number that it is given; the socket object must not close it a second time.
        self._descriptor = listener.detach()
        self._metrics_dir = metrics_dir
        self._on_ready = on_ready
        self._parts: Parts | None = None
        super().__init__()

    cfg: Config

    def load_config(self) -> None:
        """Set everything that matters here, so that no variable of the environment sets it elsewhere."""
        shared_memory = Path("/dev/shm")  # noqa: S108 - only a heartbeat, which must never wait for a disk
        config = {
            "bind": [f"fd://{self._descriptor}"],
            "workers": self._settings.workers,
            "worker_class": TimedWorker,
            "threads": self._settings.threads,
            "preload_app": False,
            "backlog": BACKLOG,
            "timeout": SILENCE_S,
            "graceful_timeout": GRACE_S,
            "keepalive": 5,
            # It would pass by the time limit of `TimedSocket`; our files are small.
            "sendfile": False,
            "limit_request_line": 8190,
            "limit_request_fields": 64,
            "limit_request_field_size": 8190,
            "worker_tmp_dir": str(shared_memory) if shared_memory.is_dir() else None,
            "proc_name": "retrace",
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "info" if self._settings.log_level == "DEBUG" else "warning",
            "logger_class": RootLogger,
            # Who is believed about scheme and address is decided in `web.proxies`, by our own setting.
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "forwarder_headers": "",
            "control_socket_disable": True,
            "when_ready": self._tell_ready,
            "post_worker_init": self._open_engine,
            "worker_exit": self._close_engine,
            "child_exit": self._forget_metrics,
            "on_exit": self._remove_metrics,
        }
        for name, value in config.items():
            self.cfg.set(name, value)

    def load(self) -> Site:
        """Return the WSGI application; called in each worker, after the fork."""
        site = create_app(self._settings, metrics_dir=self._metrics_dir)
        self._parts = parts_of(site)
        return site

    def _tell_ready(self, server: Arbiter) -> None:
        """Say where the site is."""
        if self._on_ready is not None:
            self._on_ready(self._address)

    def _open_engine(self, worker: Worker) -> None:
        """Begin to open model, catalogue and index; meanwhile the worker answers whether it is alive and ready.

        After the fork, as OpenVINO's threads do not survive one.
        """
        parts = self._parts

        def open_engine() -> None:
            if parts is not None:
                try:
                    parts.wants_watching = self._settings.watch
                    parts.open()
                    parts.videos.look()
                except EnvironmentFault as exc:
                    # Told to visitors with status 503, and tried again when the next one asks.
                    parts.tell_fault(exc)

        Thread(target=open_engine, name="open-engine", daemon=True).start()

    def _close_engine(self, server: Arbiter, worker: Worker) -> None:
        """Close the engine of a worker that ends."""
        if self._parts is not None:
            self._parts.close()

    def _forget_metrics(self, server: Arbiter, worker: Worker) -> None:
        """Drop the gauges of a worker that has ended; its counters stay in the sums."""
        if self._metrics_dir is not None:
            from prometheus_client.multiprocess import mark_process_dead

            mark_process_dead(worker.pid, path=str(self._metrics_dir))  # type: ignore[no-untyped-call]  # the library

    def _remove_metrics(self, server: Arbiter) -> None:
        """Remove the folder of the metrics; called in the master alone, when all workers have ended."""
        if self._metrics_dir is not None:
            shutil.rmtree(self._metrics_dir, ignore_errors=True)


class TimedWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's worker of threads, whose connections have an end: its own limits hold between requests only."""

    def handle(self, conn: TConn) -> object:
        """Answer the next request of a connection."""
        if not isinstance(conn.sock, TimedSocket):
            conn.sock = TimedSocket(fileno=conn.sock.detach())
        conn.sock.allow()
        return super().handle(conn)


class RootLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Hands what gunicorn has to say to the root logger, so that the log has one format."""

    def setup(self, cfg: Config) -> None:
        """Undo the handlers of gunicorn's own."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


def make_metrics_dir() -> Path:
    """Return a new folder for the metrics of the workers, and name it to the library.

    It is of this server alone, and not in the data folder, which the servers of several machines may share: the
    library tells processes apart by their numbers, and keeps its files mapped.

    Raises:
        StorageUnavailable: the folder of temporary files cannot be written.
    """
    try:
        folder = tempfile.mkdtemp(prefix=METRICS_PREFIX)
    except OSError as exc:
        raise StorageUnavailable(f"expected to write to a folder of temporary files: {exc.strerror}") from exc
    # The library reads it at its import and takes no argument in its place.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    return Path(folder)
