"""`video …`, run as people run it, with the real model."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray
from PIL import Image

from commands import main
from data.gallery import draw_gallery
from data.gallery.programme import programme
from data.migrate import upgrade
from tests.engines import encode
from tests.videos import encode_video

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[list[NDArray[np.uint8]]]:
    """Give two films of three pictures each, a second of each picture, ten frames a second."""
    works, _ = programme()
    chosen = [work.name for work in works[:: len(works) // 6]][:6]
    drawn = draw_gallery(tmp_path_factory.mktemp("drawn"), workers=1, only=chosen)
    stills = [np.asarray(Image.open(picture.path).convert("RGB").resize((192, 128))) for picture in drawn[:6]]
    return [[still for still in film for _ in range(10)] for film in (stills[:3], stills[3:])]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, films: list[list[NDArray[np.uint8]]]) -> Path:
    """A folder to work in, with an empty catalogue and the films."""
    monkeypatch.setenv("RETRACE_DATA_DIR", str(tmp_path / "instance"))
    upgrade(f"sqlite:///{tmp_path / 'instance' / 'catalogue.sqlite'}")
    (tmp_path / "films").mkdir()
    for number, frames in enumerate(films, start=1):
        (tmp_path / "films" / f"{number}.mp4").write_bytes(encode_video(frames))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


def test_films_are_added_asked_listed_and_removed(here: Path, films: list[list[NDArray[np.uint8]]]) -> None:
    assert run("video", "list").exit_code == 1
    added = run("video", "add", "films", "--collection", "drawn", "--json")
    assert json.loads(added.stdout) == {"added": 2, "known": 0, "failed": 0}

    (here / "still.png").write_bytes(encode(films[1][10]))
    asked = run("video", "search", "still.png", "--json")
    best = json.loads(asked.stdout)["hits"][0]
    assert asked.exit_code == 0
    assert (best["video"]["locator"], best["frame"], best["frame_ms"]) == (str(here / "films" / "2.mp4"), 10, 1000)

    part = encode_video(films[0][5:], codec="libx264")
    (here / "part.mp4").write_bytes(part)
    asked = run("video", "search", "part.mp4", "--json")
    (segment,) = json.loads(asked.stdout)["hits"][0]["segments"]
    assert asked.exit_code == 0
    assert segment["first_ms"] - segment["query_first_ms"] == pytest.approx(500, abs=300)
    assert "is its" in run("video", "search", "part.mp4").stdout

    assert json.loads(run("stats", "--json").stdout)["videos"] == {"videos": 2, "ranges": 6, "duration_ms": 6000}
    assert json.loads(run("rebuild", "--json").stdout) == {"copy": 0, "similar": 0, "frame": 6, "video": 2, "words": 0}
    assert run("check").exit_code == 0

    listed = json.loads(run("video", "list", "--collection", "drawn", "--json").stdout)
    assert [video["id"] for video in listed] == [1, 2]
    removed = run("video", "remove", "2", "--yes")
    assert removed.stdout == "Removed 1 video.\n"
    assert "2.mp4" not in run("video", "list").stdout
    assert run("video", "search", "still.png").exit_code == 1


def test_frames_in_a_folder_are_a_video(here: Path, films: list[list[NDArray[np.uint8]]]) -> None:
    (here / "frames").mkdir()
    for number, pixels in enumerate(films[0][::10] + films[1][::10]):
        (here / "frames" / f"{number}.png").write_bytes(encode(pixels))
    assert run("video", "add", "frames", "--frames").exit_code == 3
    assert run("video", "add", "frames", "--frames", "--fps", "2").exit_code == 0
    best = json.loads(run("video", "search", "frames/4.png", "--json").stdout)["hits"][0]
    assert best["frame"] == 4
    assert best["cosine"] == pytest.approx(1.0, abs=1e-3)


def test_what_is_no_video_is_named_and_left_out(here: Path) -> None:
    (here / "films" / "3.mp4").write_bytes((here / "films" / "1.mp4").read_bytes()[:400])
    added = run("video", "add", "films")
    assert added.exit_code == 3
    assert "3.mp4" in added.stderr
    (here / "notes.txt").write_text("no video")
    assert run("video", "add", "notes.txt").exit_code == 3
    (here / "plain.png").write_bytes(encode(np.full((64, 64, 3), 90, np.uint8)))
    asked = run("video", "search", "plain.png")
    assert asked.exit_code == 1
    assert "too plain" in asked.stdout
