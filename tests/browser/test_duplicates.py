"""Looking through duplicates by the keyboard in a real browser, and what that looks like."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from data.catalogue import Catalogue
from data.duplicate_groups import DuplicateGroups, DuplicateRun, Group, Member
from data.passwords import hash_password
from data.users import Users
from tests.browser.conftest import DESKTOP, PHONE, Opener, screenshot, serve_pictures
from tests.browser.pictures import draw, encode
from tests.browser.test_decisions import NAME, PASSWORD, sign_in
from tests.browser.test_pages import AUDIT

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site_with_groups(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve pictures of which a run said that some are copies; gives the address."""
    folder = tmp_path_factory.mktemp("groups")
    pictures = [encode(draw(seed), "PNG") for seed in range(3)] + [encode(draw(seed), "JPEG") for seed in range(2)]
    with serve_pictures(folder, pictures) as address:
        with Catalogue.open(f"sqlite:///{folder / 'catalogue.sqlite'}") as catalogue:
            Users(catalogue.database).add(NAME, hash_password(PASSWORD))
            images = catalogue.images([1, 2, 3, 4, 5])
        members = {
            image.id: Member(
                image_id=image.id,
                sha256=image.sha256,
                kind="head" if image.id <= 3 else "copy",
                score=None,
                what="" if image.id <= 3 else "Shows the whole picture, unchanged but for re-encoding.",
                width=image.width,
                height=image.height,
                size_bytes=image.size_bytes,
                places=1,
                locator="",
            )
            for image in images.values()
        }
        groups = [
            Group(members=(members[one], members[other]), biggest=one, oldest=one) for one, other in ((1, 4), (2, 5))
        ]
        run = DuplicateRun(
            made_at=images[1].added_at,
            change=5,
            model_id="0" * 64,
            collection=None,
            pictures=5,
            laid=2,
            proven=2,
            groups=2,
            members=4,
            same_files=0,
            seconds=1.0,
        )
        DuplicateGroups(folder).write(run, groups)
        yield address


def test_groups_are_decided_on_by_the_keyboard(open_page: Opener, site_with_groups: str) -> None:
    watched = open_page(viewport=DESKTOP, color_scheme="light")
    page = watched.page
    sign_in(page, site_with_groups)
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Duplicates").click()
    expect(page.get_by_role("heading", name="2 groups of duplicates")).to_be_visible()
    expect(page.get_by_text("next and previous group")).to_be_visible()
    assert page.evaluate(AUDIT) == []
    screenshot(page, "duplicates-desktop-light")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#group-2")).to_be_focused()
    page.keyboard.press("n")
    page.keyboard.press("x")
    expect(page.locator("#group-2 .decided-not_a_copy")).to_be_visible()
    expect(page.locator("#group-2")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("n")
    page.keyboard.press("c")
    expect(page).to_have_url(f"{site_with_groups}/compare?first=1&second=4")
    assert watched.troubles == []


def test_groups_on_a_phone_in_the_dark_by_the_buttons(open_page: Opener, site_with_groups: str) -> None:
    page = open_page(viewport=PHONE, color_scheme="dark").page
    sign_in(page, site_with_groups)
    page.goto(f"{site_with_groups}/duplicates")
    expect(page.get_by_role("heading", name="2 groups of duplicates")).to_be_visible()
    assert page.evaluate(AUDIT) == []
    screenshot(page, "duplicates-phone-dark")
    page.locator("#group-1").get_by_role("button", name="Mine").click()
    expect(page.locator("#group-1 .decided-mine")).to_be_visible()
