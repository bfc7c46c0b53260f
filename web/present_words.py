"""What words found as a page: every sentence a visitor reads about it is written here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from data.attribute_words import attribute_words
from data.places import FILES
from data.word_query import LONGEST_NAME, MOST_CHARACTERS, WordQuery, narrowed, parse_words
from data.word_search import AnyFacet, WordPage
from search.words import count
from web import words
from web.cards import picture_card
from web.choices import FILES_TEXT
from web.contexts import Choice, ChoiceGroup, Pager, Wanted, WordsContext
from web.searches import parse_attributes

_TITLES: Mapping[AnyFacet, str] = {
    "collection": "Collection",
    "licence": "Licence",
    "source": "Source",
    "year": "First seen",
}
_FIELDS = ("words", "collection", "licence", "source", "year", "attributes", "since", "before")
_NARROW_BY = ("collection", "licence", "source", "year", "attributes")
_MOST_SHOWN = 60
"""Characters of the name of a facet."""


@dataclass(frozen=True, slots=True)
class AskedWords:
    """A question as an address holds it: text each, '' where nothing is said."""

    words: str = ""
    collection: str = ""
    licence: str = ""
    source: str = ""
    year: str = ""
    attributes: str = ""
    since: str = ""
    before: str = ""

    def question(self) -> WordQuery:
        """Return it as it is answered.

        Raises:
            BadRequest: something of it cannot be asked for; the message says what.
        """
        return narrowed(
            parse_words(self.words),
            collection=self.collection,
            licence=self.licence,
            source=self.source,
            year=self.year,
            attributes=parse_attributes(self.attributes),
            since=self.since,
            before=self.before,
        )

    def wanted(self) -> dict[str, str | int | None]:
        """Return it as an address asks for it, without a page."""
        return {name: value for name in _FIELDS if (value := getattr(self, name))}


def words_context(found: WordPage, query: WordQuery, asked: AskedWords, steps_ms: Mapping[str, float]) -> WordsContext:
    """Return the page of what words found."""
    chosen = {name: value for name, value in asked.wanted().items() if name in _NARROW_BY}
    return WordsContext(
        words=asked.words,
        most_characters=MOST_CHARACTERS,
        kept=tuple((name, str(value)) for name, value in chosen.items()),
        since=asked.since,
        before=asked.before,
        headline=_headline(found, query),
        explanation=_explanation(found, query),
        ways_on=() if found.total else tuple(_ways_on(found, query, asked)),
        cards=tuple(map(picture_card, found.images)),
        narrowing=tuple(
            group
            for group in _groups(found, asked)
            if len(group.choices) > 1 or any(one.is_chosen for one in group.choices)
        ),
        everything=_only_words(asked) if chosen or asked.since or asked.before else None,
        pager=Pager(
            name="page",
            page=found.page,
            pages=found.pages,
            previous=min(found.page - 1, found.pages) if found.page > 1 and found.total else None,
            next=found.page + 1 if found.page < found.pages else None,
        ),
        kept_by_pager=asked.wanted(),
        time_text=words.milliseconds(sum(steps_ms.values())),
    )


def _headline(found: WordPage, query: WordQuery) -> str:
    """Return what was found."""
    if query.asks_nothing:
        return "Search by words"
    return f"{count(found.total, 'picture')} found" if found.total else "No picture is all of this"


def _explanation(found: WordPage, query: WordQuery) -> str:
    """Return how it is ordered, or why there is nothing."""
    if found.total:
        if found.page > found.pages:
            return "This page is beyond the last one."
        if query.wanted:
            return "The best match stands first."
        return "Those added last stand first."
    if query.asks_nothing:
        return "The catalogue is empty; the owner of this site adds pictures."
    if found.nowhere:
        lost = ", ".join(f"“{' '.join(term.words)}”" for term in found.nowhere)
        return f"Nowhere in the catalogue is {lost}. Look at the spelling, or write the beginning of a word and a *."
    return "Each word is there, but nothing has all that you asked for. Ask for less:"


def _ways_on(found: WordPage, query: WordQuery, asked: AskedWords) -> Iterator[Choice]:
    """Yield questions that ask for less."""
    others = [term for term in query.terms if term not in found.nowhere]
    if found.nowhere and any(not term.is_excluded for term in others):
        text = " ".join(map(str, others))
        yield Choice(f"Only {text}", None, is_chosen=False, wanted=replace(asked, words=text).wanted())
    elif not found.nowhere and len(query.wanted) > 1:
        for term in query.wanted[:6]:
            text = " ".join(str(other) for other in query.terms if other != term)
            yield Choice(f"Without {term}", None, is_chosen=False, wanted=replace(asked, words=text).wanted())
    if any(name in _NARROW_BY or name in {"since", "before"} for name in asked.wanted()) and asked.words:
        yield Choice("The words alone", None, is_chosen=False, wanted=_only_words(asked))
    yield Choice("All pictures", None, is_chosen=False, wanted={})


def _only_words(asked: AskedWords) -> Wanted:
    return AskedWords(words=asked.words).wanted()


def _groups(found: WordPage, asked: AskedWords) -> Iterator[ChoiceGroup]:
    """Yield by what the answer can be narrowed."""
    for kind, title in _TITLES.items():
        chosen = getattr(asked, kind)
        yield ChoiceGroup(
            title,
            tuple(
                Choice(
                    text=_text(kind, name),
                    count=number,
                    is_chosen=name == chosen,
                    wanted=replace(asked, **{kind: "" if name == chosen else name}).wanted(),
                )
                for name, number in found.facets[kind].items()
                if len(name) <= LONGEST_NAME  # a name of nobody's making, which no address would carry
            ),
        )
    picked = parse_attributes(asked.attributes)
    lines = sorted(found.facets["attribute"].items(), key=lambda line: attribute_words(line[0]).group)
    for group, some in groupby(lines, key=lambda line: attribute_words(line[0]).group):
        yield ChoiceGroup(
            group,
            tuple(
                Choice(
                    text=attribute_words(name).text,
                    count=number,
                    is_chosen=name in picked,
                    wanted=replace(asked, attributes=_toggled(picked, name)).wanted(),
                )
                for name, number in some
                if "," not in name
            ),
        )


def _text(kind: AnyFacet, name: str) -> str:
    return FILES_TEXT if kind == "source" and name == FILES else words.shorten(name, _MOST_SHOWN)


def _toggled(picked: tuple[str, ...], name: str) -> str:
    return ",".join([one for one in picked if one != name] if name in picked else [*picked, name])
