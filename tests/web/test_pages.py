"""The pages, as a browser without JavaScript sees them."""

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from io import BytesIO

import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from data.records import CatalogueCounts
from search.open_engine import close_engine
from search.query import Engine
from tests.web.conftest import csrf_token
from tests.web.site_parts import PICTURES, WEB_SOURCE, draw, encode, make_engine, site_settings
from web import create_app
from web.site import COLLECTIONS_SHOWN, collection_lines


def post(
    client: FlaskClient,
    token: str,
    data: bytes | None = None,
    *,
    address: str = "/search",
    name: str = "my picture.png",
    **fields: str,
) -> TestResponse:
    form: dict[str, object] = {"csrf_token": token, **fields}
    if data is not None:
        form["file"] = (BytesIO(data), name)
    return client.post(address, data=form, content_type="multipart/form-data")


def controls(page: str) -> dict[str, str]:
    """Return the buttons that belong to the one form of a results page: what they say, and their address."""
    found = re.findall(r'<button class="[^"]*" form="again" formaction="([^"]*)">(.*?)</button>', page)
    return {" ".join(re.sub(r"<[^>]+>", " ", inside).split()): unescape(address) for address, inside in found}


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


def test_home_offers_one_form_and_pictures_to_try(client: FlaskClient) -> None:
    page = client.get("/").text
    assert 'enctype="multipart/form-data"' in page
    assert 'name="file"' in page
    assert 'name="url"' in page
    assert len(re.findall(r'href="/search\?image=\d+"', page)) == 12
    assert f"{PICTURES}</span>" in page


def test_home_fills_an_address_in_and_does_not_fetch_it(client: FlaskClient) -> None:
    page = client.get("/", query_string={"url": 'https://example.invalid/a.jpg"><script>'})
    assert page.status_code == 200
    assert "https://example.invalid/a.jpg&#34;&gt;&lt;script&gt;" in page.text


def test_uploaded_picture_is_found_with_its_verdict(client: FlaskClient, token: str, engine: Engine) -> None:
    data = encode(draw(7))
    answer = post(client, token, data)
    assert answer.status_code == 200
    assert "Yes: one copy." in answer.text
    assert "Identical file" in answer.text
    assert "my picture.png" in answer.text
    assert "data:image/webp;base64," in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert {"decode", "describe", "copies", "similar", "rows"} <= set(
        re.findall(r"(\w+);dur=\d", answer.headers["Server-Timing"])
    )


def test_same_pixels_in_another_file_are_told_apart(client: FlaskClient, token: str) -> None:
    answer = post(client, token, encode(draw(8), "BMP"))
    assert "Same pixels" in answer.text
    assert "Yes: one copy." in answer.text


def test_unrelated_picture_has_no_copy_but_similar_works(client: FlaskClient, token: str) -> None:
    answer = post(client, token, encode(draw(10_001)))
    assert "No: no copy of this picture was found." in answer.text
    assert "Similar work" in answer.text
    assert 'id="copies"' not in answer.text


def test_plain_picture_is_called_too_plain(client: FlaskClient, token: str) -> None:
    plain = np.full((64, 96, 3), 128, np.uint8)
    assert "This picture is too plain to judge." in post(client, token, encode(plain)).text


def test_empty_catalogue_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = site_settings(tmp_path_factory.mktemp("empty"))
    engine = make_engine(settings, [])
    try:
        client = create_app(settings, engine=engine).test_client()
        assert "The catalogue is empty" in client.get("/").text
        with client.session_transaction() as session:
            session["csrf_token"] = "x"
        # The form is not offered, but an answer to one sent all the same says why nothing is found.
        about = client.get("/about")
        assert about.status_code == 200
    finally:
        close_engine(engine)


def test_sealed_query_goes_on_without_the_file(client: FlaskClient, token: str) -> None:
    first = post(client, token, encode(draw(10_002)))
    following = controls(first.text)["Next"]
    assert following.endswith("#similar")
    second = post(client, token, sealed=hidden(first.text, "sealed"), address=following)
    assert second.status_code == 200
    assert "Page 2 of 3" in second.text
    assert "my picture.png" in second.text
    assert second.headers["Cache-Control"] == "no-store"
    shown = [set(re.findall(r'href="(/picture/\d+)"', page.text)) for page in (first, second)]
    assert shown[0]
    assert shown[1]
    assert not shown[0] & shown[1]


def test_sealed_query_stands_in_the_page_once(client: FlaskClient, token: str) -> None:
    page = post(client, token, encode(draw(10_002))).text
    assert page.count(hidden(page, "sealed")) == 1
    assert page.count('<form id="again"') == 1
    assert len(controls(page)) > 1


def test_long_names_are_shortened(client: FlaskClient, token: str) -> None:
    page = post(client, token, encode(draw(10_002)), name="n" * 20_000 + ".png").text
    assert "n" * 200 not in page
    assert "nnn.png" in page


def test_facets_narrow_the_similar_works(client: FlaskClient, token: str, engine: Engine) -> None:
    first = post(client, token, encode(draw(10_002)))
    choice = next(address for text, address in controls(first.text).items() if text.startswith("oil paint"))
    narrowed = post(client, token, sealed=hidden(first.text, "sealed"), address=choice)
    carrying = set(engine.catalogue.ids_with_attribute("media_oilpaint").tolist())
    shown = {int(found) for found in re.findall(r'href="/picture/(\d+)"', narrowed.text)}
    assert shown
    assert shown <= carrying
    back = next(address for text, address in controls(narrowed.text).items() if text.startswith("Remove: oil paint"))
    assert "attributes" not in back


def test_picture_of_the_catalogue_leaves_itself_out(client: FlaskClient) -> None:
    answer = client.get("/search?image=3")
    assert answer.status_code == 200
    assert "No: no other copy of this picture was found." in answer.text
    assert 'name="sealed"' not in answer.text
    assert "/search?image=3&amp;" in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_what_leads_away_from_the_answer_to_an_upload_opens_beside_it(client: FlaskClient, token: str) -> None:
    main = r"<main.*</main>"
    upload = re.search(main, post(client, token, encode(draw(0))).text, re.DOTALL)
    kept = re.search(main, client.get("/search?image=2").text, re.DOTALL)
    assert upload is not None
    assert kept is not None
    links = re.findall(r"<a [^>]*>", upload[0])
    assert any("https://example.org/works/0" in link for link in links)
    assert all('target="_blank"' in link for link in links)
    assert "target=" not in kept[0]


def test_a_page_beyond_the_last_leads_back(client: FlaskClient, token: str) -> None:
    data = encode(draw(7))
    beyond = post(client, token, data, address="/search?copies_page=5&similar_page=9")
    assert "This page is beyond the last" in beyond.text
    to_copies, to_similar = re.findall(r'formaction="([^"]*)">Previous<', beyond.text)
    assert "copies_page=1" in to_copies
    assert "similar_page=3" in to_similar
    without = post(client, token, encode(draw(10_001)), address="/search?copies_page=5")
    assert 'id="copies"' not in without.text


def test_search_without_a_picture_goes_home(client: FlaskClient) -> None:
    answer = client.get("/search")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/search?image=999999", 404),
        ("/search?image=0", 404),
        ("/search?image=9223372036854775808", 404),
        ("/search?image=99999999999999999999", 400),
        ("/search?image=-1", 400),
        ("/search?image=%D9%A3", 400),
        ("/search?image=3&copies_page=0", 400),
        ("/search?image=3&similar_page=x", 400),
        ("/search?image=3&similar_page=241", 400),
        ("/search?image=3&similar_page=200", 200),
        ("/search?image=3&attributes=content_unicorn", 400),
        ("/search?image=3&attributes=content_dog,content_dog,,", 200),
        ("/picture/999999", 404),
        ("/picture/99999999999999999999", 404),
        ("/picture/x", 404),
        ("/thumbnail/" + "0" * 64 + ".webp", 404),
        ("/thumbnail/" + "z" * 64 + ".webp", 404),
        ("/thumbnail/" + "../" * 21 + "x.webp", 404),
        ("/nowhere", 404),
        ("/metrics", 404),
    ],
)
def test_addresses_that_make_no_sense_get_pages_that_say_so(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert "<h1" in answer.text


def test_a_form_without_token_is_refused_and_says_what_to_do(client: FlaskClient) -> None:
    answer = client.post("/search", data={"file": (BytesIO(encode(draw(7))), "a.png")})
    assert answer.status_code == 400
    assert "form has expired" in answer.text


def test_token_of_another_visitor_is_refused(client: FlaskClient, make_client: Callable[..., FlaskClient]) -> None:
    foreign = csrf_token(make_client())
    csrf_token(client)
    assert post(client, foreign, encode(draw(7))).status_code == 400


def test_cookie_is_for_this_site_alone_and_for_https_where_that_is_used(client: FlaskClient) -> None:
    plain = client.get("/").headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    secure = client.application.test_client().get("/", base_url="https://localhost")
    assert "Secure" in secure.headers["Set-Cookie"]


def test_picture_page_tells_what_is_known(client: FlaskClient) -> None:
    page = client.get("/picture/1").text
    assert "96 × 64 px" in page
    assert re.search(r'<th scope="row">oil paint</th><td>yes</td>', page)
    assert 'href="https://example.org/works/0?size=large"' in page
    assert 'rel="noopener nofollow ugc"' in page
    assert 'href="https://example.org/gallery"' in page
    assert "/search?image=1" in page


def test_titles_are_escaped(client: FlaskClient) -> None:
    page = client.get("/picture/2").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    "path",
    ["/", "/picture/1", "/picture/2", "/search?image=2", "/about", "/api/v1/images/2", "/api/v1/images/2/search"],
)
def test_neither_folders_nor_passwords_leak(client: FlaskClient, path: str) -> None:
    body = client.get(path).text
    assert "/srv/private" not in body
    assert "secret@" not in body
    assert WEB_SOURCE not in body


def test_thumbnail_may_be_kept_for_ever(client: FlaskClient, engine: Engine) -> None:
    address = f"/thumbnail/{engine.catalogue.image(1).sha256}.webp"
    answer = client.get(address)
    assert answer.mimetype == "image/webp"
    assert "immutable" in answer.headers["Cache-Control"]
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_card_sizes_are_those_of_the_thumbnails(client: FlaskClient, engine: Engine) -> None:
    page = client.get("/picture/1").text
    assert re.search(r'\.webp" width="96" height="64"', page)


def test_about_names_model_index_and_limits(client: FlaskClient, engine: Engine) -> None:
    page = client.get("/about").text
    assert engine.extractor.model_id[:16] in page
    assert "non-commercial" in page
    assert "16 MiB" in page
    assert "random-vector LSH" in page
    assert "99.00% of the nearest copies, 99.00% of the similar works" in page


def test_about_names_the_method_of_an_address_with_parameters(make_client: Callable[..., FlaskClient]) -> None:
    for address, method in (
        ("lsh:?recall=.98", "random-vector LSH"),
        ("exact:", "exact scan"),
        ("milvus+http://host:19530?method=hnsw", "Milvus"),
    ):
        assert method in make_client(index_url=address).get("/about").text


def test_very_many_collections_are_summed_up() -> None:
    counts = CatalogueCounts(images=0, sources=0, last_change=0, collections={}, models={})
    few = {f"c{number}": number for number in range(COLLECTIONS_SHOWN)}
    assert collection_lines(replace(counts, collections=few)) == tuple(sorted(few.items()))
    many = {f"c{number}": number for number in range(COLLECTIONS_SHOWN + 3)}
    shown = collection_lines(replace(counts, collections=many))
    assert len(shown) == COLLECTIONS_SHOWN + 1
    assert shown[-1] == ("3 other collections", 0 + 1 + 2)
    assert sum(size for _, size in shown) == sum(many.values())


def test_robots_stay_out_of_searches(client: FlaskClient) -> None:
    assert "Disallow: /search" in client.get("/robots.txt").text


def test_searching_by_address_can_be_switched_off(make_client: Callable[..., FlaskClient]) -> None:
    client = make_client(fetch_urls=False)
    token = csrf_token(client)
    assert 'name="url"' not in client.get("/").text
    answer = post(client, token, url="https://example.org/a.jpg")
    assert answer.status_code == 422
    assert "does not fetch" in answer.text
