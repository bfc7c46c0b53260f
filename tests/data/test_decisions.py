import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import event

from data.catalogue import Catalogue
from data.decisions import MOST_NOTE_CHARACTERS, Decisions, PictureKey, Subject, place_of
from errors import BadInput, ContractBroken, NotFound
from tests.data.new_images import digest, new_image, source

ROOT = Path(__file__).resolve().parents[2]
UPLOAD = PictureKey(digest("upload"), digest("pixels of the upload"))
KILLED = """
import os, sys
from sqlalchemy import event
from data.catalogue import Catalogue
from data.decisions import Decisions, Subject
catalogue = Catalogue.open(sys.argv[1])
@event.listens_for(catalogue.database, "before_cursor_execute")
def die(connection, cursor, statement, *_):
    if statement.startswith("INSERT INTO decision"):  # the one before is undone by now, in the same transaction
        os.kill(os.getpid(), 9)
Decisions(catalogue.database).decide("mine", Subject.of_collection("cats"), "bob")
"""


@pytest.fixture
def decisions(catalogue: Catalogue) -> Decisions:
    catalogue.add_batch(
        [
            new_image(1, locator="https://example.org/shop/1.jpg", collection="cats"),
            new_image(2, locator="http://example.org/2.jpg", collection="dogs"),
            new_image(3, locator="/srv/pictures/3.jpg", collection="cats"),
            new_image(4, locator="https://example.organic/4.jpg"),
        ]
    )
    return Decisions(catalogue.database)


def key(number: int) -> PictureKey:
    return PictureKey(digest(number), digest(f"pixels {number}"))


def said(decisions: Decisions, query: PictureKey = UPLOAD) -> dict[int, tuple[str, str]]:
    found = decisions.of_hits(query, [1, 2, 3, 4, 5])
    return {image_id: (one.kind, one.subject.scope) for image_id, one in found.items()}


def test_a_decision_on_a_pair_comes_back_whole(decisions: Decisions) -> None:
    evidence = {"copy_score": 0.5, "maps": [{"inliers": 7}], "verdict": "copy"}
    taken = decisions.decide("licensed", Subject.of_pair(UPLOAD, key(1)), "ann", note=" May ", evidence=evidence)
    assert taken == decisions.get(taken.id)
    assert taken.subject.pair == (UPLOAD, key(1))
    assert (taken.kind, taken.note, taken.decided_by, dict(taken.evidence)) == ("licensed", "May", "ann", evidence)
    assert taken.stands
    assert taken.decided_at.utcoffset() is not None


def test_a_pair_is_known_whichever_of_the_two_is_searched_with(decisions: Decisions) -> None:
    decisions.decide("not_a_copy", Subject.of_pair(key(1), key(2)), "ann")
    assert said(decisions, key(1)) == {2: ("not_a_copy", "pair")}
    assert said(decisions, key(2)) == {1: ("not_a_copy", "pair")}
    assert said(decisions, key(3)) == {}


def test_a_pair_is_known_by_its_pixels_in_another_file(decisions: Decisions) -> None:
    decisions.decide("not_a_copy", Subject.of_pair(UPLOAD, key(1)), "ann")
    assert said(decisions, PictureKey(digest("saved anew"), UPLOAD.pixel_sha256)) == {1: ("not_a_copy", "pair")}
    assert said(decisions, PictureKey(UPLOAD.sha256, None)) == {}


def test_a_file_without_pixels_is_known_by_its_bytes(decisions: Decisions) -> None:
    query = PictureKey(digest("odd"), None)
    decisions.decide("mine", Subject.of_pair(query, key(2)), "ann")
    assert said(decisions, query) == {2: ("mine", "pair")}
    assert decisions.newest()[0].subject.pair == (query, key(2))


def test_a_pair_is_found_though_the_picture_went_and_came_again(decisions: Decisions, catalogue: Catalogue) -> None:
    decisions.decide("mine", Subject.of_pair(UPLOAD, key(2)), "ann")
    catalogue.remove([2])
    assert said(decisions) == {}
    catalogue.add_batch([new_image(2)])
    assert said(decisions) == {5: ("mine", "pair")}


def test_a_host_is_all_that_was_seen_there(decisions: Decisions) -> None:
    decisions.decide("licensed", Subject.of_source("HTTPS://Example.ORG"), "ann")
    assert said(decisions) == {1: ("licensed", "source"), 2: ("licensed", "source")}


@pytest.mark.parametrize(
    ("place", "covered"),
    [("example.org/shop", {1}), ("/srv/pictures", {3}), ("/srv/", {3}), ("/srv/pic", set()), ("example.or", set())],
)
def test_a_folder_ends_where_it_ends(decisions: Decisions, place: str, covered: set[int]) -> None:
    decisions.decide("mine", Subject.of_source(place), "ann")
    assert set(said(decisions)) == covered


def test_a_picture_seen_elsewhere_too_is_not_settled_by_its_source(decisions: Decisions, catalogue: Catalogue) -> None:
    decisions.decide("licensed", Subject.of_source("example.org"), "ann")
    catalogue.add_sources([(digest(1), source("https://thief.example/1.jpg"))])
    assert said(decisions) == {2: ("licensed", "source")}
    decisions.decide("not_a_copy", Subject.of_source("thief.example"), "ann")
    # Every place is spoken of now; a licensed copy at one of them is a copy.
    assert said(decisions) == {1: ("licensed", "source"), 2: ("licensed", "source")}


def test_letters_that_mean_something_to_sql_are_letters(decisions: Decisions, catalogue: Catalogue) -> None:
    catalogue.add_batch([new_image(5, locator="/srv/a%b_c/5.jpg")])
    decisions.decide("mine", Subject.of_source("/srv/a%b_c"), "ann")
    decisions.decide("licensed", Subject.of_source("%"), "ann")
    decisions.decide("licensed", Subject.of_collection("c_ts' OR 1=1 --"), "ann")
    assert said(decisions) == {5: ("mine", "source")}


def test_the_nearer_decision_counts(decisions: Decisions) -> None:
    collection = decisions.decide("mine", Subject.of_collection("cats"), "ann")
    assert said(decisions) == {1: ("mine", "collection"), 3: ("mine", "collection")}
    decisions.decide("licensed", Subject.of_source("example.org"), "ann")
    pair = decisions.decide("not_a_copy", Subject.of_pair(UPLOAD, key(1)), "ann")
    assert said(decisions)[1] == ("not_a_copy", "pair")
    decisions.undo(pair.id, "bob")
    assert said(decisions)[1] == ("licensed", "source")
    decisions.undo(collection.id, "bob")
    assert said(decisions) == {1: ("licensed", "source"), 2: ("licensed", "source")}


def test_another_decision_on_the_same_takes_its_place_and_both_stay_in_the_history(decisions: Decisions) -> None:
    subject = Subject.of_pair(UPLOAD, key(1))
    first = decisions.decide("not_a_copy", subject, "ann")
    second = decisions.decide("mine", Subject.of_pair(key(1), UPLOAD), "bob")
    assert said(decisions) == {1: ("mine", "pair")}
    assert [one.id for one in decisions.newest()] == [second.id]
    old, new = decisions.history()
    assert (old.id, old.stands, old.undone_by) == (first.id, False, "bob")
    assert (new.id, new.stands, new.undone_by) == (second.id, True, None)


def test_the_same_decision_twice_is_one(decisions: Decisions) -> None:
    taken = [decisions.decide("mine", Subject.of_collection("cats"), who, note="x") for who in ("ann", "bob")]
    assert taken[0] == taken[1]
    assert decisions.count(state="all") == 1


def test_undoing_keeps_the_history_and_twice_is_once(decisions: Decisions) -> None:
    taken = decisions.decide("mine", Subject.of_collection("cats"), "ann")
    undone = decisions.undo(taken.id, "bob")
    assert decisions.undo(taken.id, "eve") == undone
    assert (undone.undone_by, undone.stands) == ("bob", False)
    assert said(decisions) == {}
    assert decisions.newest() == ()
    assert decisions.newest(state="undone") == (undone,)
    again = decisions.decide("mine", Subject.of_collection("cats"), "ann")
    assert again.id > taken.id
    for absent in (0, -1, 99, 2**70):
        with pytest.raises(NotFound):
            decisions.undo(absent, "bob")


def test_lists_are_narrowed_and_paged(decisions: Decisions) -> None:
    for number in range(5):
        decisions.decide("mine" if number % 2 else "licensed", Subject.of_collection(f"c{number}"), "ann")
    decisions.decide("mine", Subject.of_source("example.org"), "ann")
    assert [one.id for one in decisions.newest(limit=2)] == [6, 5]
    assert [one.id for one in decisions.newest(before_id=5, limit=2)] == [4, 3]
    assert [one.id for one in decisions.newest(kind="mine", scope="collection")] == [4, 2]
    assert decisions.count(kind="mine") == 3
    assert [one.id for one in decisions.history()] == [1, 2, 3, 4, 5, 6]


def test_pixels_that_are_the_same_are_a_copy_whoever_says_what(decisions: Decisions) -> None:
    same = Subject.of_pair(key(1), PictureKey(digest("other file"), key(1).pixel_sha256))
    with pytest.raises(BadInput, match="same pixels"):
        decisions.decide("not_a_copy", same, "ann")
    decisions.decide("mine", same, "ann")
    assert said(decisions, key(1)) == {1: ("mine", "pair")}


def test_what_is_kept_is_bounded(decisions: Decisions) -> None:
    with pytest.raises(BadInput, match="note of at most"):
        decisions.decide("mine", Subject.of_collection("cats"), "ann", note="x" * (MOST_NOTE_CHARACTERS + 1))
    with pytest.raises(ContractBroken):
        decisions.decide("mine", Subject.of_collection("cats"), "ann", evidence={"x": "y" * 9000})
    for text in ("x" * 3000, "", " ", "/", "https://", "!"):
        with pytest.raises(BadInput):
            Subject.of_source(text)
    for text in ("x" * 3000, ""):
        with pytest.raises(BadInput):
            Subject.of_collection(text)
    assert decisions.count(state="all") == 0


def test_there_may_be_only_so_many_decisions_on_places(decisions: Decisions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.decisions.MOST_SOURCE_DECISIONS", 2)
    for place in ("a.example", "b.example"):
        decisions.decide("mine", Subject.of_source(place), "ann")
    with pytest.raises(BadInput, match="at most 2"):
        decisions.decide("mine", Subject.of_source("c.example"), "ann")
    decisions.decide("licensed", Subject.of_source("a.example"), "ann")  # in place of one


def test_odd_texts_are_kept_by_either_database(decisions: Decisions) -> None:
    taken = decisions.decide("mine", Subject.of_source("/srv/\udc80\x00/x"), "an\x00n", note="\udcff \x00 ünï")
    assert decisions.newest() == (taken,)
    assert "ünï" in (taken.note or "")


def test_a_page_of_hits_costs_one_statement(decisions: Decisions, catalogue: Catalogue) -> None:
    decisions.decide("mine", Subject.of_collection("cats"), "ann")
    statements: list[str] = []

    @event.listens_for(catalogue.database, "before_cursor_execute")
    def note(connection: object, cursor: object, sql: str, *_: object) -> None:
        if sql.startswith("SELECT"):
            statements.append(sql)

    assert len(decisions.of_hits(UPLOAD, [1, 2, 3, 4])) == 2
    assert len(statements) == 1
    assert decisions.of_hits(UPLOAD, []) == {}
    assert len(statements) == 1


def test_another_process_sees_a_decision_at_once(
    decisions: Decisions, url: str, open_catalogue: Callable[[str], Catalogue]
) -> None:
    other = Decisions(open_catalogue(url).database)
    assert other.of_hits(UPLOAD, [1]) == {}
    taken = decisions.decide("mine", Subject.of_pair(UPLOAD, key(1)), "ann")
    assert other.of_hits(UPLOAD, [1]) == {1: taken}
    other.undo(taken.id, "bob")
    assert decisions.of_hits(UPLOAD, [1]) == {}


def test_of_decisions_on_one_thing_at_once_one_stands(
    decisions: Decisions, url: str, open_catalogue: Callable[[str], Catalogue]
) -> None:
    others = [Decisions(open_catalogue(url).database) for _ in range(4)]

    def take(place: int) -> None:
        for number in range(5):
            others[place].decide("mine", Subject.of_pair(UPLOAD, key(1)), f"{place}", note=f"{number}")

    threads = [Thread(target=take, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert decisions.count() == 1
    assert [one.id for one in decisions.history()] == list(range(1, decisions.count(state="all") + 1))


def test_who_is_killed_in_between_has_decided_nothing_and_undone_nothing(decisions: Decisions, url: str) -> None:
    stood = decisions.decide("licensed", Subject.of_collection("cats"), "ann")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, url], cwd=ROOT, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert killed.returncode == -9
    assert list(decisions.history()) == [stood]


def test_places_are_told_without_their_scheme() -> None:
    assert place_of("https://Example.org/A/b.jpg") == "example.org/A/b.jpg"
    assert place_of("/srv/A/b.jpg") == "/srv/A/b.jpg"
    assert json.dumps(Subject.of_source("photos.zip!").place) == '"photos.zip!"'
