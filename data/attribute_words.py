"""What people call the attributes of pictures, for pages and for search by words alike."""

from functools import cache
from typing import NamedTuple

GROUPS = {"content": "Content", "emotion": "Mood", "media": "Medium"}
"""First part of an attribute's name to what people call it."""

_TEXTS = {
    "3d_graphics": "3D graphics",
    "oilpaint": "oil paint",
    "pen_ink": "pen and ink",
    "vectorart": "vector art",
    "watercolor": "watercolour",
}


class AttributeWords(NamedTuple):
    """An attribute for people: ('Medium', 'oil paint')."""

    group: str
    text: str


@cache
def attribute_words(name: str) -> AttributeWords:
    """Return the words for an attribute such as 'media_oilpaint'; there are twenty, of the model's own."""
    group, _, rest = name.partition("_")
    return AttributeWords(GROUPS.get(group, group.capitalize()), _TEXTS.get(rest, rest.replace("_", " ")))


def attribute_spellings(name: str) -> tuple[str, ...]:
    """Return how an attribute may be written: as people say it, and as its name has it where that differs."""
    rest = name.partition("_")[2]
    return tuple(dict.fromkeys((attribute_words(name).text, rest.replace("_", " "))))
