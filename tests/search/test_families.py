"""The versions of a picture: proven pairs alone, one tree, bounded, and honest about what is undecided."""

import json
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from errors import NotFound
from search.families import Bounds, Family, Stop, find_family, grow_tree
from search.family_report import family_lines, family_record
from search.open_engine import close_engine
from search.pairs import ProvenPair
from search.precedence import Clue, Precedence
from search.query import Engine
from search.stopwatch import Stopwatch
from tests.engines import encode, make_engine, offer
from tests.search.known_copies import in_greys
from tests.search.scenes import scene
from tests.search.test_sorting import row

WHOLE = scene(1)
SMALL = np.asarray(cv2.resize(WHOLE, (480, 360), interpolation=cv2.INTER_AREA), np.uint8)
WHOLE_ID, SMALL_ID, GREY_ID, MIRRORED_ID, STRANGER_ID = 1, 2, 3, 4, 5
FOREVER = Bounds(seconds=1e6)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    pictures = [WHOLE, SMALL, in_greys(SMALL), np.ascontiguousarray(WHOLE[:, ::-1]), scene(2), scene(3)]
    records = [offer(encode(picture), f"/{number}.png") for number, picture in enumerate(pictures, 1)]
    engine = make_engine(tmp_path_factory.mktemp("engine"), records)
    yield engine
    close_engine(engine)


@pytest.fixture(scope="module")
def family(engine: Engine) -> Family:
    return find_family(engine, GREY_ID, Stopwatch(), FOREVER)


def test_the_tree_goes_from_the_original_by_what_differs_least(family: Family) -> None:
    assert set(family.members) == {WHOLE_ID, SMALL_ID, GREY_ID, MIRRORED_ID}
    lines = {(edge.parent, edge.child): edge for edge in family.edges}
    assert {pair for pair, edge in lines.items() if edge.is_decided} == {(WHOLE_ID, SMALL_ID), (SMALL_ID, GREY_ID)}
    assert lines[SMALL_ID, GREY_ID].pair.precedence.clues[0] is Clue.COLOURS_LOST
    assert family.root == WHOLE_ID
    assert set(family.origins) == {WHOLE_ID, MIRRORED_ID}
    [undecided] = [edge for edge in family.edges if edge.child == MIRRORED_ID]
    assert not undecided.is_decided
    assert family.biggest == max((WHOLE_ID, MIRRORED_ID), key=lambda one: (family.members[one].size_bytes, -one))
    assert (family.stops, family.compared, family.of) == ((), 6, 6)


def test_every_line_joins_a_pair_that_is_proven(engine: Engine, family: Family) -> None:
    for edge in family.edges:
        assert {edge.pair.picture, edge.pair.query} == {edge.parent, edge.child}
        assert edge.proof is not None
    assert STRANGER_ID not in family.members
    alone = find_family(engine, STRANGER_ID, Stopwatch(), FOREVER)
    assert (list(alone.members), alone.edges, alone.origins, alone.of) == ([STRANGER_ID], (), (STRANGER_ID,), 0)


def test_people_and_programs_are_told_the_same(family: Family) -> None:
    record = json.loads(json.dumps(family_record(family)))
    assert [edge["child"] for edge in record["edges"]] == [edge.child for edge in family.edges]
    reduced = next(edge for edge in record["edges"] if edge["child"] == SMALL_ID)
    assert reduced["transform"]["scale_px_per_px"] == pytest.approx(0.75, abs=0.01)
    assert (reduced["first"], reduced["clues"][0]) == (WHOLE_ID, "fewer_pixels")
    lines = list(family_lines(family))
    assert "undecided which of 2 came first" in lines[0]
    text = "\n".join(lines)
    assert "Came later: it lacks colours that the other has." in text
    assert "Undecided which came first: nothing tells." in text
    assert "6 of 6 pairs compared" in text


def test_bounds_hold_and_are_told(engine: Engine) -> None:
    late = find_family(engine, GREY_ID, Stopwatch(), Bounds(seconds=0))
    assert (list(late.members), late.stops) == ([GREY_ID], (Stop.TIME,))
    assert "stopped" in "\n".join(family_lines(late))
    few = find_family(engine, GREY_ID, Stopwatch(), Bounds(members=2, seconds=1e6))
    assert (len(few.members), few.stops) == (2, (Stop.MEMBERS,))
    lone = find_family(engine, GREY_ID, Stopwatch(), Bounds(pairs=1, seconds=1e6))
    assert (lone.compared, lone.stops) == (4, (Stop.PAIRS,))
    assert len(lone.edges) == 3


def test_an_unknown_picture_is_not_found(engine: Engine) -> None:
    with pytest.raises(NotFound):
        find_family(engine, 99, Stopwatch())


def pair(one: int, other: int, first: int | None) -> ProvenPair:
    side = {one: "picture", other: "query", None: None}[first]
    return ProvenPair(one, other, True, None, None, Precedence(side, ()))  # type: ignore[arg-type]  # one of the three


IMAGES = {number: row(number, 100 + number, 10, 1) for number in range(1, 6)}


def test_directions_that_run_in_a_circle_make_no_circle() -> None:
    edges = grow_tree({one: IMAGES[one] for one in (1, 2, 3)}, [pair(1, 2, 1), pair(2, 3, 2), pair(1, 3, 3)])
    assert len(edges) == 2
    assert len({edge.child for edge in edges}) == 2


def test_nothing_is_joined_without_a_proof_for_the_pair() -> None:
    # 2 and 3 are each proven against 1 alone; neither is a parent of the other.
    pairs = [pair(1, 2, None), pair(1, 3, 3), pair(1, 4, 1), pair(4, 5, 4), pair(1, 5, 1)]
    edges = grow_tree(IMAGES, pairs)
    proven = {frozenset((one.picture, one.query)) for one in pairs}
    assert len(edges) == len(IMAGES) - 1
    assert all(frozenset((edge.parent, edge.child)) in proven for edge in edges)
    assert edges[0].parent == 3  # which 1 was made from, and 4 and 5 from that
    placed = {edges[0].parent}
    for edge in edges:
        assert edge.parent in placed
        placed.add(edge.child)


def test_the_order_of_pairs_does_not_matter() -> None:
    pairs = [pair(1, 2, 1), pair(1, 3, 1), pair(2, 3, 2), pair(1, 4, None), pair(1, 5, 5)]
    trees = {
        tuple((edge.parent, edge.child) for edge in grow_tree(IMAGES, [pairs[place] for place in order]))
        for order in (range(5), range(4, -1, -1), (2, 0, 4, 1, 3))
    }
    assert len(trees) == 1
