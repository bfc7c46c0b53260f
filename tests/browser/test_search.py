import os

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import MAX_UPLOAD_MB, PICTURES, Opener, Watched, screenshot
from tests.browser.pictures import draw, encode, plain

pytestmark = pytest.mark.browser

# Events as a browser sends them when a picture or an address is pasted or dropped.
_GIVE_FILE = """([kind, bytes]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(bytes)], "given.webp", {type: "image/webp"}));
    const options = {bubbles: true, cancelable: true};
    document.body.dispatchEvent(kind === "paste"
        ? new ClipboardEvent("paste", {clipboardData: transfer, ...options})
        : new DragEvent(kind, {dataTransfer: transfer, ...options}));
}"""
_PASTE_TEXT = """(text) => {
    const transfer = new DataTransfer();
    transfer.setData("text/plain", text);
    const options = {clipboardData: transfer, bubbles: true, cancelable: true};
    document.body.dispatchEvent(new ClipboardEvent("paste", options));
}"""


def drawn(seed: int, file_format: str = "PNG", **options: int) -> FilePayload:
    """Return a drawn picture as a file to choose."""
    name = f"harbour-{seed}.{file_format.lower()}"
    return FilePayload(
        name=name, mimeType=f"image/{file_format.lower()}", buffer=encode(draw(seed), file_format, **options)
    )


def size_text(picture: Image.Image) -> str:
    """Return the size of a picture as the pages write it."""
    return f"{picture.width} \N{MULTIPLICATION SIGN} {picture.height}"


def search(page: Page, site: str, file: FilePayload) -> None:
    """Search with a file from the start page."""
    page.goto(site)
    page.get_by_label("Picture file").set_input_files(file)
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("Is there a copy?")).to_be_visible()


def test_the_same_file_is_found_and_named_identical(page: Page, site: str) -> None:
    search(page, site, drawn(4))
    first = page.locator(".copy").first
    expect(page.get_by_role("heading", level=1)).to_contain_text("Yes")
    expect(first).to_contain_text("Identical file")
    expect(first).to_contain_text("work-004.png")
    expect(first).to_contain_text(size_text(draw(4)))
    assert page.locator(".work").count() > 0
    screenshot(page, "results")


def test_other_bytes_of_the_same_pixels_are_told_from_the_same_file(page: Page, site: str) -> None:
    search(page, site, drawn(5, "BMP"))
    expect(page.locator(".copy").first).to_contain_text("Same pixels")


def test_an_edited_copy_is_proven_and_a_sentence_says_what_was_done(page: Page, site: str) -> None:
    search(page, site, drawn(6, "JPEG", quality=60))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Yes: one copy.")
    first = page.locator(".copy").first
    expect(first).to_contain_text("work-006.png")
    expect(first).to_contain_text("Agreement")
    expect(first.locator(".copy-sentence")).to_have_text("Shows the whole picture, unchanged but for re-encoding.")


def test_an_unknown_picture_is_told_to_have_no_copy_above_the_fold(page: Page, site: str) -> None:
    search(page, site, drawn(PICTURES + 100))
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("No")
    expect(heading).to_be_in_viewport()
    assert page.locator(".copy").count() == 0
    assert page.locator(".work").count() > 0
    screenshot(page, "results-no-copy")
    page.get_by_role("navigation", name="Pages of similar works").get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Further away")).to_be_visible()
    screenshot(page, "results-further-away")


def test_a_plain_picture_is_told_to_be_too_plain(page: Page, site: str) -> None:
    search(page, site, FilePayload(name="grey.png", mimeType="image/png", buffer=plain()))
    expect(page.get_by_role("heading", level=1)).to_contain_text("too plain")


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_pasted_or_dropped_picture_is_shown_before_it_is_sent(page: Page, site: str, kind: str) -> None:
    page.goto(site)
    page.evaluate(_GIVE_FILE, [kind, list(encode(draw(7), "WEBP"))])
    expect(page.get_by_alt_text("The picture you chose")).to_be_visible()
    expect(page.locator("[data-preview-text]")).to_contain_text(size_text(draw(7)))
    expect(page.get_by_role("button", name="Search")).to_be_focused()
    screenshot(page, f"home-{kind}")
    page.keyboard.press("Enter")
    expect(page.locator(".copy").first).to_contain_text("work-007.png")


def test_a_picture_dropped_on_an_answer_begins_another_search(page: Page, site: str) -> None:
    search(page, site, drawn(8))
    page.evaluate(_GIVE_FILE, ["drop", list(encode(draw(9), "WEBP"))])
    page.keyboard.press("Enter")
    expect(page.locator(".copy").first).to_contain_text("work-009.png")


def test_the_veil_shows_while_a_file_is_dragged_over_the_page(page: Page, site: str) -> None:
    page.goto(site)
    veil = page.get_by_text("Drop the picture to search with it")
    page.evaluate(_GIVE_FILE, ["dragenter", [1]])
    expect(veil).to_be_visible()
    page.evaluate(_GIVE_FILE, ["dragleave", [1]])
    expect(veil).to_be_hidden()


def test_a_pasted_address_goes_into_its_field_and_replaces_the_file(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_label("Picture file").set_input_files(drawn(3))
    page.evaluate(_PASTE_TEXT, "https://pictures.example/harbour.jpg")
    expect(page.get_by_label("address of a picture")).to_have_value("https://pictures.example/harbour.jpg")
    assert page.get_by_label("Picture file").evaluate("field => field.files.length") == 0
    page.get_by_label("address of a picture").fill("")
    page.evaluate(_PASTE_TEXT, "just words")
    expect(page.get_by_label("address of a picture")).to_have_value("")


def test_a_file_over_the_limit_is_told_before_it_is_sent(page: Page, site: str) -> None:
    page.goto(site)
    large = FilePayload(name="large.png", mimeType="image/png", buffer=os.urandom(MAX_UPLOAD_MB * 1_100_000))
    page.get_by_label("Picture file").set_input_files(large)
    expect(page.get_by_role("alert")).to_contain_text("1.1 MB")
    expect(page.get_by_role("button", name="Search")).to_be_disabled()
    page.get_by_role("button", name="Search").press("Enter")  # disabled for people only: it keeps its place and focus
    assert page.url.rstrip("/") == site


def test_nothing_to_search_with_is_told_without_a_round_trip(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a picture")
    assert page.url.rstrip("/") == site


@pytest.mark.parametrize("tells", [True, False], ids=["a browser that tells", "the key alone"])
def test_who_stops_the_loading_can_search_again(page: Page, site: str, *, tells: bool) -> None:
    if not tells:
        page.add_init_script("Object.defineProperty(window, 'navigation', {value: undefined})")
    page.goto(site)
    page.get_by_label("Picture file").set_input_files(drawn(4))
    submit = page.locator("[data-submit]")
    page.route("**/search", lambda route: None)  # a site that takes its time
    with page.expect_request("**/search"):
        submit.click(no_wait_after=True)
    page.context.new_cdp_session(page).send("Page.stopLoading")
    if not tells:
        expect(submit).to_have_text("Searching…")
        page.keyboard.press("Escape")
    expect(submit).to_have_text("Search")
    page.unroute_all()
    submit.click()
    expect(page.locator(".copy").first).to_contain_text("Identical file")


def test_an_address_we_do_not_connect_to_is_an_error_page_that_says_what_to_do(open_page: Opener, site: str) -> None:
    watched = open_page()
    watched.page.goto(site)
    watched.page.get_by_label("address of a picture").fill("http://127.0.0.1/picture.png")
    watched.page.get_by_role("button", name="Search").click()
    expect(watched.page.get_by_text("Error 422")).to_be_visible()
    expect(watched.page.get_by_role("main")).to_contain_text("upload the file")
    assert [trouble for trouble in watched.troubles if "422" not in trouble] == []
    screenshot(watched.page, "error")


def test_everything_works_without_javascript(open_page: Opener, site: str) -> None:
    watched = open_page(java_script_enabled=False)
    page = watched.page
    search(page, site, drawn(2))
    assert set(page.locator("[data-needs-script]").all_inner_texts()) == {""}
    expect(page.locator(".copy").first).to_contain_text("Identical file")
    titles = page.locator(".work h3").all_inner_texts()

    page.get_by_role("navigation", name="Pages of similar works").get_by_role("button", name="Next").click()
    expect(page.get_by_role("navigation", name="Pages of similar works")).to_contain_text("Page 2 of 2")
    assert not set(titles) & set(page.locator(".work h3").all_inner_texts())
    expect(page.locator(".copy").first).to_contain_text("Identical file")

    chip = page.locator(".facet").last  # the rarest of its group, so that it leaves some out
    wanted = int(chip.locator(".facet-count").inner_text())
    chip.click()
    expect(page.locator(".facet-chosen")).to_have_count(1)
    assert 0 < page.locator(".work").count() <= wanted
    page.locator(".facet-chosen").click()
    expect(page.locator(".facet-chosen")).to_have_count(0)
    screenshot(page, "results-without-javascript")
    assert watched.troubles == []


def test_a_picture_of_the_catalogue_leads_to_its_page_and_to_a_search_that_can_be_shared(
    watched: Watched, site: str
) -> None:
    page = watched.page
    page.goto(site)
    page.locator(".sample a").first.click()
    expect(page.get_by_text("Is there a copy?")).to_be_visible()
    shared = page.url
    page.get_by_role("navigation", name="Pages of similar works").get_by_role("link", name="Next").click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    page.goto(shared)
    page.locator(".work .card-link").first.click()
    expect(page.get_by_role("link", name="Search with this one")).to_be_visible()
    assert "/picture/" in page.url
