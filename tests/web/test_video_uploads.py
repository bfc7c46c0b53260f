"""A video that a visitor searches with: answered, bounded, and kept nowhere."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from search.open_engine import close_engine
from tests.engines import draw
from tests.videos import draw_shot, encode_video
from tests.web.conftest import csrf_token, json_of
from tests.web.site_parts import encode, make_engine, noise, site_settings
from tests.web.test_nothing_written import Watch
from tests.web.video_site import add_videos
from web import create_app, video_uploads
from web.parts import parts_of

MIB = 2**20
FIRST, SECOND = draw_shot(1, 60), draw_shot(2, 60)
FILM = encode_video(FIRST, codec="libx264")
CUT = encode_video([*draw_shot(8, 30), *SECOND[10:50]], codec="libx264")
"""Three seconds of an intro, and four of the second film from its first second on."""
STRANGER = encode_video(draw_shot(9, 40), codec="libx264")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    settings = site_settings(tmp_path_factory.mktemp("cinema"), max_upload_mb=1, max_video_mb=3)
    engine = make_engine(settings, [encode(draw(1))])
    files = {"first.mp4": FILM, "second.mp4": encode_video(SECOND)}
    add_videos(settings, engine, files, tmp_path_factory.mktemp("media"))
    app = create_app(settings, engine=engine)
    yield app.test_client()
    parts_of(app).close()
    close_engine(engine)


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch()


def multipart(data: bytes, token: str, name: str = "a") -> tuple[bytes, str]:
    """Return a form, made by hand: the library's own builder for tests leaves a temporary file open."""
    body = (
        f'--edge\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    )
    return body.encode() + data + b"\r\n--edge--\r\n", "multipart/form-data; boundary=edge"


def send(client: FlaskClient, data: bytes, name: str = "mine.mp4") -> TestResponse:
    body, content_type = multipart(data, csrf_token(client), name)
    return client.post("/search", data=body, content_type=content_type)


def ask(client: FlaskClient, data: bytes, content_type: str = "video/mp4") -> TestResponse:
    return client.post("/api/v1/videos/search", data=data, content_type=content_type)


def test_the_form_takes_videos_where_there_are_some(client: FlaskClient) -> None:
    home = client.get("/").text
    assert "video/mp4" in home
    assert f'data-max-video-bytes="{3 * MIB}"' in home


def test_a_part_of_a_video_is_found_with_the_times_of_both(client: FlaskClient) -> None:
    answer = send(client, CUT, "<cut>.mp4")
    page = answer.text
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Yes: one video shows parts of it." in page
    assert "&lt;cut&gt;.mp4" in page
    assert "second.mp4" in page
    assert "data:image/webp;base64," in page
    assert '<polygon class="timeline-joint"' in page
    document = json_of(ask(client, CUT))
    assert (document["asked_with"], document["is_here"]) == ("video", True)
    best = document["hits"][0]
    [segment] = best["segments"]
    assert best["video"]["id"] == 2
    assert segment["query_first_ms"] - segment["first_ms"] == pytest.approx(2000, abs=250)
    assert segment["first_ms"] == pytest.approx(1000, abs=600)
    assert segment["last_ms"] == pytest.approx(5000, abs=600)
    assert json_of(ask(client, CUT, "application/octet-stream"))["hits"] == document["hits"]


def test_the_very_file_is_told(client: FlaskClient) -> None:
    assert "Yes: this very file is here." in send(client, FILM).text


def test_a_stranger_is_not_here(client: FlaskClient) -> None:
    page = send(client, STRANGER).text
    assert "No: this video is not here." in page
    assert "Where it is" not in page
    document = json_of(ask(client, STRANGER))
    assert not document["is_here"]
    assert not any(hit["is_sure"] for hit in document["hits"])


def test_a_picture_asks_the_videos_too(client: FlaskClient) -> None:
    document = json_of(ask(client, encode(SECOND[20]), "image/png"))
    assert (document["asked_with"], document["is_here"], document["duration_ms"]) == ("picture", True, None)
    assert document["hits"][0]["video"]["id"] == 2
    assert document["hits"][0]["best"]["frame_ms"] == 2000
    assert document["hits"][0]["best"]["timed_by"] == "pixels"
    form = {"file": (io.BytesIO(encode(SECOND[20])), "still.png")}
    again = client.post("/api/v1/videos/search?limit=1", data=form, content_type="multipart/form-data")
    assert json_of(again)["hits"] == document["hits"][:1]


@pytest.mark.parametrize(
    ("data", "status", "kind"),
    [
        (b"", 400, "upload-missing"),
        (b"no video", 415, "unsupported-format"),
        (FILM[:300], 422, "broken-video"),
        (FILM + bytes(3 * MIB), 413, "video-too-large"),
        (noise(2 * MIB), 413, "file-too-large"),
    ],
    ids=["nothing", "text", "cut off", "too large", "a picture too large"],
)
def test_what_cannot_be_searched_with_is_refused_with_a_reason(
    client: FlaskClient, data: bytes, status: int, kind: str
) -> None:
    answer = ask(client, data, "application/octet-stream")
    assert (answer.status_code, json_of(answer)["type"]) == (status, f"/api/v1/problems/{kind}")
    assert json_of(answer)["remedy"]
    page = send(client, data, "a.mp4")
    assert page.status_code == status or (not data and page.status_code == 415)
    assert 'class="remedy"' in page.text


def test_who_sends_too_much_is_told_how_much_may_be_sent(client: FlaskClient) -> None:
    answer = client.post(
        "/search",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(1000 * MIB), "wsgi.input": io.BytesIO()},
    )
    assert answer.status_code == 413
    assert "A file may have up to 1 MiB. A video may have up to 3 MiB." in answer.text
    # Where a video has no business nothing larger is let in.
    other = client.post(
        "/api/v1/search",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(2 * MIB), "wsgi.input": io.BytesIO()},
    )
    assert other.status_code == 413


def nameless_only(watch: Watch) -> bool:
    """Return whether what was written is a temporary file alone that never had a name: a folder is opened for it."""
    paths = [each for each in watch.written if isinstance(each, str) and not each.startswith("tempfile.")]
    return all(Path(path).is_dir() for path in paths if path != os.devnull)


def test_a_video_is_held_in_a_file_without_a_name(client: FlaskClient, watch: Watch) -> None:
    large = CUT + bytes(2 * MIB)  # more than a picture may have, and behind the end of the film
    body, content_type = multipart(large, csrf_token(client))
    environ = EnvironBuilder("/search", method="POST").get_environ()
    environ |= {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    cookie = client.get_cookie("retrace")
    assert cookie is not None
    environ["HTTP_COOKIE"] = f"retrace={cookie.value}"
    before = set(Path("/proc/self/fd").iterdir())
    with watch.on():
        pieces, status, _ = run_wsgi_app(client.application.wsgi_app, environ, buffered=True)
    assert status == "200 OK"
    assert b"Yes: one video" in b"".join(pieces)
    assert watch.written  # it did go to a file
    assert nameless_only(watch)
    assert len(set(Path("/proc/self/fd").iterdir())) <= len(before)
    watch.written.clear()


def test_a_picture_stays_in_memory_where_there_are_videos_too(client: FlaskClient, watch: Watch) -> None:
    body, content_type = multipart(noise(MIB // 2), csrf_token(client))
    with watch.on():
        answer = client.post("/search", data=body, content_type=content_type)
    assert answer.status_code == 200
    assert watch.written == []


def test_one_video_at_a_time_in_a_process(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_uploads, "PATIENCE_S", 0.01)
    decoding = parts_of(client.application).videos.decoding
    with decoding:
        assert ask(client, STRANGER).status_code == 429
    # A video that fails lets go of its place.
    assert ask(client, FILM[:300]).status_code == 422
    assert decoding.acquire(blocking=False)
    decoding.release()


def test_a_site_may_take_no_videos(client: FlaskClient, tmp_path: Path) -> None:
    engine = parts_of(client.application).engine
    settings = site_settings(parts_of(client.application).settings.data_dir, max_video_mb=0)
    closed = create_app(settings, engine=engine).test_client()
    assert "video/mp4" not in closed.get("/").text
    assert 'href="/videos"' in closed.get("/").text
    assert send(closed, FILM).status_code == 415
    assert ask(closed, FILM).status_code == 404
    assert ask(closed, encode(SECOND[20]), "image/png").status_code == 200
