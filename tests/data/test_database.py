"""Writers of one PostgreSQL that meet with what goes wrong between machines."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text

from data.batch_insert import Counter
from data.catalogue import Catalogue
from data.database import PAUSES_S, open_database, parse_url, write, writing
from data.migrate import upgrade
from errors import CatalogueUnavailable
from tests.data.new_images import new_image
from tests.postgres import empty_database

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(postgres: str) -> str:
    upgrade(empty_database(postgres))
    return postgres


@pytest.fixture
def catalogue(url: str, open_catalogue: Callable[[str], Catalogue]) -> Catalogue:
    return open_catalogue(url)


def test_a_writer_that_deadlocks_with_a_stranger_tries_again(url: str, catalogue: Catalogue) -> None:
    catalogue.add_batch([new_image(1)])
    engine = open_database(parse_url(url))
    with engine.begin() as stranger:
        stranger.execute(text("SET deadlock_timeout = '1h'"))  # so that it is our writer who is undone
        stranger.execute(text("LOCK TABLE image IN EXCLUSIVE MODE"))
        writer = threading.Thread(target=catalogue.add_batch, args=([new_image(2)],))
        writer.start()
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not stranger.execute(waiting).scalar_one():
            pass
        Counter(stranger)  # waits for our writer, who waits for the stranger
        assert writer.is_alive()
    writer.join()
    engine.dispose()
    assert [image.id for image in catalogue.list_images()] == [1, 2]
    assert [change.number for change in catalogue.changes_after(0)] == [1, 2]


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_it_does_not_try_for_ever(url: str, sqlstate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.database.PAUSES_S", (0.0, 0.0, 0.0))
    engine = open_database(parse_url(url))
    seen: list[int] = []

    def work(connection: Connection) -> None:
        counter = Counter(connection)
        seen.append(counter.note(1, "removed"))
        counter.write()
        connection.execute(text(f"DO $$ BEGIN RAISE 'undone' USING ERRCODE = '{sqlstate}'; END $$"))

    with pytest.raises(CatalogueUnavailable, match="undone") as caught:
        write(engine, work)
    assert "try again" in caught.value.remedy
    assert seen == [1] * (len(PAUSES_S) + 1)  # whatever an attempt had written was gone before the next
    engine.dispose()


def test_a_lost_connection_is_told_and_nothing_is_half_written(url: str, catalogue: Catalogue) -> None:
    catalogue.add_batch([new_image(1)])
    engine = open_database(parse_url(url))
    attempts = 0

    def work(connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        counter = Counter(connection)
        counter.note(counter.next_image(), "added")
        counter.write()
        ours = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with catalogue._engine.begin() as other:
            other.execute(text("SELECT pg_terminate_backend(:ours)"), {"ours": ours})
        connection.execute(text("SELECT 1"))

    with pytest.raises(CatalogueUnavailable, match="terminating connection") as caught:
        write(engine, work)
    assert "RETRACE_DATABASE_URL" in caught.value.remedy
    assert attempts == 1
    assert catalogue.last_change() == 1
    write(engine, lambda connection: Counter(connection).write())  # the next connection is a new one
    engine.dispose()


def test_a_writer_that_stops_in_the_middle_does_not_keep_the_others_waiting(
    url: str, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.database.STALLED_S", 0.2)
    engine = open_database(parse_url(url))
    with (  # noqa: PT012 - the loss is noticed at the next statement
        pytest.raises(CatalogueUnavailable, match="idle-in-transaction") as caught,
        writing(engine) as stopped,
    ):
        counter = Counter(stopped)
        counter.note(counter.next_image(), "added")
        [added] = catalogue.add_batch([new_image(1)])  # waits until the server has cut the other off
        assert added.image_id == 1
        counter.write()
    assert "cut off" in caught.value.remedy
    assert catalogue.last_change() == 1
    engine.dispose()


def test_a_reader_may_rest_for_longer(url: str, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.database.STALLED_S", 0.1)
    catalogue.add_batch([new_image(number) for number in range(4)])
    _, batches = catalogue.snapshot_descriptors("copy", new_image(0).model_id, batch=1)
    next(batches)
    threading.Event().wait(0.3)
    assert len(list(batches)) == 3


def test_writers_do_as_well_where_a_server_is_set_to_serializable(
    url: str, open_catalogue: Callable[[str], Catalogue]
) -> None:
    strict = f"{url}&options=-c%20default_transaction_isolation%3Dserializable%20-c%20timezone%3DUTC"
    start = threading.Barrier(3)
    created: list[bool] = []

    def write_all() -> None:
        catalogue = open_catalogue(strict)
        start.wait()
        for number in range(20):
            created.extend(one.created for one in catalogue.add_batch([new_image(number)]))

    threads = [threading.Thread(target=write_all) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(created), sum(created)) == (60, 20)
    assert open_catalogue(url).last_change() == 20


def test_a_machine_that_vanished_is_missed_within_half_a_minute(catalogue: Catalogue) -> None:
    with catalogue._engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        said = driver.info.get_parameters()
    waits_s = [int(said[f"keepalives_{name}"]) for name in ("idle", "interval", "count")]
    assert waits_s[0] + waits_s[1] * waits_s[2] <= 30
    assert int(said["tcp_user_timeout"]) <= 30_000
