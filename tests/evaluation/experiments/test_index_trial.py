"""The same vectors in several indexes: only the exact scan is always right, and a missing Milvus is told."""

import numpy as np

from evaluation.experiments.index_trial import try_indexes
from search.vector_index.milvus.address import MilvusAddress
from tests.vectors import draw_vectors, near


def test_each_index_is_measured_against_the_exact_scan() -> None:
    base = draw_vectors(400, 1)
    kept = np.array([f"class {row % 4}" for row in range(400)])
    queries = near(base[:20], 2, angle_tan=0.1)
    trials = try_indexes(base, queries, kept, kept[:20], milvus=None)
    exact, ours, original, milvus = trials
    assert (exact.name, exact.recall) == ("exact scan", 1.0)
    assert ours.recall == 1.0  # so few vectors are scored exactly
    assert 0 < original.recall <= 1
    assert milvus.absent or (milvus.recall == 1.0 and milvus.name == "Milvus Lite, flat, cosine")
    assert exact.precision_at_10 == ours.precision_at_10
    assert all(trial.absent or (trial.median_ms > 0 and trial.build_s >= 0) for trial in trials)


def test_a_milvus_that_does_not_answer_is_told() -> None:
    base = draw_vectors(30, 1)
    kept = np.full(30, "one")
    *_, milvus = try_indexes(base, base[:2], kept, kept[:2], milvus=MilvusAddress("/proc/none/index.db"))
    assert milvus.absent
