import hashlib
from typing import Any

import pytest

from data import passwords
from data.passwords import LEAST_CHARACTERS, MOST_CHARACTERS, hash_password, is_password
from errors import BadInput


@pytest.fixture
def is_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with small parameters, which travel in the hash."""
    monkeypatch.setattr(passwords, "_METHOD", "scrypt:1024:8:1")


@pytest.mark.usefixtures("is_cheap")
def test_the_password_is_known_again_and_no_other() -> None:
    kept = hash_password("four words of mine")
    assert is_password("four words of mine", kept)
    assert not is_password("four words of Mine", kept)
    assert not is_password("", kept)
    assert "four" not in kept
    assert hash_password("four words of mine") != kept  # salted


@pytest.mark.usefixtures("is_cheap")
def test_only_the_length_is_asked_for() -> None:
    assert is_password("a" * LEAST_CHARACTERS, hash_password("a" * LEAST_CHARACTERS))
    for wrong in ("a" * (LEAST_CHARACTERS - 1), "a" * (MOST_CHARACTERS + 1), ""):
        with pytest.raises(BadInput, match="expected a password of"):
            hash_password(wrong)


@pytest.mark.usefixtures("is_cheap")
def test_an_accent_may_be_typed_either_way() -> None:
    assert is_password("cafe\u0301 au lait 12", hash_password("caf\u00e9 au lait 12"))


@pytest.mark.usefixtures("is_cheap")
def test_what_is_too_long_is_nobody_s_password() -> None:
    longest = "b" * MOST_CHARACTERS
    assert is_password(longest, hash_password(longest))
    assert not is_password(longest + "b", hash_password(longest))
    assert not is_password("b" * 10_000_000, hash_password(longest))


def test_an_unknown_name_costs_what_a_known_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def note(password: bytes, **parameters: Any) -> bytes:
        asked.append(parameters)
        return bytes(64)

    monkeypatch.setattr(hashlib, "scrypt", note)
    kept = hash_password("a password of somebody")
    is_password("a guess that is wrong", kept)
    is_password("a guess that is wrong", None)
    known, unknown = asked[1:]
    assert known.pop("salt") != unknown.pop("salt")
    assert known == unknown
    assert (known["n"], known["r"], known["p"]) == (2**15, 8, 3)
