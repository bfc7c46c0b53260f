"""Are similar works found? Each picture of `val` that shows a known thing is asked for among the others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from errors import BadInput
from evaluation.baselines import Descriptions, Method
from evaluation.description_cache import DescriptionCache
from evaluation.linear_probe import check_probe, probe
from evaluation.markdown import percent, table, three
from feature_extractor.training.retrieval import LeftOut, score_left_out
from feature_extractor.training.sample import LabelledPicture

POOLED = "pooled"
_SEED = 20170509


@dataclass(frozen=True, slots=True)
class Ranking:
    """How well pictures of the same class are found.

    Attributes:
        pictures: that were asked for.
        mean_average_precision: over all other pictures ranked, 0..1.
        precision_at_10: share of the ten nearest, 0..1.
        nearest_is_right: share of the pictures whose nearest is right, 0..1.
    """

    pictures: int
    mean_average_precision: float
    precision_at_10: float
    nearest_is_right: float


@dataclass(frozen=True, slots=True)
class SimilarFigures:
    """What one method reaches.

    Attributes:
        by_domain: asked among the pictures of one domain; POOLED: among all.
        by_class: pictures of one class, asked among all.
        class_accuracy: of a linear probe of the classes, by domain of the picture and POOLED; learnt on all domains.
        domain_accuracy: of a linear probe of the domains.
    """

    by_domain: Mapping[str, Ranking]
    by_class: Mapping[str, Ranking]
    class_accuracy: Mapping[str, float]
    domain_accuracy: float


@dataclass(frozen=True, slots=True)
class SimilarReport:
    """What every method reaches.

    Attributes:
        figures: by method.
        learnt_from: pictures of `train` that the probes learnt from.
        class_floor, domain_floor: accuracy of always naming the commonest.
    """

    figures: Mapping[str, SimilarFigures]
    learnt_from: int
    class_floor: float
    domain_floor: float

    def to_record(self) -> dict[str, object]:
        """Return the report as plain JSON values."""
        return asdict(self)

    def to_markdown(self) -> str:
        """Return the report as Markdown: a table a figure, a column a method."""
        first = next(iter(self.figures.values()))
        asked = first.by_domain[POOLED].pictures
        lines = [
            f"Similar works: {asked:,} pictures of `val`, each asked for among the others of its domain, or of all."
        ]
        for title, of in (
            ("mAP", lambda ranking: three(ranking.mean_average_precision)),
            ("P@10", lambda ranking: three(ranking.precision_at_10)),
            ("1-NN, %", lambda ranking: percent(ranking.nearest_is_right)),
        ):
            lines += ["", *self._ranking_table(title, of)]
        rows = [
            [f"class, {domain}", *[percent(figures.class_accuracy[domain]) for figures in self.figures.values()]]
            for domain in first.class_accuracy
        ]
        rows.append(["domain", *[percent(figures.domain_accuracy) for figures in self.figures.values()]])
        learnt = (
            f"Linear probes, accuracy in %, learnt from {self.learnt_from:,} pictures of `train` "
            f"(always the commonest: {percent(self.class_floor)} and {percent(self.domain_floor)})."
        )
        lines += ["", learnt, "", *table(["probe", *self.figures], rows)]
        return "\n".join(lines)

    def _ranking_table(self, title: str, of: Callable[[Ranking], str]) -> list[str]:
        first = next(iter(self.figures.values()))
        rows = [[name, *[of(f.by_domain[name]) for f in self.figures.values()]] for name in first.by_domain]
        rows += [[f"{name}, pooled", *[of(f.by_class[name]) for f in self.figures.values()]] for name in first.by_class]
        return table([title, *self.figures], rows)


def measure_similar_works(
    methods: Sequence[Method],
    pictures: Sequence[LabelledPicture],
    cache: DescriptionCache,
    *,
    on_progress: Callable[[str], None] = lambda _: None,
) -> SimilarReport:
    """Ask for each picture of `val` with a category among the others, and probe descriptions for class and domain.

    Args:
        methods: with different names.
        pictures: the sample, both splits.
        cache: of the same pictures.
        on_progress: told in words what comes next.
    Raises:
        BadInput: no picture has a category.
        PartMissing: scikit-learn is not installed.
        SourceUnreadable: a picture cannot be read.
    """
    check_probe()
    known = [row for row, picture in enumerate(pictures) if picture.category]
    # In drawn order, so that equal distances, which hashes have many of, are not broken by how files are sorted.
    drawn = np.random.default_rng(_SEED).permutation(known)
    train, val = ([int(row) for row in drawn if pictures[row].split == split] for split in ("train", "val"))
    if not train or not val:
        raise BadInput(f"expected pictures of known classes in 'train' and 'val'; found {len(train)} and {len(val)}")
    on_progress("describe the pictures")
    described = cache.descriptions(methods)
    figures = {}
    for method in methods:
        on_progress(method.name)
        figures[method.name] = _figures(method, described[method.name], pictures, train, val)
    classes, domains = _labels(pictures, val)
    return SimilarReport(figures, len(train), _commonest(classes), _commonest(domains))


def _figures(
    method: Method, described: Descriptions, pictures: Sequence[LabelledPicture], train: list[int], val: list[int]
) -> SimilarFigures:
    """Return the figures of one method."""
    classes, domains = _labels(pictures, val)
    by_domain = {}
    for domain in sorted(set(domains.tolist())):
        rows = np.flatnonzero(domains == domain)
        by_domain[domain] = _mean(_ask(method, described[np.array(val)[rows]], classes[rows]))
    everywhere = _ask(method, described[val], classes)
    by_class = {name: _mean(everywhere, classes[everywhere.rows] == name) for name in sorted(set(classes.tolist()))}
    vectors = method.as_vectors(described)
    train_classes, train_domains = _labels(pictures, train)
    right = probe(vectors[train], train_classes, vectors[val]) == classes
    return SimilarFigures(
        by_domain={**by_domain, POOLED: _mean(everywhere)},
        by_class=by_class,
        class_accuracy={
            **{domain: float(right[domains == domain].mean()) for domain in by_domain},
            POOLED: float(right.mean()),
        },
        domain_accuracy=float((probe(vectors[train], train_domains, vectors[val]) == domains).mean()),
    )


def _ask(method: Method, described: Descriptions, classes: NDArray[np.str_]) -> LeftOut:
    return score_left_out(lambda rows: -method.distance(described[rows], described), classes)


def _mean(found: LeftOut, chosen: NDArray[np.bool_] | None = None) -> Ranking:
    """Return the means over the pictures asked for, or over some of them."""
    chosen = np.ones(len(found.rows), bool) if chosen is None else chosen
    return Ranking(
        pictures=int(chosen.sum()),
        mean_average_precision=float(found.average_precision[chosen].mean()),
        precision_at_10=float(found.precision_at_10[chosen].mean()),
        nearest_is_right=float(found.nearest_is_right[chosen].mean()),
    )


def _labels(pictures: Sequence[LabelledPicture], rows: Sequence[int]) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Return class and domain of pictures."""
    return np.array([pictures[row].category for row in rows]), np.array([pictures[row].domain for row in rows])


def _commonest(labels: NDArray[np.str_]) -> float:
    """Return the share of the commonest label."""
    return float(np.unique(labels, return_counts=True)[1].max() / len(labels))
