"""Search by words: the same answers from SQLite and PostgreSQL."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from data.backup import backup, restore
from data.catalogue import Catalogue
from data.database import reading, writing
from data.records import Label, NewImage
from data.tables import FacetValueRow
from data.word_query import WordQuery, narrowed, parse_words
from data.word_rows import MOST_PLACES
from data.word_upkeep import is_index_sound, mend_index, mend_pictures, rebuild_words, wrong_pictures
from errors import BadRequest
from tests.data.new_images import digest, new_image, source

OIL: dict[str, Label] = {"media_oilpaint": "positive"}
ADDRESS = "https://u:pw@Example.org/boat-2.jpg?key=hidden"
YEAR = str(datetime.now(UTC).year)


def pictures() -> list[NewImage]:
    return [
        new_image(1, title="Oil harbour at dawn", collection="Old Masters", licence="CC BY 4.0", labels=OIL),
        new_image(
            2,
            title="Café Müller",
            collection="Old Masters",
            licence="CC0",
            locator="https://u:pw@Example.org/boat-2.jpg?key=hidden",
        ),
        new_image(
            3, title="harbour, harbour: two boats", licence="CC BY-SA 4.0", locator="/srv/secret/zip.zip!in/north.jpg"
        ),
        new_image(4, title="富士山の写真", collection="Old", project="77", attributes={"content_dog": 0.9}),
        new_image(5, title=None, labels=OIL, locator="https://shop.example.org/harbour.jpg"),
    ]


@pytest.fixture
def filled(catalogue: Catalogue) -> Catalogue:
    catalogue.add_batch(pictures())
    return catalogue


def ids(catalogue: Catalogue, typed: str) -> list[int]:
    return [int(one) for one in catalogue.words.ids(parse_words(typed))]


FOUND: dict[str, list[int]] = {
    "": [1, 2, 3, 4, 5],
    "harbour": [1, 3, 5],
    "harb": [1, 3, 5],
    "harb dawn": [],
    "harb* dawn": [1],
    '"harb"': [],
    "HARBOUR -boats": [1, 5],
    "-harbour": [2, 4],
    '"harbour at"': [1],
    '"at harbour"': [],
    '"dawn oil"': [],  # the end of the title and the beginning of the attributes
    "title:oil": [1],
    '"oil paint"': [1, 5],
    "oilpaint": [1, 5],
    "cafe muller": [2],
    "CAFÉ MÜLLER": [2],
    "富士": [4],
    "富写": [],
    "77": [4],
    "example.org": [2, 5],
    "boat-2": [2],
    "hidden": [],
    "pw": [],
    "secret": [],
    "north": [3],
    "medium:oil": [1, 5],
    "-medium:oil harbour": [3],
    "medium:oil -harbour": [],
    "content:dog": [4],
    "collection:old": [1, 2, 4],
    'collection:"old masters"': [1, 2],
    "-collection:old": [3, 5],
    "licence:cc": [1, 3],
    'licence:"cc by 4"': [1],
    "source:example.org": [2],
    "source:files": [1, 3, 4],
    "source:files harbour": [1, 3],
    f"year:{YEAR} harbour": [1, 3, 5],
    "year:1999": [],
    "since:2020 harbour": [1, 3, 5],
    "since:2020": [1, 2, 3, 4, 5],
    "before:2020": [],
    "before:2020 harbour": [],
    "title:harbour title:two": [3],
}


def test_words_find_what_they_say(filled: Catalogue) -> None:
    assert {typed: ids(filled, typed) for typed in FOUND} == FOUND
    for typed, wanted in FOUND.items():
        page = filled.words.find(parse_words(typed), page_size=100)
        assert page.total == len(wanted), typed
        assert sorted(image.id for image in page.images) == wanted


def test_chosen_names_are_exact(filled: Catalogue) -> None:
    def chosen(typed: str = "", **names: str) -> list[int]:
        return [int(one) for one in filled.words.ids(narrowed(parse_words(typed), **names))]

    assert chosen(collection="Old") == [4]
    assert chosen(collection="old") == []
    assert chosen("harbour", licence="CC BY 4.0") == [1]
    assert chosen(source="shop.example.org", year=YEAR) == [5]
    assert filled.words.ids(narrowed(WordQuery(), attributes=["media_oilpaint"])).tolist() == [1, 5]


def test_the_best_match_stands_first_and_equals_by_id(filled: Catalogue) -> None:
    order = [image.id for image in filled.words.find(parse_words("harbour")).images]
    assert order[-1] == 5  # has it in its address alone
    filled.add_batch([new_image(number, title="one and the same") for number in range(10, 40)])
    query = parse_words("same")
    pages = [filled.words.find(query, page=page, page_size=7) for page in range(1, 7)]
    found = [image.id for page in pages for image in page.images]
    assert found == list(range(6, 36))
    assert [len(page.images) for page in pages] == [7, 7, 7, 7, 2, 0]
    assert {(page.total, page.pages) for page in pages} == {(30, 5)}
    assert [image.id for image in filled.words.find(WordQuery(), page_size=3).images] == [35, 34, 33]


def test_facets_count_the_whole_answer_not_a_page(filled: Catalogue) -> None:
    facets = filled.words.find(parse_words("harbour"), page_size=1).facets
    assert facets["collection"] == {"Old Masters": 1}
    assert facets["licence"] == {"CC BY 4.0": 1, "CC BY-SA 4.0": 1}
    assert facets["source"] == {"files": 2, "shop.example.org": 1}
    assert facets["year"] == {YEAR: 3}
    assert facets["attribute"] == {"media_comic": 3, "media_oilpaint": 2}
    everything = filled.words.find(WordQuery()).facets
    assert everything["collection"] == {"Old Masters": 2, "Old": 1}
    assert everything["attribute"] == {"media_comic": 4, "media_oilpaint": 2, "content_dog": 1}


def test_a_choice_that_is_rare_is_counted_all_the_same(filled: Catalogue) -> None:
    filled.add_batch([new_image(number, collection=f"c {number % 20}") for number in range(100, 140)])
    query = narrowed(WordQuery(), collection="none such")
    assert filled.words.find(query).facets["collection"] == {"none such": 0}
    assert len(filled.words.find(WordQuery()).facets["collection"]) == 12


def test_words_that_are_nowhere_are_told(filled: Catalogue) -> None:
    page = filled.words.find(parse_words("harbour zebra quagga"))
    assert [str(term) for term in page.nowhere] == ["zebra", "quagga*"]
    assert filled.words.find(parse_words("dawn boats")).nowhere == ()
    with pytest.raises(BadRequest, match="expected a medium such as"):
        filled.words.find(parse_words("medium:marble"))


def test_a_new_source_adds_its_words_and_host(filled: Catalogue) -> None:
    filled.add_sources([(digest(1), source("https://elsewhere.test/quay.jpg"))])
    assert ids(filled, "quay") == ids(filled, "source:elsewhere.test") == [1]
    for number in range(MOST_PLACES + 3):
        filled.add_sources([(digest(1), source(f"https://h{number}.test/word{number}.jpg"))])
    assert ids(filled, f"source:h{MOST_PLACES + 2}.test") == [1]
    assert ids(filled, f"word{MOST_PLACES + 2}") == []  # the words of further sources are not kept
    assert wrong_pictures(filled.database) == []


def test_what_is_removed_is_not_found_and_leaves_no_name(filled: Catalogue) -> None:
    filled.remove([3, 4])
    assert ids(filled, "harbour") == [1, 5]
    assert ids(filled, "富士") == []
    with reading(filled.database) as connection:
        names = set(connection.execute(text("SELECT name FROM facet_value")).scalars())
    assert "CC BY-SA 4.0" not in names
    assert "Old" not in names
    assert "Old Masters" in names
    assert is_index_sound(filled.database)
    assert wrong_pictures(filled.database) == []


def test_missing_and_wrong_words_are_found_and_mended(filled: Catalogue) -> None:
    with writing(filled.database) as connection:
        connection.execute(text("DELETE FROM image_words WHERE image_id = 1"))
        connection.execute(text("UPDATE image_words SET title = 'zebra' WHERE image_id = 2"))
        connection.execute(text("DELETE FROM facet WHERE image_id = 4"))
    assert ids(filled, "zebra") == [2]
    assert wrong_pictures(filled.database) == [1, 2, 4]
    mend_pictures(filled.database, wrong_pictures(filled.database))
    assert wrong_pictures(filled.database) == []
    assert {typed: ids(filled, typed) for typed in FOUND} == FOUND
    assert ids(filled, "zebra") == []


def test_a_row_missing_in_fts5_is_found_and_made_anew(sqlite_url: str) -> None:
    with Catalogue.open(sqlite_url) as catalogue:
        catalogue.add_batch(pictures())
        assert is_index_sound(catalogue.database)
        with writing(catalogue.database) as connection:
            connection.execute(text("DROP TRIGGER image_words_removed"))
            connection.execute(text("DELETE FROM image_words WHERE image_id = 3"))
        assert not is_index_sound(catalogue.database)
        mend_index(catalogue.database)
        assert is_index_sound(catalogue.database)
        assert wrong_pictures(catalogue.database) == [3]


def test_rebuilding_gives_the_same_answers(filled: Catalogue) -> None:
    told: list[tuple[int, int]] = []
    assert rebuild_words(filled.database, lambda done, total: told.append((done, total))) == 5
    assert told[-1] == (5, 5)
    assert {typed: ids(filled, typed) for typed in FOUND} == FOUND
    assert is_index_sound(filled.database)


def test_a_backup_brings_the_words_back(url: str, filled: Catalogue, tmp_path: Path) -> None:
    backup(url, tmp_path / "data", tmp_path / "kept.tar")
    restored = f"sqlite:///{tmp_path / 'new' / 'catalogue.sqlite'}"
    restore(tmp_path / "kept.tar", tmp_path / "new", restored)
    with Catalogue.open(restored) as catalogue:
        assert {typed: ids(catalogue, typed) for typed in FOUND} == FOUND
        assert catalogue.words.find(parse_words("harbour")).facets == filled.words.find(parse_words("harbour")).facets
        assert is_index_sound(catalogue.database)


def test_very_long_texts_are_kept_within_bounds(catalogue: Catalogue) -> None:
    long = " ".join(f"word{number}" for number in range(20_000))
    place = f"https://a.test/{'x' * 9000}"
    catalogue.add_batch([new_image(1, title=long, licence=long, locator=place)])
    assert ids(catalogue, "word999") == [1]
    assert ids(catalogue, "word1999") == []
    assert wrong_pictures(catalogue.database) == []
    assert catalogue.words.find(WordQuery()).facets["licence"] == {long: 1}


def test_ids_are_arrays_for_the_index(filled: Catalogue) -> None:
    found = filled.words.ids(parse_words("harbour"))
    assert found.dtype == np.int64
    assert filled.words.ids(parse_words("zebra")).shape == (0,)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(st.characters(exclude_categories=()), max_size=60),
        st.text(alphabet="abh\"'*:-()&|!<>^{}\\;%_ NEARORNOTtitle:", max_size=60),
    )
)
def test_no_text_breaks_a_database(filled: Catalogue, typed: str) -> None:
    try:
        query = parse_words(typed)
        page = filled.words.find(query)
    except BadRequest:
        return
    assert page.total == len(filled.words.ids(query))


def test_names_of_values_are_unique(filled: Catalogue) -> None:
    filled.add_batch([new_image(50, collection="Old Masters", licence="CC0")])
    with reading(filled.database) as connection:
        rows = connection.execute(select(FacetValueRow.kind, FacetValueRow.name)).all()
    assert len(rows) == len(set(rows))
