"""What an index was tuned to goes with its snapshots, and into the index that is built in its place."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from errors import SnapshotRefused
from search.vector_index.lsh import LSHIndex
from search.vector_index.lsh_home import LSHHome
from search.vector_index.snapshot import HEADER, read_snapshot
from tests.vectors import IDENTITY, draw_vectors


@pytest.fixture
def home(tmp_path: Path) -> LSHHome:
    return LSHHome(tmp_path, recall=0.8)


def publish(home: LSHHome, *, tuned: float | None) -> Path:
    index = home.new(IDENTITY)
    index.add(np.arange(300), draw_vectors(300, seed=1))
    if tuned is not None:
        index.tune_to(tuned)
    with home.writing(IDENTITY):
        return home.publish(index)


def test_untuned_indexes_aim_at_what_their_home_says(home: LSHHome, tmp_path: Path) -> None:
    assert home.new(IDENTITY).recall == 0.8
    path = publish(home, tuned=None)
    for recall in (0.8, 0.97):
        index = LSHHome(tmp_path, recall).open(path, IDENTITY)
        assert (index.recall, index.is_tuned) == (recall, False)


def test_tuned_ones_aim_at_that_wherever_they_are_opened(home: LSHHome, tmp_path: Path) -> None:
    path = publish(home, tuned=0.95)
    opened = LSHHome(tmp_path, 0.6).open(path, IDENTITY)
    assert (opened.recall, opened.is_tuned) == (0.95, True)
    opened.add(np.arange(300, 400), draw_vectors(100, seed=2))
    opened.measure_again()
    opened.save(tmp_path / "again")
    assert LSHIndex.open(tmp_path / "again", IDENTITY).recall == 0.95


def test_building_anew_keeps_it(home: LSHHome, tmp_path: Path) -> None:
    publish(home, tuned=0.95)
    anew = home.new(IDENTITY)
    assert (len(anew), anew.recall, anew.is_tuned) == (0, 0.95, True)
    publish(home, tuned=0.7)
    assert home.new(IDENTITY).recall == 0.7


def test_an_index_of_another_catalogue_is_not_tuned_by_this_one(home: LSHHome) -> None:
    publish(home, tuned=0.95)
    other = home.new(replace(IDENTITY, catalogue_id="another catalogue"))
    assert (other.recall, other.is_tuned) == (0.8, False)


def test_it_outlives_damage_to_the_arrays_and_goes_with_the_header(home: LSHHome) -> None:
    path = publish(home, tuned=0.95)
    (path / "vectors.npy").write_bytes(b"")
    with pytest.raises(SnapshotRefused):
        home.open(path, IDENTITY)
    assert home.new(IDENTITY).recall == 0.95
    (path / HEADER).write_text("{}")
    assert home.new(IDENTITY).recall == 0.8


@pytest.mark.parametrize(("recall", "kept"), [(0.5, 5000), (0.98, 9800), (0.9995, 9995), (0.98766, 9877)])
def test_recalls_are_kept_in_steps_that_a_search_knows(home: LSHHome, recall: float, kept: int) -> None:
    path = publish(home, tuned=recall)
    assert read_snapshot(path).parameters["recall_per_10_000"] == kept
    assert home.open(path, IDENTITY).recall == kept / 10_000


def test_a_snapshot_without_tuning_tells_none(home: LSHHome) -> None:
    assert "recall_per_10_000" not in read_snapshot(publish(home, tuned=None)).parameters
