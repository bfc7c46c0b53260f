"""The pictures of the documentation: taken of real pages over the sample gallery, by the shipped model.

`make screenshots` takes them anew. Without it the same pages are opened and must say what the documentation shows of
them, so that a picture cannot go on showing what is there no more unnoticed.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps
from playwright.sync_api import Browser, Page, expect

from data.gallery import draw_gallery
from data.gallery.programme import programme
from evaluation.serving import run_server
from settings import ROOT
from tests.engines import encode

pytestmark = [pytest.mark.model, pytest.mark.slow]

DOCS = ROOT / "docs"
TAKE = os.environ.get("RETRACE_TAKE_SCREENSHOTS") == "1"
ORIGINAL = "cat-roof-night-vector"
OTHERS = 40
SIZE = (1280, 1000)
SHOWN_ON = {
    "results": ("index.md", "../README.md"),
    "compare": ("how-it-decides.md",),
    "batch": ("batch.md",),
}
"""Pages that show each picture."""


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder whose `gallery` holds one original, its copies, and others."""
    folder = tmp_path_factory.mktemp("shown")
    works, copies = programme()
    names = {ORIGINAL, *(copy.name for copy in copies if copy.original.name == ORIGINAL)}
    names.update(work.name for work in works[:: len(works) // OTHERS])
    draw_gallery(folder / "gallery", workers=1, only=names)
    environment = {**os.environ, "RETRACE_DATA_DIR": str(folder)}
    for words in (["prepare", "--no-gallery"], ["add", str(folder / "gallery" / "gallery.csv")]):
        subprocess.run([sys.executable, ROOT / "index.py", *words], env=environment, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def site(gallery: Path) -> Iterator[str]:
    """Serve it; gives the address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RETRACE_DATA_DIR", str(gallery))
        with run_server(ROOT / "index.py") as server:
            yield server.address


@pytest.fixture
def page(chromium: Browser, site: str) -> Iterator[Page]:
    """Open the site in a window of the pictures' size."""
    context = chromium.new_context(
        base_url=site, viewport={"width": SIZE[0], "height": SIZE[1]}, color_scheme="light", reduced_motion="reduce"
    )
    try:
        yield context.new_page()
    finally:
        context.close()


@pytest.fixture(scope="module")
def found(gallery: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the original as somebody might find it online: mirrored, cropped, darker."""
    with Image.open(gallery / "gallery" / f"{ORIGINAL}.png") as opened:
        picture = ImageOps.mirror(opened.convert("RGB"))
    width, height = picture.size
    cropped = ImageEnhance.Brightness(picture.crop((width // 8, height // 8, width, height))).enhance(0.8)
    path = tmp_path_factory.mktemp("found") / "found-online.jpg"
    path.write_bytes(encode(np.asarray(cropped), "JPEG", quality=60))
    return path


def keep(page: Page, name: str) -> None:
    """Take the picture, and write it where it is wanted; else the one that is shown must be of the same size."""
    taken, shown = page.screenshot(animations="disabled"), DOCS / f"{name}.png"
    if TAKE:
        shown.write_bytes(taken)
    with Image.open(BytesIO(taken)) as new, Image.open(shown) as old:
        assert new.size == old.size == SIZE
    for text in SHOWN_ON[name]:
        assert f"{name}.png)" in (DOCS / text).read_text(encoding="utf-8")


def search(page: Page, found: Path) -> None:
    page.goto("/")
    page.locator("input[type=file]").first.set_input_files(found)
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("copies")


def test_results(page: Page, found: Path) -> None:
    search(page, found)
    expect(page.locator("main")).to_contain_text("Mirrored, cropped to 76 %, darker")
    keep(page, "results")


def test_compare(page: Page, found: Path) -> None:
    search(page, found)
    with page.context.expect_page() as opened:  # an upload is stored nowhere, so that the page opens beside
        page.get_by_role("button", name="Compare").first.click()
    compared = opened.value
    expect(compared.locator("main")).to_contain_text("Mirrored")
    keep(compared, "compare")


def test_batch(page: Page, gallery: Path, found: Path) -> None:
    page.goto("/batch")
    stranger = gallery / "gallery" / "gallery.csv"
    others = sorted(path for path in (gallery / "gallery").glob("*.webp") if "--" not in path.name)[:2]
    page.locator("input[type=file]").first.set_input_files([found, *others, stranger])
    page.get_by_role("button", name="Search").click()
    expect(page.locator("main")).to_contain_text("Done.")
    expect(page.locator("main")).to_contain_text("could not be read")
    keep(page, "batch")
