from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from errors import ContractBroken
from feature_extractor.descriptors import ATTRIBUTES
from feature_extractor.picture import Picture
from feature_extractor.training.generator import UNKNOWN, BatchPlan, TrainingSet, ViewBatches

PLAN = BatchPlan(pairs=3, singles=2, side=64, steps=10, balance=0.5, seed=3)


def training_set(large: int = 60, small: int = 15, unlabelled: int = 25) -> TrainingSet:
    """Pictures that are plain but for a mark, in two labelled collections and one that nobody labelled."""
    total = large + small + unlabelled
    labelled = large + small
    generator = np.random.default_rng(0)
    pictures = generator.integers(0, 256, (total, 80, 100, 3), np.uint8)

    def read(row: int) -> Picture:
        return np.asarray(pictures[row])

    categories = np.full(total, UNKNOWN, np.int32)
    categories[:labelled] = np.arange(labelled) % 4
    attributes = np.full((total, len(ATTRIBUTES)), UNKNOWN, np.float32)
    attributes[:labelled, 0] = np.arange(labelled) % 2
    teacher = np.zeros((total, 16), np.float32)
    teacher[:labelled, 0] = 1
    collections = np.array(["large"] * large + ["small"] * small + ["more"] * unlabelled)
    strata = np.array([f"{name}/{number % 2}" for number, name in enumerate(collections.tolist())])
    return TrainingSet(read, collections, strata, categories, attributes, teacher)


def test_a_batch_is_pairs_and_singles_with_what_is_known_of_each() -> None:
    pictures = training_set()
    views, targets = ViewBatches(pictures, PLAN)[0]
    assert views.shape == (8, 64, 64, 3)
    assert views.dtype == np.uint8
    assert targets["id"][:3].tolist() == targets["id"][5:].tolist()
    assert set(targets["id"][3:5].tolist()) <= set(pictures.labelled.tolist())
    for row, picture in enumerate(targets["id"].tolist()):
        assert targets["category"][row] == pictures.categories[picture]
        assert targets["light"][row] == (row < 5 and picture < 75)
        np.testing.assert_array_equal(targets["attributes"][row], pictures.attributes[picture])


def test_a_batch_tells_which_other_pictures_a_view_is_made_with() -> None:
    read: list[int] = []
    pictures = training_set()

    def reading(row: int) -> Picture:
        read.append(row)
        return pictures.read(row)

    batches = ViewBatches(replace(pictures, read=reading), PLAN)
    told = 0
    for step in range(len(batches)):
        read.clear()
        targets = batches[step][1]
        companions = targets["companions"][targets["companions"] >= 0].tolist()
        assert sorted(read) == sorted(targets["id"].tolist() + companions)
        assert (targets["companions"][:5] == -1).all()  # light views show nothing else
        told += len(companions)
    assert told > 10


def test_the_same_epoch_and_step_give_the_same_batch_whatever_came_before() -> None:
    pictures = training_set()
    through = ViewBatches(pictures, PLAN)
    for _ in range(2):
        through[4]
        through.on_epoch_end()
    views, targets = through[7]
    again, likewise = ViewBatches(pictures, PLAN, epoch=2)[7]
    np.testing.assert_array_equal(views, again)
    assert all(np.array_equal(targets[name], likewise[name]) for name in targets)
    earlier, _ = ViewBatches(pictures, PLAN, epoch=1)[7]
    assert not np.array_equal(views, earlier)


@pytest.mark.parametrize(("balance", "shares"), [(0.0, (0.6, 0.15, 0.25)), (1.0, (1 / 3, 1 / 3, 1 / 3))])
def test_pairs_are_balanced_over_collections(balance: float, shares: tuple[float, float, float]) -> None:
    pictures = training_set()
    plan = BatchPlan(pairs=30, singles=0, side=64, steps=20, balance=balance, seed=1)
    batches = ViewBatches(pictures, plan)
    drawn = np.concatenate([batches.rows_of(step)[:30] for step in range(20)])
    found = Counter(pictures.collections[drawn].tolist())
    for name, share in zip(("large", "small", "more"), shares, strict=True):
        assert found[name] / 600 == pytest.approx(share, abs=0.01)
    for name in ("large", "small", "more"):
        times = Counter(drawn[pictures.collections[drawn] == name].tolist())
        assert max(times.values()) - min(times.values()) <= 1


def test_singles_want_labels() -> None:
    with pytest.raises(ContractBroken, match="labelled"):
        ViewBatches(training_set(large=0, small=0), PLAN)


def test_more_draws_than_pictures_and_fewer_both_fill_the_epoch(tmp_path: Path) -> None:
    pictures = training_set(large=3, small=1, unlabelled=0)
    for pairs in (1, 50):
        plan = BatchPlan(pairs=pairs, singles=1, side=64, steps=2, balance=0.5, seed=0)
        assert all(len(ViewBatches(pictures, plan).rows_of(step)) == plan.views for step in range(2))
