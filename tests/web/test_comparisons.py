"""The page of two pictures, as a browser without JavaScript sees it."""

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from feature_extractor.picture import Picture
from search.evidence.verify import Inspector, Outcome, verify_pack
from search.open_engine import close_engine
from search.query import Engine
from settings import Settings, read_version
from tests.engines import LIMITS
from tests.fake_extractor import FakeExtractor
from tests.search.known_copies import blots, with_logo
from tests.web.conftest import csrf_token
from tests.web.site_parts import draw, encode, make_engine, site_settings
from web import create_app

PICTURE = blots(1)
COPY = np.ascontiguousarray(with_logo(PICTURE, 60, 80)[40:440, 30:600][:, ::-1])
"""Mirrored and cropped, with a logo on it: picture 2 is one of picture 1."""
PICTURES = [
    PICTURE,
    COPY,
    *(blots(seed) for seed in range(2, 6)),
    draw(1, 384, 256),
    np.full((64, 96, 3), 90, np.uint8),
]
STRANGER, PLAIN = 4, 8
MAX_WEIGHT_BYTES = 200_000


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return site_settings(tmp_path_factory.mktemp("pairs"))


@pytest.fixture(scope="module")
def engine(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings, [encode(picture) for picture in PICTURES])
    yield engine
    close_engine(engine)


@pytest.fixture(scope="module")
def client(settings: Settings, engine: Engine) -> FlaskClient:
    return create_app(settings, engine=engine).test_client()


def search(client: FlaskClient, picture: Picture, file_format: str = "PNG", **options: object) -> tuple[str, str]:
    """Search with a picture and return the token and the sealed query of the page of results."""
    form = {
        "csrf_token": csrf_token(client),
        "file": (BytesIO(encode(picture, file_format, **options)), "my picture.jpg"),
    }
    page = client.post("/search", data=form).text
    fields = dict(re.findall(r'name="(csrf_token|sealed)" value="([^"]+)"', page))
    return fields["csrf_token"], unescape(fields["sealed"])


def compare(
    client: FlaskClient, picture: Picture, image_id: int, file_format: str = "PNG", **options: object
) -> TestResponse:
    """Search with a picture, and compare it with one of the catalogue."""
    token, sealed = search(client, picture, file_format, **options)
    return client.post(f"/compare?picture={image_id}", data={"csrf_token": token, "sealed": sealed})


def drawn(page: str) -> list[str]:
    """Return what the pictures within the page show, by their alternative texts."""
    return [
        unescape(text) for text in re.findall(r'<img[^>]*src="data:image/webp;base64,[^"]+"[^>]*alt="([^"]*)"', page)
    ]


def rows(page: str) -> dict[str, str]:
    """Return the lines of the tables by their headings."""
    found = re.findall(r'<tr><th scope="row">([^<]*)</th>(.*?)</tr>', page)
    return {name: " | ".join(re.findall(r"<td[^>]*>([^<]*)</td>", rest)) for name, rest in found}


def test_an_upload_is_compared_with_a_hit(client: FlaskClient) -> None:
    answer = compare(client, PICTURE, 1, "JPEG", quality=50)
    page = answer.text
    assert answer.status_code == 200
    assert "Yes: one is a copy of the other." in page
    assert "Shows the whole picture, unchanged but for re-encoding." in page
    assert "my picture.jpg" in page
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert {"unseal", "trace", "draw"} <= set(re.findall(r"(\w+);dur=\d", answer.headers["Server-Timing"]))
    told = rows(page)
    assert told["Size in px"] == "640 × 480 | 640 × 480 | same"
    assert told["JPEG quality"].startswith("no JPEG | about 50 of 100")
    assert told["Mirrored"].startswith("no | ")
    assert "The other way round" not in page


def test_two_of_the_catalogue_have_an_address_to_share(client: FlaskClient) -> None:
    answer = client.get("/compare?first=1&second=2")
    page = answer.text
    assert answer.status_code == 200
    assert "Mirrored, cropped to" in page
    assert 'href="/compare?first=2&amp;second=1"' in page
    assert drawn(page) == [
        "Second, as it is",
        "First, laid on it",
        "Half of each",
        "What differs",
        "First, with the part outlined that both show",
        "Second, with the same part outlined",
    ]
    told = rows(page)
    assert told["Mirrored"].startswith("yes | ")
    kept = float(told["Kept"].split(" %")[0])
    assert kept == pytest.approx(100 * 570 * 400 / (640 * 480), abs=2)
    assert told["Added things"].startswith("1 | ")
    assert "Box 1" in told
    assert "Numbered boxes: what was added." in page
    assert "no-store" not in answer.headers["Cache-Control"]


def test_read_backwards_a_crop_is_set_into_a_larger_picture(client: FlaskClient) -> None:
    assert "Mirrored" in client.get("/compare?first=2&second=1").text


def test_a_pair_without_proof_is_told_so_and_shown_all_the_same(client: FlaskClient) -> None:
    page = client.get(f"/compare?first=1&second={STRANGER}").text
    assert "nothing was proven" in page
    assert len(re.findall(r'src="/thumbnail/[0-9a-f]{64}\.webp"', page)) == 2
    assert "What was done, in numbers" not in page
    assert rows(page)["SHA-256"].endswith("differs")
    assert "A search " in page


def test_a_plain_picture_is_told_to_be_too_plain(client: FlaskClient) -> None:
    assert "Nothing was proven: too plain to judge." in client.get(f"/compare?first=1&second={PLAIN}").text


def test_the_same_file_is_told_as_that(client: FlaskClient) -> None:
    page = compare(client, PICTURE, 1).text
    assert "Yes: it is the very same file." in page
    assert "The files have equal bytes (sha256)." in page


def test_the_trace_stands_in_the_page(client: FlaskClient) -> None:
    page = client.get("/compare?first=1&second=2").text
    assert re.search(r'<details id="why"', page)
    steps = re.findall(r"<dt>([^<]*)</dt>", page.partition('id="why"')[2])
    assert {"Copy descriptors", "Similar descriptors", "PDQ", "Index (lsh)", "Stands out", "Proof"} <= set(steps)
    assert "search.verdict." in page


def test_every_hit_leads_to_its_comparison(client: FlaskClient) -> None:
    kept = client.get("/search?image=2").text
    assert 'href="/compare?first=1&amp;second=2"' in kept
    token = csrf_token(client)
    form = {"csrf_token": token, "file": (BytesIO(encode(COPY, "JPEG")), "a.jpg")}
    page = client.post("/search", data=form).text
    shown = re.findall(r'href="/picture/(\d+)"', page)
    assert shown
    assert sorted(re.findall(r'form="again" formaction="/compare\?picture=(\d+)"', page)) == sorted(shown)


@pytest.mark.parametrize("path", ["/compare?first=1&second=2", f"/compare?first=1&second={STRANGER}"])
def test_pages_are_light_without_their_pictures(client: FlaskClient, path: str) -> None:
    page = client.get(path).text
    bare = re.sub(r"data:image/webp;base64,[A-Za-z0-9+/=]+", "", page)
    assert len(bare.encode()) < 30_000
    assert len(page.encode()) < 3 * MAX_WEIGHT_BYTES


def test_neither_folders_nor_passwords_leak(client: FlaskClient) -> None:
    for path in ("/compare?first=1&second=2", "/compare?first=2&second=1"):
        body = client.get(path).text
        assert "/srv/private" not in body
        assert "secret@" not in body


def test_names_of_uploads_and_titles_are_escaped(client: FlaskClient) -> None:
    token = csrf_token(client)
    form = {"csrf_token": token, "file": (BytesIO(encode(PICTURE)), "<script>alert(2)<script>.png")}
    found = re.search(r'name="sealed" value="([^"]+)"', client.post("/search", data=form).text)
    assert found is not None
    page = client.post("/compare?picture=2", data={"csrf_token": token, "sealed": found[1]}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(2)" in page
    assert "&lt;script&gt;alert(1)" in page  # the title of picture 2


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/compare", 303),
        ("/compare?first=1", 400),
        ("/compare?first=1&second=1", 400),
        ("/compare?first=1&second=x", 400),
        ("/compare?first=1&second=-2", 400),
        ("/compare?first=1&second=99999999999999999999", 400),
        ("/compare?first=1&second=9223372036854775808", 404),
        ("/compare?first=1&second=0", 404),
        ("/compare?first=1&second=4000", 404),
        ("/compare?first=4000&second=1", 404),
    ],
)
def test_addresses_that_make_no_sense_get_pages_that_say_so(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    if status != 303:
        assert "<h1" in answer.text


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("/compare?picture=1", {}, "choose Compare"),
        ("/compare?picture=1", {"sealed": "forged"}, "expired"),
        ("/compare?picture=x", {"sealed": "forged"}, "Expected picture as a number"),
        ("/compare", {"sealed": "forged"}, "Expected picture as a number"),
    ],
)
def test_forms_that_make_no_sense_get_pages_that_say_so(
    client: FlaskClient, path: str, fields: dict[str, str], said: str
) -> None:
    answer = client.post(path, data={"csrf_token": csrf_token(client), **fields})
    assert answer.status_code == 400
    assert said in unescape(answer.text)


def test_an_unknown_picture_is_not_found_and_a_form_needs_its_token(client: FlaskClient) -> None:
    token, sealed = search(client, PICTURE)
    assert client.post("/compare?picture=4000", data={"csrf_token": token, "sealed": sealed}).status_code == 404
    refused = client.post("/compare?picture=1", data={"sealed": sealed})
    assert refused.status_code == 400
    assert "form has expired" in refused.text


def test_comparing_counts_as_a_search(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = site_settings(tmp_path_factory.mktemp("limited"), rate_limit="2/hour")
    client = create_app(settings, engine=engine).test_client()
    assert [client.get("/compare?first=1&second=2").status_code for _ in range(3)] == [200, 200, 429]
    assert client.post("/compare?picture=1").status_code == 429


def test_a_lost_thumbnail_leaves_the_rest_of_the_page(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = site_settings(tmp_path_factory.mktemp("lost"))
    engine = make_engine(settings, [encode(picture) for picture in PICTURES[:3]])
    try:
        for image in engine.catalogue.list_images():
            engine.thumbnails.remove(image.sha256)
        page = create_app(settings, engine=engine).test_client().get("/compare?first=1&second=2")
    finally:
        close_engine(engine)
    assert page.status_code == 200
    assert drawn(page.text) == []
    assert "nothing of it at hand to compare" in page.text


def test_the_orientation_that_was_undone_travels_with_the_seal(client: FlaskClient) -> None:
    turned = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.ascontiguousarray(np.rot90(PICTURE))).save(turned, "JPEG", quality=80, exif=exif)
    turned.seek(0)
    token = csrf_token(client)
    page = client.post("/search", data={"csrf_token": token, "file": (turned, "turned.jpg")}).text
    found = re.search(r'name="sealed" value="([^"]+)"', page)
    assert found is not None
    page = client.post("/compare?picture=1", data={"csrf_token": token, "sealed": found[1]}).text
    assert "EXIF orientation 6 undone" in page
    assert "Yes: one is a copy of the other." in page


def test_pages_of_another_site_cannot_be_continued(
    client: FlaskClient, engine: Engine, make_other: Callable[[], FlaskClient]
) -> None:
    _, sealed = search(client, PICTURE)
    other = make_other()
    answer = other.post("/compare?picture=1", data={"csrf_token": csrf_token(other), "sealed": sealed})
    assert answer.status_code == 400
    assert "expired" in answer.text


@pytest.fixture
def make_other(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], FlaskClient]:
    def make() -> FlaskClient:
        settings = site_settings(tmp_path_factory.mktemp("other"), secret_key="another secret of the tests")
        return create_app(settings, engine=engine).test_client()

    return make


def packed(answer: TestResponse) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return the members of an evidence pack, and its record."""
    with zipfile.ZipFile(BytesIO(answer.data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return members, json.loads(members["evidence.json"])


def test_the_evidence_of_an_upload_is_one_click_away(client: FlaskClient, tmp_path: Path) -> None:
    token, sealed = search(client, COPY, "JPEG", quality=80)
    page = client.post("/compare?picture=1", data={"csrf_token": token, "sealed": sealed}).text
    assert 'action="/evidence?picture=1" method="post"' in page
    again = re.search(r'name="sealed" value="([^"]+)"', page)
    assert again is not None
    answer = client.post("/evidence?picture=1", data={"csrf_token": token, "sealed": unescape(again[1])})
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Content-Disposition"] == "attachment; filename=retrace-evidence-1.zip"
    assert answer.headers["Cache-Control"] == "no-store"
    members, record = packed(answer)
    assert record["result"]["verdict"] == "copy"
    assert (record["first"]["at_hand"], record["second"]["at_hand"]) == ("small_version", "small_version")
    assert record["second"]["features_from"] == "file"
    assert (record["second"]["file"]["name"], record["second"]["file"]["width"]) == ("my picture.jpg", COPY.shape[1])
    assert not any(name.endswith(("file.jpg", "file.png")) for name in members)
    assert len(answer.data) < 2_000_000
    pack = tmp_path / "evidence.zip"
    pack.write_bytes(answer.data)
    files = [encode(PICTURE), encode(COPY, "JPEG", quality=80)]
    checks = verify_pack(pack, Inspector(FakeExtractor(), LIMITS, read_version()), files)
    assert not [check for check in checks if check.outcome is Outcome.DIFFERS and "parameters" not in check.what]


def test_the_evidence_of_a_stranger_says_what_its_features_were_found_in(client: FlaskClient) -> None:
    token = csrf_token(client)
    form = {"csrf_token": token, "file": (BytesIO(encode(np.full((64, 96, 3), 7, np.uint8))), "flat.png")}
    found = re.search(r'name="sealed" value="([^"]+)"', client.post("/search", data=form).text)
    assert found is not None
    answer = client.post("/evidence?picture=1", data={"csrf_token": token, "sealed": unescape(found[1])})
    _, record = packed(answer)
    assert record["result"]["geometry"] is None
    assert record["second"]["features_from"] in {"file", "small_version"}


def test_the_evidence_of_two_of_the_catalogue_opens_none_of_its_files(client: FlaskClient) -> None:
    page = client.get("/compare?first=1&second=2").text
    assert 'href="/evidence?first=1&amp;second=2"' in page
    answer = client.get("/evidence?first=1&second=2")
    assert answer.headers["Content-Disposition"] == "attachment; filename=retrace-evidence-1-2.zip"
    members, record = packed(answer)
    assert record["result"]["geometry"]["transform"]["mirrored"] is True
    assert record["first"]["catalogue"]["sources"][0]["locator"] == "https://example.org/works/0?size=large"
    for member in members.values():
        assert b"/srv/private" not in member
        assert b"secret@" not in member


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/evidence", 400),
        ("/evidence?first=1&second=1", 400),
        ("/evidence?first=1&second=x", 400),
        ("/evidence?first=1&second=4000", 404),
        ("/evidence?first=0&second=1", 404),
    ],
)
def test_evidence_of_what_makes_no_sense_is_refused(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_evidence_needs_its_form_and_counts_as_a_search(
    client: FlaskClient, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert client.post("/evidence?picture=1", data={"csrf_token": csrf_token(client)}).status_code == 400
    assert client.post("/evidence?picture=1", data={"sealed": "x"}).status_code == 400
    settings = site_settings(tmp_path_factory.mktemp("limited"), rate_limit="1/hour")
    limited = create_app(settings, engine=engine).test_client()
    assert [limited.get("/evidence?first=1&second=4000").status_code for _ in range(2)] == [404, 429]
    assert limited.get("/family/1").status_code == 429


def test_a_page_shows_the_versions_of_a_picture(client: FlaskClient) -> None:
    page = client.get("/picture/1").text
    assert 'href="/family/1"' in page
    answer = client.get("/family/1")
    assert answer.status_code == 200
    assert answer.headers["X-Robots-Tag"] == "noindex"
    text = unescape(answer.text)
    assert "1 other version of it is here." in text
    assert "Mirrored" in text
    assert 'href="/compare?first=' in text
    assert len(re.findall(r'<li class="version', answer.text)) == 2
    assert len(answer.text.encode()) < 30_000
    alone = client.get(f"/family/{STRANGER}").text
    assert "There are no other versions of it here." in alone
    assert "version-card" not in alone
    assert [client.get(path).status_code for path in ("/family/0", "/family/4000", "/family/x")] == [404, 404, 404]
    for one in (answer.text, alone):
        assert "/srv/private" not in one
        assert "<script>alert" not in one
