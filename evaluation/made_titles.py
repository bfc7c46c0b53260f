"""Titles, places and licences as collections of pictures have them, made at random: few words are everywhere.

What there are of words, and how often, decides how long a search by words takes. A word's frequency falls with its
rank, as it does in any language (Zipf, 1935): the r-th of each list below is drawn with a weight of 1 / r. Names of
people and places are made of syllables, so that there are tens of thousands of them and most occur once or twice.
"""

from dataclasses import dataclass

import numpy as np


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SUBJECTS = _words(
    "portrait harbour mountain river woman street garden house tree boat church horse bridge dog market "
    "sea forest child field bird village window castle cat flower road winter tower ship cloud island "
    "valley dancer beach rose mill fisherman lighthouse fox owl train bicycle fountain library cathedral "
    "vineyard windmill swan orchard ferry glacier lantern violin kitchen theatre station meadow waterfall "
    "canyon heron stag peacock carousel greenhouse observatory"
)
_QUALITIES = _words(
    "old red little blue quiet white golden black young green lonely broken frozen ancient grey winding "
    "misty silver abandoned wooden sleeping narrow wild dark bright hidden forgotten floating burning "
    "crooked gentle crimson"
)
_WHEN = _words("morning evening night autumn spring summer winter dusk dawn rain snow sunset noon fog moonlight storm")
_KINDS = _words("study sketch painting photograph illustration print poster drawing etching detail view scene")
_SYLLABLES = _words(
    "ma ra el ka an to ri no sa be lo vi da mi ur en os ti gre hol van ber stein lund ford wick mont val "
    "cor dra zen fju bø ström é ña škov"
)
_LICENCES = ("CC BY 4.0", "CC0", "CC BY-SA 4.0", "all rights reserved", "CC BY-NC 4.0", "public domain", "CC BY 2.0")
_COLLECTIONS = 40
_HOSTS = 400
_ATTRIBUTES_EACH = 3


@dataclass(frozen=True, slots=True)
class MadePicture:
    """What is told of a picture that is not there."""

    title: str
    licence: str
    project: str
    collection: str
    locator: str
    attributes: tuple[str, ...]


class TitleMaker:
    """Makes pictures up; the same seed gives the same ones."""

    def __init__(self, seed: int, attributes: tuple[str, ...]) -> None:
        """Begin.

        Args:
            seed: of what is drawn.
            attributes: names, the most frequent first.
        """
        self._draw = np.random.default_rng(seed)
        self._attributes = attributes

    def make(self, number: int) -> MadePicture:
        """Return picture `number`."""
        quality, subject, when, kind = (self._of(words) for words in (_QUALITIES, _SUBJECTS, _WHEN, _KINDS))
        name, place = self._name(), self._name()
        title = (
            f"{quality} {subject} in the {when}",
            f"{kind} of a {subject} by {name}",
            f"the {subject} of {place}",
            f"{name} {place}, {quality} {subject}",
            f"{subject} and {self._of(_SUBJECTS)}, {place}, {when} {1850 + int(self._draw.integers(175))}",
            f"{quality} {kind} no. {int(self._draw.integers(1, 400))}",
        )[int(self._draw.integers(6))]
        host = f"{self._of(_SYLLABLES[:20])}{self._rank(_HOSTS)}.example.org"
        names = {self._attributes[self._rank(len(self._attributes))] for _ in range(_ATTRIBUTES_EACH)}
        return MadePicture(
            title=title.capitalize(),
            licence=self._of(_LICENCES),
            project=str(int(self._draw.integers(1, 5000))),
            collection=f"collection {self._rank(_COLLECTIONS)}",
            locator=f"https://{host}/works/{subject}-{number}.jpg",
            attributes=tuple(sorted(names)),
        )

    def _name(self) -> str:
        return "".join(self._of(_SYLLABLES) for _ in range(int(self._draw.integers(2, 5)))).capitalize()

    def _of(self, words: tuple[str, ...]) -> str:
        return words[self._rank(len(words))]

    def _rank(self, number: int) -> int:
        """Return a place in a list of so many, the r-th with a weight of 1 / r."""
        # The inverse of the logarithm, which the harmonic numbers follow: as good as exact, and quick.
        return min(number - 1, int((number + 1) ** self._draw.random()) - 1)
