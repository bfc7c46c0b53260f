"""How much work a search is worth: how many vectors pass each stage, and when scoring all of them costs less."""

from dataclasses import dataclass

_CANDIDATES = 512
_CANDIDATES_A_NEIGHBOUR = 8
_EFFORT_RANGE = 16.0
"""Effort 0 scores this many times fewer candidates than the index's own choice, effort 1 would score as many more."""
_OWN_EFFORT = 0.5
_SURVIVORS_A_CANDIDATE = 6
_TWO_STAGES_FROM = 100_000
"""With fewer vectors all words are compared at once."""
_FIRST_WORDS = 2

# Nanoseconds on one core of a 2020s server, to weigh an exact scan against a search by signatures; only ratios matter.
_WIDEN_NS = 150
_MULTIPLY_NS = 30
_RERANK_NS = 200
_COMPARE_NS = 5
_QUERY_NS = 250_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What passes each stage of a search by signatures.

    Attributes:
        first_words: words compared with every vector; all of them when there is no second stage.
        survivors: vectors that pass the first stage.
        candidates: vectors whose cosine is computed.
    """

    first_words: int
    survivors: int
    candidates: int


def make_plan(*, eligible: int, queries: int, k: int, words: int, effort: float | None) -> Plan | None:
    """Return the plan for a search, or None where scoring every eligible vector is wanted or costs less.

    Args:
        eligible: vectors that may be returned.
        queries: searched for at once; an exact scan shares much of its work among them.
        k: neighbours wanted.
        words: of a signature.
        effort: 0..1, or None for the index's own choice.
    """
    if effort == 1:
        return None
    scale = _EFFORT_RANGE ** (2 * (_OWN_EFFORT if effort is None else effort) - 1)
    candidates = max(k, round((_CANDIDATES + _CANDIDATES_A_NEIGHBOUR * k) * scale))
    scan_ns = eligible * (_WIDEN_NS / max(queries, 1) + _MULTIPLY_NS)
    search_ns = _QUERY_NS + candidates * _RERANK_NS + eligible * _COMPARE_NS
    survivors = _SURVIVORS_A_CANDIDATE * candidates
    if eligible <= candidates or scan_ns <= search_ns:
        return None
    two_stages = eligible >= _TWO_STAGES_FROM and survivors < eligible and words > _FIRST_WORDS
    return Plan(
        first_words=_FIRST_WORDS if two_stages else words,
        survivors=survivors if two_stages else candidates,
        candidates=candidates,
    )
