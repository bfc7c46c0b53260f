"""The whole of it, as a newcomer meets it: real gallery, real model, real server, real browser, real signals."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from data.gallery import GalleryPicture, draw_gallery
from data.gallery.programme import programme
from data.migrate import upgrade
from evaluation.crashes import kill_adding
from evaluation.http_load import make_uploads
from evaluation.model_change import measure_model_change
from evaluation.serving import RunningServer, measure_freshness, run_server
from settings import ROOT
from tests.engines import encode
from tests.other_model import write_other_model

pytestmark = [pytest.mark.model, pytest.mark.slow]

ENTRY = ROOT / "index.py"
PATIENCE_S = 30.0
"""How long a test waits for what should take two seconds: machines of tests may be very slow."""


@dataclass(frozen=True, slots=True)
class Town:
    """A data folder with a few pictures of the gallery in it."""

    environment: dict[str, str]
    pictures: list[GalleryPicture]
    folder: Path


def run(town: Town, *words: str, status: int = 0) -> str:
    shown = subprocess.run(
        [sys.executable, ENTRY, *words], env=town.environment, capture_output=True, text=True, check=False
    )
    assert shown.returncode == status, shown.stderr
    return shown.stdout


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    folder = tmp_path_factory.mktemp("town")
    works, _ = programme()
    names = [work.name for work in works[:: max(1, len(works) // 24)]]
    pictures = draw_gallery(folder / "gallery", workers=1, only=names)
    town = Town({**os.environ, "RETRACE_DATA_DIR": str(folder / "instance")}, pictures, folder)
    run(town, "prepare", "--no-gallery")
    run(town, "add", str(folder / "gallery" / "gallery.csv"), "--json")
    return town


@pytest.fixture(scope="module")
def server(town: Town) -> Iterator[RunningServer]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RETRACE_DATA_DIR", town.environment["RETRACE_DATA_DIR"])
        with run_server(ENTRY) as server:
            yield server


@pytest.fixture
def address(server: RunningServer) -> str:
    return server.address


def edited_copy(picture: GalleryPicture) -> bytes:
    """A copy as thieves make them: cropped, scaled, compressed."""
    with Image.open(picture.path) as opened:
        whole = opened.convert("RGB")
    width, height = whole.size
    cut = whole.crop((width // 12, height // 12, width, height)).resize((width * 2 // 3, height * 2 // 3))
    return encode(np.asarray(cut), "JPEG", quality=60)


def ask(address: str, data: bytes) -> dict[str, object]:
    target = urlsplit(address)
    connection = HTTPConnection(target.hostname or "", target.port, timeout=60)
    try:
        connection.request("POST", "/api/v1/search", body=data, headers={"Content-Type": "image/jpeg"})
        response = connection.getresponse()
        body = response.read()
        assert response.status == 200, body
        answer: dict[str, object] = json.loads(body)
        return answer
    finally:
        connection.close()


def wait_for(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def copies(address: str, data: bytes) -> int:
    found = ask(address, data)["copies"]
    assert isinstance(found, dict)
    return len(found["hits"])


@pytest.mark.browser
def test_a_newcomer_uploads_a_copy_and_is_shown_where_it_comes_from(
    town: Town, address: str, chromium: Browser, tmp_path: Path
) -> None:
    original = town.pictures[3]
    upload = tmp_path / "suspicious.jpg"
    upload.write_bytes(edited_copy(original))
    page = chromium.new_page()
    page.goto(address)
    page.set_input_files("input[type=file]", upload)
    page.click("button[type=submit]")
    page.wait_for_load_state("load")
    text = page.inner_text("main")
    page.close()
    assert original.title in text
    assert "Yes: one copy." in text


def test_most_edited_copies_of_the_gallery_are_found(town: Town, address: str) -> None:
    titles = []
    for picture in town.pictures:
        found = ask(address, edited_copy(picture))["copies"]
        assert isinstance(found, dict)
        titles.append(found["hits"][0]["image"]["title"] if found["hits"] else None)
    right = sum(title == picture.title for title, picture in zip(titles, town.pictures, strict=True))
    assert right >= 0.8 * len(town.pictures), list(zip(titles, town.pictures, strict=True))


def test_serving_processes_see_additions_and_removals_of_another_process(town: Town, address: str) -> None:
    blocks = np.random.default_rng(5).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    pixels = np.asarray(Image.fromarray(blocks).resize((480, 360), Image.Resampling.BICUBIC))
    new = town.folder / "new.png"
    new.write_bytes(encode(pixels))
    data = encode(pixels, "JPEG", quality=70)  # equal files and pixels would be found without the index
    assert copies(address, data) == 0
    run(town, "add", str(new))
    # Two workers answer: each must have seen it.
    assert wait_for(lambda: all(copies(address, data) == 1 for _ in range(8)))
    image_id = json.loads(run(town, "list", "--limit", "1000", "--json"))[-1]["id"]
    run(town, "remove", str(image_id), "--yes")
    assert wait_for(lambda: all(copies(address, data) == 0 for _ in range(8)))


def test_how_soon_every_worker_sees_a_change_can_be_measured(
    town: Town, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETRACE_DATA_DIR", town.environment["RETRACE_DATA_DIR"])
    before = json.loads(run(town, "stats", "--json"))["images"]
    measured = measure_freshness(ENTRY, server, f"sqlite:///{town.environment['RETRACE_DATA_DIR']}/catalogue.sqlite")
    # How long is for `benchmark http` to tell, on a machine that does nothing else.
    assert min(measured.added_s, measured.removed_s) > 0
    assert json.loads(run(town, "stats", "--json"))["images"] == before


def test_many_pictures_are_searched_with_by_several_processes_and_a_second_run_searches_none_again(
    town: Town, tmp_path: Path
) -> None:
    own, page = tmp_path / "own", tmp_path / "report.html"
    own.mkdir()
    for number, picture in enumerate(town.pictures[:2]):
        (own / f"{number}.jpg").write_bytes(edited_copy(picture))
    (own / "none.jpg").write_bytes(b"no picture")
    words = ("search", str(own), "--report", str(page), "--workers", "2", "--json")
    told = json.loads(run(town, *words))
    assert {Path(row["mine"]).name for row in told["findings"]} == {"0.jpg", "1.jpg"}
    assert [Path(one["locator"]).name for one in told["unread"]] == ["none.jpg"]
    took = told.pop("took")  # of this run, and no part of the report
    assert took["seconds"] > 0
    assert json.loads(page.with_suffix(".json").read_text()) == told
    assert "data:image/webp" in page.read_text()
    again = json.loads(run(town, *words))
    assert [row["theirs_id"] for row in again["findings"]] == [row["theirs_id"] for row in told["findings"]]
    assert json.loads(run(town, *words, "--since", "last", status=1))["findings"] == []


def test_a_stopped_add_keeps_what_it_had_and_goes_on(town: Town, tmp_path: Path) -> None:
    other = Town({**town.environment, "RETRACE_DATA_DIR": str(tmp_path)}, town.pictures, town.folder)
    run(other, "prepare", "--no-gallery")
    many = _many_pictures(tmp_path / "many", 160)
    process = subprocess.Popen([sys.executable, ENTRY, "add", many, "--json"], env=other.environment)
    assert wait_for(lambda: json.loads(run(other, "stats", "--json"))["images"] > 0)
    process.send_signal(signal.SIGINT)
    process.wait()
    assert json.loads(run(other, "stats", "--json"))["images"] > 0
    run(other, "add", str(many))
    assert json.loads(run(other, "stats", "--json"))["images"] == 160
    run(other, "check")


def test_killed_adds_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRACE_DATA_DIR", str(tmp_path / "instance"))
    url = f"sqlite:///{tmp_path / 'instance' / 'catalogue.sqlite'}"
    upgrade(url)
    many = _many_pictures(tmp_path / "many", 600)
    kills = kill_adding(ENTRY, str(many), url, times=3, longest_s=0.5, seed=1, on_kill=lambda _: None)
    assert all(kill.is_clean for kill in kills), kills


def test_serving_loads_nothing_that_only_training_needs() -> None:
    shown = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import web.server, web.app, search.open_engine, index"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in shown.stderr.splitlines() if "|" in line}
    assert "flask" in imported
    assert imported.isdisjoint({"tensorflow", "keras", "nncf", "torch", "jax", "matplotlib", "imagehash"})


def _many_pictures(folder: Path, count: int) -> Path:
    """Write small pictures that all differ."""
    folder.mkdir()
    rng = np.random.default_rng(11)
    for number in range(count):
        blocks = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
        Image.fromarray(blocks).resize((96, 96), Image.Resampling.BICUBIC).save(folder / f"{number:04}.png")
    return folder


def test_another_model_takes_over_without_a_failed_search(town: Town, tmp_path: Path) -> None:
    model = tmp_path / "other.xml"
    write_other_model(model)
    uploads = make_uploads([picture.path for picture in town.pictures[:8]], 8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RETRACE_DATA_DIR", town.environment["RETRACE_DATA_DIR"])
        there, back = measure_model_change(ENTRY, model, uploads, clients=4, around_s=1.0)
    assert there.model_id != back.model_id
    assert there.described > 0
    assert back.described == 0
    for report in (there, back):
        assert report.searches > 0
        assert (report.failed, report.late) == (0, 0)
