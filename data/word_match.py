"""Terms as the two databases match them. Words are folded, so that no quoting is ever left open."""

from collections.abc import Sequence

from data.word_query import Term


def fts5_match(wanted: Sequence[Term], unwanted: Sequence[Term]) -> str:
    """Return an FTS5 query for rows that have all of the wanted terms, at least one, and none of the others.

    The single word that may be a beginning is asked for as a whole word too: rows that have it so stand first.
    """
    query = " AND ".join(map(_fts5_term, wanted))
    return f"({query}) NOT ({fts5_any(unwanted)})" if unwanted else query


def fts5_any(terms: Sequence[Term]) -> str:
    """Return an FTS5 query for rows that have one of some terms, at least one."""
    return " OR ".join(map(_fts5_term, terms))


def tsquery(wanted: Sequence[Term], unwanted: Sequence[Term]) -> str:
    """Return a tsquery for rows that have all of the wanted terms and none of the others."""
    return " & ".join([*map(_tsquery_term, wanted), *(f"!{_tsquery_term(term)}" for term in unwanted)])


def tsquery_any(terms: Sequence[Term]) -> str:
    """Return a tsquery for rows that have one of some terms, at least one."""
    return " | ".join(map(_tsquery_term, terms))


def _fts5_term(term: Term) -> str:
    phrase = f'"{" ".join(term.words)}"'
    if term.is_beginning:
        phrase = f"({phrase} OR {phrase} *)" if len(term.words) == 1 else f"{phrase} *"
    return f"(title : {phrase})" if term.in_title else phrase


def _tsquery_term(term: Term) -> str:
    mark = "A" if term.in_title else ""
    words = [f"'{word}':{mark}" if mark else f"'{word}'" for word in term.words]
    if term.is_beginning:
        beginning = f"'{term.words[-1]}':*{mark}"
        words[-1] = f"({words[-1]} | {beginning})" if len(term.words) == 1 else beginning
    return f"({' <-> '.join(words)})"
