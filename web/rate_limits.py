"""How many searches one client or token may make, counted across all workers."""

from dataclasses import dataclass
from math import floor

from flask import Flask, current_app, request
from flask_limiter import Limiter
from limits import parse_many
from limits.errors import ConfigurationError
from limits.storage import SlidingWindowCounterSupport, Storage, storage_from_string

from errors import BadInput, PartMissing
from settings import Settings
from web.limit_storage import storage_uri
from web.parts import get_parts
from web.proxies import client_network
from web.tokens import current_token

SEARCHES = "search"
"""All routes that search share one count."""
LIMITS_FILE = "limits.sqlite"
NO_LIMIT = "none"
_EXTENSION = "retrace_limiter"


@dataclass(frozen=True, slots=True)
class Share:
    """What is left of one limit of whoever is asking.

    Attributes:
        left: searches, at least 0.
        window_s: seconds that the limit counts over.
        reset_at: seconds since 1970 when the count begins to sink.
    """

    left: int
    window_s: int
    reset_at: float


def limit_searches(app: Flask, settings: Settings, endpoints: tuple[str, ...]) -> None:
    """Count the searches of each client and refuse those above its share; other pages cost nothing.

    A program with a token has the token's share, wherever it asks from.

    Args:
        app: the application; what else is done before its requests comes after this when it is added later.
        settings: with the limit and its storage.
        endpoints: the routes that search.
    Raises:
        BadInput: the limit or the address of its storage cannot be read.
        PartMissing: the client of that storage is not installed.
    """
    check_rate_limit(settings)
    limiter = Limiter(
        _client,
        storage_uri=_storage_uri(settings),
        storage_options={"wrap_exceptions": True},
        strategy="sliding-window-counter",
        app=app,
    )

    @limiter.shared_limit(_limit, scope=SEARCHES)
    def count() -> None:
        """Do nothing but count: the library puts its check before what it decorates."""

    def count_search() -> None:
        """Count a search before anything of its body is read."""
        if request.endpoint in endpoints and request.method != "OPTIONS":
            count()

    app.before_request(count_search)

    def retry_after_s() -> int:
        """Return how many seconds the client should wait."""
        current = limiter.current_limit
        if current is None or not isinstance(limiter.storage, SlidingWindowCounterSupport):
            return 1
        expiry_s = current.limit.get_expiry()
        return seconds_to_wait(
            limiter.storage.get_sliding_window(current.key, expiry_s), current.limit.amount, expiry_s
        )

    app.extensions["retrace_retry_after"] = retry_after_s
    app.extensions[_EXTENSION] = limiter


def count_another() -> bool:
    """Count a search more of the request that is being answered, which counted as one when it came.

    Returns:
        whether it is within the share of whoever is asking.
    Raises:
        StorageError: the storage of `limits` fails.
    """
    limiter: Limiter = current_app.extensions[_EXTENSION]
    if not (limit := _limit()):
        return True
    return all(limiter.limiter.hit(item, _client(), SEARCHES) for item in sorted(parse_many(limit)))


def shares_left() -> tuple[Share, ...]:
    """Return what is left to whoever is asking, a share for each limit; none where there is no limit. Counts nothing.

    Raises:
        StorageError: the storage of `limits` fails.
    """
    limiter: Limiter = current_app.extensions[_EXTENSION]
    if not (limit := _limit()):
        return ()
    items = sorted(parse_many(limit))
    stats = [limiter.limiter.get_window_stats(item, _client(), SEARCHES) for item in items]
    return tuple(
        Share(max(0, int(found.remaining)), item.get_expiry(), found.reset_time)
        for item, found in zip(items, stats, strict=True)
    )


def check_rate_limit(settings: Settings) -> None:
    """Find out whether the limit can be counted as the owner asks; nothing is counted or connected to.

    Raises:
        BadInput: the limit or the address of its storage cannot be read.
        PartMissing: the client of that storage is not installed.
    """
    if settings.rate_limit:
        check_limit(settings.rate_limit, "RETRACE_RATE_LIMIT")
    open_storage(settings)


def check_limit(limit: str, name: str) -> None:
    """Find out whether a limit can be read.

    Args:
        limit: such as '60/minute', several with `;` between, or 'none'.
        name: of what it was given by.
    Raises:
        BadInput: it cannot.
    """
    if limit == NO_LIMIT:
        return
    try:
        parse_many(limit)
    except ValueError as exc:
        raise BadInput(
            f"expected {name} such as '60/minute'; received {limit!r}",
            remedy="Write a number, a slash and second, minute, hour or day; `none` for no limit.",
        ) from exc


def open_storage(settings: Settings) -> Storage:
    """Return the storage in which all workers count; it connects when something is first counted.

    Raises:
        BadInput, PartMissing: its address cannot be read, or its client is not installed.
    """
    try:
        storage = storage_from_string(_storage_uri(settings), wrap_exceptions=True)
    except ConfigurationError as exc:
        raise _storage_error(settings.rate_limit_url, exc) from exc
    if not isinstance(storage, Storage):
        raise BadInput(
            f"expected RETRACE_RATE_LIMIT_URL such as 'redis://host:6379'; received {settings.rate_limit_url!r}",
            remedy="Choose a storage without `async`.",
        )
    return storage


def seconds_to_wait(window: tuple[int, float, int, float], amount: int, expiry_s: int) -> int:
    """Return after how many whole seconds a sliding window lets one more through, at least 1.

    The library's own answer is when the oldest hits begin to count less, which may not be enough.

    Args:
        window: hits of the window before this one and its seconds left, hits of this one and its seconds left as the
            one before the next, as storages of `limits` tell it.
        amount: hits allowed in any `expiry_s` seconds.
        expiry_s: length of the window.
    """
    before, _, current, current_ttl_s = window
    left_s = max(0.0, current_ttl_s - expiry_s)
    if current < amount:
        # before * (left - t) / expiry + current < amount
        wait_s = left_s - (amount - current) * expiry_s / before if before else 0.0
    else:
        # After this window its hits fade in turn: current * (expiry - (t - left)) / expiry < amount
        wait_s = left_s + expiry_s * (1 - amount / current)
    return max(1, floor(wait_s) + 1)


def _storage_uri(settings: Settings) -> str:
    """Return the address of the storage, the default spelled out."""
    return settings.rate_limit_url or storage_uri(settings.data_dir / LIMITS_FILE)


def _storage_error(url: str, exc: ConfigurationError) -> BadInput | PartMissing:
    """Return what an unusable storage means to the owner."""
    if "prerequisite" in str(exc):
        return PartMissing(
            f"expected the client library of RETRACE_RATE_LIMIT_URL; {exc}",
            remedy="Install it, for Redis: .venv/bin/pip install redis",
        )
    return BadInput(
        f"expected RETRACE_RATE_LIMIT_URL such as 'redis://host:6379'; received {url!r}",
        remedy="Correct the address, or leave it empty to count in the data folder.",
    )


def _limit() -> str:
    """Return what limits whoever is asking; '' for nothing."""
    token = current_token()
    limit = get_parts().settings.rate_limit if token is None or token.rate_limit is None else token.rate_limit
    return "" if limit == NO_LIMIT else limit


def _client() -> str:
    """Return who is asking, as far as shares go."""
    token = current_token()
    return f"token {token.prefix}" if token is not None else client_network(request.remote_addr or "")
