"""Hostile uploads, through HTTP: each gets its status, a reason and something to do."""

import io
import struct
import zlib

import pytest
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from tests.web.conftest import json_of
from tests.web.site_parts import MAX_UPLOAD_MB, draw, encode, noise
from web import requests

MIB = 2**20


def png_of(width: int, height: int) -> bytes:
    """Return a PNG whose header announces a size and whose data is a few bytes: a bomb."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


HOSTILE = {
    "nothing at all": (b"", {400, 415, 422}),
    "text": (b"hello, this is no picture", {415}),
    "a page": (b"<!doctype html><script>alert(1)</script>", {415}),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', {415}),
    "pdf": (b"%PDF-1.7\n%", {415}),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n", {415}),
    "zip": (b"PK\x03\x04" + bytes(100), {415}),
    "program": (b"\x7fELF" + bytes(200), {415}),
    "pickle": (b"\x80\x04\x95" + bytes(50), {415}),
    "cut off": (encode(draw(3, 640, 480), "JPEG")[:2000], {422}),
    "damaged": (encode(draw(3))[:200] + b"\x00" * 50 + encode(draw(3))[250:], {422}),
    "header alone": (b"\x89PNG\r\n\x1a\n", {415, 422}),
    "too small": (encode(draw(3, 8, 8)), {422}),
    "thin": (encode(draw(3, 400, 4)), {422}),
    "bomb of pixels": (png_of(60_000, 60_000), {413, 422}),
    "bomb of a line": (png_of(2_000_000_000, 1), {413, 422}),
}


def status_of(client: FlaskClient, environ: dict[str, object]) -> int:
    """Return the status of a request that the test client would read ahead."""
    return int(run_wsgi_app(client.application.wsgi_app, environ, buffered=True)[1].split()[0])


def api_post(client: FlaskClient, data: bytes, content_type: str = "application/octet-stream") -> TestResponse:
    return client.post("/api/v1/search", data=data, content_type=content_type)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_a_reason(client: FlaskClient, token: str, name: str) -> None:
    data, statuses = HOSTILE[name]
    page = client.post(
        "/search",
        data={"csrf_token": token, "file": (io.BytesIO(data), "../../etc/passwd.jpg")},
        content_type="multipart/form-data",
    )
    assert page.status_code in statuses
    assert page.mimetype == "text/html"
    assert 'class="remedy"' in page.text
    document = api_post(client, data)
    assert document.status_code in statuses
    assert document.mimetype == "application/problem+json"
    assert json_of(document)["remedy"]


def test_type_is_judged_by_content_not_by_name(client: FlaskClient, token: str) -> None:
    data = {"csrf_token": token, "file": (io.BytesIO(encode(draw(7))), "program.exe", "application/x-msdownload")}
    assert client.post("/search", data=data, content_type="multipart/form-data").status_code == 200


@pytest.mark.parametrize("path", ["/search", "/api/v1/search"])
def test_announced_size_is_refused_unread(client: FlaskClient, token: str, path: str) -> None:
    class Unread(io.RawIOBase):
        def readinto(self, buffer: object) -> int:
            raise AssertionError("read although the header announced too much")

    builder = EnvironBuilder(path, method="POST", content_type="multipart/form-data; boundary=x")
    environ = builder.get_environ()
    environ["CONTENT_LENGTH"] = str(1000 * MIB)
    environ["wsgi.input"] = Unread()
    assert status_of(client, environ) == 413


@pytest.mark.parametrize("path", ["/search", "/api/v1/search"])
def test_chunked_body_is_cut_off_at_the_limit(
    client: FlaskClient, token: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What comes after the limit is read and forgotten so that the answer arrives, and of that there is an end too.
    monkeypatch.setattr(requests, "DRAIN_BYTES", 4 * MIB)

    class Endless(io.RawIOBase):
        taken = 0
        head = (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
            b"Content-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n"
        )

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the base class allows any buffer
            size = min(len(buffer), 64 * 1024)
            buffer[:size] = (self.head if self.taken == 0 else b"").ljust(size, b"\0")[:size]
            self.taken += size
            assert self.taken < (MAX_UPLOAD_MB + 8) * MIB
            return size

    environ = EnvironBuilder(path, method="POST", content_type="multipart/form-data; boundary=x").get_environ()
    environ.pop("CONTENT_LENGTH", None)
    environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    environ["wsgi.input_terminated"] = True
    environ["wsgi.input"] = io.BufferedReader(Endless())
    assert status_of(client, environ) == 413


@pytest.mark.parametrize("path", ["/search", "/api/v1/search"])
def test_who_sends_too_much_is_told_how_much_may_be_sent(client: FlaskClient, path: str) -> None:
    answer = client.post(
        path,
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(1000 * MIB), "wsgi.input": io.BytesIO()},
    )
    assert answer.status_code == 413
    assert f"A file may have up to {MAX_UPLOAD_MB} MiB." in answer.text


def test_file_over_the_limit_but_within_the_form_is_refused(client: FlaskClient) -> None:
    assert api_post(client, noise(MAX_UPLOAD_MB * MIB + MIB // 4)).status_code == 413


def test_too_many_fields_and_too_long_fields_are_refused(client: FlaskClient, token: str) -> None:
    many = {"csrf_token": token} | {f"field{number}": "x" for number in range(50)}
    assert client.post("/search", data=many, content_type="multipart/form-data").status_code == 413
    long = {"csrf_token": token, "sealed": "x" * 300_000}
    assert client.post("/search", data=long, content_type="multipart/form-data").status_code == 413


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_other_types_of_content_are_refused_by_the_api(client: FlaskClient, content_type: str) -> None:
    assert api_post(client, b"url=x", content_type).status_code == 415


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://127.0.0.1/a.jpg", 422),
        ("http://[::1]/a.jpg", 422),
        ("http://169.254.169.254/latest/meta-data/", 422),
        ("http://localhost./a.jpg", 422),
        ("http://0x7f000001/", 422),
        ("http://2130706433/", 422),
        ("file:///etc/passwd", 422),
        ("gopher://example.org/", 422),
        ("http://example.org:22/", 422),
        ("https://" + "a" * 3000, 400),
        ("   ", 400),
    ],
)
def test_hostile_addresses_are_refused_unfetched(client: FlaskClient, token: str, url: str, status: int) -> None:
    page = client.post("/search", data={"csrf_token": token, "url": url})
    assert page.status_code == status
    document = client.post("/api/v1/search", json={"url": url})
    assert document.status_code == status
    assert json_of(document)["status"] == status
