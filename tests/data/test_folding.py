import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.folding import MOST_CHARACTERS, fold


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Oil-paint, 1920s", ["oil", "paint", "1920s"]),
        ("Café MÜLLER Straße", ["cafe", "muller", "strasse"]),
        ("Łódź Ærø smørrebrød İzmir", ["lodz", "aero", "smorrebrod", "izmir"]),
        ("e\u0301tude", ["etude"]),  # the accent as a character of its own
        ("ﬁne ＡＢＣ", ["fine", "abc"]),
        ("富士山のA", ["富", "士", "山", "の", "a"]),
        ("ガ", ["ガ"]),  # the voicing mark is no accent
        ("हिन्दी", ["हिन्दी"]),  # vowel signs are marks, and part of the word
        ("한국어", ["한국어"]),
        ("snake_case it's", ["snake", "case", "it", "s"]),
        ("!?\x00\ud800 ", []),
    ],
)
def test_words_are_folded(text: str, words: list[str]) -> None:
    assert fold(text) == words


@given(st.text(max_size=80))
def test_words_hold_letters_digits_and_marks_alone_and_stay_as_they_are(text: str) -> None:
    words = fold(text)
    for word in words:
        assert 0 < len(word) <= MOST_CHARACTERS
        assert all(unicodedata.category(one)[0] in "LMN" for one in word)
    assert fold(" ".join(words)) == words


def test_a_long_word_is_kept_by_its_beginning() -> None:
    assert fold("x" * 1000) == ["x" * MOST_CHARACTERS]
