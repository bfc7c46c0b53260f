from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from data import tokens as tokens_module
from data.catalogue import Catalogue
from data.database import reading, writing
from data.tables import ApiTokenRow
from data.tokens import ApiTokens
from errors import BadInput, NotFound

LONG = timedelta(days=90)


@pytest.fixture
def tokens(catalogue: Catalogue) -> ApiTokens:
    return ApiTokens(catalogue.database)


def test_a_token_is_found_by_its_text_alone(tokens: ApiTokens) -> None:
    made, text = tokens.add("Shop", "write", lifetime=LONG, rate_limit="5/minute")
    other, other_text = tokens.add("crawler", "read", lifetime=None)
    assert tokens.token_of(text) == made
    assert tokens.token_of(other_text) == other
    assert (made.name, made.may_write, other.may_write) == ("shop", True, False)
    assert text.startswith(f"rt_{made.prefix}_")
    assert [one.name for one in tokens.all()] == ["crawler", "shop"]
    mixed = f"rt_{made.prefix}_{other_text.rpartition(f'rt_{other.prefix}_')[2]}"
    for wrong in (text[:-1], f"{text}a", text.upper(), text.removeprefix("rt_"), mixed, "", "rt__", "rt_ü_ü", "\x00"):
        assert tokens.token_of(wrong) is None, wrong


def test_the_secret_is_not_in_the_database(tokens: ApiTokens, catalogue: Catalogue) -> None:
    made, text = tokens.add("shop", "read", lifetime=LONG)
    secret = text.removeprefix(f"rt_{made.prefix}_")
    with reading(catalogue.database) as connection:
        row = connection.execute(select(ApiTokenRow)).one()
    assert secret not in repr(tuple(row))
    assert secret.encode() not in row.secret_digest
    assert secret not in repr(made)


def test_a_token_ends(tokens: ApiTokens, catalogue: Catalogue) -> None:
    made, text = tokens.add("shop", "read", lifetime=LONG)
    assert made.expires_at is not None
    assert timedelta() <= datetime.now(UTC) + LONG - made.expires_at < timedelta(minutes=5)
    with writing(catalogue.database) as connection:
        connection.execute(update(ApiTokenRow).values(expires_at=datetime.now(UTC)))
    assert tokens.token_of(text) is None
    assert tokens.all()[0].has_ended(datetime.now(UTC))
    with pytest.raises(BadInput, match="before the year 10000"):
        tokens.add("for-ever", "read", lifetime=timedelta(weeks=999_999))


def test_a_removed_token_lets_nobody_in(tokens: ApiTokens) -> None:
    _, text = tokens.add("shop", "read", lifetime=LONG)
    with pytest.raises(BadInput, match="already"):
        tokens.add("SHOP", "write", lifetime=LONG)
    tokens.remove("Shop")
    assert tokens.token_of(text) is None
    assert tokens.all() == []
    with pytest.raises(NotFound):
        tokens.remove("shop")
    with pytest.raises(BadInput, match="expected a name"):
        tokens.add("not a name", "read", lifetime=LONG)


def test_its_last_use_is_kept_to_a_minute(tokens: ApiTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    made, text = tokens.add("shop", "read", lifetime=LONG)
    assert made.last_used_at is None
    tokens.note_use(made)
    used = tokens.token_of(text)
    assert used is not None
    assert used.last_used_at is not None
    # Neither who knows of that use nor who read the row before it writes again.
    for one in (used, made):
        tokens.note_use(one)
        assert tokens.token_of(text) == used
    monkeypatch.setattr(tokens_module, "USE_NOTED_EVERY", timedelta())
    tokens.note_use(used)
    again = tokens.token_of(text)
    assert again is not None
    assert again.last_used_at is not None
    assert again.last_used_at > used.last_used_at
