"""Which pictures show best how much there is to see."""

from collections.abc import Sequence

from data.attributes import CARRIED_FROM
from data.records import Image


def pick_varied(candidates: Sequence[Image], limit: int) -> list[Image]:
    """Return up to `limit` of the candidates, taking turns among collections and media, else in the order given."""
    groups: dict[tuple[str | None, str | None], list[Image]] = {}
    for image in candidates:
        groups.setdefault((image.collection, _medium(image)), []).append(image)
    turns = [(turn, image) for group in groups.values() for turn, image in enumerate(group)]
    turns.sort(key=lambda pair: pair[0])
    return [image for _, image in turns[:limit]]


def _medium(image: Image) -> str | None:
    """Return the medium that a picture is labelled with, or else the most probable one; None when none is likely."""
    media = [name for name, label in image.labels.items() if label == "positive" and name.startswith("media_")]
    if media:
        return min(media)
    likely = {
        name: probability
        for name, probability in image.probabilities.items()
        if probability >= CARRIED_FROM and name.startswith("media_")
    }
    return max(likely, key=lambda name: (likely[name], name), default=None)
