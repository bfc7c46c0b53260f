"""The pages of faces and of status in a real browser: sound on every screen, and working without JavaScript."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Page, ViewportSize, expect

from data.passwords import hash_password
from data.users import Users
from search.faces.ingest import FaceIntake, look_for_faces
from search.query import Engine
from settings import Settings
from tests.browser.conftest import DESKTOP, PHONE, Opener, screenshot, serve_pictures
from tests.browser.pictures import draw, encode
from tests.browser.test_decisions import NAME, PASSWORD
from tests.browser.test_pages import AUDIT
from tests.engines import LIMITS
from tests.engines import draw as draw_blocks
from tests.engines import encode as encode_blocks
from tests.search.faces.fake_reader import FakeReader
from web.app import Site
from web.face_parts import FaceParts
from web.parts import parts_of

pytestmark = pytest.mark.browser

PAIR = FilePayload(name="pair.png", mimeType="image/png", buffer=encode_blocks(draw_blocks(2, 480, 200)))


@pytest.fixture(scope="module")
def faces_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve pictures, one collection of them with faces, to a user; gives the address."""

    def prepare(_: Settings, engine: Engine) -> None:
        Users(engine.catalogue.database).add(NAME, hash_password(PASSWORD))
        engine.catalogue.faces.allow("blocks", "To sort the pictures of the press office by who is in them.")
        look_for_faces(FaceIntake(FakeReader(), engine.catalogue, engine.thumbnails, LIMITS), "blocks")

    def equip(site: Site) -> None:
        parts = parts_of(site)
        parts.faces = FaceParts(parts.settings, bytes(32), FakeReader)

    pictures = [encode(draw(seed), "PNG") for seed in range(11)] + [PAIR["buffer"]]
    folder = tmp_path_factory.mktemp("faces")
    with serve_pictures(folder, pictures, prepare=prepare, equip=equip, metrics=True) as address:
        yield address


def sign_in(page: Page, site: str, target: str) -> None:
    page.goto(f"{site}/sign-in?next={target}")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site}{target}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_both_are_sound_on_desktop_and_phone(
    open_page: Opener, faces_site: str, scheme: str, width: str, viewport: ViewportSize
) -> None:
    watched = open_page(viewport=viewport, color_scheme=scheme)
    page = watched.page
    sign_in(page, faces_site, "/faces")
    assert page.evaluate(AUDIT) == []
    page.get_by_label("Picture file").set_input_files(PAIR)
    page.get_by_role("button", name="Find faces").click()
    expect(page.get_by_role("heading", name="Nearest faces")).to_be_visible()
    assert page.evaluate(AUDIT) == []
    screenshot(page, f"faces-{width}-{scheme}")
    page.goto(f"{faces_site}/search?image=3")
    page.goto(f"{faces_site}/status")
    expect(page.get_by_role("table")).to_be_visible()
    assert page.evaluate(AUDIT) == []
    screenshot(page, f"status-{width}-{scheme}")
    assert watched.troubles == []


def test_another_face_is_chosen_without_javascript(open_page: Opener, faces_site: str) -> None:
    page = open_page(java_script_enabled=False).page
    sign_in(page, faces_site, "/faces")
    page.get_by_label("Picture file").set_input_files(PAIR)
    page.get_by_role("button", name="Find faces").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("may be the same person")
    second = page.get_by_role("button", name="Search with face 2")
    second.click()
    expect(second).to_have_attribute("aria-current", "true")
    expect(page.locator(".face-box-chosen")).to_have_count(1)
