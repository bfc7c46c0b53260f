"""What the robustness report tells of confidence: how sure the engine said to be, and how often it was right."""

from collections.abc import Iterator, Sequence

from evaluation.answered_copies import Told
from evaluation.markdown import percent, table, three
from evaluation.reliability import Reliability, ReliabilityBin, measure_reliability
from search.words import count

BINS = 5
"""Of equal numbers of hits: of some hundred hits more would hold a dozen each."""


def how_sure(told: Sequence[Told]) -> Reliability | None:
    """Return how probabilities come true; None where none was told, as without a calibration."""
    if not told:
        return None
    return measure_reliability([one.probability for one in told], [one.is_copy for one in told], bins=BINS)


def confidence_sentence(found: Reliability | None) -> str:
    """Return how true the confidence is, in sentences."""
    if found is None:
        return "No confidence was told: no calibration of the model is at hand, or nothing was called a copy."
    told = sum(one.pairs * one.told for one in found.bins) / found.pairs
    return (
        f"Of {count(found.pairs, 'hit')} that are called copies and are not equal files or pixels, it said to be "
        f"{percent(told)} % sure on average, and was right in {percent(found.true)} %; calibration error "
        f"{three(found.error)}, Brier score {three(found.brier)}. What nobody knows to be a copy counts as none."
    )


def confidence_rows(found: Reliability | None) -> tuple[tuple[str, ...], ...]:
    """Return the bins in words, the surest first: what was said, its mean, what was so, and of how many hits."""
    if found is None:
        return ()
    return tuple(
        (_range(one), f"{percent(one.told)}", f"{percent(one.true)}", f"{one.pairs:,}") for one in reversed(found.bins)
    )


def confidence_lines(found: Reliability | None) -> Iterator[str]:
    """Yield it for a terminal."""
    yield confidence_sentence(found)
    if found is not None:
        yield ""
        yield from table(["said, %", "mean, %", "right, %", "hits"], confidence_rows(found))


def _range(one: ReliabilityBin) -> str:
    least, most = percent(one.least), percent(one.most)
    return least if least == most else f"{least} to {most}"
