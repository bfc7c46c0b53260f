"""The page of what is watched in a real browser, and what it looks like; without JavaScript too."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from data.catalogue import Catalogue
from data.findings import Findings
from data.outbox import Outbox
from data.passwords import hash_password
from data.users import Users
from data.watches import Watches
from search.open_engine import close_engine
from search.watching.follow import follow_changes
from search.watching.intake import guard_files
from tests.browser.conftest import DESKTOP, PHONE, Opener, screenshot, serve_pictures
from tests.browser.pictures import draw, encode
from tests.browser.test_pages import AUDIT
from tests.engines import LIMITS, offer
from tests.web.site_parts import open_engine, site_settings

pytestmark = pytest.mark.browser

NAME, PASSWORD = "ann", "correct horse battery"


@pytest.fixture(scope="module")
def watching_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve copies of guarded pictures to a user, one of them from a collection; gives the address."""
    folder = tmp_path_factory.mktemp("watching")
    # Odd numbers are of the collection "blocks"; 8 and 10 are copies of 1 and 3.
    pictures = [encode(draw(seed), "PNG") for seed in range(8)]
    pictures += [encode(draw(1), "JPEG", quality=60), encode(draw(40), "JPEG", quality=60)]
    pictures += [encode(draw(3), "JPEG", quality=30), encode(draw(41), "JPEG", quality=60)]
    with serve_pictures(folder, pictures) as address:
        engine = open_engine(site_settings(folder))
        watches = Watches(engine.catalogue.database)
        own = watches.add("own-works", collection="blocks", everything=True)
        beside = watches.add("portfolio", everything=True)
        guard_files(
            watches,
            beside,
            [offer(encode(draw(seed), "PNG"), f"lighthouse-{seed}.png") for seed in (40, 41)],
            engine.extractor,
            LIMITS,
            workers=1,
            on_progress=lambda _: None,
            on_failure=lambda failure: pytest.fail(failure.reason),
        )
        for watch in (own, beside):
            watches.make_ready(watch.id)
        watches.add_channel("portfolio", "webhook", "https://hooks.example.org/retrace", secret=b"sealed")
        watches.add_channel("portfolio", "mail", "ann@example.org")
        while not follow_changes(engine, mail_after=timedelta()).is_done:
            pass
        outbox = Outbox(engine.catalogue.database)
        now = Findings(engine.catalogue.database).newest()[0].found_at
        outbox.deliver(outbox.take(now, hold=timedelta(seconds=9), most=9), now)
        failing = outbox.take(now, hold=timedelta(seconds=9), most=9)
        outbox.give_up(failing, now, "it answered 500 Internal Server Error")
        with Catalogue.open(f"sqlite:///{folder / 'catalogue.sqlite'}") as catalogue:
            Users(catalogue.database).add(NAME, hash_password(PASSWORD))
        close_engine(engine)
        yield address


def sign_in(page: Page, site: str) -> None:
    page.goto(f"{site}/sign-in?next=/watch")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Findings", exact=True)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_findings_are_sound_on_desktop_and_phone(
    open_page: Opener, watching_site: str, scheme: str, width: str, viewport: ViewportSize
) -> None:
    watched = open_page(viewport=viewport, color_scheme=scheme)
    page = watched.page
    sign_in(page, watching_site)
    assert page.evaluate(AUDIT) == []
    page.screenshot(path=f"tests/screenshots/watch-{width}-{scheme}.png", full_page=True)
    page.locator(".finding").first.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("cop")
    assert page.evaluate(AUDIT) == []
    screenshot(page, f"watch-compare-{width}-{scheme}")
    assert watched.troubles == []


def test_all_of_it_works_without_javascript(open_page: Opener, watching_site: str) -> None:
    page = open_page(java_script_enabled=False).page
    sign_in(page, watching_site)
    shown = page.locator(".finding")
    before = shown.count()
    shown.first.get_by_role("button", name="Mark as seen").click()
    expect(shown).to_have_count(before - 1)
    shown.first.get_by_role("button", name="Licensed").click()
    expect(shown).to_have_count(before - 2)
    page.get_by_role("link", name="All", exact=True).click()
    expect(page.locator(".decided-licensed")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".decided-licensed")).to_have_count(0)
    page.get_by_role("link", name="portfolio", exact=True).click()
    expect(page.get_by_role("link", name="portfolio", exact=True)).to_have_attribute("aria-current", "true")
