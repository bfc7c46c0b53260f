from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import DESKTOP, PHONE, Opener, screenshot
from tests.browser.pictures import draw, encode

pytestmark = pytest.mark.browser

AUDIT = (Path(__file__).parent / "audit.js").read_text("utf-8")
PATHS = {
    "home": "/",
    "results": "/search?image=1",
    "picture": "/picture/1",
    "compare": "/compare?first=1&second=2",
    "about": "/about",
}
MAX_WEIGHT_BYTES = 200_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_pages_are_sound_on_desktop_and_phone(
    open_page: Opener, site: str, scheme: str, width: str, viewport: ViewportSize
) -> None:
    watched = open_page(viewport=viewport, color_scheme=scheme)
    for name, path in PATHS.items():
        watched.page.goto(site + path)
        assert watched.page.evaluate(AUDIT) == [], name
        screenshot(watched.page, f"{name}-{width}-{scheme}")
    assert watched.troubles == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_the_empty_catalogue_says_how_to_add_pictures(
    open_page: Opener, empty_site: str, viewport: ViewportSize
) -> None:
    watched = open_page(viewport=viewport)
    watched.page.goto(empty_site)
    expect(watched.page.get_by_text("python3 index.py add")).to_be_visible()
    assert watched.page.evaluate(AUDIT) == []
    screenshot(watched.page, f"empty-{viewport['width']}")
    assert watched.troubles == []


def test_an_error_page_is_sound(open_page: Opener, site: str) -> None:
    page = open_page(viewport=PHONE).page
    page.goto(f"{site}/picture/999999")
    assert page.evaluate(AUDIT) == []
    expect(page.get_by_role("link", name="Search with a picture")).to_be_visible()


def test_dark_and_light_are_different_grounds_and_true_greys(open_page: Opener, site: str) -> None:
    for scheme, is_dark in (("light", False), ("dark", True)):
        page = open_page(color_scheme=scheme).page
        page.goto(site)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        red, green, blue = (int(part) for part in ground.removeprefix("rgb(").removesuffix(")").split(","))
        assert red == green == blue
        assert (red < 64) is is_dark


def test_the_keyboard_skips_to_the_content_and_sees_where_it_is(page: Page, site: str) -> None:
    page.goto(site)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Picture file")).to_be_focused()
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) == "solid"


def test_a_page_of_results_is_light_and_does_not_jump(open_page: Opener, site: str) -> None:
    watched = open_page()
    page = watched.page
    page.add_init_script("""
        window.shift = 0;
        new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shift += entry.value; })
            .observe({type: "layout-shift", buffered: true});
    """)
    page.goto(site)
    page.get_by_label("Picture file").set_input_files(
        {"name": "harbour.jpg", "mimeType": "image/jpeg", "buffer": encode(draw(1), "JPEG")}
    )
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**/search")
    page.wait_for_load_state("networkidle")
    html = page.evaluate("performance.getEntriesByType('navigation')[0].encodedBodySize")
    static = sum(file.stat().st_size for file in _static_files())
    assert html + static < MAX_WEIGHT_BYTES
    assert page.evaluate("window.shift") < 0.02
    assert watched.troubles == []


def _static_files() -> list[Path]:
    """Return what every page loads beside its HTML and its pictures."""
    static = Path(__file__).resolve().parents[2] / "web" / "static"
    return [*static.glob("css/*.css"), *static.glob("js/*.js"), *static.glob("fonts/*.woff2")]


def test_paper_gets_the_answer_without_the_controls(page: Page, site: str) -> None:
    page.goto(f"{site}/search?image=1")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".work").first).to_be_visible()
    for control in (".site-header nav", ".facets", ".pager", ".again"):
        expect(page.locator(control).first).to_be_hidden()
