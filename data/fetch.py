"""Pictures by address, fetched for strangers: from the public internet only, bounded in bytes, time and redirects."""

import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address

import httpcore
import httpx

from data.pinned_network import Deadline, PinnedBackend, Resolver, resolve_by_system
from errors import AddressRefused, FetchFailed, FetchTimedOut, FileTooLarge, UnsupportedFormat

_MAX_REDIRECTS = 3
_MAX_URL_LENGTH = 4096
_FRAMING_BYTES = 1 << 20  # headers and the frames of a chunked body
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}

_HEADERS: dict[bytes | str, bytes | str] = {
    "User-Agent": "Retrace (self-hosted reverse image search)",
    "Accept": "image/*,*/*;q=0.1",
    # A compressed body could unfold to any size; pictures are compressed already.
    "Accept-Encoding": "identity",
}

_REASONS = {status.value: status.phrase for status in HTTPStatus}

# Types that no picture is served as. Others are left to the decoder, which looks at the bytes: many servers name
# pictures wrongly or not at all.
_NO_PICTURES = {
    "text/html": "a web page, not a picture: give the address of the picture itself",
    "application/xhtml+xml": "a web page, not a picture: give the address of the picture itself",
    "application/json": "data, not a picture",
    "application/pdf": "a PDF document, not a picture",
    "video": "a film, not a picture",
    "audio": "sound, not a picture",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address held.

    Attributes:
        data: the body as it came, at most the fetcher's `max_bytes`.
        final_url: where it was found, after redirects, without a fragment.
        content_type: what the server calls it, in lower case without parameters; None when it does not say.
    """

    data: bytes
    final_url: str
    content_type: str | None


class Fetcher:
    """Fetches what http and https addresses of the public internet hold. Safe to share between threads.

    Addresses are httpx's, requests go through httpcore below it: without httpx's client there are no cookies, no
    credentials from a netrc file and no proxies from the environment. Every hop has a connection of its own.

    Args:
        timeout_s: for everything together: names, connections, redirects and the last byte.
        max_bytes: largest body.
        resolve: how names become addresses.
        ports: that may be connected to; None stands for 80 with http and 443 with https, and nothing else.
        allowed_addresses: that may be connected to though they are not public. For tests with a server of their own.
        ssl_context: which certificates are trusted; those of certifi when left out.
    """

    def __init__(
        self,
        *,
        timeout_s: float,
        max_bytes: int,
        resolve: Resolver = resolve_by_system,
        ports: Collection[int] | None = None,
        allowed_addresses: Collection[str] = (),
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._resolve = resolve
        self._ports = ports
        self._allowed_addresses = tuple(allowed_addresses)
        self._ssl_context = ssl_context or httpx.create_ssl_context(trust_env=False)

    def fetch(self, url: str) -> Fetched:
        """Return what an address holds, following three redirects at most.

        Raises:
            AddressRefused: not http or https, an odd port, a user name, a host that is not public; in a redirect too.
            FetchFailed: the host is not found, does not answer, or answers with an error or against the protocol.
            FetchTimedOut: all together took too long.
            FileTooLarge: the body is larger than allowed.
            UnsupportedFormat: the server says that it is a web page, a film or another thing that is no picture.
        """
        deadline = Deadline(self._timeout_s)
        address = self._parse(url.strip())
        for _ in range(_MAX_REDIRECTS + 1):
            self._check(address)
            with self._get(address, deadline) as response:
                if response.status not in _REDIRECTS:
                    return self._read(response, address)
                location = httpx.Headers(response.headers).get("location", "")
            address = self._parse(location, base=address)
        raise FetchFailed(f"expected at most {_MAX_REDIRECTS} redirects; {address.host} redirects once more")

    def _parse(self, url: str, base: httpx.URL | None = None) -> httpx.URL:
        if not url or len(url) > _MAX_URL_LENGTH:
            raise AddressRefused(f"expected an address of 1 to {_MAX_URL_LENGTH} characters; received {len(url)}")
        try:
            address = base.join(url) if base else httpx.URL(url)
            return address.copy_with(fragment=None)
        except (httpx.InvalidURL, ValueError) as exc:
            raise AddressRefused(f"expected an address such as https://example.org/picture.jpg; {exc}") from exc

    def _check(self, address: httpx.URL) -> None:
        """Refuse what can be told from the address itself; the host's IP addresses are checked on connecting."""
        default = _PORTS.get(address.scheme)
        if default is None:
            raise AddressRefused(f"expected an http or https address; received {address.scheme or 'none'!r}")
        if address.userinfo:
            raise AddressRefused("expected an address without a user name or password; received one")
        if not address.host or address.host.startswith(".") or ".." in address.host:
            raise AddressRefused(f"expected an address with the name of a host; received {address.host!r}")
        port = default if address.port is None else address.port
        if port not in (self._ports if self._ports is not None else (default,)):
            raise AddressRefused(f"expected port {default} with {address.scheme}; received {port}")
        _check_numeric_host(address.host)

    @contextmanager
    def _get(self, address: httpx.URL, deadline: Deadline) -> Iterator[httpcore.Response]:
        """Open the answer to a GET on a connection of its own, which is closed with it."""
        backend = PinnedBackend(
            deadline, self._max_bytes + _FRAMING_BYTES, resolve=self._resolve, allowed=self._allowed_addresses
        )
        url = httpcore.URL(scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path)
        with (
            _foreign_errors(address.host),
            httpcore.ConnectionPool(
                ssl_context=self._ssl_context, max_keepalive_connections=0, network_backend=backend
            ) as pool,
            # httpcore would write an IPv6 host without its brackets.
            pool.stream("GET", url, headers={"Host": address.netloc, **_HEADERS}) as response,
        ):
            yield response

    def _read(self, response: httpcore.Response, address: httpx.URL) -> Fetched:
        """Return the body of a final answer, refused as early as its status and headers allow."""
        headers = httpx.Headers(response.headers)
        if response.status != 200:
            reason = _REASONS.get(response.status, "")
            raise FetchFailed(
                f"expected a picture from {address.host}; it answered {response.status} {reason}".rstrip()
            )
        content_type = headers.get("content-type", "").partition(";")[0].strip().lower() or None
        _check_content_type(content_type)
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"", "identity"}:
            raise FetchFailed(f"expected a body as it is; {address.host} sent it compressed ({encoding[:40]}), unasked")
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self._max_bytes:
            raise FileTooLarge(
                f"expected at most {self._max_bytes:,} bytes; {address.host} announces {int(announced):,}"
            )
        body = bytearray()
        for part in response.iter_stream():
            body += part
            if len(body) > self._max_bytes:
                raise FileTooLarge(f"expected at most {self._max_bytes:,} bytes; {address.host} sends more")
        return Fetched(bytes(body), str(address), content_type)


def _check_numeric_host(host: str) -> None:
    """Refuse IPv4 addresses in the old forms (decimal, octal, hexadecimal, short) that resolvers still take."""
    last = host.rstrip(".").rpartition(".")[2].lower()
    if not last.isdecimal() and not last.startswith("0x"):
        return
    try:
        ip_address(host)
    except ValueError as exc:
        raise AddressRefused(f"expected a name, or an IP address in its usual form; received {host}") from exc


def _check_content_type(content_type: str | None) -> None:
    if content_type is None:
        return
    for kind in (content_type, content_type.partition("/")[0]):
        if kind in _NO_PICTURES:
            raise UnsupportedFormat(f"expected the address of a picture; received {_NO_PICTURES[kind]}")


@contextmanager
def _foreign_errors(host: str) -> Iterator[None]:
    """Turn the errors of httpcore into ours."""
    try:
        yield
    except httpcore.TimeoutException as exc:
        raise FetchTimedOut(f"expected the whole picture in time; {host} took longer") from exc
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as exc:
        raise FetchFailed(f"expected a picture from {host}; its answer broke off or is not proper HTTP") from exc
    except httpcore.NetworkError as exc:
        # What is wrong with a certificate is worth telling; all else reads as the system's own jargon.
        reason = f"; {exc}" if "certificate" in str(exc).lower() else ""
        raise FetchFailed(f"expected a picture from {host}; the connection failed{reason}") from exc
