"""Uploads are never written anywhere, whatever their size and however they come."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

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
    builder = EnvironBuilder(method="POST", data={"csrf_token": token, "file": (io.BytesIO(data), "a.bmp")})
    environ = builder.get_environ()
    return environ["wsgi.input"].read(), environ["CONTENT_TYPE"]


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
    environ = EnvironBuilder(path, method="POST", content_type=content_type).get_environ()
    environ["wsgi.input"] = io.BytesIO(body)
    if is_chunked:
        environ.pop("CONTENT_LENGTH", None)
        environ["wsgi.input_terminated"] = True
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    else:
        environ["CONTENT_LENGTH"] = str(len(body))
    with watch.on():
        answer = client.open(environ)
    assert answer.status_code == 200
    assert watch.written == []


def test_raw_body_of_15_mb_stays_in_memory(client: FlaskClient, watch: Watch) -> None:
    with watch.on():
        answer = client.post("/api/v1/search", data=BIG, content_type="image/bmp")
    assert answer.status_code == 200
    assert watch.written == []


def test_refused_upload_is_not_written_either(client: FlaskClient, token: str, watch: Watch) -> None:
    with watch.on():
        answer = client.post(
            "/search", data={"csrf_token": token, "file": (io.BytesIO(b"no picture" * 100_000), "a.jpg")}
        )
    assert answer.status_code == 415
    assert watch.written == []
