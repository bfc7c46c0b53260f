import gzip
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from data.fetch import Fetcher
from errors import (
    AddressRefused,
    FetchFailed,
    FetchTimedOut,
    FileTooLarge,
    RetraceError,
    UnsupportedFormat,
)

HERE = "127.0.0.2"  # our server; 127.0.0.1 stays a loopback address that no test may reach
BODY = b"\x89PNG\r\n\x1a\n" + bytes(range(256))

Script = Callable[[socket.socket], None]


class Server:
    """Answers each path with a script that writes to the socket what it likes, HTTP or not."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.scripts: dict[str, Script] = {}
        self.requests: list[bytes] = []
        self._context = context
        self._listener = socket.create_server((HERE, 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError):  # the client hangs up on what it does not want
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                request = b""
                while b"\r\n\r\n" not in request:
                    part = connection.recv(65_536)
                    if not part:
                        return
                    request += part
                self.requests.append(request)
                self.scripts[request.split()[1].decode()](connection)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def answer(
    body: bytes = BODY, *headers: str, status: str = "200 OK", length: int | None = None, typed: str = "image/png"
) -> Script:
    announced = [f"Content-Length: {len(body) if length is None else length}", f"Content-Type: {typed}", *headers]
    head = "\r\n".join([f"HTTP/1.1 {status}", *announced, "", ""]).encode()
    return lambda connection: connection.sendall(head + body)


def redirect(location: str, status: str = "302 Found") -> Script:
    return answer(b"", f"Location: {location}", status=status)


def forever(start: bytes, part: bytes, pause_s: float = 0.0) -> Script:
    def send(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:  # until the client hangs up, which raises
            connection.sendall(part)
            if pause_s:
                threading.Event().wait(pause_s)

    return send


def resolver(**hosts: Sequence[str]) -> Callable[[str, int], Sequence[str]]:
    """Return a resolver of these names, '_' for '.'; numbers resolve to themselves as they do in the system's."""
    names = {name.replace("_", "."): addresses for name, addresses in hosts.items()}

    def resolve(host: str, port: int) -> Sequence[str]:
        if host in names:
            return names[host]
        with suppress(ValueError):
            return [str(ipaddress.ip_address(host))]
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    return resolve


def fetcher(server: Server, *, timeout_s: float = 5.0, max_bytes: int = 100_000) -> Fetcher:
    return Fetcher(
        timeout_s=timeout_s,
        max_bytes=max_bytes,
        resolve=resolver(
            pictures_example=[HERE],
            inside_example=["10.0.0.7"],
            mixed_example=[HERE, "10.0.0.7"],
            mixed6_example=["2606:4700:4700::1111", "::1"],
            mapped_example=["::ffff:127.0.0.1"],
            nat64_example=["64:ff9b::7f00:1"],
            empty_example=[],
            localhost=["127.0.0.1"],
            localhost_=["127.0.0.1", "::1"],
        ),
        ports={server.port},
        allowed_addresses={HERE},
    )


def test_a_picture_comes_with_its_address_and_type(server: Server) -> None:
    server.scripts["/a.png?size=2"] = answer(typed="Image/PNG; charset=binary")
    url = f"http://pictures.example:{server.port}/a.png?size=2"
    fetched = fetcher(server).fetch(f" {url}#part\n")
    assert (fetched.data, fetched.final_url, fetched.content_type) == (BODY, url, "image/png")


def test_the_request_names_host_and_program_and_gives_nothing_away(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine pictures.example login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server.scripts["/a"] = answer(b"", "Location: /b", "Set-Cookie: id=1", status="307 Temporary Redirect")
    server.scripts["/b"] = answer()
    fetcher(server).fetch(f"http://pictures.example:{server.port}/a")
    for request in server.requests:
        lines = request.decode().lower().split("\r\n")
        assert f"host: pictures.example:{server.port}" in lines
        assert "accept-encoding: identity" in lines
        assert any(line.startswith("user-agent: retrace") for line in lines)
        assert not any(line.startswith(("cookie", "authorization", "proxy", "referer")) for line in lines)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "pictures.example/a",
        "//pictures.example/a",
        "ftp://pictures.example/a",
        "file:///etc/passwd",
        "gopher://pictures.example/",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "http://",
        "http:///a",
        "http://.pictures.example/",
        "http://pictures..example/",
        "http://user@pictures.example/",
        "http://user:secret@pictures.example/",
        "http://pictures.example:22/",
        "http://pictures.example:0/",
        "http://pictures.example:99999/",
        "http://pictures.example/\r\nHost: inside.example",
        "http://pictures.example/" + 5000 * "a",
        "http://localhost:{port}/",
        "http://localhost.:{port}/",
        "http://127.0.0.1:{port}/",
        "http://127.0.0.1.:{port}/",
        "http://2130706433:{port}/",  # decimal
        "http://0x7f000001:{port}/",
        "http://0x7f.0.0.1:{port}/",
        "http://0177.0.0.1:{port}/",  # octal
        "http://017700000001:{port}/",
        "http://127.1:{port}/",
        "http://0:{port}/",
        "http://169.254.169.254:{port}/latest/meta-data/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::ffff:7f00:1]:{port}/",
        "http://[64:ff9b::7f00:1]:{port}/",
        "http://[2002:7f00:1::]:{port}/",
        "http://[fe80::1]:{port}/",
        "http://inside.example:{port}/",
        "http://mixed.example:{port}/",  # any private address is enough, in any place
        "http://mixed6.example:{port}/",
        "http://mapped.example:{port}/",
        "http://nat64.example:{port}/",
        "http://１２７.０.０.１:{port}/",  # digits that IDNA makes plain
    ],
)
def test_hostile_addresses_are_refused_without_a_connection(server: Server, url: str) -> None:
    server.scripts["/"] = answer()
    with pytest.raises(AddressRefused):
        fetcher(server).fetch(url.replace("{port}", str(server.port)))
    assert server.requests == []


def test_only_the_usual_ports_are_open_by_default() -> None:
    plain = Fetcher(timeout_s=1, max_bytes=10, resolve=resolver(pictures_example=["10.0.0.7"]))
    for url in ("http://pictures.example:443/", "https://pictures.example:80/", "http://pictures.example:8080/"):
        with pytest.raises(AddressRefused, match="port"):
            plain.fetch(url)
    for url in ("http://pictures.example:80/", "https://pictures.example:443/", "https://pictures.example/"):
        with pytest.raises(AddressRefused, match="public internet"):
            plain.fetch(url)


def test_a_private_network_is_not_described_to_strangers(server: Server) -> None:
    with pytest.raises(AddressRefused) as refused:
        fetcher(server).fetch(f"http://inside.example:{server.port}/")
    assert "10.0.0.7" not in str(refused.value)


def test_a_name_is_resolved_once_and_the_checked_address_connected(server: Server) -> None:
    """The answer changes after the first look-up, as an attacker's name server would have it."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return [HERE] if len(asked) == 1 else ["127.0.0.1"]

    server.scripts["/a"] = answer()
    pinned = Fetcher(timeout_s=5, max_bytes=1000, resolve=rebinding, ports={server.port}, allowed_addresses={HERE})
    assert pinned.fetch(f"http://rebind.example:{server.port}/a").data == BODY
    assert asked == ["rebind.example"]
    with pytest.raises(AddressRefused):
        pinned.fetch(f"http://rebind.example:{server.port}/a")
    assert len(server.requests) == 1


def test_a_host_s_further_addresses_are_tried(server: Server) -> None:
    server.scripts["/a"] = answer()
    two = Fetcher(
        timeout_s=5,
        max_bytes=1000,
        resolve=resolver(pictures_example=["127.0.0.3", HERE]),  # nobody listens at the first
        ports={server.port},
        allowed_addresses={HERE, "127.0.0.3"},
    )
    assert two.fetch(f"http://pictures.example:{server.port}/a").data == BODY


def test_three_redirects_are_followed_and_a_fourth_is_not(server: Server) -> None:
    port = server.port
    server.scripts["/0"] = redirect("/1", "301 Moved Permanently")
    server.scripts["/1"] = redirect("2", "303 See Other")
    server.scripts["/2"] = redirect(f"//pictures.example:{port}/3", "308 Permanent Redirect")
    server.scripts["/3"] = answer()
    assert fetcher(server).fetch(f"http://pictures.example:{port}/0").final_url.endswith("/3")
    server.scripts["/loop"] = redirect("/loop")
    server.requests.clear()
    with pytest.raises(FetchFailed, match="redirects"):
        fetcher(server).fetch(f"http://pictures.example:{port}/loop")
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/secret",
        "http://localhost:{port}/secret",
        "http://inside.example:{port}/secret",
        "http://[::1]:{port}/secret",
        "http://2130706433:{port}/secret",
        "http://169.254.169.254/latest/meta-data/",
        "//127.0.0.1:{port}/secret",
        "http://pictures.example:22/",
        "http://user:secret@pictures.example:{port}/",
        "file:///etc/passwd",
        "ftp://pictures.example/",
        "http://[::1",
        "",
    ],
)
def test_every_redirect_is_checked_like_the_first_address(server: Server, location: str) -> None:
    server.scripts["/a"] = redirect(location.replace("{port}", str(server.port)))
    with pytest.raises(AddressRefused):
        fetcher(server).fetch(f"http://pictures.example:{server.port}/a")
    assert len(server.requests) == 1


PLAIN_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"


@pytest.mark.parametrize(
    ("script", "error"),
    [
        pytest.param(answer(status="404 Not Found"), FetchFailed, id="not found"),
        pytest.param(answer(status="206 Partial Content"), FetchFailed, id="a part"),
        pytest.param(answer(status="503 Service Unavailable"), FetchFailed, id="overloaded"),
        pytest.param(answer(status="999 Go Away"), FetchFailed, id="no status"),
        pytest.param(answer(typed="text/html; charset=utf-8"), UnsupportedFormat, id="web page"),
        pytest.param(answer(typed="application/json"), UnsupportedFormat, id="json"),
        pytest.param(answer(typed="video/mp4"), UnsupportedFormat, id="film"),
        pytest.param(answer(length=10**12), FileTooLarge, id="announces too much"),
        pytest.param(answer(length=-1), FetchFailed, id="negative length"),
        pytest.param(answer(length=len(BODY) + 9), FetchFailed, id="cut off"),
        pytest.param(answer(gzip.compress(bytes(10**6)), "Content-Encoding: gzip"), FetchFailed, id="gzip bomb"),
        pytest.param(answer(BODY, "Transfer-Encoding: gzip, chunked"), FetchFailed, id="gzip in transfer"),
        pytest.param(lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9\r\n"), FetchFailed, id="not http"),
        pytest.param(lambda connection: connection.close(), FetchFailed, id="hangs up"),
        pytest.param(forever(PLAIN_HEAD + b"\r\n", bytes(65_536)), FileTooLarge, id="no length, no end"),
        pytest.param(
            forever(PLAIN_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + bytes(4096) + b"\r\n"),
            FileTooLarge,
            id="endless chunks",
        ),
        pytest.param(
            forever(PLAIN_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + 9000 * b"x" + b"\r\na\r\n"),
            FileTooLarge,
            id="endless chunk extensions",
        ),
        pytest.param(forever(PLAIN_HEAD, b"X-Header: more and more\r\n"), FetchFailed, id="endless headers"),
        pytest.param(forever(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), FileTooLarge, id="endless hints"),
    ],
)
def test_hostile_answers_have_a_name_and_an_end(server: Server, script: Script, error: type[RetraceError]) -> None:
    server.scripts["/a"] = script
    with pytest.raises(error):
        fetcher(server).fetch(f"http://pictures.example:{server.port}/a")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(lambda connection: threading.Event().wait(2), id="silence"),
        pytest.param(forever(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.02), id="slow headers"),
        pytest.param(forever(PLAIN_HEAD + b"Content-Length: 9999\r\n\r\n", b"x", 0.02), id="slow body"),
    ],
)
def test_a_slow_drip_ends_with_the_deadline(server: Server, script: Script) -> None:
    server.scripts["/a"] = script
    with pytest.raises(FetchTimedOut):
        fetcher(server, timeout_s=0.3).fetch(f"http://pictures.example:{server.port}/a")


def test_redirects_share_one_deadline(server: Server) -> None:
    def slow(connection: socket.socket) -> None:
        threading.Event().wait(0.2)
        redirect("/a")(connection)

    server.scripts["/a"] = slow
    with pytest.raises(FetchTimedOut):
        fetcher(server, timeout_s=0.5).fetch(f"http://pictures.example:{server.port}/a")


def test_a_name_server_that_does_not_answer_ends_with_the_deadline() -> None:
    released = threading.Event()

    def silent(host: str, port: int) -> Sequence[str]:
        released.wait(10)
        return []

    with pytest.raises(FetchTimedOut):
        Fetcher(timeout_s=0.2, max_bytes=10, resolve=silent).fetch("http://pictures.example/")
    released.set()


def test_bodies_up_to_the_limit_come_whole(server: Server) -> None:
    server.scripts["/plain"] = lambda connection: connection.sendall(PLAIN_HEAD + b"\r\n" + bytes(1000))
    server.scripts["/untyped"] = lambda connection: connection.sendall(b"HTTP/1.0 200\r\n\r\n" + BODY)
    exact = fetcher(server, max_bytes=1000)
    assert exact.fetch(f"http://pictures.example:{server.port}/plain").data == bytes(1000)
    assert exact.fetch(f"http://pictures.example:{server.port}/untyped").content_type is None
    with pytest.raises(FileTooLarge):
        fetcher(server, max_bytes=999).fetch(f"http://pictures.example:{server.port}/plain")


@pytest.mark.parametrize("host", ["nowhere.example", "empty.example", "a" * 70 + ".example"])
def test_hosts_that_are_not_found_are_named(server: Server, host: str) -> None:
    with pytest.raises(FetchFailed, match=host):
        fetcher(server).fetch(f"http://{host}:{server.port}/")


def test_the_system_s_resolver_is_held_to_the_same_rule() -> None:
    for url in ("http://localhost/", "http://[::1]/", "http://127.0.0.1/"):
        with pytest.raises(AddressRefused):
            Fetcher(timeout_s=5, max_bytes=10).fetch(url)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Return a certificate of pictures.example and its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pictures.example")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("pictures.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "pictures.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_tls_names_and_checks_the_host_though_an_address_is_connected(certificate: Path) -> None:
    named: list[str | None] = []
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    serving.sni_callback = lambda connection, name, context: named.append(name)
    secure = Server(serving)
    secure.scripts["/a"] = answer()

    def trusting(trusted: ssl.SSLContext | None) -> Fetcher:
        return Fetcher(
            timeout_s=5,
            max_bytes=1000,
            resolve=resolver(pictures_example=[HERE], other_example=[HERE]),
            ports={secure.port},
            allowed_addresses={HERE},
            ssl_context=trusted,
        )

    ours = ssl.create_default_context(cafile=str(certificate))
    try:
        fetched = trusting(ours).fetch(f"https://pictures.example:{secure.port}/a")
        assert fetched.data == BODY
        assert named == ["pictures.example"]
        with pytest.raises(FetchFailed, match="certificate"):
            trusting(ours).fetch(f"https://other.example:{secure.port}/a")  # another's certificate
        with pytest.raises(FetchFailed, match="certificate"):
            trusting(None).fetch(f"https://pictures.example:{secure.port}/a")  # nobody's certificate
        assert len(secure.requests) == 1
    finally:
        secure.close()
