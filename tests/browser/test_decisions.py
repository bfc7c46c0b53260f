"""Signing in and deciding in a real browser, and what that looks like; without JavaScript too."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from data.catalogue import Catalogue
from data.passwords import hash_password
from data.users import Users
from tests.browser.conftest import DESKTOP, PHONE, Opener, screenshot, serve_pictures
from tests.browser.pictures import draw, encode
from tests.browser.test_pages import AUDIT

pytestmark = pytest.mark.browser

NAME, PASSWORD = "ann", "correct horse battery"


@pytest.fixture(scope="module")
def guarded_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve drawn pictures, one of them twice, to a user; gives the address."""
    folder = tmp_path_factory.mktemp("guarded")
    pictures = [encode(draw(seed), "PNG") for seed in range(6)] + [encode(draw(1), "JPEG")]
    with serve_pictures(folder, pictures) as address:
        with Catalogue.open(f"sqlite:///{folder / 'catalogue.sqlite'}") as catalogue:
            Users(catalogue.database).add(NAME, hash_password(PASSWORD))
        yield address


def sign_in(page: Page, site: str) -> None:
    page.goto(f"{site}/sign-in?next=/search?image=2")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_a_copy_is_decided_on_and_the_decision_undone(
    open_page: Opener, guarded_site: str, scheme: str, width: str, viewport: ViewportSize
) -> None:
    watched = open_page(viewport=viewport, color_scheme=scheme)
    page = watched.page

    def look(name: str) -> None:
        assert page.evaluate(AUDIT) == [], name
        screenshot(page, f"{name}-{width}-{scheme}")

    page.goto(f"{guarded_site}/sign-in")
    look("sign-in")
    sign_in(page, guarded_site)
    page.get_by_role("button", name="Licensed").first.click()
    expect(page.locator(".decided-licensed")).to_be_visible()
    look("results-signed-in")
    page.goto(f"{guarded_site}/compare?first=2&second=7")
    look("compare-signed-in")
    page.goto(f"{guarded_site}/decisions/new?picture=2")
    look("decide-source")
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Decisions").click()
    # A click returns while the page it leads to has no document yet.
    expect(page.get_by_role("button", name="Undo").first).to_be_visible()
    look("decisions")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text("Nothing was decided yet.")).to_be_visible()
    assert watched.troubles == []


def test_all_of_it_works_without_javascript(open_page: Opener, guarded_site: str) -> None:
    page = open_page(java_script_enabled=False).page
    sign_in(page, guarded_site)
    page.get_by_role("button", name="Not a copy").first.click()
    expect(page.get_by_text("was decided to be none").first).to_be_visible()
    page.get_by_role("link", name="Show", exact=True).click()
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator(".decided-mark")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
