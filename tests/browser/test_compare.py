"""The page of two pictures in a real browser, with JavaScript and without."""

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Opener, Watched, screenshot
from tests.browser.pictures import draw, encode
from tests.browser.test_search import search

pytestmark = pytest.mark.browser

AUDIT = (Path(__file__).parent / "audit.js").read_text("utf-8")


def edited(seed: int) -> FilePayload:
    """Return a drawn picture with a bar on it as a file to choose."""
    picture = draw(seed)
    picture.paste((20, 20, 20), (20, 30, picture.width // 2, 80))
    return FilePayload(name="edited.png", mimeType="image/png", buffer=encode(picture, "PNG"))


def open_comparison(page: Page, site: str, seed: int = 6) -> Page:
    """Search with an edited picture and open the comparison with its original, which comes up beside the results."""
    search(page, site, edited(seed))
    with page.context.expect_page() as opened:
        page.locator(".copy").first.get_by_role("button", name="Compare").click()
    opened.value.wait_for_load_state()
    return opened.value


def seen(page: Page) -> NDArray[np.int16]:
    """Return what the frame shows, RGB."""
    shot = page.locator("[data-frame]").screenshot(animations="disabled")
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(np.int16)


def change(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    """Return how much of two pictures differs, 0..1."""
    return float((np.abs(one - other).max(axis=-1) > 24).mean())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_a_hit_leads_to_a_sound_page_of_both(
    open_page: Opener, site: str, scheme: str, width: str, viewport: dict[str, int]
) -> None:
    watched = open_page(viewport=viewport, color_scheme=scheme)
    page = open_comparison(watched.page, site)
    expect(page.get_by_role("heading", level=1)).to_have_text("Yes: one is a copy of the other.")
    expect(page.locator(".lede")).to_contain_text("added top left")
    page.get_by_role("link", name="Why").click()
    expect(page.locator(".trace")).to_be_visible()
    expect(page.locator("#why")).to_contain_text("search.verdict.")
    assert page.evaluate(AUDIT) == []
    assert watched.troubles == []
    page.evaluate("window.scrollTo(0, 0)")
    screenshot(page, f"compare-upload-{width}-{scheme}")
    # The results are still there, beside it.
    expect(watched.page.get_by_text("Is there a copy?")).to_be_visible()


def test_the_slider_wipes_and_fades_from_one_to_the_other(watched: Watched, site: str) -> None:
    page = open_comparison(watched.page, site)
    slider = page.get_by_role("slider")
    expect(page.get_by_role("radio", name="Wipe")).to_be_checked()
    expect(page.locator('[data-part="blend"]')).to_be_hidden()
    slider.fill("0")
    second = seen(page)
    slider.fill("100")
    first = seen(page)
    assert change(first, second) > 0.02  # the bar that was added
    slider.fill("50")
    middle = seen(page)
    half = middle.shape[1] // 2
    assert change(middle[:, : half - 4], second[:, : half - 4]) < 0.01
    assert change(middle[:, half + 4 :], first[:, half + 4 :]) < 0.01

    page.get_by_role("radio", name="Fade").check()
    faded = seen(page)
    assert np.abs(faded - (first + second) // 2).mean() < 4
    slider.focus()
    page.keyboard.press("End")
    expect(slider).to_have_value("100")
    assert change(seen(page), first) < 0.01


def test_the_line_follows_the_mouse(watched: Watched, site: str) -> None:
    page = open_comparison(watched.page, site)
    frame = page.locator("[data-frame]")
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    page.mouse.up()
    assert abs(int(page.get_by_role("slider").input_value()) - 75) <= 2
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert abs(int(page.get_by_role("slider").input_value()) - 75) <= 2


def test_blinking_waits_for_a_hand_where_motion_is_not_wanted(watched: Watched, site: str) -> None:
    page = open_comparison(watched.page, site)  # a context that asks for less motion
    page.clock.install()
    page.get_by_role("radio", name="Blink").check()
    expect(page.get_by_role("slider")).to_be_hidden()
    shown = page.locator("[data-shown]")
    expect(shown).to_have_text("In the catalogue")
    page.clock.run_for(5_000)
    expect(shown).to_have_text("In the catalogue")
    before = seen(page)
    page.get_by_role("button", name="Switch").click()
    expect(shown).to_have_text("Yours")
    assert change(before, seen(page)) > 0.02


def test_blinking_goes_by_itself_until_a_hand_stops_it(open_page: Opener, site: str) -> None:
    watched = open_page(reduced_motion="no-preference")
    page = open_comparison(watched.page, site)
    page.clock.install(time=0)
    page.clock.pause_at(60_000)  # from here on time passes only where it is told to, however busy the machine
    page.get_by_role("radio", name="Blink").check()
    shown = page.locator("[data-shown]")
    expect(shown).to_have_text("In the catalogue")
    page.clock.run_for(1_000)
    expect(shown).to_have_text("Yours")
    page.clock.run_for(1_000)
    expect(shown).to_have_text("In the catalogue")
    page.get_by_role("button", name="Switch").click()
    expect(shown).to_have_text("Yours")
    page.clock.run_for(5_000)
    expect(shown).to_have_text("Yours")
    assert watched.troubles == []


def test_without_javascript_there_are_still_pictures(open_page: Opener, site: str) -> None:
    watched = open_page(java_script_enabled=False)
    page = open_comparison(watched.page, site)
    for text in ("Yours, as it is", "In the catalogue, laid on it", "Half of each", "What differs"):
        expect(page.get_by_alt_text(text, exact=True)).to_be_visible()
    expect(page.get_by_alt_text("with the part outlined that both show")).to_be_visible()
    expect(page.get_by_role("slider")).to_have_count(0)
    page.locator("#why summary").click()
    expect(page.locator(".trace")).to_be_visible()
    screenshot(page, "compare-without-javascript")
    assert watched.troubles == []


def test_two_of_the_catalogue_can_be_turned_round(watched: Watched, site: str) -> None:
    page = watched.page
    page.goto(f"{site}/compare?first=1&second=2")
    expect(page.get_by_role("heading", level=1)).to_contain_text("nothing was proven")
    expect(page.locator(".pair").first.locator("img")).to_have_count(2)
    page.get_by_role("link", name="The other way round").click()
    expect(page).to_have_url(f"{site}/compare?first=2&second=1")


def test_a_link_to_the_reasons_opens_them(page: Page, site: str) -> None:
    page.goto(f"{site}/compare?first=1&second=2#why")
    expect(page.locator(".trace")).to_be_visible()


def test_paper_gets_both_pictures_without_the_controls(watched: Watched, site: str) -> None:
    page = open_comparison(watched.page, site)
    page.emulate_media(media="print")
    expect(page.locator(".pair img").first).to_be_visible()
    expect(page.locator("[data-controls]")).to_be_hidden()
