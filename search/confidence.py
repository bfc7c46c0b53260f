"""How sure it is that a query shows a picture: what was measured of the pair as one probability, by a calibration.

The calibration is a logistic regression whose weights are a file beside the model, fitted by `index.py calibrate` on
edited copies and on the hardest pictures that are none. It holds for one model and one way to judge pairs.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log1p
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from errors import ModelUnusable, StorageUnavailable
from feature_extractor import keypoints
from search import proof as proving
from search.answer import Verdict
from search.proof import Proof
from search.verdict import in_place_share

METHOD = f"{keypoints.METHOD} {proving.METHOD} confidence-1"
"""How a pair is judged: local features, how pictures are laid on each other, and the measures below."""
SUFFIX = ".calibration.json"
"""In place of the `.xml` of the model."""
CERTAIN = 1.0
"""What equal files and equal pixels are."""
LEAST_CONFIDENCE = 0.05
"""What geometry laid on the query without a proof, and what is less sure than this, is no probable copy: one of twenty
such at most would be worth the look that the other nineteen cost."""
_SHA256 = r"^[0-9a-f]{64}$"
Measure = Literal["copy_score", "agreement", "in_place_share", "log_cells"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """What is measured of a query and a picture, apart from their bytes.

    Attributes:
        copy_score: cosine of the `copy` descriptors, -1..1.
        is_laid: geometry looked at the pair.
        proof: what it found; None where that was nothing.
    """

    copy_score: float
    is_laid: bool
    proof: Proof | None = None

    def measures(self) -> dict[Measure, float]:
        """Return the numbers that a calibration weighs; where there is no map between the two, nothing agrees."""
        proof = self.proof
        return {
            "copy_score": self.copy_score,
            "agreement": 0.0 if proof is None else proof.overlay.agreement,
            "in_place_share": 0.0 if proof is None else in_place_share(proof),
            "log_cells": 0.0 if proof is None else log1p(proof.overlay.cells),
        }


class Weights(BaseModel):
    """A logistic regression over named measures.

    Attributes:
        constant: log odds where every measure is 0.
        of: name of a measure to its weight, in log odds a unit.
        least, most: probabilities beyond which the pairs it was fitted on say nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    constant: float
    of: Mapping[Measure, float]
    least: float = Field(gt=0, lt=1)
    most: float = Field(gt=0, lt=1)

    def probability(self, measures: Mapping[Measure, float]) -> float:
        """Return what the measures come to, least..most."""
        logit = self.constant + sum(weight * measures[name] for name, weight in self.of.items())
        return min(max(1 / (1 + exp(-min(max(logit, -500.0), 500.0))), self.least), self.most)


class DecisionsLearnt(BaseModel):
    """The decisions of people that a calibration was fitted on beside its sample.

    Attributes:
        decisions, copies: pairs that were decided on, and those of them that are copies.
        originals: pictures that the pairs are of, with all that was said to be a copy of them.
        weight: pairs of the sample that they weigh as much as, together.
        newest: when the last of them was taken, ISO 8601.
        held_out: figures of decisions that were held out, without the others and with them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    decisions: int = Field(ge=1)
    copies: int = Field(ge=0)
    originals: int = Field(ge=1)
    weight: float = Field(gt=0)
    newest: str
    held_out: Mapping[str, JsonValue]


class Fitted(BaseModel):
    """What a calibration was fitted on: the edits of the grid on pictures of a sample, and pictures without a copy.

    Attributes:
        split: of the sample that the pictures are of.
        originals, strangers: pictures that were edited, and that were searched with while they were left out.
        pairs, copies: candidates of these searches, and those of them that are copies.
        shown, shown_copies: those that the answer shows as copies, proven or probable, and those that are: the prior
            of what a page shows.
        seed: of every choice.
        decisions: what people decided, beside the sample; None where nothing of it was learnt from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    split: str
    originals: int = Field(ge=0)
    strangers: int = Field(ge=0)
    pairs: int = Field(ge=0)
    copies: int = Field(ge=0)
    shown: int = Field(ge=0)
    shown_copies: int = Field(ge=0)
    seed: int = Field(ge=0)
    decisions: DecisionsLearnt | None = None


class Calibration(BaseModel):
    """What turns evidence into a probability.

    Attributes:
        format_version: of its file.
        model_id: of the model whose scores it weighs.
        method: how the pairs were judged, as METHOD was then.
        laid: for pairs that geometry looked at.
        unlaid: for those it did not come to, by what was known before it.
        fitted: on what.
        measured: figures of the fit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = 1
    model_id: str = Field(pattern=_SHA256)
    method: str
    laid: Weights
    unlaid: Weights
    fitted: Fitted
    measured: Mapping[str, JsonValue]

    def probability(self, verdict: Verdict, evidence: PairEvidence) -> float | None:
        """Return how sure it is, 0..1, that a pair is what its verdict says; None for what is not called a copy."""
        if verdict in {Verdict.IDENTICAL, Verdict.SAME_PIXELS}:
            return CERTAIN
        if not verdict.is_copy:
            return None
        return (self.laid if evidence.is_laid else self.unlaid).probability(evidence.measures())


def is_credible(calibration: Calibration | None, verdict: Verdict, evidence: PairEvidence) -> bool:
    """Tell whether a hit may be called what its descriptor says, after what geometry saw; True if uncalibrated."""
    if calibration is None or verdict is not Verdict.UNCONFIRMED or not evidence.is_laid:
        return True
    return calibration.laid.probability(evidence.measures()) >= LEAST_CONFIDENCE


def calibration_file(model: Path) -> Path:
    """Return where the calibration of a model lies, whether it is there or not."""
    return model.with_suffix(SUFFIX)


def read_calibration(model: Path, model_id: str) -> Calibration | None:
    """Return the calibration beside a model; None, and a line in the log, where there is none that holds for it.

    Args:
        model: the `.xml`.
        model_id: of the model that describes pictures.
    Raises:
        ModelUnusable: the file is there and cannot be read.
    """
    path = calibration_file(model)
    remedy = f"Fit it anew: python3 index.py calibrate; or delete {path.name}."
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        _log.info("no calibration in %s: no confidence is told", path)
        return None
    except OSError as exc:
        raise ModelUnusable(f"expected a calibration in {path}; received {exc.strerror}", remedy=remedy) from exc
    try:
        found = Calibration.model_validate_json(data)
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ModelUnusable(
            f"expected a calibration in {path}; received {first['msg']} ({place})", remedy=remedy
        ) from exc
    if (found.model_id, found.method) != (model_id, METHOD):
        _log.warning(
            "the calibration in %s is of model %s and method %s; served are %s and %s: no confidence is told. %s",
            path, found.model_id[:12], found.method, model_id[:12], METHOD, remedy,
        )  # fmt: skip
        return None
    return found


def write_calibration(calibration: Calibration, model: Path) -> Path:
    """Write a calibration beside its model, in place of an older one, and return where.

    Raises:
        StorageUnavailable: it cannot be written.
    """
    path = calibration_file(model)
    made = path.with_name(f"{path.name}.part")
    try:
        made.write_text(calibration.model_dump_json(indent=2) + "\n", encoding="utf-8")
        made.replace(path)
    except OSError as exc:
        raise StorageUnavailable(f"{path} cannot be written: {exc.strerror}") from exc
    return path


def confidence_text(probability: float) -> str:
    """Return a probability as people read it: '98 %', and '100 %' only of what is certain."""
    if probability >= CERTAIN:
        return "100 %"
    percent = round(100 * probability)
    return "> 99 %" if percent > 99 else "< 1 %" if percent < 1 else f"{percent} %"
