"""Neighbours, classes, components and cosines: the numbers that the CIFAR-10 page is made of."""

import numpy as np
import pytest

from evaluation.experiments.cosine_overlap import COPIES, OTHER, SAME, area_under_roc, measure_overlap
from evaluation.experiments.embeddings import Embedding
from evaluation.experiments.label_agreement import METRICS, interval_of_mean, measure_agreement, nearest
from evaluation.experiments.reduction import Reduction


def draw(seed: int, rows: int = 60, length: int = 12) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((rows, length)).astype(np.float32)


def test_each_metric_orders_by_its_own_definition() -> None:
    base, queries = draw(0) * np.linspace(0.2, 3, 60, dtype=np.float32)[:, None], draw(1, 7)
    lengths = np.linalg.norm(base, axis=1)
    expected = {
        "dot": -(queries @ base.T),
        "cosine": -(queries @ base.T) / lengths,
        "euclid": np.linalg.norm(queries[:, None] - base, axis=2),
    }
    for metric in METRICS:
        np.testing.assert_array_equal(nearest(queries, base, metric, 5), np.argsort(expected[metric], axis=1)[:, :5])
    unit = base / lengths[:, None]
    orders = [nearest(queries, unit, metric, 5) for metric in METRICS]
    np.testing.assert_array_equal(orders[0], orders[1])
    np.testing.assert_array_equal(orders[0], orders[2])


def test_equal_vectors_stand_in_the_order_of_the_base() -> None:
    base = np.repeat(draw(2, 4), 5, axis=0)
    assert all(np.all(np.diff(row) > 0) for row in nearest(base[:1], base, "dot", 5))


def test_agreement_counts_what_it_says() -> None:
    base = np.array(["a"] * 6 + ["b"] * 6)
    places = np.array([[0, 1, 2, 6], [0, 6, 7, 8], [6, 0, 1, -1], [6, 0, 7, 1]])
    found = measure_agreement(places, np.array(["a", "a", "b", "b"]), base)
    assert found.precision_at_10 == pytest.approx((3 + 1 + 1 + 2) / 16)
    assert found.nearest == 1.0
    assert found.vote == 0.5  # right for the first; of the last's two pairs, the class of the nearer one counts
    assert found.by_class == {"a": 0.5, "b": 0.375}
    low, high = found.interval
    assert low <= found.precision_at_10 <= high


def test_the_interval_narrows_with_more_queries() -> None:
    values = np.random.default_rng(0).random(40)
    few, many = interval_of_mean(values), interval_of_mean(np.tile(values, 25))
    assert many[1] - many[0] < (few[1] - few[0]) / 3
    assert few[0] < values.mean() < few[1]


def test_components_keep_what_varies() -> None:
    generator = np.random.default_rng(0)
    vectors = (generator.standard_normal((200, 3)) @ generator.standard_normal((3, 20)) + 5).astype(np.float32)
    reduction = Reduction.learn(vectors, 8)
    np.testing.assert_allclose(reduction.directions.T @ reduction.directions, np.eye(8), atol=1e-5)
    reduced = reduction.apply(vectors, 3)
    np.testing.assert_allclose(reduced @ reduction.directions[:, :3].T + reduction.mean, vectors, atol=1e-3)
    assert np.all(np.diff(reduction.apply(vectors, 8).var(axis=0)) <= 1e-6)
    assert Reduction.learn(vectors, 64).directions.shape == (20, 20)


def test_the_area_is_the_share_of_pairs_in_order() -> None:
    above, below = draw(3, 30, 1).ravel().round(1), draw(4, 40, 1).ravel().round(1)
    pairs = np.subtract.outer(above, below)
    assert area_under_roc(above, below) == pytest.approx(((pairs > 0) + (pairs == 0) / 2).mean())


def test_overlap_tells_copies_from_classes_and_classes_from_each_other() -> None:
    generator = np.random.default_rng(5)
    centres = generator.standard_normal((3, 16))

    def near(classes: np.ndarray, spread: float) -> np.ndarray:
        return np.asarray(centres[classes] + spread * generator.standard_normal((len(classes), 16)), np.float32)

    kept, asked = np.repeat(np.arange(3), 30), np.repeat(np.arange(3), 5)
    queries = near(asked, 0.7)
    edited = np.stack([queries[:6], queries[:6] + 0.05, generator.standard_normal((6, 16)).astype(np.float32)])
    embedding = Embedding("drawn", near(kept, 0.7), queries, edited)
    names = np.array(["a", "b", "c"])
    found = measure_overlap(embedding, names[asked], names[kept], ("same", "nearly", "another"))
    assert found.spreads[SAME].pairs + found.spreads[OTHER].pairs == 15 * 90
    assert found.spreads[COPIES].pairs == 18
    assert found.auc[f"{SAME} > {OTHER}"] > 0.9
    assert found.copies_first["same"] == found.copies_first["nearly"] == 1.0
    assert found.copies_first["another"] < 0.5
    assert all(sum(spread.histogram) == pytest.approx(1) for spread in found.spreads.values())
    assert all(0 <= share <= 1 for share in found.shared.values())
