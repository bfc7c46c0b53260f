"""From a text to the words it is found by: the same on every database, as none of them folds by itself.

SQLite and PostgreSQL each have a way of their own to split a text and to leave out accents, and PostgreSQL's hangs on
its locale. Here texts and questions are folded before either sees them; they are only ever handed words that consist
of letters, digits and marks, with a blank between them.
"""

import re
import unicodedata

MOST_CHARACTERS = 64
"""Of a word; what is longer, such as a code, is found by its beginning."""

_PLAIN_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ŧ": "t"}
)
"""Letters with a stroke or tied together, which Unicode does not take apart."""
_ACCENTS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
"""Marks of European scripts. Those of others stand for vowels and stay."""
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003347f]"
)
"""Thai, Lao, Burmese, Khmer, kana and Han are written without blanks: there each sign is a word, a word is a phrase."""
_MOST_ROUNDS = 4
_ASCII_WORDS = re.compile("[a-z0-9]+")


def fold(text: str) -> list[str]:
    """Return the words of a text in their order: lower case, without accents, in the forms of Unicode's NFKC.

    Everything but letters, digits and their marks separates words. No word holds anything that a query of SQLite or
    PostgreSQL could read as more than a letter.
    """
    if text.isascii():
        words = _ASCII_WORDS.findall(text.lower())
    else:
        words = _fold_once(text)
        # Marks may come together in a new order once a letter was taken apart: until nothing changes any more.
        for _ in range(_MOST_ROUNDS):
            again = _fold_once(" ".join(words))
            if again == words:
                break
            words = again
    return [word[:MOST_CHARACTERS] for word in words]


def _fold_once(text: str) -> list[str]:
    taken_apart = _ACCENTS.sub("", unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()))
    whole = unicodedata.normalize("NFKC", taken_apart.translate(_PLAIN_LETTERS))
    spaced = _UNSPACED.sub(lambda found: f" {found.group()} ", whole)
    return "".join(one if unicodedata.category(one)[0] in "LMN" else " " for one in spaced).split()
