"""What the template of the page of status receives; see web.contexts."""

from dataclasses import dataclass

Lines = tuple[tuple[str, str], ...]
"""Names and what is told of each."""


@dataclass(frozen=True, slots=True)
class CautionView:
    """Something to see to: what it is, and what to do, in pieces of text and of code by turns, text first."""

    what: tuple[str, ...]
    remedy: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of searches.

    Attributes:
        name: of the step.
        times_text: how often it was taken.
        mean_text: how long on average.
        bound_text: within what time 95 of a hundred were.
    """

    name: str
    times_text: str
    mean_text: str
    bound_text: str


@dataclass(frozen=True, slots=True)
class StatusContext:
    """status.html.

    Attributes:
        headline: whether there is something to see to; explanation: who answers, and since when.
        cautions: what there is to see to, the most pressing first.
        holds, model, index, serving, deliveries, storage: what is told of each.
        searches_title: over what time steps are told; steps: the longest in all first.
        searches_note: why there are none, or ''.
    """

    headline: str
    explanation: str
    cautions: tuple[CautionView, ...]
    holds: Lines
    model: Lines
    index: Lines
    serving: Lines
    deliveries: Lines
    storage: Lines
    searches_title: str
    steps: tuple[StepLine, ...]
    searches_note: str
