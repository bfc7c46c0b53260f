"""Search by words as a browser without JavaScript sees it, and through the API."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from search.query import Engine
from tests.web.conftest import json_of
from tests.web.site_parts import PICTURES, draw, encode
from tests.web.test_pages import controls, hidden, post


def works(page: str) -> list[int]:
    return [int(one) for one in re.findall(r'<li class="work">.*?href="/picture/(\d+)"', page, re.DOTALL)]


def links(page: str) -> dict[str, str]:
    """Return what can be clicked to narrow: its text, and its address."""
    found = re.findall(r'<a class="(?:facet|button)[^"]*"[^>]* href="([^"]*)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {" ".join(re.sub(r"<[^>]+>", " ", inside).split()): unescape(address) for address, inside in found}


@pytest.fixture(scope="module")
def oil(engine: Engine) -> set[int]:
    """The pictures in oil, as labels and the model have it."""
    return set(engine.catalogue.ids_with_attribute("media_oilpaint").tolist())


def test_words_find_pictures_and_count_them(client: FlaskClient, oil: set[int]) -> None:
    answer = client.get("/words", query_string={"words": "medium:oil"})
    assert answer.status_code == 200
    assert f"{len(oil)} pictures found" in answer.text
    assert works(answer.text) == sorted(oil, reverse=True)[:24]
    assert "words;dur=" in answer.headers["Server-Timing"]
    assert answer.headers["X-Robots-Tag"] == "noindex"
    even = sum(number % 2 == 0 for number in oil)
    assert {f"blocks {even}", f"squares {len(oil) - even}"} <= set(links(answer.text))


def test_pages_have_addresses_and_do_not_overlap(client: FlaskClient) -> None:
    first = client.get("/words").text
    second = client.get(links(first)["Next"]).text
    third = client.get(links(second)["Next"]).text
    seen = [*works(first), *works(second), *works(third)]
    assert seen == list(range(PICTURES, 0, -1))
    assert "Next" not in links(third)
    assert "Page 3 of 3" in third


def test_a_facet_narrows_and_is_taken_away_again(client: FlaskClient) -> None:
    page = client.get("/words", query_string={"words": '"work"'}).text
    narrowed = client.get(links(page)["blocks 30"]).text
    assert "30 pictures found" in narrowed
    assert 'name="collection" value="blocks"' in narrowed  # the form keeps it
    again = client.get(links(narrowed)["Remove: blocks 30"]).text
    assert "59 pictures found" in again  # the one from the web is called otherwise


def test_where_nothing_is_found_the_page_says_what_to_do(client: FlaskClient) -> None:
    page = client.get("/words?words=work+zebra&year=1999").text
    assert "No picture is all of this" in page
    assert "Nowhere in the catalogue is “zebra”" in page
    ways = links(page)
    assert "Only work" in ways
    assert "All pictures" in ways
    assert "The words alone" in ways
    other = client.get("/words?words=work+002+003").text
    assert "Each word is there, but nothing has all" in other
    assert "1 picture found" in client.get(links(other)["Without 003*"]).text


@pytest.mark.parametrize(
    "question", ["words=since:soon", "words=medium:marble", "since=x", "page=0", "words=" + "x" * 201]
)
def test_what_cannot_be_asked_is_told(client: FlaskClient, question: str) -> None:
    answer = client.get(f"/words?{question}")
    assert answer.status_code == 400
    assert "expected" in answer.text.lower()


def test_what_was_typed_is_shown_as_text(client: FlaskClient) -> None:
    page = client.get("/words", query_string={"words": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in page


def test_folders_of_this_server_are_not_searched(client: FlaskClient) -> None:
    assert "No picture is all of this" in client.get("/words?words=private").text
    assert "No picture is all of this" in client.get("/words?words=secret").text


def test_words_narrow_a_search_with_a_picture_of_the_catalogue(client: FlaskClient, oil: set[int]) -> None:
    page = client.get("/search?image=2&words=medium:oil+source:files").text
    shown = works(page)
    assert len(shown) == min(24, len(oil - {1, 2}))
    assert set(shown) <= oil - {1}
    assert 'value="medium:oil source:files"' in page
    assert client.get("/search?image=2&words=medium:marble").status_code == 400


def test_words_beside_an_upload_narrow_it_and_are_kept_by_its_sealed_form(
    client: FlaskClient, token: str, oil: set[int]
) -> None:
    answer = post(client, token, encode(draw(10_001)), words="medium:oil")
    assert set(works(answer.text)) <= oil
    assert len(works(answer.text)) == min(24, len(oil))
    sealed = hidden(answer.text, "sealed")
    narrow = controls(answer.text)["Narrow"]
    other = post(client, token, address=narrow, sealed=sealed, words="collection:blocks work medium:oil")
    assert other.status_code == 200
    assert sorted(works(other.text)) == sorted(one for one in oil if one % 2 == 0)
    # Another button of the same form carries its words in its address, whatever stands in the field.
    everything = controls(other.text)["Show everything"]
    assert len(works(post(client, token, address=everything, sealed=sealed, words="zebra").text)) == 24


def test_words_without_a_picture_lead_to_the_page_of_words(client: FlaskClient, token: str) -> None:
    answer = post(client, token, b"", name="", words="oil harbour")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/words?words=oil+harbour"


def test_api_finds_by_words(client: FlaskClient, oil: set[int]) -> None:
    even = sum(number % 2 == 0 for number in oil)
    found = json_of(client.get("/api/v1/images?words=medium:oil&collection=blocks&page_size=4"))
    assert (found["total"], found["pages"], len(found["images"])) == (even, -(-even // 4), 4)
    assert found["facets"]["collections"] == {"blocks": even}
    assert found["facets"]["attributes"]["media_oilpaint"] == even
    assert json_of(client.get("/api/v1/images?words=zebra"))["nowhere"] == ["zebra*"]
    assert client.get("/api/v1/images?words=medium:marble").status_code == 400
    assert client.get("/api/v1/images?since=soon").status_code == 422
    beside = json_of(client.get("/api/v1/images/2/search?words=medium:oil"))
    assert beside["similar"]["total"] == len(oil - {2})
