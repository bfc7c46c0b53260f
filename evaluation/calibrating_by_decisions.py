"""Lets decisions of people have a say in a calibration, where held-out decisions show that this makes it truer."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from errors import BadInput
from evaluation.calibration_fit import fit_calibration, fit_weights, tell
from evaluation.calibration_pairs import MeasuredPairs, SamplePairs
from evaluation.decided_pairs import DecidedPairs
from evaluation.reliability import measure_reliability
from search.confidence import Calibration, DecisionsLearnt
from search.words import count

LEAST_DECISIONS = 50
"""Fewer change nothing: a share of fifty is known within 14 percentage points, at 95 %, and of ten within 31."""
LEAST_OF_A_KIND = 5
LEAST_GROUPS = 5
FOLDS = 5
"""The decisions are held out in so many parts, each with the sample's pairs of its share of originals."""


@dataclass(frozen=True, slots=True)
class Told:
    """How probabilities of pairs come true that nothing was learnt from.

    Attributes:
        pairs, copies: how many, and those of them that are copies.
        error: expected calibration error, 0..1; see evaluation.reliability.
        log_loss: mean of -log of what was said of what is so, in nats.
    """

    pairs: int
    copies: int
    error: float
    log_loss: float


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The same pairs told of without decisions and with them.

    Attributes:
        decided_before, decided_after: pairs that people decided on.
        sample_before, sample_after: pairs of the sample that are shown as copies; None where none is.
    """

    decided_before: Told
    decided_after: Told
    sample_before: Told | None
    sample_after: Told | None

    @property
    def is_better(self) -> bool:
        """Whether decisions that were held out are told truer with the others than without."""
        return self.decided_after.log_loss < self.decided_before.log_loss


@dataclass(frozen=True, slots=True)
class DecisionsWeighed:
    """What came of weighing decisions.

    Attributes:
        calibration: that learnt from them; None where they change nothing.
        decisions, copies, originals: as in search.confidence.DecisionsLearnt.
        weight: pairs of the sample that they weigh as much as.
        sample_pairs: what they are weighed against.
        held_out: None where there are too few.
        left_out: why others cannot be learnt from, and how many.
    """

    calibration: Calibration | None
    decisions: int
    copies: int
    originals: int
    weight: float
    sample_pairs: int
    held_out: HeldOut | None
    left_out: dict[str, int]

    def to_record(self) -> dict[str, Any]:
        """Return it as plain JSON values, whether it changed the calibration in place of this."""
        record = asdict(replace(self, calibration=None))
        del record["calibration"]
        return {"is_changed": self.calibration is not None, **record}

    def lines(self) -> Iterator[str]:
        """Yield it line by line."""
        kinds = f"{self.copies:,} of copies, {self.decisions - self.copies:,} of pictures that are none"
        yield (
            f"{count(self.decisions, 'decision')} ({kinds}) on {count(self.originals, 'original')} "
            f"weigh as much as {self.weight:,.0f} of the sample's {self.sample_pairs:,} pairs."
        )
        for why, number in self.left_out.items():
            yield f"Left out: {number:,}, {why}."
        if self.held_out is None:
            yield f"Fewer than {LEAST_DECISIONS} change nothing: the calibration stays as it is."
            return
        yield "Held out, by original: before, and with the other decisions."
        for what, before, after in (
            ("decided on", self.held_out.decided_before, self.held_out.decided_after),
            ("shown of the sample", self.held_out.sample_before, self.held_out.sample_after),
        ):
            if before is not None and after is not None:
                yield (
                    f"  {before.pairs:,} {what}: calibration error {before.error:.4f} → {after.error:.4f}, "
                    f"log loss {before.log_loss:.4f} → {after.log_loss:.4f}"
                )
        if self.calibration is None:
            yield "That is no truer, so that they change nothing: the calibration stays as it is."


def weigh_decisions(sample: SamplePairs, decided: DecidedPairs, *, seed: int) -> DecisionsWeighed:
    """Return a calibration that learnt from decisions beside its sample, or why there is none.

    Args:
        sample: what the calibration is fitted on.
        decided: with their weights.
        seed: of how they are held out.
    Raises:
        BadInput: nearly all say the same, or are on the same pictures.
    """
    pairs = decided.pairs
    copies, originals = int(pairs.is_copy.sum()), len(np.unique(pairs.group))
    held_out = calibration = None
    if len(pairs) >= LEAST_DECISIONS:
        _check(len(pairs), copies, originals)
        held_out = hold_out(sample.pairs, pairs, seed=seed)
        if held_out.is_better and decided.newest is not None:
            learnt = DecisionsLearnt(
                decisions=len(pairs),
                copies=copies,
                originals=originals,
                weight=round(float(pairs.weight.sum()), 3),
                newest=decided.newest.isoformat(),
                held_out=_figures(held_out),
            )
            calibration = fit_calibration(sample, pairs, learnt)
    return DecisionsWeighed(
        calibration=calibration,
        decisions=len(pairs),
        copies=copies,
        originals=originals,
        weight=float(pairs.weight.sum()),
        sample_pairs=len(sample.pairs),
        held_out=held_out,
        left_out=decided.left_out,
    )


def hold_out(sample: MeasuredPairs, decided: MeasuredPairs, *, seed: int) -> HeldOut:
    """Return how decisions and the sample are told of by what learnt from others, without decisions and with them.

    Args:
        sample, decided: in groups that are held out whole.
        seed: of the choice of these.
    Raises:
        BadInput: the sample is of one kind.
    """
    generator = np.random.default_rng(seed)
    folds, decided_folds = _folds(sample.group, generator), _folds(decided.group, generator)
    shown = sample.is_shown
    told = {name: np.zeros(len(decided)) for name in ("before", "after")}
    told_sample = {name: np.zeros(len(sample)) for name in ("before", "after")}
    for fold in range(FOLDS):
        taught = sample.rows(folds != fold)
        both = taught.joined(decided.rows(decided_folds != fold))
        for name, pairs in (("before", taught), ("after", both)):
            weights = fit_weights(pairs)
            told[name][decided_folds == fold] = tell(*weights, decided.rows(decided_folds == fold))
            told_sample[name][folds == fold] = tell(*weights, sample.rows(folds == fold))
    of_sample = (
        [_judge(told_sample[name][shown], sample.is_copy[shown]) for name in told] if shown.any() else [None] * 2
    )
    return HeldOut(*(_judge(told[name], decided.is_copy) for name in told), *of_sample)


def _check(decisions: int, copies: int, originals: int) -> None:
    fewest = min(copies, decisions - copies)
    if fewest < LEAST_OF_A_KIND:
        kind = "of copies (licensed, mine)" if copies == fewest else "of pictures that are no copy"
        raise BadInput(
            f"expected at least {LEAST_OF_A_KIND} decisions of each kind; of {decisions:,}, {fewest} {kind}",
            remedy="Decide on true copies as well as on those that are none: of one kind alone nothing can be told.",
        )
    if originals < LEAST_GROUPS:
        raise BadInput(
            f"expected decisions on at least {LEAST_GROUPS} originals, to hold some out; received {originals}",
            remedy="Decide on the hits of other pictures too.",
        )


def _folds(group: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.int64]:
    """Return the part that each pair is held out in, those of a group together; parts have as many groups."""
    _, number = np.unique(group, return_inverse=True)
    return np.asarray(generator.permutation(number.max() + 1)[number] % FOLDS, np.int64)


def _judge(told: NDArray[np.float64], is_copy: NDArray[np.bool_]) -> Told:
    return Told(
        pairs=len(told),
        copies=int(is_copy.sum()),
        error=measure_reliability(told.tolist(), is_copy.tolist()).error,
        log_loss=float(-np.log(np.where(is_copy, told, 1 - told)).mean()),
    )


def _figures(held_out: HeldOut) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, told in (("before", held_out.decided_before), ("after", held_out.decided_after)):
        figures[f"error_{name}"] = round(told.error, 4)
        figures[f"log_loss_{name}"] = round(told.log_loss, 4)
    return figures
