"""Logs of one line an event, as JSON, without anything of a visitor's picture, address or question."""

import json
import logging
import sys
from datetime import UTC, datetime

from flask import Flask, Response, has_request_context, request

from web.request_ids import elapsed_ms, request_id

_log = logging.getLogger("retrace.web")


class OneLine(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "pid": record.process,
            "message": record.getMessage(),
        }
        if has_request_context():
            line["request_id"] = request_id()
        line.update(getattr(record, "facts", {}))
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure_logs(level: str) -> None:
    """Write the log of this process to standard error.

    Args:
        level: least severity of our own events; libraries are heard from WARNING on.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    logging.getLogger("retrace").setLevel(level)


def log_requests(app: Flask) -> None:
    """Log each request of the application: faults always, the others at level DEBUG, which is off by default."""
    app.after_request(_log_request)


def _log_request(response: Response) -> Response:
    """Log which route answered what in how long; the route's pattern, not the address that was asked for."""
    # Who asks whether the site is ready expects a no while it starts, and asks many times a second.
    is_fault = response.status_code >= 500 and request.blueprint != "health"
    level = logging.WARNING if is_fault else logging.DEBUG
    if _log.isEnabledFor(level):
        route = request.url_rule.rule if request.url_rule is not None else "-"
        facts = {
            "method": request.method,
            "route": route,
            "status": response.status_code,
            "ms": round(elapsed_ms(), 1),
        }
        _log.log(level, "request", extra={"facts": facts})
    return response
