"""A family for people and programs: a record for JSON, lines for the command line, and its sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

from search.families import Edge, Family, Stop
from search.precedence import Clue
from search.report import image_line, image_record
from search.sentence import describe_transform, transform_record
from search.words import count

SAME_PIXELS = "Shows exactly the same pixels."
CLUE_WORDS: Mapping[Clue, tuple[str, str]] = {
    Clue.CROPPED: ("the other goes on past its edges", "a crop"),
    Clue.PUT_INTO: ("there is a seam around the other in it", "a seam"),
    Clue.ADDED: ("something lies over it that the other does not have", "something added"),
    Clue.COLOURS_LOST: ("it lacks colours that the other has", "lost colours"),
    Clue.FEWER_PIXELS: ("it has fewer pixels for the same part", "fewer pixels"),
    Clue.BLURRED: ("it is less sharp", "less sharpness"),
    Clue.COMPRESSED: ("its file is more compressed", "more compression"),
}
"""Of the picture that came later, and as a noun."""
_STOPS: Mapping[Stop, str] = {
    Stop.MEMBERS: "There may be more: no further copies were looked for.",
    Stop.PAIRS: "Not every two of them were compared, as there are many.",
    Stop.TIME: "It was stopped for the time it took: there may be more, and not every two of them were compared.",
}


def done_sentence(edge: Edge) -> str:
    """Return what was done to the parent to make the child, as one sentence."""
    if edge.pair.is_same_pixels:
        return SAME_PIXELS
    return "A copy, proven the other way round." if edge.proof is None else describe_transform(edge.proof.transform)


def reason_sentence(edge: Edge) -> str:
    """Return why the child is said to come after the parent, or why nothing is said."""
    if edge.pair.is_same_pixels:
        return "Undecided which came first: their pixels are the same."
    clues = tuple(dict.fromkeys(edge.pair.precedence.clues))
    if edge.is_decided:
        return f"Came later: {', and '.join(CLUE_WORDS[clue][0] for clue in clues)}."
    if edge.is_reversed:
        return "Came earlier, as far as the two tell; but what it hangs from was made from another as well."
    if clues:
        return f"Undecided which came first, as they are at odds: {', '.join(CLUE_WORDS[clue][1] for clue in clues)}."
    return "Undecided which came first: nothing tells."


def origin_sentence(family: Family) -> str:
    """Return which member is likely the original, or that this is undecided, as one sentence."""
    if len(family.members) == 1:
        return "No copy of this picture is proven in the catalogue."
    if len(family.origins) == 1:
        [origin] = family.origins
        whose = "This picture is" if origin == family.asked else f"Picture {origin} is"
        versions = count(len(family.members), "version")
        return f"{whose} likely the original of {versions}: each of the others was made from one of them."
    return (
        f"{count(len(family.members), 'version')}; undecided which of {len(family.origins)} came first. "
        "Of the others is told what they were made from."
    )


def stop_sentences(family: Family) -> tuple[str, ...]:
    """Return why there may be more than is shown."""
    return tuple(_STOPS[stop] for stop in family.stops)


def family_lines(family: Family) -> Iterator[str]:
    """Yield a family line by line, as an indented tree."""
    yield origin_sentence(family)
    yield from _branch(family, family.root, None, 0)
    yield f"{family.proven} of {count(family.compared, 'pair')} compared are proven copies; there are {family.of}."
    yield from stop_sentences(family)


def family_record(family: Family) -> dict[str, Any]:
    """Return a family as plain JSON values."""
    return {
        "asked": family.asked,
        "sentence": origin_sentence(family),
        "origins": list(family.origins),
        "biggest": family.biggest,
        "oldest": family.oldest,
        "members": [image_record(image) for image in family.members.values()],
        "edges": [
            {
                "parent": edge.parent,
                "child": edge.child,
                "first": edge.pair.first,
                "is_same_pixels": edge.pair.is_same_pixels,
                "sentence": done_sentence(edge),
                "reason": reason_sentence(edge),
                "clues": [clue.value for clue in edge.pair.precedence.clues],
                "transform": None if edge.proof is None else transform_record(edge.proof.transform),
            }
            for edge in family.edges
        ],
        "pairs": {"proven": family.proven, "compared": family.compared, "of": family.of},
        "stops": [stop.value for stop in family.stops],
    }


def _branch(family: Family, image_id: int, edge: Edge | None, depth: int) -> Iterator[str]:
    """Yield a member and all that hangs from it."""
    indent = "    " * depth
    marks = [word for word, one in (("biggest", family.biggest), ("oldest", family.oldest)) if one == image_id]
    if image_id == family.asked:
        marks.insert(0, "asked for")
    told = f"  [{', '.join(marks)}]" if marks else ""
    yield f"{indent}{image_line(family.members[image_id])}{told}"
    if edge is not None:
        yield f"{indent}          {done_sentence(edge)}"
        yield f"{indent}          {reason_sentence(edge)}"
    for below in family.children_of(image_id):
        yield from _branch(family, below.child, below, depth + 1)
