"""Which pictures of the catalogue may answer, and by what an answer can be narrowed further."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from data.catalogue import Catalogue
from data.places import Place
from search.answer import Ask, Counts, Verdict
from search.sorting import Found
from search.vector_index.contract import Ids

MOST_KINDS = 12
"""Collections or places that are counted: a table may bring a collection a row."""


def allowed_ids(catalogue: Catalogue, ask: Ask) -> Ids | None:
    """Return the pictures that may answer at all, int64 (n,), ascending; None where all may.

    The index is asked for these alone, so that as many are found as there are.
    """
    allowed = None
    if ask.collection is not None:
        allowed = catalogue.ids_of_collection(ask.collection)
    if ask.place is not None:
        allowed = _both(allowed, catalogue.ids_seen_at(ask.place))
    if ask.words is not None:
        allowed = _both(allowed, catalogue.words.ids(ask.words))
    return allowed


def with_attributes(catalogue: Catalogue, allowed: Ids | None, names: Sequence[str]) -> Ids | None:
    """Return those of the pictures allowed that carry every one of the attributes, ascending; None where all may."""
    for name in names:
        allowed = _both(allowed, catalogue.ids_with_attribute(name))
    return allowed


def keep_allowed(ids: Sequence[int], allowed: Ids | None) -> list[int]:
    """Return those of some ids that are allowed, in their order."""
    if allowed is None:
        return list(ids)
    wanted = np.array(ids, np.int64)
    return [int(image_id) for image_id in wanted[np.isin(wanted, allowed, assume_unique=True)]]


def count_kinds(catalogue: Catalogue, judged: Sequence[Found], shown: Sequence[Found], ask: Ask) -> Counts:
    """Return how many pictures of an answer are of each kind.

    Args:
        catalogue: where they are.
        judged: all that were found, whatever their verdict.
        shown: those of the verdicts asked for.
        ask: what was asked for, which is counted even where nothing is of it.
    """
    verdicts = Counter(hit.verdict for hit in judged)
    ids = [hit.image_id for hit in shown]
    return Counts(
        verdicts={verdict: verdicts[verdict] for verdict in Verdict if verdicts[verdict] or verdict in ask.verdicts},
        collections=_most(catalogue.count_collections(ids), ask.collection),
        places=_most(catalogue.count_places(ids), place_word(ask.place)),
    )


def place_word(place: Place | None) -> str | None:
    """Return the word by which a place is asked for; None for none."""
    return None if place is None else place.name or place.kind


def _most(counts: Mapping[str, int], chosen: str | None) -> dict[str, int]:
    """Return what was chosen, then the most frequent, those of one frequency by name."""
    ordered = sorted(counts.items(), key=lambda line: (line[0] != chosen, -line[1], line[0]))[:MOST_KINDS]
    if chosen is not None and chosen not in counts:
        ordered = [(chosen, 0), *ordered]
    return dict(ordered)


def _both(one: Ids | None, other: Ids) -> Ids:
    """Return what is among both, ascending; None stands for everything."""
    return other if one is None else np.intersect1d(one, other, assume_unique=True)
