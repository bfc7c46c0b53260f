"""Places: a word means one of them, and the database finds what that means."""

import pytest

from data.catalogue import Catalogue
from data.places import FILES, Place, count_hosts, host_of, parse_place
from errors import BadRequest
from tests.data.new_images import new_image

LOCATORS = (
    "https://example.org/a.jpg",
    "HTTP://Example.ORG:8080?x=1",
    "https://anna:secret@example.org/b.jpg",
    "https://www.example.org/a.jpg",
    "https://example.organic/a.jpg",
    "https://other.net/example.org/a.jpg",
    "https://other.net/@example.org/a.jpg",
    "https://[broken/a.jpg",
    "/home/anna/Pictures/a.jpg",
    "/home/anna/Pictures/deep/b.jpg",
    "/home/anna/pictures/c.jpg",
    "/home/anna/Pictures 2/d.jpg",
    "/home/anna/Pictures.zip!in/e.jpg",
    "/home/anna/100%_p/f.jpg",
    r"C:\Users\anna\g.jpg",
)


@pytest.fixture
def filled(catalogue: Catalogue) -> Catalogue:
    catalogue.add_batch([new_image(number, locator=locator) for number, locator in enumerate(LOCATORS, 1)])
    return catalogue


def found(catalogue: Catalogue, place: Place) -> set[str]:
    return {LOCATORS[image_id - 1] for image_id in catalogue.ids_seen_at(place).tolist()}


def test_a_host_is_found_wherever_an_address_has_it_and_nowhere_else(filled: Catalogue) -> None:
    for host in ("example.org", "www.example.org", "other.net", "ample.org", "example"):
        expected = {locator for locator in LOCATORS if host_of(locator) == host}
        assert found(filled, Place("host", host)) == expected, host
    assert len(found(filled, Place("host", "example.org"))) == 3


def test_files_are_all_that_is_not_on_the_web(filled: Catalogue) -> None:
    assert found(filled, Place("files")) == {one for one in LOCATORS if not one.lower().startswith("http")}


@pytest.mark.parametrize(
    ("folder", "places"),
    [
        ("/home/anna/Pictures", LOCATORS[8:10]),
        ("/home/anna/Pictures/deep", LOCATORS[9:10]),
        ("/home/anna/Pictures.zip", LOCATORS[12:13]),
        ("/home/anna/100%_p", LOCATORS[13:14]),
        ("/home/anna/1", ()),
        (r"C:\Users\anna", LOCATORS[14:]),
    ],
)
def test_a_folder_holds_what_lies_below_it(filled: Catalogue, folder: str, places: tuple[str, ...]) -> None:
    assert found(filled, Place("folder", folder)) == set(places)


def test_ids_ascend_and_a_picture_seen_twice_counts_once(catalogue: Catalogue) -> None:
    for place in ("https://example.org/1", "https://example.org/2", "https://b.net/", "x.jpg"):
        catalogue.add_batch([new_image(1, locator=place)])
    catalogue.add_batch([new_image(2, locator="https://example.org/3", collection="kept")])
    assert catalogue.ids_seen_at(Place("host", "example.org")).tolist() == [1, 2]
    assert catalogue.count_places([1, 2, 3]) == {"example.org": 2, "b.net": 1, FILES: 1}
    assert catalogue.count_places([2]) == {"example.org": 1}
    assert catalogue.count_collections([1, 2]) == {"kept": 1}
    assert catalogue.ids_of_collection("kept").tolist() == [2]


def test_what_is_offered_can_be_asked_for() -> None:
    offered = count_hosts(enumerate([*LOCATORS, "https://under_score.example/", "https://[::1]/", "https://a..b/"]))
    for word in offered:
        assert parse_place(word, folders=False).kind == ("files" if word == FILES else "host")
    assert "[::1]" not in offered


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("Example.org", Place("host", "example.org")),
        (" files ", Place("files")),
        ("photos/", Place("folder", "photos")),
        ("/srv/p.zip!", Place("folder", "/srv/p.zip")),
        (r"C:\p", Place("folder", r"C:\p")),
    ],
)
def test_a_word_means_a_place(word: str, place: Place) -> None:
    assert parse_place(word, folders=True) == place


@pytest.mark.parametrize("word", ["", "https://example.org/a", "a b", "x" * 300, "a" * 2000 + "/", "a..b"])
def test_what_is_no_place_is_refused(word: str) -> None:
    with pytest.raises(BadRequest):
        parse_place(word, folders=True)


def test_strangers_ask_for_no_folder() -> None:
    with pytest.raises(BadRequest, match="expected a host"):
        parse_place("/srv/private/", folders=False)
