"""Videos in a real browser: the list, a page with its player, a picture seen in one, and a search with one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import DESKTOP, PHONE, Opener, screenshot, serve_pictures
from tests.browser.pictures import draw, encode
from tests.videos import encode_video
from tests.web.video_site import add_videos

pytestmark = pytest.mark.browser

AUDIT = (Path(__file__).parent / "audit.js").read_text("utf-8")
PLAYS_H264 = "document.createElement('video').canPlayType('video/mp4; codecs=avc1.42E01E')"
SHOWN_S = """async () => {
  const video = document.querySelector("video");
  while (video.readyState < 2 || video.seeking) await new Promise((done) => setTimeout(done, 20));
  return video.currentTime;
}"""
"""Waits until a frame is shown, and gives its time."""
MAX_WEIGHT_BYTES = 200_000


def film(*seeds: int, seconds: int = 3, size: tuple[int, int] = (320, 180)) -> list[NDArray[np.uint8]]:
    """Return frames, ten a second: a camera that moves over each of some pictures."""
    width, height = size
    frames = []
    for seed in seeds:
        wide = np.asarray(draw(seed).resize((width * 3 // 2, height * 3 // 2)))
        for step in np.linspace(0, 1, 10 * seconds):
            left, top = int(step * width / 2), int(step * height / 2)
            frames.append(np.ascontiguousarray(wide[top : top + height, left : left + width]))
    return frames


@dataclass(frozen=True, slots=True)
class Cinema:
    """A site with three videos: H.264 in MP4, VP8 in WebM, and MPEG-4 in AVI; and a frame of the first."""

    address: str
    folder: Path


@pytest.fixture(scope="module")
def cinema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cinema]:
    folder = tmp_path_factory.mktemp("media")
    files = {
        "harbour at night.mp4": encode_video(film(1, 2, 3, 4), codec="libx264"),
        "a-walk-through-the-old-town.webm": encode_video(film(5, 6), container="webm", codec="libvpx"),
        "upright.avi": encode_video(film(7, 8, size=(180, 320)), container="avi"),
    }
    (folder / "still.png").write_bytes(encode(Image.fromarray(film(1, 2, 3, 4)[45]), "PNG"))
    cut = [*film(11), *film(1, 2, 3, 4)[80:115], *film(12), *film(1, 2, 3, 4)[20:60]]
    (folder / "my cut.mp4").write_bytes(encode_video(cut, codec="libx264"))
    (folder / "stranger.mp4").write_bytes(encode_video(film(20, 21), codec="libx264"))
    with serve_cinema(tmp_path_factory.mktemp("cinema"), files, folder) as address:
        yield Cinema(address, folder)


@contextmanager
def serve_cinema(data_dir: Path, files: dict[str, bytes], folder: Path) -> Iterator[str]:
    """Serve a site over some pictures and these videos, whose files it shows."""

    with serve_pictures(
        data_dir,
        [encode(draw(seed), "PNG") for seed in range(30, 36)],
        prepare=lambda settings, engine: add_videos(settings, engine, files, folder),
        serve_videos=True,
    ) as address:
        yield address


def upload(page: Page, cinema: Cinema, name: str) -> None:
    page.goto(cinema.address)
    page.get_by_label("Picture or video file").set_input_files(cinema.folder / name)
    page.get_by_role("button", name="Search").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_pages_of_videos_are_sound(
    open_page: Opener, cinema: Cinema, scheme: str, width: str, viewport: ViewportSize
) -> None:
    watched = open_page(viewport=viewport, color_scheme=scheme)
    page = watched.page
    weights: list[int] = []

    def weigh(response: Any) -> None:
        if response.request.resource_type not in {"image", "media"}:
            weights.append(int(response.headers.get("content-length", 0)))

    page.on("response", weigh)
    for name, path in {"videos": "/videos", "video": "/video/1?at=4.5", "video-no-player": "/video/3"}.items():
        weights.clear()
        page.goto(cinema.address + path)
        if name == "video":
            page.evaluate(SHOWN_S)
        assert page.evaluate(AUDIT) == [], name
        assert sum(weights) < MAX_WEIGHT_BYTES
        screenshot(page, f"{name}-{width}-{scheme}")
    assert watched.troubles == []


@pytest.mark.parametrize(
    ("width", "viewport", "scheme"), [("desktop", DESKTOP, "light"), ("phone", PHONE, "dark")], ids=["desktop", "phone"]
)
def test_answers_of_videos_are_sound(
    open_page: Opener, cinema: Cinema, width: str, viewport: ViewportSize, scheme: str
) -> None:
    watched = open_page(viewport=viewport, color_scheme=scheme)
    page = watched.page
    upload(page, cinema, "still.png")
    expect(page.get_by_role("heading", name="Seen in videos")).to_be_visible()
    assert page.evaluate(AUDIT) == []
    page.get_by_role("heading", name="Seen in videos").scroll_into_view_if_needed()
    screenshot(page, f"seen-in-videos-{width}-{scheme}")
    upload(page, cinema, "my cut.mp4")
    expect(page.get_by_role("heading", name="Where it is")).to_be_visible()
    assert page.evaluate(AUDIT) == []
    screenshot(page, f"video-results-{width}-{scheme}")
    assert watched.troubles == []


@pytest.mark.parametrize("number", [1, 2])
def test_a_player_begins_at_the_time_and_is_sent_in_parts(open_page: Opener, cinema: Cinema, number: int) -> None:
    watched = open_page()
    page = watched.page
    if number == 1 and not page.evaluate(PLAYS_H264):
        pytest.skip("this Chromium plays no H.264")
    with page.expect_response(lambda response: response.url.endswith("/file")) as sent:
        page.goto(f"{cinema.address}/video/{number}?at=2.5")
    assert sent.value.status == 206
    assert page.evaluate(SHOWN_S) == pytest.approx(2.5, abs=0.1)
    page.evaluate("document.querySelector('video').currentTime = 4")
    assert page.evaluate(SHOWN_S) == pytest.approx(4, abs=0.1)
    assert watched.troubles == []


def test_a_small_frame_leads_to_its_time_by_pointer_and_by_keyboard(open_page: Opener, cinema: Cinema) -> None:
    watched = open_page()
    page = watched.page
    page.goto(f"{cinema.address}/video/3")
    wanted = page.locator(".strip-times a").nth(6).get_attribute("href")
    box = page.locator(".strip-window").nth(1).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"])  # the second frame of this half
    expect(page).to_have_url(f"{cinema.address}{wanted}")
    page.goto(f"{cinema.address}/video/3")
    page.locator(".strip-times a").nth(2).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(", from 0:0")).to_be_visible()
    assert watched.troubles == []


def test_a_video_is_searched_with_without_javascript(open_page: Opener, cinema: Cinema) -> None:
    watched = open_page(java_script_enabled=False)
    page = watched.page
    upload(page, cinema, "my cut.mp4")
    expect(page.get_by_role("heading", name="Yes: one video shows parts of it.")).to_be_visible()
    assert page.locator(".video-table tbody tr").count() == 2
    expect(page.get_by_role("img", name="of yours is")).to_be_visible()
    upload(page, cinema, "stranger.mp4")
    expect(page.get_by_role("heading", name="No: this video is not here.")).to_be_visible()
    screenshot(page, "video-not-here")
    assert watched.troubles == []


def test_a_video_that_is_too_large_is_told_before_it_is_sent(open_page: Opener, cinema: Cinema, tmp_path: Path) -> None:
    page = open_page().page
    page.goto(cinema.address)
    with (tmp_path / "large.mp4").open("wb") as file:
        file.truncate(80 * 2**20)
    page.get_by_label("Picture or video file").set_input_files(tmp_path / "large.mp4")
    expect(page.get_by_text("at most 64 MB are taken")).to_be_visible()
    # A video may be larger than a picture.
    page.get_by_label("Picture or video file").set_input_files(cinema.folder / "my cut.mp4")
    expect(page.get_by_text("my cut.mp4,")).to_be_visible()
