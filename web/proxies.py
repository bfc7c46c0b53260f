"""Believes forwarded addresses from the owner's own proxies, and from nobody else."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

from settings import Network

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Address = IPv4Address | IPv6Address

_FORWARDED = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
    "HTTP_X_REQUEST_ID",
)
"""What only a proxy may say; taken out of every request that does not come from one."""


class TrustedProxies:
    """A WSGI application that knows its visitor's own address, scheme and host behind trusted proxies.

    `X-Forwarded-For` is walked from right to left: each proxy appends the peer it saw, so the first address that is
    not one of ours is the visitor; everything left of it is the visitor's own invention.
    """

    def __init__(self, application: "WSGIApplication", trusted: Sequence[Network]) -> None:
        """Wrap an application.

        Args:
            application: what answers.
            trusted: networks of the owner's proxies.
        """
        self._application = application
        self._trusted = tuple(trusted)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        peer = _parse(environ.get("REMOTE_ADDR", ""))
        if peer is None or not self._is_trusted(peer):
            for name in _FORWARDED:
                environ.pop(name, None)
        else:
            environ["REMOTE_ADDR"] = str(self._visitor(peer, environ.get("HTTP_X_FORWARDED_FOR", "")))
            scheme = _last(environ.get("HTTP_X_FORWARDED_PROTO", "")).lower()
            if scheme in {"http", "https"}:
                environ["wsgi.url_scheme"] = scheme
            if host := _last(environ.get("HTTP_X_FORWARDED_HOST", "")):
                environ["HTTP_HOST"] = host
        return self._application(environ, start_response)

    def _is_trusted(self, address: Address) -> bool:
        """Return whether the address is a proxy of the owner's."""
        return any(address in network for network in self._trusted)

    def _visitor(self, peer: Address, forwarded: str) -> Address:
        """Return the address of the visitor: the last one, from the right, that a trusted proxy vouches for."""
        visitor = peer
        for text in reversed(forwarded.split(",")):
            address = _parse(text)
            if address is None:
                return visitor
            visitor = address
            if not self._is_trusted(address):
                return visitor
        return visitor


def client_network(address: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 that an IPv6 customer usually has alone."""
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Address(int(parsed) >> 64 << 64)) + "/64"
    return str(parsed) if parsed is not None else "unknown"


def _parse(text: str) -> Address | None:
    """Return an address, an IPv4 one unwrapped from its IPv6 form; None where it is none. Ports are passed over."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _last(values: str) -> str:
    """Return the last of comma-separated values: the one the nearest proxy wrote."""
    return values.rpartition(",")[2].strip()
