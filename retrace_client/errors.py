"""Every error that the client raises on purpose.

RetraceError
├── Unreachable          no connection, or it broke
│   └── TimedOut             the site took longer than the client waits
├── RequestRefused       the site says no; `status`, `kind`, `remedy` and `request_id` tell more
│   ├── BadRequest           400, 413, 415, 422 and the like: the picture or a parameter cannot be used
│   ├── TokenRefused         401: no token, or one that lets nobody in
│   ├── Forbidden            403: the token may not do that
│   ├── NotFound             404: not in the catalogue
│   ├── TooManyRequests      429: and waiting as the site asked was not enough, or would take too long
│   └── ServerFault          5xx: the fault is with the site
│       └── NotReady             503: as TooManyRequests
└── AnswerUnreadable     what answers is no Retrace, or one of another version
"""

from dataclasses import dataclass


class RetraceError(Exception):
    """Base of all errors of the client."""


class Unreachable(RetraceError):
    """There is no connection to the site, or it broke."""


class TimedOut(Unreachable):
    """The site took longer than the client waits."""


class AnswerUnreadable(RetraceError):
    """What answers is no Retrace, or one of another version."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What the site says of an error (RFC 9457).

    Attributes:
        status: of HTTP.
        kind: of error, such as 'file-too-large'; '' where something else than Retrace answers.
        detail: what happened; remedy: what to do.
        request_id: by which the owner finds it in the log.
        retry_after_s: when to come back, where that is told.
    """

    status: int
    kind: str
    detail: str
    remedy: str
    request_id: str
    retry_after_s: float | None


class RequestRefused(RetraceError):
    """The site refuses the request.

    Attributes:
        problem: what it says of it.
    """

    def __init__(self, problem: Problem) -> None:
        """Make a message of what the site says."""
        super().__init__(" ".join(part for part in (f"{problem.status}: {problem.detail}.", problem.remedy) if part))
        self.problem = problem

    @property
    def status(self) -> int:
        """Status code of HTTP."""
        return self.problem.status

    @property
    def kind(self) -> str:
        """The kind of error, such as 'file-too-large'; '' where something else than Retrace answers."""
        return self.problem.kind

    @property
    def remedy(self) -> str:
        """What can be done about it."""
        return self.problem.remedy

    @property
    def request_id(self) -> str:
        """By which the owner of the site finds the request in the log."""
        return self.problem.request_id


class BadRequest(RequestRefused):
    """The picture or a parameter cannot be used."""


class TokenRefused(RequestRefused):
    """There is no token where one is needed, or it lets nobody in."""


class Forbidden(RequestRefused):
    """The token may not do that."""


class NotFound(RequestRefused):
    """It is not in the catalogue."""


class TooManyRequests(RequestRefused):
    """The share of searches is used up, and waiting as the site asked was not enough, or would take too long."""


class ServerFault(RequestRefused):
    """The fault is with the site."""


class NotReady(ServerFault):
    """The site is not ready, and waiting as it asked was not enough."""


_BY_STATUS = {401: TokenRefused, 403: Forbidden, 404: NotFound, 429: TooManyRequests, 503: NotReady}


def refusal(problem: Problem) -> RequestRefused:
    """Return the error of a problem."""
    kind = _BY_STATUS.get(problem.status)
    if kind is not None:
        return kind(problem)
    return ServerFault(problem) if problem.status >= 500 else BadRequest(problem)
