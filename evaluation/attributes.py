"""Are attributes told? Average precision and accuracy of each, on `val`, beside what is had for nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.baselines import Method
from evaluation.description_cache import DescriptionCache
from evaluation.markdown import percent, table, three
from feature_extractor.descriptors import ATTRIBUTES, Extractor
from feature_extractor.training.attributes_head import fit_attributes
from feature_extractor.training.model_report import AttributeFigures, score_attributes
from feature_extractor.training.sample import LabelledPicture, attribute_matrix

GROUPS = ("media", "content")
_SEED = 20170509


@dataclass(frozen=True, slots=True)
class AttributeReport:
    """How well every method tells attributes.

    Attributes:
        figures: by method, then by attribute; an attribute that a method was not taught is absent.
        pictures: of `val`.
    """

    figures: Mapping[str, Mapping[str, AttributeFigures]]
    pictures: int

    def mean(self, method: str, group: str) -> tuple[float, float]:
        """Return the mean average precision of 'media', 'content' or '' (all) and its floor; NaN: none is told."""
        chosen = [one for name, one in self.figures[method].items() if name.startswith(group)]
        if not chosen:
            return float("nan"), float("nan")
        return (
            float(np.mean([one.average_precision for one in chosen])),
            float(np.mean([one.average_precision_floor for one in chosen])),
        )

    def to_record(self) -> dict[str, object]:
        """Return the report as plain JSON values; a mean over no attributes is absent."""
        means = {
            method: {group or "all": self.mean(method, group) for group in (*GROUPS, "")} for method in self.figures
        }
        return {
            "pictures": self.pictures,
            "mean_average_precision": {
                method: {
                    group: {"reached": mean, "floor": floor}
                    for group, (mean, floor) in by_group.items()
                    if not np.isnan(mean)
                }
                for method, by_group in means.items()
            },
            "attributes": {
                method: {name: asdict(one) for name, one in told.items()} for method, told in self.figures.items()
            },
        }

    def to_markdown(self) -> str:
        """Return the report as Markdown: average precision and accuracy of each attribute, a column a method."""
        told = {name: one for figures in self.figures.values() for name, one in figures.items()}
        names = [name for name in ATTRIBUTES if name in told]
        precision = [
            [name, str(told[name].positive), three(told[name].average_precision_floor)]
            + [three(f[name].average_precision) if name in f else "–" for f in self.figures.values()]
            for name in names
        ]
        first = next(iter(self.figures))
        for group in (*GROUPS, ""):
            means = [three(self.mean(method, group)[0]) for method in self.figures]
            precision.append([f"**mean, {group or 'all'}**", "", three(self.mean(first, group)[1]), *means])
        accuracy = [
            [name, str(told[name].negative), percent(told[name].accuracy_floor)]
            + [percent(f[name].accuracy) if name in f else "–" for f in self.figures.values()]
            for name in names
        ]
        return "\n".join(
            [
                f"Attributes of {self.pictures:,} pictures of `val`: average precision beside that of chance.",
                "",
                *table(["attribute", "positive", "chance", *self.figures], precision),
                "",
                "Accuracy in %, beside that of saying no to everything.",
                "",
                *table(["attribute", "negative", "all no", *self.figures], accuracy),
            ]
        )


def measure_all_attributes(
    extractors: Mapping[str, Extractor],
    methods: Sequence[Method],
    pictures: Sequence[LabelledPicture],
    cache: DescriptionCache,
    *,
    on_progress: Callable[[str], None] = lambda _: None,
) -> AttributeReport:
    """Compare what models say of attributes, and what can be learnt from other methods' descriptions, with labels.

    Args:
        extractors: models that tell attributes themselves, by the name that tables show.
        methods: others; a logistic regression, the same as in training, learns the attributes from `train` for each.
        pictures: the sample, both splits.
        cache: of the same pictures.
        on_progress: told in words what comes next.
    Raises:
        SourceUnreadable: a picture cannot be read.
    """
    val = [row for row, picture in enumerate(pictures) if picture.split == "val"]
    told: dict[str, NDArray[np.float32]] = {}
    for name, extractor in extractors.items():
        on_progress(name)
        told[name] = cache.outputs(extractor).attributes
    described = cache.descriptions(methods)
    for method in methods:
        on_progress(method.name)
        told[method.name] = _learn(method.as_vectors(described[method.name]), pictures)
    return AttributeReport(
        {name: _figures(probabilities[val], [pictures[row] for row in val]) for name, probabilities in told.items()},
        len(val),
    )


def _learn(vectors: NDArray[np.float32], pictures: Sequence[LabelledPicture]) -> NDArray[np.float32]:
    """Return probabilities of attributes, learnt from the pictures of `train`; NaN where there was too little."""
    train = [row for row, picture in enumerate(pictures) if picture.split == "train"]
    chosen = [pictures[row] for row in train]
    groups = [picture.project for picture in chosen]
    learnt = fit_attributes(vectors[train], attribute_matrix(chosen), groups, seed=_SEED)
    probabilities = 1 / (1 + np.exp(-learnt.head(vectors)))
    return np.where(learnt.taught, probabilities, np.nan).astype(np.float32)


def _figures(probabilities: NDArray[np.float32], pictures: Sequence[LabelledPicture]) -> dict[str, AttributeFigures]:
    """Return the figures of what is told: what is not is NaN."""
    taught = [name for name, column in zip(ATTRIBUTES, probabilities.T, strict=True) if not np.isnan(column).any()]
    return score_attributes(probabilities, taught, pictures)
