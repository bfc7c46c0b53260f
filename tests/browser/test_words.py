"""Search by words in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Opener, screenshot
from tests.browser.pictures import draw, encode

pytestmark = pytest.mark.browser

AUDIT = (Path(__file__).parent / "audit.js").read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_words_are_a_sound_page(
    open_page: Opener, site: str, scheme: str, width: str, viewport: dict[str, int]
) -> None:
    watched = open_page(viewport=viewport, color_scheme=scheme)
    page = watched.page
    page.goto(f"{site}/words?words=work&collection=blocks")
    expect(page.get_by_role("heading", level=1)).to_have_text("20 pictures found")
    assert page.evaluate(AUDIT) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    screenshot(page, f"words-{width}-{scheme}")
    page.goto(f"{site}/words?words=work+zebra")
    expect(page.get_by_role("link", name="All pictures")).to_be_visible()
    assert page.evaluate(AUDIT) == []
    screenshot(page, f"words-none-{width}-{scheme}")
    assert watched.troubles == []


def test_typing_narrowing_and_paging(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_label("words", exact=True).fill("work")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("40 pictures found")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    page.get_by_role("link", name="squares").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("20 pictures found")
    page.get_by_label("Words", exact=True).fill("work-00*")
    page.get_by_role("search").get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="Remove: squares")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_an_upload_is_narrowed_by_words(open_page: Opener, site: str, javascript: bool) -> None:
    page = open_page(java_script_enabled=javascript).page
    page.goto(site)
    page.get_by_label("Picture file").set_input_files(
        {"name": "mine.png", "mimeType": "image/png", "buffer": encode(draw(7), "PNG")}
    )
    page.get_by_label("words", exact=True).fill("collection:blocks")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("Is there a copy?")).to_be_visible()
    field = page.locator("#narrow-words")
    expect(field).to_have_value("collection:blocks")
    assert page.locator(".work").count() == 19
    field.fill("collection:squares")
    page.get_by_role("button", name="Narrow").click()
    expect(field).to_have_value("collection:squares")
    assert page.locator(".work").count() == 20
    if javascript:
        screenshot(page, "words-beside-upload")
