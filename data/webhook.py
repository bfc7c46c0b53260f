"""Sends a document to an address that an administrator gave: signed, bounded, never redirected."""

import base64
import hashlib
import hmac
import secrets
import ssl
from dataclasses import dataclass

import httpcore
import httpx

from data.pinned_network import Deadline, PinnedBackend, Resolver, resolve_by_system
from errors import AddressRefused, FetchError, FetchFailed, FetchTimedOut, FileTooLarge

SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105 - how such secrets begin, not a secret
MOST_ANSWER_BYTES = 64 * 1024
"""That are read of an answer, headers too: nothing of it is needed but its status."""
MOST_URL_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Sent:
    """What came back.

    Attributes:
        status: of HTTP.
        retry_after_s: how long the receiver wants to be left alone; None where it does not say.
    """

    status: int
    retry_after_s: int | None


def new_secret() -> bytes:
    """Return 256 random bits to sign with."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """Return a secret as receivers are given it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def sign(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message: HMAC-SHA256 over its id, the time and the body, with dots between them.

    The form is that of Standard Webhooks 1.0 (standardwebhooks.com), so that receivers find libraries for it.

    Args:
        secret: of the hook.
        message_id: equal for each attempt to send one message.
        timestamp: seconds since 1970, UTC, of this attempt.
        body: as it is sent.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def check_target(url: str) -> str:
    """Return the address of a hook, checked as far as can be told without asking anybody.

    Raises:
        AddressRefused: no http or https address of a host, or one with a user name.
    """
    remedy = "Give an address such as https://example.org/hooks/retrace."
    if len(url) > MOST_URL_CHARACTERS:
        raise AddressRefused(
            f"expected at most {MOST_URL_CHARACTERS:,} characters; received {len(url):,}", remedy=remedy
        )
    try:
        address = httpx.URL(url).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as exc:
        raise AddressRefused(f"expected an http or https address; {exc}", remedy=remedy) from exc
    if address.scheme not in {"http", "https"} or not address.host:
        raise AddressRefused(f"expected an http or https address; received {url[:80]!r}", remedy=remedy)
    if address.userinfo:
        raise AddressRefused("expected an address without a user name or password; received one", remedy=remedy)
    return str(address)


class Poster:
    """Posts documents; threads may share one.

    Each goes over a connection of its own to an address that was checked, without cookies, proxies from the environment
    or credentials, within one deadline. A redirect is an answer like any other, and not followed.
    """

    def __init__(
        self, *, timeout_s: float, resolve: Resolver = resolve_by_system, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        """Name what it works with.

        Args:
            timeout_s: for everything together.
            resolve: how names become addresses.
            ssl_context: which certificates are trusted; those of certifi when left out.
        """
        self.timeout_s = timeout_s
        self._resolve = resolve
        self._ssl_context = ssl_context or httpx.create_ssl_context(trust_env=False)

    def post(
        self, url: str, body: bytes, *, secret: bytes, message_id: str, timestamp: int, allows_private: bool
    ) -> Sent:
        """Post a signed JSON document and return what came back.

        Args:
            url: as `check_target` lets it be.
            body: the document.
            secret: to sign with.
            message_id: by which a receiver knows that it has it already.
            timestamp: seconds since 1970, UTC.
            allows_private: whether the host may have an address of a private network.
        Raises:
            FetchError: the host is refused, not found, does not answer in time or not properly.
        """
        deadline = Deadline(self.timeout_s, what="an answer")
        address = httpx.URL(check_target(url))
        backend = PinnedBackend(deadline, MOST_ANSWER_BYTES, resolve=self._resolve, allows_private=allows_private)
        target = httpcore.URL(
            scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path
        )
        headers: dict[bytes | str, bytes | str] = {
            "Host": address.netloc,
            "User-Agent": "Retrace (self-hosted reverse image search)",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Idempotency-Key": message_id,
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(secret, message_id, timestamp, body),
        }
        try:
            with (
                httpcore.ConnectionPool(
                    ssl_context=self._ssl_context, max_keepalive_connections=0, network_backend=backend
                ) as pool,
                pool.stream("POST", target, headers=headers, content=body) as response,
            ):
                return Sent(response.status, _seconds(httpx.Headers(response.headers).get("retry-after", "")))
        except (FetchError, FileTooLarge):
            raise
        except httpcore.TimeoutException as exc:
            raise FetchTimedOut(f"expected {address.host} to answer in time; it took longer") from exc
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as exc:
            raise FetchFailed(f"expected an answer from {address.host}; it broke off or is not proper HTTP") from exc
        except httpcore.NetworkError as exc:
            reason = f": {exc}" if "certificate" in str(exc).lower() else ""
            raise FetchFailed(f"expected an answer from {address.host}; the connection failed{reason}") from exc


def _seconds(text: str) -> int | None:
    """Return the seconds of a Retry-After; None of a date, which few send."""
    return int(text) if text.isdecimal() and len(text) < 10 else None
