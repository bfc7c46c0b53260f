"""How often somebody may guess a password, counted across all workers by name and by address."""

import hashlib
from time import time

from flask import Flask, current_app, request
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from data.users import fold_name
from errors import SignInLocked
from search.words import count
from settings import Settings
from web.proxies import client_network
from web.rate_limits import open_storage

WINDOW_MIN = 15
BY_NAME = RateLimitItemPerMinute(10, WINDOW_MIN, namespace="sign-in-name")
"""Failures of one name. Whoever knows a name can lock it out for that long; the command line asks for no password."""
BY_ADDRESS = RateLimitItemPerMinute(30, WINDOW_MIN, namespace="sign-in-address")
"""Attempts of one address, good ones too: else a user of the site could guess at the others' for ever."""
_EXTENSION = "retrace_sign_in_limits"


class SignInLimits:
    """The counts, in the storage of the rate limit; they begin anew so long after the first attempt."""

    def __init__(self, settings: Settings) -> None:
        """Open the storage.

        Args:
            settings: with the address of the storage.
        Raises:
            BadInput, PartMissing: the storage cannot be had as asked.
        """
        self._limiter = FixedWindowRateLimiter(open_storage(settings))

    def count(self, name: str, address: str) -> None:
        """Count an attempt before its password is looked at, so that many at once cannot slip past.

        Args:
            name: as it was typed, whether there is such a user or not.
            address: of the visitor.
        Raises:
            SignInLocked: there were too many.
            StorageError: the storage of `limits` fails; nothing is tried uncounted.
        """
        for limit, key in ((BY_ADDRESS, client_network(address)), (BY_NAME, _key(name))):
            if not self._limiter.hit(limit, key):
                wait_min = max(1, -(-int(self._limiter.get_window_stats(limit, key).reset_time - time()) // 60))
                raise SignInLocked(
                    "there were too many attempts to sign in",
                    remedy=f"Wait {count(wait_min, 'minute')}, then try again.",
                )

    def forget(self, name: str) -> None:
        """Forget the failures of a name, whose password was right."""
        self._limiter.clear(BY_NAME, _key(name))


def limit_sign_ins(app: Flask, settings: Settings) -> None:
    """Give an application its counts.

    Raises:
        BadInput, PartMissing: the storage cannot be had as asked.
    """
    app.extensions[_EXTENSION] = SignInLimits(settings)


def count_attempt(name: str) -> None:
    """Count an attempt of the visitor who is asking; see SignInLimits.count."""
    _limits().count(name, request.remote_addr or "")


def forget_failures(name: str) -> None:
    """Forget the failures of a name; see SignInLimits.forget."""
    _limits().forget(name)


def _limits() -> SignInLimits:
    limits: SignInLimits = current_app.extensions[_EXTENSION]
    return limits


def _key(name: str) -> str:
    """Return a name as a key of any storage; what is looked up as one user is counted as one, however it was typed."""
    return hashlib.sha256(fold_name(name).encode(errors="replace")).hexdigest()
