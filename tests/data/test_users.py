from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from data.backup import backup, restore
from data.catalogue import Catalogue
from data.database import reading
from data.tables import SignInRow
from data.users import Users, check_name
from errors import BadInput, NotFound

LONG = timedelta(hours=1)


@pytest.fixture
def users(catalogue: Catalogue) -> Users:
    return Users(catalogue.database)


def test_users_are_listed_by_name(users: Users) -> None:
    assert not users.has_any()
    for name in ("zoe", " Ann "):
        users.add(name, f"hash of {name.strip().lower()}")
    assert users.has_any()
    assert [one.name for one in users.everyone()] == ["ann", "zoe"]
    assert users.password_hash("ANN") == "hash of ann"
    assert users.password_hash("nobody") is None


def test_a_name_is_given_once(users: Users) -> None:
    users.add("ann", "first")
    with pytest.raises(BadInput, match="already"):
        users.add("Ann", "second")
    assert users.password_hash("ann") == "first"


@pytest.mark.parametrize("name", ["", " ", "a b", "a\nnn", "../ann", "a" * 65, "ümlaut", "<b>", "-ann"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="expected a name") as caught:
        check_name(name)
    assert len(str(caught.value)) < 200


def test_a_sign_in_holds_until_it_is_ended(users: Users) -> None:
    users.add("ann", "hash")
    one, other = (users.sign_in("ann", "hash", LONG) for _ in range(2))
    assert one is not None
    assert other is not None
    assert users.everyone()[0].signed_in == 2
    users.sign_out(one)
    users.sign_out(one)
    found = users.user_of(other)
    assert users.user_of(one) is None
    assert found is not None
    assert found.name == "ann"


def test_another_password_ends_every_sign_in_of_that_user_alone(users: Users) -> None:
    tokens = {}
    for name in ("ann", "bob"):
        users.add(name, "hash")
        tokens[name] = users.sign_in(name, "hash", LONG) or ""
    users.set_password("ann", "new hash")
    assert users.user_of(tokens["ann"]) is None
    assert users.user_of(tokens["bob"]) is not None
    assert users.sign_in("ann", "hash", LONG) is None  # what was right a moment ago
    assert users.sign_in("ann", "new hash", LONG) is not None


def test_who_is_removed_is_signed_out_and_may_come_again_as_another(users: Users) -> None:
    users.add("ann", "hash")
    token = users.sign_in("ann", "hash", LONG) or ""
    users.remove("ann")
    users.add("ann", "hash")
    assert users.user_of(token) is None
    with pytest.raises(NotFound):
        users.remove("bob")
    with pytest.raises(NotFound):
        users.set_password("bob", "hash")


def test_a_sign_in_ends_by_itself(users: Users, catalogue: Catalogue) -> None:
    users.add("ann", "hash")
    ended = users.sign_in("ann", "hash", timedelta(0)) or ""
    assert users.user_of(ended) is None
    users.sign_in("ann", "hash", LONG)
    with reading(catalogue.database) as connection:
        assert connection.execute(select(func.count()).select_from(SignInRow)).scalar_one() == 1


@pytest.mark.parametrize("token", ["", "x", "\udc80", "a" * 100_000, "'; DROP TABLE sign_in; --"])
def test_made_up_tokens_are_nobody_s(users: Users, token: str) -> None:
    assert users.user_of(token) is None


def test_a_restored_catalogue_has_the_users_and_nobody_signed_in(
    sqlite_url: str, tmp_path: Path, open_catalogue: Callable[[str], Catalogue]
) -> None:
    users = Users(open_catalogue(sqlite_url).database)
    users.add("ann", "hash")
    token = users.sign_in("ann", "hash", LONG) or ""
    backup(sqlite_url, tmp_path / "instance", tmp_path / "backup.tar")
    url = f"sqlite:///{tmp_path / 'again' / 'catalogue.sqlite'}"
    restore(tmp_path / "backup.tar", tmp_path / "again", url)
    again = Users(open_catalogue(url).database)
    assert again.password_hash("ann") == "hash"
    assert again.user_of(token) is None
