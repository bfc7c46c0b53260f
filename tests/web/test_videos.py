"""Videos on the site: pages, strips, files in parts, and a picture that is seen in one."""

import io
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from search.open_engine import close_engine
from search.query import Engine
from settings import Settings
from tests.engines import draw
from tests.videos import draw_shot, encode_video
from tests.web.conftest import csrf_token, json_of
from tests.web.site_parts import encode, make_engine, site_settings
from tests.web.video_site import add_videos
from web import create_app, video_files
from web.parts import parts_of

SECRET_FOLDER = "folder-of-nobodys-business"


@dataclass(frozen=True, slots=True)
class Cinema:
    """A catalogue with pictures and three videos: H.264, H.264, and one that browsers do not play."""

    settings: Settings
    engine: Engine
    folder: Path
    files: dict[str, bytes]

    def client(self, **changes: object) -> FlaskClient:
        settings = site_settings(self.settings.data_dir, **changes)
        return create_app(settings, engine=self.engine).test_client()


@pytest.fixture(scope="module")
def cinema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cinema]:
    settings = site_settings(tmp_path_factory.mktemp("cinema"))
    engine = make_engine(settings, [encode(draw(seed)) for seed in range(4)])
    files = {
        "first <i>film.mp4": encode_video(draw_shot(1, 60), codec="libx264"),
        "second.mp4": encode_video(draw_shot(2, 40), codec="libx264"),
        "old.avi": encode_video(draw_shot(3, 40), container="avi"),
    }
    folder = tmp_path_factory.mktemp("media") / SECRET_FOLDER
    add_videos(settings, engine, files, folder)
    yield Cinema(settings, engine, folder, files)
    close_engine(engine)


@pytest.fixture
def served(cinema: Cinema) -> FlaskClient:
    return cinema.client(serve_videos=True)


@pytest.fixture
def quiet(cinema: Cinema) -> FlaskClient:
    """A client of a site that does not serve files of videos, which is the default."""
    return cinema.client()


def test_a_site_without_videos_does_not_speak_of_them(client: FlaskClient) -> None:
    home = client.get("/").text
    assert 'href="/videos"' not in home
    assert "video" not in home
    assert client.get("/videos").status_code == 404
    assert client.get("/video/1").status_code == 404
    assert "videos.css" not in client.get("/search?image=1").text
    assert json_of(client.get("/api/v1/videos")) == {"total": 0, "videos": []}
    assert client.post("/api/v1/videos/search", data=b"x", content_type="video/mp4").status_code == 404


def test_the_first_video_is_noticed_while_serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.video_parts.LOOK_EVERY_S", 0.0)
    settings = site_settings(tmp_path)
    engine = make_engine(settings, [encode(draw(1))])
    app = create_app(settings, engine=engine)
    try:
        client = app.test_client()
        assert 'href="/videos"' not in client.get("/").text
        add_videos(settings, engine, {"a.mp4": encode_video(draw_shot(1, 30))}, tmp_path / "media")
        assert 'href="/videos"' in client.get("/").text
        assert client.get("/video/1").status_code == 200
    finally:
        parts_of(app).close()
        close_engine(engine)


def test_videos_are_listed_the_newest_first_and_paged(quiet: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    page = quiet.get("/videos").text
    assert re.findall(r'class="breakable" href="/video/(\d)"', page) == ["3", "2", "1"]
    assert "first &lt;i&gt;film.mp4" in page
    assert "3 videos, 0:14 in all" in page
    monkeypatch.setattr("web.videos.PAGE_VIDEOS", 2)
    monkeypatch.setattr("web.present_videos.PAGE_VIDEOS", 2)
    first = quiet.get("/videos").text
    assert 'href="/videos?page=2"' in first
    assert re.findall(r'class="breakable" href="/video/(\d)"', quiet.get("/videos?page=2").text) == ["1"]
    assert quiet.get("/videos?page=3").status_code == 404
    assert quiet.get("/videos?page=x").status_code == 400


def test_no_page_tells_where_a_video_lies(served: FlaskClient, cinema: Cinema) -> None:
    token = csrf_token(served)
    upload = {"csrf_token": token, "file": (io.BytesIO(cinema.files["second.mp4"]), "mine.mp4")}
    answers = [
        served.get("/videos"),
        served.get("/video/1?at=2"),
        served.get("/video/99"),
        served.get("/api/v1/videos"),
        served.get("/api/v1/videos/3"),
        served.post("/search", data=upload, content_type="multipart/form-data"),
        served.post("/api/v1/videos/search", data=cinema.files["second.mp4"], content_type="video/mp4"),
        served.get("/video/1/file", headers={"Range": "bytes=999999999-"}),
    ]
    (cinema.folder / "old.avi").rename(cinema.folder / "away.avi")
    answers.append(served.get("/video/3/download"))
    (cinema.folder / "away.avi").rename(cinema.folder / "old.avi")
    assert [answer.status_code for answer in answers] == [200, 200, 404, 200, 200, 200, 200, 416, 404]
    for answer in answers:
        assert SECRET_FOLDER not in answer.text
        assert SECRET_FOLDER not in str(answer.headers)
        assert str(cinema.settings.data_dir) not in answer.text


def test_the_page_of_a_video_links_each_small_frame_to_its_time(quiet: FlaskClient) -> None:
    page = quiet.get("/video/1").text
    times = [float(text) for text in re.findall(r'<li><a href="/video/1\?at=([\d.]+)"', page)]
    assert len(times) == 10
    # Frames are kept every half second of six.
    assert times[0] == 0
    assert times[-1] == 5.5
    assert times == sorted(times)
    assert "<video" not in page
    assert "0:06" in page
    strip = re.search(r'src="(/poster/[0-9a-f]{64}\.webp)" width="(\d+)" height="(\d+)"', page)
    assert strip is not None
    answer = quiet.get(strip[1])
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert "immutable" in answer.headers["Cache-Control"]
    assert quiet.get("/poster/" + "0" * 64 + ".webp").status_code == 404


def test_stretches_from_the_time_asked_for(quiet: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    page = quiet.get("/video/1?at=3.2").text
    first = re.search(r"<tbody>\s*<tr[^>]*><td[^>]*><a[^>]*>([^<]+)", page)
    assert first is not None
    assert first[1].startswith("0:03.5")
    assert 'aria-current="true"' in quiet.get("/video/1?at=3").text
    monkeypatch.setattr("web.videos.PAGE_STRETCHES", 4)
    monkeypatch.setattr("web.present_videos.PAGE_STRETCHES", 4)
    middle = quiet.get("/video/1?at=3").text
    assert 'href="/video/1?at=1.000#stretches"' in middle
    assert 'href="/video/1?at=5.000#stretches"' in middle
    assert "There is none from that time on." in quiet.get("/video/1?at=99").text
    for wrong in ("x", "-1", "1.5.5", "1e9", "nan", "٣"):
        assert quiet.get("/video/1", query_string={"at": wrong}).status_code == 400, wrong


def test_a_lost_strip_is_told(cinema: Cinema, quiet: FlaskClient) -> None:
    sha256 = json_of(quiet.get("/api/v1/videos/2"))["sha256"]
    path = cinema.settings.poster_dir / sha256[:2] / f"{sha256}.webp"
    data = path.read_bytes()
    path.unlink()
    assert "strip of small frames was lost" in quiet.get("/video/2").text
    path.write_bytes(data)


def test_files_are_served_only_where_the_owner_says_so(quiet: FlaskClient, served: FlaskClient) -> None:
    for path in ("/video/1/file", "/video/1/download"):
        assert quiet.get(path).status_code == 404
        with served.get(path) as answer:
            assert answer.status_code == 200
    assert json_of(quiet.get("/api/v1/videos/1"))["links"]["file"] is None
    assert json_of(served.get("/api/v1/videos/1"))["links"]["file"] == "/video/1/file"


def test_a_video_that_browsers_play_has_a_player_at_the_time(served: FlaskClient) -> None:
    page = served.get("/video/1?at=2.5").text
    assert '<source src="/video/1/file#t=2.500" type="video/mp4">' in page
    assert "<video" in page
    assert "controls" in page


def test_a_video_that_browsers_do_not_play_is_to_be_downloaded(served: FlaskClient, cinema: Cinema) -> None:
    page = served.get("/video/3").text
    assert "<video" not in page
    assert 'href="/video/3/download"' in page
    assert served.get("/video/3/file").status_code == 404
    with served.get("/video/3/download") as answer:
        assert answer.data == cinema.files["old.avi"]
        assert answer.mimetype == "video/x-msvideo"
        assert "attachment" in answer.headers["Content-Disposition"]
        assert "old.avi" in answer.headers["Content-Disposition"]


def test_one_range_is_answered_with_that_part(served: FlaskClient, cinema: Cinema) -> None:
    whole = cinema.files["second.mp4"]
    size = len(whole)
    for wanted, start, stop in (
        ("bytes=0-", 0, size),
        ("bytes=100-199", 100, 200),
        ("bytes=-50", size - 50, size),
        (f"bytes={size - 10}-{size + 10}", size - 10, size),
    ):
        with served.get("/video/2/file", headers={"Range": wanted}) as answer:
            assert answer.status_code == 206, wanted
            assert answer.data == whole[start:stop]
            assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"
            assert answer.headers["Content-Length"] == str(stop - start)
            assert answer.headers["Accept-Ranges"] == "bytes"
            assert answer.mimetype == "video/mp4"


def test_a_long_range_is_answered_with_its_first_piece(
    served: FlaskClient, cinema: Cinema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_files, "PIECE_BYTES", 1000)
    whole, got = cinema.files["second.mp4"], b""
    while len(got) < len(whole):  # as players go on
        with served.get("/video/2/file", headers={"Range": f"bytes={len(got)}-"}) as answer:
            assert answer.status_code == 206
            assert 0 < len(answer.data) <= 1000
            got += answer.data
    assert got == whole


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "pages=1-2", "bytes=x-y", "bytes=9-2", "nothing"])
def test_what_is_no_single_range_gets_the_whole(served: FlaskClient, cinema: Cinema, wanted: str) -> None:
    with served.get("/video/2/file", headers={"Range": wanted}) as answer:
        assert answer.status_code == 200
        assert answer.data == cinema.files["second.mp4"]


def test_a_range_behind_the_end_is_refused(served: FlaskClient, cinema: Cinema) -> None:
    size = len(cinema.files["second.mp4"])
    with served.get("/video/2/file", headers={"Range": f"bytes={size}-"}) as answer:
        assert answer.status_code == 416
        assert answer.headers["Content-Range"] == f"bytes */{size}"


def test_head_if_range_and_etag(served: FlaskClient, cinema: Cinema) -> None:
    size = len(cinema.files["second.mp4"])
    with served.head("/video/2/file", headers={"Range": "bytes=0-9"}) as head:
        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["Content-Length"] == str(size)
        assert head.headers["Accept-Ranges"] == "bytes"
        etag = head.headers["ETag"]
        modified = head.headers["Last-Modified"]
    for validator, status in ((etag, 206), (modified, 206), ('"another"', 200), ("Mon, 01 Jan 2001 00:00:00 GMT", 200)):
        with served.get("/video/2/file", headers={"Range": "bytes=0-9", "If-Range": validator}) as answer:
            assert answer.status_code == status, validator
            assert len(answer.data) == (10 if status == 206 else size)
    with served.get("/video/2/file", headers={"If-None-Match": etag}) as answer:
        assert (answer.status_code, answer.data) == (304, b"")


def change_bytes(path: Path) -> None:
    """Change a file's bytes and not its size."""
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def grow(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def replace_by_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("change", [change_bytes, grow, replace_by_link, replace_by_pipe, Path.unlink])
def test_a_file_that_is_not_what_was_added_is_not_sent(
    served: FlaskClient, cinema: Cinema, change: Callable[[Path], None]
) -> None:
    path, whole = cinema.folder / "second.mp4", cinema.files["second.mp4"]
    try:
        change(path)
        assert served.get("/video/2/file").status_code == 404
        assert "<video" not in served.get("/video/2").text
        path.unlink(missing_ok=True)
        path.write_bytes(whole)  # touched since it was added, and yet the same
        with served.get("/video/2/file") as answer:
            assert answer.data == whole
    finally:
        path.unlink(missing_ok=True)
        path.write_bytes(whole)


def test_half_of_the_threads_send_at_most(cinema: Cinema, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.videos.SENDING_PATIENCE_S", 0.01)
    client = cinema.client(serve_videos=True, threads=2)
    held = client.get("/video/1/file")
    assert client.get("/video/2/file").status_code == 429
    held.close()
    # None is lost, whatever the answer was.
    for headers in ({"Range": "bytes=99999999-"}, {"Range": "bytes=0-1"}, {}, {"If-None-Match": "*"}):
        client.get("/video/2/file", headers=headers).close()
    with client.get("/video/2/file") as answer:
        assert answer.status_code == 200


def test_a_picture_that_is_seen_in_a_video_is_told_with_the_time(quiet: FlaskClient) -> None:
    frame = encode(draw_shot(2, 40)[20])
    form = {"csrf_token": csrf_token(quiet), "file": (io.BytesIO(frame), "still.png")}
    page = quiet.post("/search", data=form, content_type="multipart/form-data").text
    assert "This picture is seen in one video." in page
    section = page[page.index('id="videos"') :]
    assert "second.mp4" in section
    assert 'href="/video/2?at=2.000"' in section
    assert "frame 20 at 0:02.0" in section
    assert "as good as the same" in section
    # An upload's answer is kept nowhere: what leads away from it opens beside it.
    assert 'href="/video/2?at=2.000" target="_blank"' in section
    assert 'id="videos"' not in quiet.get("/search?image=1").text


def test_the_page_about_tells_of_videos(quiet: FlaskClient) -> None:
    quiet.get("/")
    page = quiet.get("/about").text
    assert "Video to search with" in page
    assert "3, 0:14 in all" in page
