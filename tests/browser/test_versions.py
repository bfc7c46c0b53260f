"""Sorts, filters, versions and evidence in a real browser, with JavaScript and without."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Opener, screenshot, serve_pictures
from tests.browser.pictures import draw, encode
from tests.browser.test_search import drawn, search

pytestmark = pytest.mark.browser

AUDIT = (Path(__file__).parent / "audit.js").read_text("utf-8")


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a picture, three edits of it and strangers; gives the address."""
    whole = draw(4)
    edits = (
        whole,
        whole.crop((40, 30, 440, 320)),
        whole.crop((40, 30, 440, 320)).convert("L").convert("RGB"),
        whole.resize((240, 180)),
        *(draw(seed) for seed in range(5, 12)),
    )
    with serve_pictures(tmp_path_factory.mktemp("versions"), [encode(one, "PNG") for one in edits]) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_results_and_versions_are_sound_pages(
    open_page: Opener, versions: str, scheme: str, width: str, viewport: dict[str, int]
) -> None:
    watched = open_page(viewport=viewport, color_scheme=scheme)
    page = watched.page
    page.goto(f"{versions}/search?image=1")
    assert page.evaluate(AUDIT) == []
    screenshot(page, f"narrowing-{width}-{scheme}")
    page.goto(f"{versions}/family/1")
    expect(page.get_by_text("The one asked for")).to_be_visible()
    assert page.locator(".version").count() >= 3
    assert page.evaluate(AUDIT) == []
    # The tree may be wider than the window; the page may not.
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    screenshot(page, f"family-{width}-{scheme}")
    assert watched.troubles == []


def chosen_size(page: Page) -> list[int]:
    """Return the pixels of the copies as they are shown."""
    texts = page.locator(".copy .facts div:has(dt:text-is('Size')) dd").all_inner_texts()
    sides = [text.split("\n")[0].split(",")[0].split() for text in texts]
    return [int(side[0]) * int(side[2]) for side in sides]


def test_an_upload_is_sorted_narrowed_and_written_down_without_javascript(open_page: Opener, versions: str) -> None:
    watched = open_page(java_script_enabled=False)
    page = watched.page
    search(page, versions, drawn(4))
    page.get_by_role("button", name="Smallest").click()
    expect(page.locator(".sort-chosen")).to_have_text("Smallest")
    sizes = chosen_size(page)
    assert len(sizes) >= 2
    assert sizes == sorted(sizes)
    page.locator("#narrow").get_by_role("button", name="Identical file").click()
    expect(page.locator(".copy")).to_have_count(1)
    expect(page.locator(".sort-chosen")).to_have_count(0)  # of one copy there is no order
    with page.context.expect_page() as opened:
        page.locator(".copy").first.get_by_role("button", name="Compare").click()
    compared = opened.value
    compared.wait_for_load_state()
    with compared.expect_download() as download:
        compared.get_by_role("button", name="Download the evidence").click()
    assert download.value.suggested_filename == "retrace-evidence-1.zip"
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        assert "evidence.pdf" in archive.namelist()
    screenshot(compared, "compare-evidence")
    assert watched.troubles == []
