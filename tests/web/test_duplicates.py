"""The page of duplicates: for the signed-in, of the last run, with what can be decided on each pair."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data import passwords
from data.duplicate_groups import DuplicateGroups
from search.duplicates.find import find_duplicates
from search.open_engine import close_engine
from search.query import Engine
from tests.web.signed_in import add_user, buttons, sign_in, token_of
from tests.web.site_parts import draw, encode, make_engine, site_settings
from web import create_app


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    pictures = [encode(draw(seed)) for seed in range(3)] + [encode(draw(1), compress_level=1)]
    engine = make_engine(site_settings(tmp_path_factory.mktemp("twice")), pictures)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_METHOD", "scrypt:1024:8:1")
        add_user(engine)
        yield engine
    close_engine(engine)


def test_the_last_run_is_shown_to_the_signed_in_alone(engine: Engine, tmp_path: Path) -> None:
    settings = site_settings(tmp_path)
    client = create_app(settings, engine=engine).test_client()
    refused = client.get("/duplicates")
    assert refused.status_code == 303
    assert "/sign-in" in refused.location
    sign_in(client)
    assert "Nothing was looked for yet." in client.get("/duplicates").text
    run, groups = find_duplicates(engine, on_progress=lambda *_: None)
    assert [[member.image_id for member in group.members] for group in groups] == [[2, 4]]
    DuplicateGroups(settings.data_dir).write(run, groups)
    page = client.get("/duplicates")
    assert page.status_code == 200
    assert "1 group of duplicates" in page.text
    assert "Same pixels" in page.text
    assert "/compare?first=2&amp;second=4" in page.text
    assert buttons(page.text, "Not a copy") == []  # equal pixels are copies
    [licensed] = buttons(page.text, "Licensed")
    answer = client.post(licensed, data={"csrf_token": token_of(page.text)})
    assert (answer.status_code, answer.location) == (303, "/duplicates?page=1#group-1")
    assert "decided-licensed" in client.get("/duplicates").text
    assert "There is no such page." in client.get("/duplicates?page=7").text
    assert client.get("/duplicates?page=x").status_code == 400


def test_what_changed_since_is_told(engine: Engine, tmp_path: Path) -> None:
    settings = site_settings(tmp_path)
    client = create_app(settings, engine=engine).test_client()
    sign_in(client)
    run, groups = find_duplicates(engine, on_progress=lambda *_: None)
    gone = groups[0].members[1].model_copy(update={"image_id": 99})
    older = groups[0].model_copy(update={"members": (groups[0].members[0], gone)})
    DuplicateGroups(settings.data_dir).write(run.model_copy(update={"change": run.change - 1}), [older])
    text = client.get("/duplicates").text
    assert "1 change since" in text
    assert "1 picture was removed since." in text
