"""Uploads are never written anywhere, whatever their size and however they come."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.web.site_parts import MAX_UPLOAD_MB, noise

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
BIG = noise((MAX_UPLOAD_MB - 1) * 2**20)


class Watch:
    """Sees every file that this process opens for writing; an audit hook can be added but never taken away."""

    def __init__(self) -> None:
        self.is_on = False
        self.written: list[object] = []
        sys.addaudithook(self._see)

    def _see(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.is_on:
            return
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING:
            self.written.append(arguments[0])
        elif event.startswith("tempfile."):
            self.written.append(event)

    @contextmanager
    def on(self) -> Iterator[None]:
        self.is_on = True
        try:
            yield
        finally:
            self.is_on = False


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch()


def multipart(data: bytes, token: str) -> tuple[bytes, str]:
    """Return a form, made by hand: the library's own builder for tests spools to a temporary file."""
    body = (
        f'--edge\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--edge\r\nContent-Disposition: form-data; name="file"; filename="a.bmp"\r\nContent-Type: image/bmp\r\n\r\n'
    )
    return body.encode() + data + b"\r\n--edge--\r\n", "multipart/form-data; boundary=edge"


def test_watch_sees_a_temporary_file(watch: Watch, tmp_path: object) -> None:
    import tempfile

    with watch.on(), tempfile.TemporaryFile() as file:
        file.write(b"x")
    assert watch.written
    watch.written.clear()


@pytest.mark.parametrize("path", ["/search", "/api/v1/search"])
@pytest.mark.parametrize("is_chunked", [False, True], ids=["with length", "chunked"])
def test_form_of_15_mb_stays_in_memory(
    client: FlaskClient, token: str, watch: Watch, path: str, is_chunked: bool
) -> None:
    body, content_type = multipart(BIG, token)
    environ = EnvironBuilder(path, method="POST").get_environ()
    environ["CONTENT_TYPE"] = content_type
    environ["wsgi.input"] = io.BytesIO(body)
    if is_chunked:
        environ.pop("CONTENT_LENGTH", None)
        environ["wsgi.input_terminated"] = True
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    else:
        environ["CONTENT_LENGTH"] = str(len(body))
    cookie = client.get_cookie("retrace")
    assert cookie is not None
    environ["HTTP_COOKIE"] = f"retrace={cookie.value}"
    with watch.on():
        _, status, _ = run_wsgi_app(client.application.wsgi_app, environ, buffered=True)
    assert status == "200 OK"
    assert watch.written == []


def test_raw_body_of_15_mb_stays_in_memory(client: FlaskClient, watch: Watch) -> None:
    with watch.on():
        answer = client.post("/api/v1/search", data=BIG, content_type="image/bmp")
    assert answer.status_code == 200
    assert watch.written == []


def test_refused_upload_is_not_written_either(client: FlaskClient, token: str, watch: Watch) -> None:
    body, content_type = multipart(b"no picture" * 100_000, token)
    with watch.on():
        answer = client.post("/search", data=body, content_type=content_type)
    assert answer.status_code == 415
    assert watch.written == []
