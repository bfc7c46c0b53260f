"""Decisions as pages: every word that the signed-in read about them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask import url_for

from data.decisions import KINDS, Decision, PictureKey, State, Subject, place_of
from data.records import Image
from data.row_values import GREATEST
from data.tables import DecisionKind, DecisionScope
from search.report import VERDICT_WORDS
from search.words import count
from web import words
from web.cards import picture_card
from web.contexts import (
    DecidedPicture,
    DecisionChoice,
    DecisionControls,
    DecisionLine,
    DecisionsContext,
    DecisionView,
    FilterChoice,
    FilterGroup,
    SubjectContext,
)

KIND_TEXTS: Mapping[DecisionKind, str] = {"not_a_copy": "Not a copy", "licensed": "Licensed", "mine": "Mine"}
SCOPE_TEXTS: Mapping[DecisionScope, str] = {"pair": "Pairs", "source": "Sources", "collection": "Collections"}
STATE_TEXTS = ((None, "Standing"), ("undone", "Undone"), ("all", "All"))
_VERDICT_WORDS = {verdict.value: text for verdict, text in VERDICT_WORDS.items()}
MOST_PLACES = 8
"""Hosts and folders that the form offers; any other can be typed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Which decisions a page shows.

    Attributes:
        kind, scope: only such; None for all.
        before: only those with a smaller number.
    """

    kind: DecisionKind | None = None
    scope: DecisionScope | None = None
    state: State = "standing"
    before: int = GREATEST


def decision_view(decision: Decision, undo_href: str) -> DecisionView:
    """Return a decision as it stands beside a hit."""
    subject = decision.subject
    of = {"pair": "", "source": f"all of {subject.place}", "collection": f"the collection {subject.place}"}
    return DecisionView(
        kind=decision.kind,
        text=KIND_TEXTS[decision.kind],
        reach=words.shorten(of[subject.scope], 80),
        by=f"{decision.decided_by}, {words.day(decision.decided_at)}",
        note=decision.note or "",
        undo_href=undo_href,
    )


def pair_controls(
    decision: Decision | None, picture_id: int, back: Mapping[str, Any], *, is_same: bool
) -> DecisionControls:
    """Return what the signed-in can do beside a hit or below a pair.

    Args:
        decision: that stands on it, or None.
        picture_id: of the picture of the catalogue.
        back: what the page is found by again: `to`, 'results' or 'compare', and its parameters.
        is_same: the two show the same pixels, of which nobody can say that they are no copies.
    """
    undo = url_for("decisions.undecide", decision=decision.id, picture=picture_id, **back) if decision else ""
    return DecisionControls(
        decision=decision_view(decision, undo) if decision is not None else None,
        choices=tuple(
            DecisionChoice(
                text=KIND_TEXTS[kind],
                href=url_for("decisions.decide", picture=picture_id, kind=kind, **back),
            )
            for kind in KINDS
            if not (is_same and kind == "not_a_copy") and not _is_said(decision, kind)
        ),
        more_href=url_for("decisions.ask_subject", picture=picture_id),
    )


def _is_said(decision: Decision | None, kind: DecisionKind) -> bool:
    """Return whether that very thing was decided of the pair itself."""
    return decision is not None and decision.subject.scope == "pair" and decision.kind == kind


def decisions_context(
    found: Sequence[Decision], known: Mapping[str, Image], shown: Shown, *, total: int, has_more: bool
) -> DecisionsContext:
    """Return the page of decisions.

    Args:
        found: of this page.
        known: sha256 to the pictures that are in the catalogue.
        shown: what was asked for.
        total: on all pages.
        has_more: whether there are older ones.
    """
    asked: dict[str, Any] = {
        "kind": shown.kind,
        "scope": shown.scope,
        "state": None if shown.state == "standing" else shown.state,
    }
    back = {f"in_{name}": value for name, value in asked.items() if value}
    return DecisionsContext(
        total_text=count(total, "decision") if total else "",
        filters=(
            _filters("Kind", "kind", [(None, "All"), *KIND_TEXTS.items()], asked),
            _filters("On", "scope", [(None, "Everything"), *SCOPE_TEXTS.items()], asked),
            _filters("State", "state", STATE_TEXTS, asked),
        ),
        lines=tuple(_line(decision, known, back) for decision in found),
        nothing_text="" if found else _nothing(shown),
        older_href=url_for("decisions.list_decisions", **asked, before=found[-1].id) if has_more else None,
        newest_href=url_for("decisions.list_decisions", **asked) if shown.before < GREATEST else None,
        exports=tuple(
            DecisionChoice(text=text, href=url_for("decisions.export", form=form))
            for form, text in (("csv", "CSV"), ("json", "JSON"), ("jsonl", "Evidence for calibration"))
        ),
    )


def subject_choices(image: Image) -> tuple[Subject, ...]:
    """Return what can be decided on because of a picture: hosts and folders of its places, and its collection."""
    prefixes = dict.fromkeys(prefix for source in image.sources for prefix in _prefixes(place_of(source.locator)))
    places = [Subject.of_source(prefix) for prefix in islice(prefixes, MOST_PLACES)]
    return *places, *([Subject.of_collection(image.collection)] if image.collection else [])


def subject_context(image: Image) -> SubjectContext:
    """Return the form that decides on all that comes from where a picture comes from."""
    return SubjectContext(
        card=picture_card(image),
        action=url_for("decisions.decide_subject", picture=image.id),
        subjects=tuple(
            (f"All of {subject.place}" if subject.scope == "source" else f"The collection {subject.place}")
            for subject in subject_choices(image)
        ),
        kinds=tuple(KIND_TEXTS.items()),
    )


def _prefixes(place: str) -> Iterator[str]:
    """Yield the host or outermost archive of a place, and the folder it lies in; nothing that holds a password."""
    head = place.partition("?")[0].partition("#")[0]
    folder = head[: max(head.rfind("/"), head.rfind("!")) + 1]
    host = head.partition("/")[0]
    if "@" in host or not folder.strip("/!"):
        return
    if host and not place.startswith("/"):
        yield folder[: folder.index("!") + 1] if "!" in folder.partition("/")[0] else f"{host}/"
    yield folder


def _filters(title: str, name: str, texts: Iterable[tuple[str | None, str]], asked: Mapping[str, Any]) -> FilterGroup:
    """Return a row of links that narrow the page."""
    return FilterGroup(
        title=title,
        choices=tuple(
            FilterChoice(
                text=text,
                href=url_for("decisions.list_decisions", **(dict(asked) | {name: value})),
                is_chosen=asked[name] == value,
            )
            for value, text in texts
        ),
    )


def _line(decision: Decision, known: Mapping[str, Image], back: Mapping[str, Any]) -> DecisionLine:
    """Return a decision as a line of the page."""
    subject = decision.subject
    what = {"pair": "", "source": f"All of {subject.place}", "collection": f"The collection {subject.place}"}
    return DecisionLine(
        id=decision.id,
        kind=decision.kind,
        kind_text=KIND_TEXTS[decision.kind],
        pictures=tuple(_picture(picture, known) for picture in subject.pair or ()),
        what=what[subject.scope],
        engine_text=_engine_text(decision),
        note=decision.note or "",
        by=decision.decided_by,
        at_text=words.day(decision.decided_at),
        at_iso=decision.decided_at.isoformat(timespec="seconds"),
        undone_text=(
            f"Undone by {decision.undone_by}, {words.day(decision.undone_at)}" if decision.undone_at is not None else ""
        ),
        undo_href=url_for("decisions.undecide", decision=decision.id, **back) if decision.stands else "",
    )


def _picture(picture: PictureKey, known: Mapping[str, Image]) -> DecidedPicture:
    """Return one picture of a pair; of an upload there is nothing but its digest."""
    image = known.get(picture.sha256)
    if image is None:
        return DecidedPicture(card=None, text=f"Not in the catalogue, SHA-256 {picture.sha256[:12]}…")
    return DecidedPicture(card=picture_card(image), text="")


def _engine_text(decision: Decision) -> str:
    """Return what the engine had said of a pair, or ''."""
    verdict, score = decision.evidence.get("verdict"), decision.evidence.get("copy_score")
    if verdict not in _VERDICT_WORDS or not isinstance(score, int | float):
        return ""
    return f"The engine said: {_VERDICT_WORDS[verdict]}, similarity {score:.2f}"


def _nothing(shown: Shown) -> str:
    """Return why the page is empty."""
    if shown.before < GREATEST:
        return "There are none before these."
    if shown == Shown():
        return "Nothing was decided yet. Search with a picture: beside each copy it can be told what it is."
    return "No decision is like that."
