"""Searching by a face on the site: for the signed-in, where somebody said why, and nothing of a query stays."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient
from numpy.typing import NDArray
from werkzeug.test import TestResponse

from data import passwords
from errors import SealBroken
from feature_extractor.faces.reader import DescribedFace
from search.faces.ingest import FaceIntake, look_for_faces
from search.faces.query import QueryFace
from search.open_engine import close_engine
from search.query import Engine
from tests.engines import LIMITS
from tests.search.faces.fake_reader import FakeReader
from tests.web.signed_in import add_user, buttons, sign_in, token_of
from tests.web.site_parts import MAX_UPLOAD_MB, draw, encode, make_engine, noise, site_settings
from tests.web.test_nothing_written import multipart
from tests.web.test_pages import hidden
from web import create_app
from web.app import SEARCH_ENDPOINTS, Site
from web.face_parts import FaceParts
from web.face_seal import MAX_PREVIEW_BYTES, FaceSeal, SealedFaces, small_picture
from web.parts import parts_of

WHY = "The agency <b>looks</b> for pictures of its own models."
PAIR = encode(draw(2, 160, 64))
KEY = bytes(range(32))


@pytest.fixture(autouse=True)
def _is_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_METHOD", "scrypt:1024:8:1")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Give pictures 1 to 6, even ones of `blocks`, odd ones of `squares`; number 3 shows a pair."""
    pictures = [encode(draw(seed, 160, 64) if seed == 2 else draw(seed)) for seed in range(6)]
    engine = make_engine(site_settings(tmp_path_factory.mktemp("faces")), pictures)
    add_user(engine)
    yield engine
    close_engine(engine)


@pytest.fixture
def engine(made: Engine) -> Engine:
    """Give the engine with faces off everywhere."""
    for one in made.catalogue.faces.consents():
        made.catalogue.faces.forbid(one.collection)
    return made


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Site:
    settings = site_settings(tmp_path)
    site = create_app(settings, engine=engine)
    parts_of(site).faces = FaceParts(settings, KEY, FakeReader)
    return site


@pytest.fixture
def signed_in(client: FlaskClient) -> FlaskClient:
    assert sign_in(client).status_code == 303
    return client


def switch_on(engine: Engine, *collections: str) -> None:
    for collection in collections:
        engine.catalogue.faces.allow(collection, WHY)
        look_for_faces(FaceIntake(FakeReader(), engine.catalogue, engine.thumbnails, LIMITS), collection)


def post(client: FlaskClient, data: bytes | None, address: str = "/faces", **fields: str) -> TestResponse:
    form: dict[str, object] = {"csrf_token": token_of(client.get("/faces").text), **fields}
    if data is not None:
        form["file"] = (io.BytesIO(data), "<i>portrait</i>.png")
    return client.post(address, data=form, content_type="multipart/form-data")


def found(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'class="card-link"[^>]* href="/picture/(\d+)"', page)]


def test_visitors_see_nothing_of_faces(client: FlaskClient, engine: Engine) -> None:
    switch_on(engine, "squares")
    assert client.get("/faces").location == "/sign-in?next=/faces"
    home = client.get("/").text
    assert 'href="/faces"' not in home
    form = {"csrf_token": token_of(home), "file": (io.BytesIO(PAIR), "a.png")}
    assert client.post("/faces", data=form).status_code == 403


def test_where_faces_are_off_the_page_says_how_to_switch_them_on(signed_in: FlaskClient, app: Site) -> None:
    page = signed_in.get("/faces")
    assert "Faces are off" in page.text
    assert "faces on COLLECTION --because" in page.text
    assert "personal data" in page.text
    assert 'type="file"' not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert 'href="/faces"' in signed_in.get("/").text
    form = {"csrf_token": token_of(page.text), "file": (io.BytesIO(PAIR), "a.png")}
    refused = signed_in.post("/faces", data=form)
    assert refused.status_code == 403
    assert "Faces are not kept here" in refused.text


def test_where_they_are_on_it_says_where_since_when_and_why(signed_in: FlaskClient, engine: Engine) -> None:
    switch_on(engine, "squares")
    page = signed_in.get("/faces").text
    assert "The agency &lt;b&gt;looks&lt;/b&gt; for pictures" in page
    assert "4 faces, 3 of 3 pictures looked at" in page
    assert re.search(r'Switched on <time datetime="20\d\d-', page)
    assert "blocks" not in page


def test_a_person_is_found_and_marked_as_the_command_does(signed_in: FlaskClient, engine: Engine) -> None:
    switch_on(engine, "squares", "blocks")
    answer = post(signed_in, encode(draw(3)))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert found(answer.text)[0] == 4
    assert sorted(found(answer.text)) == [1, 2, 3, 4, 5, 6]  # the pair's picture once
    assert answer.text.count("Same person?") == 1
    assert "cosines from 0.90 up" in answer.text
    assert "no proof of who somebody is" in answer.text
    assert "The agency" in answer.text
    assert "/srv/private" not in answer.text
    assert "<i>portrait" not in answer.text
    assert "nearest" in answer.headers["Server-Timing"]


def test_the_largest_face_is_number_one(signed_in: FlaskClient, app: Site, engine: Engine) -> None:
    class SurerOfTheSmaller(FakeReader):
        def read(self, picture: NDArray[np.uint8]) -> list[DescribedFace]:
            [one] = super().read(picture)
            small = replace(one.face, box=(1.0, 2.0, 9.0, 12.0), score=1.0)
            return [replace(one, face=small), one]

    switch_on(engine, "squares")
    parts_of(app).faces = FaceParts(parts_of(app).settings, KEY, SurerOfTheSmaller)
    page = post(signed_in, encode(draw(3))).text
    assert re.findall(r'class="face-box-line" x="([\d.]+)"', page) == ["24.0", "1.0"]
    assert "face-box-chosen" in page.split('x="1.0"')[0]


def test_another_face_can_be_chosen(signed_in: FlaskClient, engine: Engine) -> None:
    switch_on(engine, "squares")
    first = post(signed_in, PAIR)
    assert "face 1 of 2" in first.text
    assert first.text.count('class="face-box-line"') == 2
    addresses = [unescape(href) for href in re.findall(r'class="face-choice"[^>]*formaction="([^"]+)"', first.text)]
    assert addresses == ["/faces?face=1#answer", "/faces?face=2#answer"]
    second = post(signed_in, None, addresses[1], sealed=hidden(first.text, "sealed"))
    assert second.status_code == 200
    assert "face 2 of 2" in second.text
    assert second.text.count('aria-current="true"') == 1
    assert "portrait" in second.text
    crops = [re.findall(r'<svg class="face-crop" viewBox="([^"]+)" role', page.text)[0] for page in (first, second)]
    assert crops[0] != crops[1]


def test_one_collection_can_be_asked_alone(signed_in: FlaskClient, engine: Engine) -> None:
    switch_on(engine, "squares", "blocks")
    first = post(signed_in, PAIR, collection="blocks")
    assert sorted(found(first.text)) == [2, 4, 6]
    kept = {"sealed": hidden(first.text, "sealed"), "collection": hidden(first.text, "collection")}
    assert sorted(found(post(signed_in, None, "/faces?face=2", **kept).text)) == [2, 4, 6]
    assert post(signed_in, PAIR, collection="elsewhere").status_code == 403
    assert post(signed_in, PAIR, collection="x" * 300).status_code == 400


def test_a_picture_without_a_face_says_so(signed_in: FlaskClient, engine: Engine) -> None:
    switch_on(engine, "squares")
    answer = post(signed_in, encode(draw(3) // 32))
    assert answer.status_code == 200
    assert "No face was found" in answer.text
    assert buttons(answer.text, "1") == []
    assert 'name="sealed"' not in answer.text


def test_with_no_face_kept_it_says_what_to_do(signed_in: FlaskClient, engine: Engine) -> None:
    engine.catalogue.faces.allow("squares", WHY)
    assert "faces add" in signed_in.get("/faces").text
    assert "Nothing to compare with" in post(signed_in, PAIR).text


def test_of_a_query_nothing_is_kept(signed_in: FlaskClient, engine: Engine, tmp_path: Path) -> None:
    switch_on(engine, "squares")
    faces = engine.catalogue.faces
    kept = faces.list_faces(), engine.catalogue.counts(), sorted(engine.thumbnails.all()), sorted(tmp_path.rglob("*"))
    post(signed_in, encode(draw(50)))
    after = faces.list_faces(), engine.catalogue.counts(), sorted(engine.thumbnails.all()), sorted(tmp_path.rglob("*"))
    assert after == kept


@pytest.mark.parametrize(
    ("data", "status"),
    [(None, 400), (b"", 400), (b"no picture", 415), (PAIR[:200], 422), (encode(draw(1, 8, 8)), 422)],
    ids=["no file", "empty", "no picture", "cut off", "too small"],
)
def test_what_is_no_picture_is_refused(signed_in: FlaskClient, engine: Engine, data: bytes | None, status: int) -> None:
    switch_on(engine, "squares")
    assert post(signed_in, data).status_code == status


def test_a_file_too_large_is_refused(signed_in: FlaskClient, engine: Engine) -> None:
    switch_on(engine, "squares")
    token = token_of(signed_in.get("/faces").text)
    # The second is within what a form may have beside its file.
    for data in (noise((MAX_UPLOAD_MB + 2) * 2**20), bytes(MAX_UPLOAD_MB * 2**20 + 1000)):
        body, content_type = multipart(data, token)
        refused = signed_in.post("/faces", data=body, content_type=content_type)
        assert refused.status_code == 413
        assert "too large" in refused.text


@pytest.mark.parametrize("face", ["0", "3", "-1", "x", "", "9999", "²"])
def test_a_face_that_is_not_there_is_refused(signed_in: FlaskClient, engine: Engine, face: str) -> None:
    switch_on(engine, "squares")
    assert post(signed_in, PAIR, f"/faces?face={face}").status_code == 400


@pytest.mark.parametrize("sealed", ["forged", "ü", "A" * 1000])
def test_a_forged_seal_is_refused(signed_in: FlaskClient, engine: Engine, sealed: str) -> None:
    switch_on(engine, "squares")
    assert post(signed_in, None, sealed=sealed).status_code == 400


def test_what_was_switched_off_meanwhile_is_searched_no_more(signed_in: FlaskClient, engine: Engine) -> None:
    switch_on(engine, "squares")
    sealed = hidden(post(signed_in, PAIR).text, "sealed")
    engine.catalogue.faces.forbid("squares")
    form = {"csrf_token": token_of(signed_in.get("/faces").text), "sealed": sealed}
    assert signed_in.post("/faces?face=2", data=form).status_code == 403


def test_a_form_without_its_token_is_refused(signed_in: FlaskClient, engine: Engine) -> None:
    switch_on(engine, "squares")
    refused = signed_in.post("/faces", data={"file": (io.BytesIO(PAIR), "a.png")})
    assert refused.status_code == 400
    assert "This form has expired" in refused.text


def test_it_counts_as_a_search(engine: Engine, tmp_path: Path) -> None:
    assert "face_pages.search" in SEARCH_ENDPOINTS
    switch_on(engine, "squares")
    settings = site_settings(tmp_path, rate_limit="2/hour")
    site = create_app(settings, engine=engine)
    parts_of(site).faces = FaceParts(settings, KEY, FakeReader)
    client = site.test_client()
    sign_in(client)
    assert [post(client, PAIR).status_code for _ in range(3)] == [200, 200, 429]


def test_a_crowd_is_bounded_and_the_rest_is_told(signed_in: FlaskClient, app: Site, engine: Engine) -> None:
    class CrowdReader(FakeReader):
        def read(self, picture: NDArray[np.uint8]) -> list[DescribedFace]:
            return super().read(picture) * 30

    switch_on(engine, "squares")
    parts_of(app).faces = FaceParts(parts_of(app).settings, KEY, CrowdReader)
    first = post(signed_in, encode(draw(3)))
    assert first.text.count('class="face-choice"') == 24
    assert "6 smaller faces are not numbered" in first.text
    again = post(signed_in, None, "/faces?face=24", sealed=hidden(first.text, "sealed"))
    assert "6 smaller faces are not numbered" in again.text


def sealed_faces(number: int = 3, preview: bytes = b"preview") -> SealedFaces:
    vectors = np.random.default_rng(1).standard_normal((number, 128)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    faces = tuple(QueryFace((0.1, 0.2, 0.3, 0.4), 0.9, 0.5, vector) for vector in vectors)
    return SealedFaces("näme.jpg", preview, 480, 320, faces, left_out=2)


def test_a_seal_holds_what_was_put_in() -> None:
    seal, given = FaceSeal(KEY), sealed_faces()
    opened = seal.open(seal.close(given, "a" * 64), "a" * 64)
    assert replace(opened, faces=()) == replace(given, faces=())
    for one, other in zip(opened.faces, given.faces, strict=True):
        np.testing.assert_allclose(one.box, other.box, atol=1e-6)
        np.testing.assert_allclose(one.vector, other.vector, atol=1e-3)
        assert np.linalg.norm(one.vector) == pytest.approx(1, abs=1e-6)


def test_a_seal_of_another_key_model_or_age_is_not_opened() -> None:
    text = FaceSeal(KEY).close(sealed_faces(), "a" * 64)
    for seal, model_id in (
        (FaceSeal(bytes(32)), "a" * 64),
        (FaceSeal(KEY), "b" * 64),
        (FaceSeal(KEY, lifetime_s=-1), "a" * 64),
    ):
        with pytest.raises(SealBroken):
            seal.open(text, model_id)


def test_the_largest_seal_fits_a_form_field() -> None:
    """Noise is the worst that a preview can be."""
    pixels = np.random.default_rng(2).integers(0, 256, (960, 960, 3), dtype=np.uint8)
    preview = small_picture(pixels)
    assert len(preview) <= MAX_PREVIEW_BYTES
    text = FaceSeal(KEY).close(sealed_faces(24, bytes(MAX_PREVIEW_BYTES)), "a" * 64)
    assert len(text) < 180_000
