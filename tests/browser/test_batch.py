"""Many pictures at once in a real browser: rows as they come, waiting, stopping, and what is kept."""

import csv
import io
import json
from pathlib import Path

import pytest
from playwright.sync_api import Download, FilePayload, Page, Route, expect

from search.answer import Ask
from search.batch.ask import OwnFile, search_files
from search.batch.records import Searched
from search.batch.report import COLUMNS, Row
from search.confidence import confidence_text
from search.open_engine import close_engine
from tests.browser.conftest import DESKTOP, MAX_UPLOAD_MB, PHONE, PICTURES, Opener, screenshot
from tests.browser.pictures import draw, encode
from tests.web.site_parts import make_engine, site_settings
from web.batch_uploads import MOST_NAMED
from web.words import short_place

pytestmark = pytest.mark.browser

AUDIT = (Path(__file__).parent / "audit.js").read_text("utf-8")
API = "**/api/v1/search*"


def payload(name: str, data: bytes) -> FilePayload:
    return FilePayload(name=name, mimeType="image/png", buffer=data)


def same(seed: int) -> FilePayload:
    """Return the very file of the catalogue."""
    return payload(f"mine-{seed}.png", encode(draw(seed), "PNG"))


EDITED = payload("edited.jpg", encode(draw(6), "JPEG", quality=60))
STRANGER = payload("stranger.png", encode(draw(PICTURES + 100), "PNG"))
BROKEN = payload("broken.png", encode(draw(3), "PNG")[:400])


def choose(page: Page, site: str, *files: FilePayload) -> None:
    page.goto(f"{site}/batch")
    page.get_by_label("Picture files").set_input_files(list(files))


def search(page: Page, site: str, *files: FilePayload) -> None:
    """Search with some files, and wait for the end."""
    choose(page, site, *files)
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="Keep it")).to_be_visible()


def names(page: Page) -> list[str]:
    """Return the visitor's files, a row each."""
    return page.locator("tbody .batch-mine").all_inner_texts()


def saved(page: Page, button: str) -> tuple[Download, str]:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return download.value, Path(download.value.path()).read_bytes().decode()


def of_status(troubles: list[str]) -> list[str]:
    """Return troubles but for those that a browser has with every answer that is an error."""
    return [trouble for trouble in troubles if "the server responded with a status of" not in trouble]


def test_every_file_gets_its_row_in_the_order_of_the_files(open_page: Opener, site: str) -> None:
    watched = open_page()
    page = watched.page
    large = payload("large.png", bytes(MAX_UPLOAD_MB * 2**20 + 1))
    search(page, site, same(4), BROKEN, EDITED, STRANGER, large, same(1))
    expect(page.get_by_role("heading", level=1)).to_have_text("3 copies of 3 of your 4 pictures.")
    expect(page.get_by_text("2 could not be read.")).to_be_visible()
    assert names(page) == ["mine-4.png", "broken.png", "edited.jpg", "large.png", "mine-1.png"]
    rows = page.locator("tbody tr")
    expect(rows.nth(0)).to_contain_text("Identical file")
    expect(rows.nth(0)).to_contain_text("work-004.png")
    expect(rows.nth(1)).to_contain_text("decoding stopped")
    expect(rows.nth(2)).to_contain_text("Shows the whole picture, unchanged but for re-encoding.")
    expect(rows.nth(3)).to_contain_text("This file has 1.0 MB; at most 1 MB are taken.")
    expect(rows.nth(4)).to_contain_text("Blocks <script>alert(1)</script>")
    assert rows.nth(0).locator("img").evaluate_all("all => all.every((one) => one.naturalWidth > 0)")
    page.get_by_text("1 picture", exact=True).click()
    expect(page.get_by_text("stranger.png")).to_be_visible()
    assert of_status(watched.troubles) == []


def test_the_csv_is_that_of_the_command(page: Page, site: str, tmp_path: Path) -> None:
    files = [same(0), EDITED]
    search(page, site, *files)
    download, text = saved(page, "Save as CSV")
    assert download.suggested_filename == "report.csv"
    told = list(csv.DictReader(io.StringIO(text, newline="")))

    engine = make_engine(site_settings(tmp_path), [encode(draw(seed), "PNG") for seed in range(PICTURES)])
    try:
        by_command = search_files(engine, [OwnFile(file["name"], file["buffer"]) for file in files], Ask())
    finally:
        close_engine(engine)
    expected = [
        Row(one, found, None, is_new=True).record()
        for one in by_command
        if isinstance(one, Searched)
        for found in one.findings
    ]
    assert len(expected) == len(told) == 2
    for row, by_itself in zip(told, expected, strict=True):
        assert tuple(row) == COLUMNS
        # Another catalogue of the same pictures has seen them at another moment, and visitors are told no folders.
        for name in set(COLUMNS) - {"first_seen", "source"}:
            value = by_itself[name]
            assert row[name] == ("" if value is None else str(value)), name
    assert [row["source"] for row in told] == ["https://example.org/works/0?size=large", "work-006.png"]
    assert all(len(row["first_seen"]) == len(expected[0]["first_seen"]) for row in told)
    assert text.endswith("\r\n")


def test_the_json_tells_what_was_found_what_not_and_why(open_page: Opener, site: str) -> None:
    page = open_page().page
    search(page, site, same(4), BROKEN, STRANGER)
    document = json.loads(saved(page, "Save as JSON")[1])
    assert [tuple(row) for row in document["findings"]] == [COLUMNS]
    assert document["findings"][0]["verdict"] == "identical"
    assert (document["pictures"], document["pictures_with_findings"], document["searched"]) == (2, 1, PICTURES)
    assert [one["locator"] for one in document["unread"]] == ["broken.png"]
    assert document["not_searched"] == []


def test_the_saved_page_needs_nothing_else_and_runs_nothing(open_page: Opener, site: str, tmp_path: Path) -> None:
    page = open_page().page
    hostile = payload('"><img src=x onerror=alert(1)>.png', encode(draw(5), "PNG"))
    search(page, site, hostile, same(1), BROKEN)
    download, text = saved(page, "Save as a page")
    assert download.suggested_filename == "report.html"
    assert "<script" not in text
    assert "<img src=x" not in text
    file = tmp_path / "report.html"
    file.write_text(text, "utf-8")

    watched = open_page(offline=True)
    watched.page.goto(file.as_uri())
    expect(watched.page.get_by_role("heading", level=1)).to_have_text("2 copies of 2 of your 2 pictures.")
    expect(watched.page.locator("tbody tr")).to_have_count(3)
    expect(watched.page.get_by_text('"><img src=x onerror=alert(1)>.png')).to_be_visible()
    expect(watched.page.get_by_text("Blocks <script>alert(1)</script>")).to_be_visible()
    assert watched.page.locator("tbody img").count() == 4
    assert watched.page.locator("tbody img").evaluate_all("all => all.every((one) => one.naturalWidth > 0)")
    assert watched.page.locator('a[data-slot="theirs"]').first.get_attribute("href") == f"{site}/picture/6"
    assert watched.troubles == []
    screenshot(watched.page, "batch-saved")


def test_confidence_title_and_places_are_written_as_on_other_pages(page: Page, site: str) -> None:
    probabilities = iter([1.0, 0.996, 0.984, 0.004])
    place = f"https://example.org/{'long/' * 20}work.png?size=1"
    source = {"place": place, "backlink": None, "seen_at": "2026-03-01T23:59:59.9Z"}

    def calibrate(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        [hit] = told["copies"]["hits"]
        hit["probability"] = next(probabilities)
        hit["image"] |= {"title": None, "sources": [source] * 3}
        route.fulfill(response=answer, json=told)

    page.route(API, calibrate)
    search(page, site, *map(same, range(4)))
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(4)
    told = rows.locator('[data-slot="confidence"]').all_inner_texts()
    assert sorted(told) == sorted(map(confidence_text, [1.0, 0.996, 0.984, 0.004]))
    first = rows.first
    expect(first.locator('[data-slot="theirs"]')).to_have_text("work.png")
    expect(first.locator('[data-slot="source"] a')).to_have_text(short_place(place))
    expect(first.locator('[data-slot="more"]')).to_have_text("and 2 more places")
    expect(first.locator('[data-slot="seen"]')).to_have_text("1 March 2026")


def test_a_table_program_computes_no_name(page: Page, site: str) -> None:
    search(page, site, payload('=1+1,"x".png', encode(draw(5), "PNG")))
    [row] = csv.DictReader(io.StringIO(saved(page, "Save as CSV")[1], newline=""))
    assert row["mine"] == '\'=1+1,"x".png'


def test_two_files_are_on_their_way_at_a_time(page: Page, site: str) -> None:
    page.add_init_script("""
        const send = window.fetch;
        window.now = window.most = 0;
        window.fetch = async (...request) => {
            window.most = Math.max(window.most, (window.now += 1));
            try { return await send(...request); } finally { window.now -= 1; }
        };
    """)
    search(page, site, *map(same, range(6)))
    assert page.evaluate("window.most") == 2


def test_it_can_be_stopped_and_goes_on_where_it_was(page: Page, site: str) -> None:
    asked: list[Route] = []

    def answer_the_second(route: Route) -> None:
        asked.append(route)
        if len(asked) == 2:
            route.continue_()

    page.route(API, answer_the_second)
    choose(page, site, *map(same, range(6)))
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("button", name="Stop")).to_be_focused()
    expect(page.get_by_text("1 of 6 pictures; 1 copy so far.")).to_be_visible()
    assert names(page) == ["mine-1.png"]

    page.keyboard.press("Enter")
    go_on = page.get_by_role("button", name="Go on")
    expect(go_on).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 copy of 1 of your 1 picture.")
    unasked = page.get_by_role("region", name="Not searched with").get_by_role("listitem")
    expect(unasked).to_have_text([f"mine-{seed}.png: It was stopped before." for seed in (0, 2, 3, 4, 5)])

    page.unroute_all()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("6 copies of 6 of your 6 pictures.")
    assert names(page) == [f"mine-{seed}.png" for seed in range(6)]
    expect(page.get_by_role("region", name="Not searched with")).to_be_hidden()
    expect(go_on).to_be_hidden()


def test_it_waits_for_as_long_as_the_site_says(open_page: Opener, site: str) -> None:
    page = open_page().page
    refused: list[Route] = []

    def refuse(route: Route) -> None:
        refused.append(route)
        route.fulfill(status=429 if len(refused) == 1 else 503, headers={"Retry-After": "40"}, json={"detail": "no"})

    page.clock.install()
    page.route(API, refuse, times=2)
    choose(page, site, same(2), same(3), same(4))
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("It goes on in 40 seconds.")).to_be_visible()
    page.clock.run_for(30_000)
    assert len(refused) == 2
    expect(page.get_by_text("0 of 3 pictures; 0 copies so far.")).to_be_visible()
    page.clock.run_for(20_000)
    expect(page.get_by_text("It goes on in 40 seconds.")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 copies of 3 of your 3 pictures.")


def test_it_does_not_wait_for_hours(open_page: Opener, site: str) -> None:
    page = open_page().page
    page.route(API, lambda route: route.fulfill(status=429, headers={"Retry-After": "7200"}, json={"detail": "no"}))
    choose(page, site, same(2), same(3))
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("This site takes more searches of yours in 120 minutes. Go on then.")).to_be_visible()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    expect(page.get_by_role("region", name="Not searched with").get_by_role("listitem")).to_have_count(2)


def test_a_site_that_is_gone_stops_it_and_nothing_is_lost(open_page: Opener, site: str) -> None:
    page = open_page().page
    page.route(API, lambda route: route.abort(), times=2)
    choose(page, site, same(2), same(3))
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("The site cannot be reached.")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 copies of 2 of your 2 pictures.")


def test_a_folder_is_searched_with_and_other_things_in_it_are_passed_over(
    page: Page, site: str, tmp_path: Path
) -> None:
    inner = tmp_path / "holiday" / "inner"
    inner.mkdir(parents=True)
    (inner / "b.png").write_bytes(encode(draw(2), "PNG"))
    (inner.parent / "a.png").write_bytes(encode(draw(3), "PNG"))
    (inner.parent / "notes.txt").write_text("nothing to see")
    page.goto(f"{site}/batch")
    page.get_by_label("or a folder of them").set_input_files(inner.parent)
    expect(page.get_by_text("2 files; 1 file passed over.")).to_be_visible()
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 copies of 2 of your 2 pictures.")
    assert names(page) == ["holiday/a.png", "holiday/inner/b.png"]


def test_dropped_files_are_chosen(page: Page, site: str) -> None:
    page.goto(f"{site}/batch")
    page.evaluate(
        """(files) => {
            const transfer = new DataTransfer();
            for (const [name, bytes] of files)
                transfer.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"}));
            const options = {dataTransfer: transfer, bubbles: true, cancelable: true};
            document.body.dispatchEvent(new DragEvent("drop", options));
        }""",
        [[f"{seed}.png", list(encode(draw(seed), "PNG"))] for seed in (2, 3)],
    )
    expect(page.get_by_text("2 files.", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Search")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 copies of 2 of your 2 pictures.")


def test_more_files_than_are_taken_are_told_before_they_are_sent(page: Page, site: str) -> None:
    choose(page, site, *(payload(f"{number}.png", b"x") for number in range(MOST_NAMED + 3)))
    expect(page.get_by_text(f"{MOST_NAMED} files; 3 files more than are taken at once.")).to_be_visible()


def test_nothing_to_search_with_is_told_without_a_round_trip(page: Page, site: str) -> None:
    page.goto(f"{site}/batch")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("alert")).to_have_text("Choose pictures, or a folder of them.")


def test_a_few_at_once_work_without_javascript(open_page: Opener, site: str) -> None:
    watched = open_page(java_script_enabled=False)
    page = watched.page
    page.goto(f"{site}/batch")
    expect(page.get_by_label("or a folder of them")).to_be_hidden()
    search(page, site, same(4), BROKEN, EDITED, STRANGER)
    expect(page.get_by_role("heading", level=1)).to_have_text("2 copies of 2 of your 3 pictures.")
    assert names(page) == ["mine-4.png", "broken.png", "edited.jpg"]
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as CSV").click()
    assert download.value.suggested_filename == "report.csv"
    screenshot(page, "batch-without-javascript")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_form_and_answer_are_sound_pages(
    open_page: Opener, site: str, scheme: str, width: str, viewport: dict[str, int]
) -> None:
    watched = open_page(viewport=viewport, color_scheme=scheme)
    page = watched.page
    page.goto(f"{site}/batch")
    assert page.evaluate(AUDIT) == []
    search(page, site, same(4), same(5), BROKEN, EDITED, STRANGER)
    assert page.evaluate(AUDIT) == []
    screenshot(page, f"batch-{width}-{scheme}")
    assert of_status(watched.troubles) == []


def test_an_empty_catalogue_says_so(page: Page, empty_site: str) -> None:
    page.goto(f"{empty_site}/batch")
    expect(page.get_by_text("The catalogue is empty")).to_be_visible()
    assert page.evaluate(AUDIT) == []
