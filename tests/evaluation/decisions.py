"""Pairs of a sample and decisions that were drawn: among these people's own pictures, much that agrees is no copy."""

import json
from math import expm1
from typing import Any

import numpy as np

from evaluation.calibration_pairs import MeasuredPairs, PairsOrigin, SamplePairs
from evaluation.logistic_regression import logistic
from search.confidence import METHOD

MODEL_ID = "a" * 64
PER_SEARCH = 5


def sample(count: int = 2000, seed: int = 1, *, model_id: str = MODEL_ID, method: str = METHOD) -> SamplePairs:
    """Return pairs of a sample, in which an agreement above .6 is a copy more often than not."""
    rng = np.random.default_rng(seed)
    agreement = rng.random(count)
    measures = np.stack([agreement, agreement, agreement * rng.random(count), 4 * rng.random(count)], axis=1)
    pairs = MeasuredPairs(
        measures=measures.astype(np.float32),
        is_laid=np.ones(count, bool),
        is_shown=agreement > 0.7,
        is_copy=rng.random(count) < logistic(20 * (agreement - 0.6)),
        group=np.arange(count) // 20,
        weight=np.ones(count),
    )
    origin = PairsOrigin(
        model_id=model_id,
        method=method,
        split="train",
        originals=5,
        strangers=3,
        searches=count // PER_SEARCH,
        seed=seed,
    )
    return SamplePairs(origin, pairs)


def decision(number: int, agreement: float, *, is_copy: bool, query: int | None = None, **evidence: Any) -> str:
    """Return a line of `decide export --evidence`, of pictures of its own, or of one query with others."""
    return json.dumps({
        "decision": number,
        "is_copy": is_copy,
        "decided_at": f"2026-01-01T00:{number // 60 % 60:02}:{number % 60:02}+00:00",
        "query_sha256": f"{number if query is None else query:064x}",
        "picture_sha256": f"{number + 10**9:064x}",
        "evidence": {
            "model_id": MODEL_ID,
            "method": METHOD,
            "shown": "copy",
            "copy_score": agreement,
            "is_same_file": False,
            "is_same_pixels": False,
            "agreement_share": agreement,
            "cells": round(expm1(3)),
            "maps": [{"inliers": 6, "of": 40, "is_best": False}, {"inliers": 10, "of": 40, "is_best": True}],
            "query": {"features": 60},
            "picture": {"features": 40},
            **evidence,
        },
    })  # fmt: skip


def decisions(count: int = 200, middle: float = 0.85, seed: int = 2) -> list[str]:
    """Return decisions of people among whose pictures only an agreement above this is a copy more often than not."""
    rng = np.random.default_rng(seed)
    agreement = 0.6 + 0.4 * rng.random(count)
    is_copy = rng.random(count) < logistic(30 * (agreement - middle))
    return [
        decision(number, round(float(share), 6), is_copy=bool(one))
        for number, (share, one) in enumerate(zip(agreement, is_copy, strict=True))
    ]
