"""The small language that people search words in, from what they type to a question that no database parses.

    oil harbour            pictures that have both words; the last may be a beginning ("harb")
    "old harbour"          these words side by side; nothing but whole words
    harb*                  words that begin so
    -boat -"two boats"     without these
    title:harbour          in the title alone
    medium:oil  mood:calm  content:dog           attributes, by a word of theirs
    collection:bam  licence:"cc by"              by how their names begin, word by word
    source:example.org  source:files             by host, or whatever is not from the web
    since:2026-05  before:2026  year:2025        by the day a picture was first seen, in UTC

A field may be excluded too (-medium:oil). Whatever else is typed is words: there are no syntax errors.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from data.attribute_words import GROUPS, attribute_spellings, attribute_words
from data.folding import fold
from data.places import FILES, parse_place
from data.tables import FacetKind
from errors import BadRequest

MOST_CHARACTERS = 200
"""Of what is typed."""
MOST_WORDS = 100
"""Of what is typed, after folding; characters of some scripts are words of their own."""
LONGEST_NAME = 256
"""Characters of the name of a collection or a licence that can be chosen."""
_LEAST_BEGINNING = 2
"""Characters of a beginning that is looked for where no * asks for it: one letter begins half of all words."""

_PIECE = re.compile(
    r'(?P<minus>[-\u2212\u2013]?)(?:(?P<field>[A-Za-z]+):)?(?:["\u201c\u201d\u201e](?P<phrase>[^"\u201c\u201d]*)["\u201c\u201d]?|(?P<bare>[^\s"\u201c\u201d\u201e]+))'
)
"""A piece of what was typed. A quotation mark that is never closed reaches to the end."""
_GROUPS = {
    "medium": "media",
    "media": "media",
    "mood": "emotion",
    "emotion": "emotion",
    "content": "content",
    "shows": "content",
    "attribute": "",
}
_FACETS: dict[str, FacetKind] = {
    "collection": "collection",
    "licence": "licence",
    "license": "licence",
    "source": "source",
    "year": "year",
}
_DAY = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{1,2}))?(?:-(?P<day>[0-9]{1,2}))?")


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand side by side.

    Attributes:
        words: folded, at least one.
        is_beginning: the last of them may be the beginning of a word.
        is_excluded: pictures that have it are left out.
        in_title: in the title, not anywhere.
    """

    words: tuple[str, ...]
    is_beginning: bool = False
    is_excluded: bool = False
    in_title: bool = False

    def __str__(self) -> str:
        """Return the term as it could be typed."""
        text = " ".join(self.words)
        if len(self.words) > 1:
            text = f'"{text}"'
        elif self.is_beginning:
            text = f"{text}*"
        return f"{'-' * self.is_excluded}{'title:' * self.in_title}{text}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A collection, licence, source or year that pictures must be of.

    Attributes:
        name: as the facet has it; or, where it was typed and `is_exact` is False, the folded words it begins with.
    """

    kind: FacetKind
    name: str
    is_exact: bool = True
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class ChosenAttribute:
    """Attributes of which pictures must carry one.

    Attributes:
        group: first part of their names, '' for any.
        words: folded, which their text or name has side by side; or, where `is_exact`, the name itself.
    """

    group: str
    words: str
    is_exact: bool = True
    is_excluded: bool = False


@dataclass(frozen=True, slots=True)
class WordQuery:
    """A question in words.

    Attributes:
        text: as it was typed.
        since, before: first moment that counts, and first that does not; None: any.
    """

    text: str = ""
    terms: tuple[Term, ...] = ()
    chosen: tuple[Chosen, ...] = ()
    attributes: tuple[ChosenAttribute, ...] = ()
    since: datetime | None = None
    before: datetime | None = None

    @property
    def wanted(self) -> tuple[Term, ...]:
        """The terms that pictures must have."""
        return tuple(term for term in self.terms if not term.is_excluded)

    @property
    def unwanted(self) -> tuple[Term, ...]:
        """The terms that pictures must not have."""
        return tuple(term for term in self.terms if term.is_excluded)

    @property
    def asks_nothing(self) -> bool:
        """Whether every picture answers."""
        return not (self.terms or self.chosen or self.attributes or self.since or self.before)


def parse_words(text: str) -> WordQuery:
    """Return the question that was typed.

    Raises:
        BadRequest: it is too long, or a date or year in it is none.
    """
    if len(text) > MOST_CHARACTERS:
        raise BadRequest(
            f"expected at most {MOST_CHARACTERS} characters to search for; received {len(text)}",
            remedy="Search for fewer words.",
        )
    query = WordQuery(text=" ".join(text.split()))
    pieces = list(_PIECE.finditer(text))
    for place, piece in enumerate(pieces):
        query = _with_piece(query, piece, is_last=place == len(pieces) - 1)
    number = sum(len(term.words) for term in query.terms)
    if number > MOST_WORDS:
        raise BadRequest(
            f"expected at most {MOST_WORDS} words to search for; received {number}", remedy="Search for fewer words."
        )
    return query


def narrowed(
    query: WordQuery,
    *,
    collection: str | None = None,
    licence: str | None = None,
    source: str | None = None,
    year: str | None = None,
    attributes: Sequence[str] = (),
    since: str | None = None,
    before: str | None = None,
) -> WordQuery:
    """Return a question for those pictures alone that are of all of these, each by its exact name.

    Args:
        query: that is narrowed.
        collection, licence: names; year: four digits.
        source: a host, or data.places.FILES.
        attributes: names such as 'media_oilpaint'.
        since, before: as in what is typed.
    Raises:
        BadRequest: a name is longer than any can be asked for, or a date, year or host is none.
    """
    given: list[tuple[FacetKind, str | None]] = [("collection", collection), ("licence", licence)]
    for kind, name in given:
        if name and len(name) > LONGEST_NAME:
            raise BadRequest(f"expected a {kind} of at most {LONGEST_NAME} characters; received {len(name)}")
    given += [("source", _host(source)), ("year", year and _year(year))]
    chosen = tuple(Chosen(kind, name) for kind, name in given if name)
    return _with_days(
        replace(
            query,
            chosen=query.chosen + chosen,
            attributes=query.attributes + tuple(ChosenAttribute("", name) for name in attributes),
        ),
        since=since,
        before=before,
    )


def names_meant(chosen: ChosenAttribute, vocabulary: Sequence[str]) -> list[str]:
    """Return the attributes of a vocabulary that a choice means.

    Raises:
        BadRequest: a typed one means none: an empty answer would read as if no picture carried it.
    """
    if chosen.is_exact:
        return [name for name in vocabulary if name == chosen.words]
    in_group = [name for name in vocabulary if not chosen.group or name.partition("_")[0] == chosen.group]
    found = [
        name
        for name in in_group
        if any(f" {chosen.words} " in f" {' '.join(fold(one))} " for one in attribute_spellings(name))
    ]
    if not found and in_group:
        kind = GROUPS.get(chosen.group, "attribute").lower()
        known = sorted(attribute_words(name).text for name in in_group)
        raise BadRequest(
            f"expected a {kind} such as {known[0]!r}; received {chosen.words[:60]!r}",
            remedy=f"Choose among {', '.join(known[:30])}.",
        )
    return found


def parse_day(text: str) -> datetime:
    """Return the first moment, in UTC, of a day, month or year such as 2026-05-21, 2026-05 or 2026.

    Raises:
        BadRequest: it is none.
    """
    year, month, day = map(int, found.groups("1") if (found := _DAY.fullmatch(text.strip())) else "000")
    try:
        if (month, day) == (2, 29):  # of a year without one it is the day after the 28th
            return datetime(year, 2, 28, tzinfo=UTC) + timedelta(days=1)
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError as exc:  # of numbers that name no day
        raise BadRequest(
            f"expected a day, month or year; received {text[:40]!r}", remedy="Write 2026-05-21, 2026-05 or 2026."
        ) from exc


def _with_piece(query: WordQuery, piece: re.Match[str], *, is_last: bool) -> WordQuery:
    """Return a question with a piece of what was typed."""
    field = (piece["field"] or "").lower()
    value = piece["phrase"] if piece["phrase"] is not None else piece["bare"] or ""
    is_excluded = bool(piece["minus"])
    if field in {"since", "before"}:
        if is_excluded:
            raise BadRequest(f"a day cannot be excluded; received -{field}:", remedy="Use since: and before: alone.")
        return _with_days(query, **{field: value})
    words = tuple(fold(value))
    if field in _FACETS and words:
        return replace(query, chosen=(*query.chosen, _chosen(_FACETS[field], value, is_excluded=is_excluded)))
    if field in _GROUPS and words:
        one = ChosenAttribute(_GROUPS[field], " ".join(words), is_exact=False, is_excluded=is_excluded)
        return replace(query, attributes=(*query.attributes, one))
    if field and field not in {"title", "http", "https", *_FACETS, *_GROUPS}:
        words = (*fold(field), *words)  # no field of ours, and so words like all others
    if not words:
        return query
    is_typed_on = is_last and piece["phrase"] is None and not is_excluded and len(words[-1]) >= _LEAST_BEGINNING
    term = Term(
        words,
        is_beginning=piece["phrase"] is None and (value.endswith("*") or is_typed_on),
        is_excluded=is_excluded,
        in_title=field == "title",
    )
    return query if term in query.terms else replace(query, terms=(*query.terms, term))


def _chosen(kind: FacetKind, value: str, *, is_excluded: bool) -> Chosen:
    """Return a facet that was typed."""
    if kind == "source":
        return Chosen("source", _host(value) or value, is_excluded=is_excluded)
    if kind == "year":
        return Chosen("year", _year(value), is_excluded=is_excluded)
    return Chosen(kind, " ".join(fold(value)), is_exact=False, is_excluded=is_excluded)


def _with_days(query: WordQuery, *, since: str | None = None, before: str | None = None) -> WordQuery:
    """Return a question for pictures first seen in a time that also lies within these; '' is no limit."""
    starts = [one for one in (query.since, parse_day(since) if since else None) if one is not None]
    ends = [one for one in (query.before, parse_day(before) if before else None) if one is not None]
    return replace(query, since=max(starts, default=None), before=min(ends, default=None))


def _year(text: str) -> str:
    """Return a year as its facet has it.

    Raises:
        BadRequest: it is none.
    """
    if not re.fullmatch("[0-9]{4}", text.strip()):
        raise BadRequest(f"expected a year; received {text[:40]!r}", remedy="Write four digits, such as 2026.")
    return text.strip()


def _host(text: str | None) -> str | None:
    """Return a source as its facet has it; None for anywhere.

    Raises:
        BadRequest: it can be no host.
    """
    if text is None or not text.strip():
        return None
    place = parse_place(text, folders=False)
    return place.name or FILES
