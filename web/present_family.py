"""The versions of a picture as a page: every sentence a visitor reads about them is written here or in the report."""

from collections.abc import Mapping

from search.families import Edge, Family
from search.family_report import done_sentence, origin_sentence, reason_sentence, stop_sentences
from search.words import count
from web import words
from web.cards import picture_card
from web.contexts import FamilyContext, FamilyEdge, FamilyNode
from web.links import compare_href, family_href, picture_href


def family_context(family: Family, steps_ms: Mapping[str, float]) -> FamilyContext:
    """Return the page of the versions of a picture."""
    return FamilyContext(
        asked=picture_card(family.members[family.asked]),
        headline=_headline(family),
        headline_kind="none" if len(family.members) == 1 else "copies",
        explanation=origin_sentence(family),
        tree=None if len(family.members) == 1 else _node(family, family.root, None),
        pairs_text=(
            f"{family.proven:,} of {count(family.compared, 'pair')} compared are proven copies of each other."
            if family.compared
            else ""
        ),
        notes=stop_sentences(family),
        time_text=words.milliseconds(sum(steps_ms.values())),
    )


def _headline(family: Family) -> str:
    """Return how many versions there are, in one sentence."""
    others = len(family.members) - 1
    if not others:
        return "There are no other versions of it here."
    return f"{count(others, 'other version')} of it {'is' if others == 1 else 'are'} here."


def _node(family: Family, image_id: int, edge: Edge | None) -> FamilyNode:
    """Return a member and all that hangs from it."""
    image = family.members[image_id]
    is_origin = image_id in family.origins
    marks = (
        ("The one asked for", image_id == family.asked),
        ("Likely the original", is_origin and len(family.origins) == 1),
        ("May be the original", is_origin and len(family.origins) > 1),
        ("Biggest", image_id == family.biggest),
        ("Oldest here", image_id == family.oldest),
    )
    return FamilyNode(
        card=picture_card(image),
        href=picture_href(image_id) if image_id == family.asked else family_href(image_id),
        is_asked=image_id == family.asked,
        marks=tuple(text for text, holds in marks if holds),
        edge=None if edge is None else _edge(edge),
        children=tuple(_node(family, below.child, below) for below in family.children_of(image_id)),
    )


def _edge(edge: Edge) -> FamilyEdge:
    """Return what leads to a member."""
    return FamilyEdge(
        sentence=done_sentence(edge),
        reason=reason_sentence(edge),
        is_decided=edge.is_decided,
        compare_href=compare_href(edge.parent, edge.child),
    )
