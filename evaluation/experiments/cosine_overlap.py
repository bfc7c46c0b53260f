"""Are the vectors of two similar pictures still similar? The cosines of three kinds of pairs, and how they overlap."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.experiments.embeddings import Embedding
from evaluation.experiments.label_agreement import Classes
from feature_extractor.backbones import scale_to_unit

BINS = 100
"""Of a histogram, from -1 to 1."""

MOST_QUERIES, MOST_KEPT = 2_000, 10_000
"""Pictures that pairs are made of: twenty million pairs are enough, and the whole of CIFAR-10 has 500 million."""
_SEED = 20170509

Cosines = NDArray[np.float32]  # (pairs,)

COPIES, SAME, OTHER = "edited copy", "same class", "other class"


@dataclass(frozen=True, slots=True)
class Spread:
    """The cosines of one kind of pairs.

    Attributes:
        pairs: how many.
        low, median, high: of them; 5 % are below `low` and 5 % above `high`.
        histogram: share of the pairs in each of BINS steps from -1 to 1.
    """

    pairs: int
    low: float
    median: float
    high: float
    histogram: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """How the cosines of pairs lie beside each other.

    Attributes:
        spreads: by kind of pair: COPIES, SAME, OTHER.
        auc: by 'kind > kind': the chance that a pair of the first kind has the larger cosine, ties counted half.
        shared: by 'kind, kind': the area that both histograms cover, 0 (apart) to 1 (alike).
        copies_first: by edit: share of edited copies that are nearer to their original than to any picture of the base.
    """

    spreads: Mapping[str, Spread]
    auc: Mapping[str, float]
    shared: Mapping[str, float]
    copies_first: Mapping[str, float]

    @property
    def copies_first_mean(self) -> float:
        """The mean over all edits."""
        return float(np.mean(list(self.copies_first.values())))


def measure_overlap(embedding: Embedding, asked: Classes, base: Classes, edits: tuple[str, ...]) -> Overlap:
    """Return how the cosines of pairs of one class, of different classes, and of edited copies lie.

    Args:
        embedding: whose vectors.
        asked: classes of the queries, (m,); pairs are made of the first MOST_QUERIES.
        base: of the base, (n,); of MOST_KEPT of them, drawn.
        edits: names of the rows of `embedding.edited`.
    """
    kept, queries = scale_to_unit(embedding.base), scale_to_unit(embedding.queries)
    drawn = np.random.default_rng(_SEED).permutation(len(kept))[:MOST_KEPT]
    cosines = queries[:MOST_QUERIES] @ kept[drawn].T
    is_same = asked[:MOST_QUERIES, None] == base[drawn]
    originals = queries[: embedding.edited.shape[1]]
    edited = scale_to_unit(embedding.edited)  # (edits, pictures, length)
    to_original = np.einsum("epl,pl->ep", edited, originals)
    to_nearest = np.stack([(one @ kept.T).max(axis=1) for one in edited])
    pairs = {COPIES: to_original.ravel(), SAME: cosines[is_same], OTHER: cosines[~is_same]}
    spreads = {kind: _spread(values) for kind, values in pairs.items()}
    compared = ((SAME, OTHER), (COPIES, OTHER), (COPIES, SAME))
    first = (to_original > to_nearest).mean(axis=1)
    return Overlap(
        spreads,
        auc={f"{above} > {below}": area_under_roc(pairs[above], pairs[below]) for above, below in compared},
        shared={f"{one}, {other}": _shared(spreads[one], spreads[other]) for one, other in compared},
        copies_first=dict(zip(edits, map(float, first), strict=True)),
    )


def area_under_roc(above: Cosines, below: Cosines) -> float:
    """Return the chance that a value of the first set is larger than one of the second, ties counted half.

    This is the area under the ROC curve of the two (Hanley and McNeil, 1982).
    """
    ordered = np.sort(below)
    less = np.searchsorted(ordered, above, "left").mean(dtype=np.float64)
    not_more = np.searchsorted(ordered, above, "right").mean(dtype=np.float64)
    return float((less + not_more) / (2 * len(below)))


def _spread(cosines: Cosines) -> Spread:
    low, median, high = (float(value) for value in np.quantile(cosines, [0.05, 0.5, 0.95]))
    counts, _ = np.histogram(np.clip(cosines, -1, 1), BINS, (-1, 1))
    return Spread(len(cosines), low, median, high, tuple((counts / len(cosines)).tolist()))


def _shared(one: Spread, other: Spread) -> float:
    return float(np.minimum(one.histogram, other.histogram).sum())
