"""The choices that a results page offers: in which order its copies stand, and by what the answer is narrowed."""

from collections.abc import Iterable, Iterator, Mapping

from data.places import FILES
from search.answer import Answer, Ask, SearchParts, Sort, Verdict
from search.narrowing import place_word
from web.contexts import Choice, ChoiceGroup, Wanted
from web.searches import MAX_COLLECTION, region_value
from web.words import VERDICT_TEXTS

SORT_TEXTS: Mapping[Sort, str] = {
    Sort.BEST: "Best match",
    Sort.CHANGED: "Most changed",
    Sort.BIGGEST: "Biggest",
    Sort.SMALLEST: "Smallest",
    Sort.NEWEST: "Newest",
    Sort.OLDEST: "Oldest",
}
FILES_TEXT = "not on the web"
_NARROWING = frozenset({"verdict", "collection", "source", "words"})


def kept(ask: Ask) -> Wanted:
    """Return what was chosen, as an address asks for it, without page numbers and without what goes by itself."""
    wanted = {
        "attributes": ",".join(ask.attributes),
        "verdict": ",".join(verdict.value for verdict in ask.verdicts),
        "collection": ask.collection,
        "source": place_word(ask.place),
        "words": None if ask.words is None else ask.words.text,
        "sort": None if ask.sort is Sort.BEST else ask.sort.value,
        "region": region_value(ask.region),
        "regions": None if ask.parts is SearchParts.AUTO else ask.parts.value,
        "decided": "show" if ask.show_decided else None,
    }
    return {name: value for name, value in wanted.items() if value}


def sort_choices(answer: Answer, ask: Ask) -> tuple[Choice, ...]:
    """Return the orders that copies can stand in; none where there are not two of them. Each starts at page 1."""
    if answer.copies.total < 2:
        return ()
    page = {"similar_page": ask.similar_page} if ask.similar_page > 1 else {}
    return tuple(
        Choice(
            text=text,
            count=None,
            is_chosen=sort is ask.sort,
            wanted={**kept(ask), **page, "sort": None if sort is Sort.BEST else sort.value},
        )
        for sort, text in SORT_TEXTS.items()
    )


def narrowing_groups(answer: Answer, ask: Ask) -> tuple[ChoiceGroup, ...]:
    """Return by what the answer can be narrowed; a kind that leaves no choice is left out."""
    counts = answer.counts
    groups = (
        ChoiceGroup("Verdict", tuple(_verdict_choices(counts.verdicts, ask))),
        ChoiceGroup("Collection", tuple(_choices("collection", counts.collections, ask.collection, ask))),
        ChoiceGroup("Source", tuple(_choices("source", counts.places, place_word(ask.place), ask))),
    )
    return tuple(group for group in groups if len(group.choices) > 1 or any(one.is_chosen for one in group.choices))


def everything(ask: Ask) -> Wanted | None:
    """Return what asks for the answer as it is without these choices; None where none was made."""
    if not ask.narrows_copies:
        return None
    return {
        name: value for name, value in kept(ask).items() if name not in {"verdict", "collection", "source", "words"}
    }


def _verdict_choices(counts: Mapping[Verdict, int], ask: Ask) -> Iterator[Choice]:
    """Yield the verdicts; any number of them may be chosen."""
    for verdict, number in counts.items():
        is_chosen = verdict in ask.verdicts
        after: Iterable[Verdict] = set(ask.verdicts) ^ {verdict}
        value = ",".join(one.value for one in Verdict if one in after)
        yield Choice(VERDICT_TEXTS[verdict], number, is_chosen, {**kept(ask), "verdict": value or None})


def _choices(name: str, counts: Mapping[str, int], chosen: str | None, ask: Ask) -> Iterator[Choice]:
    """Yield choices of which one may be made."""
    for value, number in counts.items():
        if len(value) > MAX_COLLECTION:  # a name of nobody's making, which no address would carry
            continue
        text = FILES_TEXT if name == "source" and value == FILES else value
        is_chosen = value == chosen
        yield Choice(text, number, is_chosen, {**kept(ask), name: None if is_chosen else value})
