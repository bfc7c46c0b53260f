"""Fits the weights of a calibration to pairs that were measured, and tells what they say of others."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.calibration_pairs import MeasuredPairs, PairsOrigin, SamplePairs
from evaluation.logistic_regression import fit_logistic, logistic
from evaluation.reliability import Reliability, measure_reliability
from search.confidence import Calibration, DecisionsLearnt, Fitted, Measure, Weights

LAID: tuple[Measure, ...] = ("agreement", "in_place_share", "log_cells")
"""What is weighed of a pair that geometry looked at. The cosine of the descriptors, the distance of PDQ and the number
of local features told nothing beside these: cross-validated log loss .017 with them and without."""
UNLAID: tuple[Measure, ...] = ("copy_score",)
"""What is known of a pair that it did not come to."""
RIDGE = 1.0


def fit_weights(pairs: MeasuredPairs) -> tuple[Weights, Weights]:
    """Return the weights under which what was seen is likeliest: for pairs that were laid, and by descriptor.

    Raises:
        BadInput: the pairs are all of one kind.
    """
    return _fit(pairs.rows(pairs.is_laid), LAID), _fit(pairs, UNLAID)


def tell(laid: Weights, unlaid: Weights, pairs: MeasuredPairs) -> NDArray[np.float64]:
    """Return what weights say of pairs, float64 (n,), 0..1."""
    told = [
        np.clip(logistic(weights.constant + pairs.features(tuple(weights.of)) @ list(weights.of.values())), least, most)
        for weights, least, most in ((one, one.least, one.most) for one in (laid, unlaid))
    ]
    return np.where(pairs.is_laid, *told)


def fit_calibration(
    sample: SamplePairs, decided: MeasuredPairs | None = None, learnt: DecisionsLearnt | None = None
) -> Calibration:
    """Return the calibration that makes what was seen likeliest.

    Args:
        sample: judged by the engine of this model.
        decided: pairs that people decided on, with their weights.
        learnt: what is told of them.
    Raises:
        BadInput: the pairs are all of one kind.
    """
    pairs = sample.pairs
    laid, unlaid = fit_weights(pairs if decided is None else pairs.joined(decided))
    shown = pairs.rows(pairs.is_shown)
    fit = measure_reliability(tell(laid, unlaid, shown).tolist(), shown.is_copy.tolist()) if len(shown) else None
    return Calibration(
        model_id=sample.origin.model_id,
        method=sample.origin.method,
        laid=laid,
        unlaid=unlaid,
        fitted=_fitted(sample.origin, pairs, learnt),
        measured={} if fit is None else _figures(fit),
    )


def _fit(pairs: MeasuredPairs, names: Sequence[Measure]) -> Weights:
    found = fit_logistic(pairs.features(names), pairs.is_copy, ridge=RIDGE, weights=pairs.weight)
    # Nothing surer than the pairs bear: one mistake among as many as there were of the kind, had it been the next.
    right, wrong = int(pairs.is_copy.sum()), int((~pairs.is_copy).sum())
    return Weights(
        constant=round(float(found[0]), 4),
        of={name: round(float(weight), 4) for name, weight in zip(names, found[1:], strict=True)},
        least=round(1 / (wrong + 2), 6),
        most=round(1 - 1 / (right + 2), 6),
    )


def _fitted(origin: PairsOrigin, pairs: MeasuredPairs, learnt: DecisionsLearnt | None) -> Fitted:
    return Fitted(
        split=origin.split,
        originals=origin.originals,
        strangers=origin.strangers,
        pairs=len(pairs),
        copies=int(pairs.is_copy.sum()),
        shown=int(pairs.is_shown.sum()),
        shown_copies=int(pairs.is_copy[pairs.is_shown].sum()),
        seed=origin.seed,
        decisions=learnt,
    )


def _figures(fit: Reliability) -> dict[str, float]:
    return {
        "shown_error": round(fit.error, 4),
        "shown_brier": round(fit.brier, 4),
        "shown_share_of_copies": round(fit.true, 4),
    }
