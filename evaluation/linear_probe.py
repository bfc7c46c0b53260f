"""What a linear classifier reads from descriptions: how well they hold what they were not asked about."""

import numpy as np
from numpy.typing import NDArray

from errors import PartMissing

STRENGTHS = (0.003, 0.03, 0.3)
"""Inverse weights of the squared coefficients that are tried, on standardised values."""

FOLDS = 3
SEED = 20170509


def check_probe() -> None:
    """Find at once what `probe` would find when all is described.

    Raises:
        PartMissing: scikit-learn is not installed.
    """
    try:
        import sklearn  # type: ignore[import-untyped]  # noqa: F401 - here: serving has none
    except ImportError as exc:
        raise PartMissing("expected the package scikit-learn; it is not installed") from exc


def probe(
    train: NDArray[np.float32],
    classes: NDArray[np.str_],
    val: NDArray[np.float32],
    *,
    strengths: tuple[float, ...] = STRENGTHS,
) -> NDArray[np.str_]:
    """Return the class that a multinomial logistic regression gives each vector.

    Its inputs are standardised, and its strength is chosen by cross-validation on what it learns from.

    Args:
        train: (n, dim).
        classes: (n,), of each at least one a fold.
        val: (m, dim), only read.
        strengths: tried.
    Returns:
        (m,).
    Raises:
        PartMissing: scikit-learn is not installed.
    """
    check_probe()
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    from sklearn.model_selection import GridSearchCV, StratifiedKFold  # type: ignore[import-untyped]
    from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]
    from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]

    if len(np.unique(classes)) == 1:
        return np.repeat(classes[:1], len(val))  # there is nothing to tell apart
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500, tol=1e-3))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    search = GridSearchCV(classifier, {"logisticregression__C": strengths}, cv=folds)
    return np.asarray(search.fit(train, classes).predict(val))
