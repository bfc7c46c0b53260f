"""The real site over a small real catalogue, and a real Chromium to look at it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jinja2 import StrictUndefined
from playwright.sync_api import Browser, ConsoleMessage, Page
from werkzeug.serving import make_server

from search.open_engine import close_engine
from search.query import Engine
from settings import Settings
from tests.browser.pictures import draw, encode
from tests.web.site_parts import make_engine, site_settings
from web import create_app
from web.app import Site

PICTURES = 40
MAX_UPLOAD_MB = 1
SCREENSHOTS = Path(__file__).resolve().parents[1] / "screenshots"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True, slots=True)
class Watched:
    """A page and what went wrong on it: scripts that failed, things the content security policy stopped."""

    page: Page
    troubles: list[str]


Opener = Callable[..., Watched]


@contextmanager
def serve_pictures(
    data_dir: Path,
    pictures: Sequence[bytes],
    *,
    prepare: Callable[[Settings, Engine], None] = lambda _settings, _engine: None,
    equip: Callable[[Site], None] = lambda _site: None,
    **changes: object,
) -> Iterator[str]:
    """Serve a site of its own over these files while the block runs.

    Args:
        data_dir: of the site.
        pictures: files.
        prepare: adds what else there is to be.
        equip: changes parts of the application before it serves.
        changes: of settings.
    """
    settings = site_settings(data_dir, **{"max_upload_mb": MAX_UPLOAD_MB, **changes})
    engine = make_engine(settings, pictures)
    prepare(settings, engine)
    app = create_app(settings, engine=engine)
    equip(app)
    app.jinja_env.undefined = StrictUndefined  # a field that a context does not have is a fault, not an empty string
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        close_engine(engine)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the drawn pictures; gives the address."""
    with serve_pictures(
        tmp_path_factory.mktemp("site"), [encode(draw(seed), "PNG") for seed in range(PICTURES)]
    ) as address:
        yield address


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a catalogue without pictures; gives the address."""
    with serve_pictures(tmp_path_factory.mktemp("empty"), []) as address:
        yield address


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Opener]:
    """Open pages, each with its own cookies; options are those of a browser context."""
    with ExitStack() as stack:

        def start(**options: Any) -> Watched:
            context = chromium.new_context(**({"viewport": DESKTOP, "reduced_motion": "reduce"} | options))
            stack.callback(context.close)
            context.set_default_timeout(15_000)
            page, troubles = context.new_page(), list[str]()

            def hear(message: ConsoleMessage) -> None:
                if message.type == "error":
                    troubles.append(message.text)

            page.on("console", hear)
            page.on("pageerror", lambda error: troubles.append(str(error)))
            return Watched(page, troubles)

        yield start


@pytest.fixture
def watched(open_page: Opener) -> Iterator[Watched]:
    """Open a page that must stay without trouble."""
    opened = open_page()
    yield opened
    assert opened.troubles == []


@pytest.fixture
def page(watched: Watched) -> Page:
    """Return the page of `watched`."""
    return watched.page


def screenshot(page: Page, name: str) -> None:
    """Keep what the window shows, for people to judge."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
