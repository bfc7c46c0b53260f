import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, delete, insert, inspect, select, text

from data.catalogue import Catalogue
from data.database import open_database, parse_url, reading, writing
from data.decisions import Decisions, PictureKey, Subject
from data.migrate import alembic_config, head, is_described, upgrade
from data.tables import REVISION, Base, CatalogueRow
from data.users import Users
from data.word_query import WordQuery, parse_words
from data.word_upkeep import is_index_sound, wrong_pictures
from errors import CatalogueUnavailable, StorageUnavailable
from tests.data.new_images import METHOD, MODEL, digest, keypoints, new_image

ROOT = Path(__file__).resolve().parents[2]
UPGRADE = "import sys; from data.migrate import upgrade; sys.stdin.readline(); upgrade(sys.argv[1])"


def test_the_revision_asked_for_is_the_newest_script() -> None:
    assert head() == REVISION


def test_migrations_make_the_tables_that_the_models_describe(url: str) -> None:
    engine = open_database(parse_url(url))
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_described})
        assert compare_metadata(context, Base.metadata) == []
        # What compare_metadata does not look at.
        inspector = inspect(connection)
        for table in Base.metadata.sorted_tables:
            checks = {check["name"] for check in inspector.get_check_constraints(table.name)}
            expected = {item.name for item in table.constraints if isinstance(item, CheckConstraint)}
            assert checks == expected
            assert inspector.get_pk_constraint(table.name)["constrained_columns"] == list(
                table.primary_key.columns.keys()
            )
            deletes = {key["options"].get("ondelete") for key in inspector.get_foreign_keys(table.name)}
            assert deletes == {key.ondelete for key in table.foreign_key_constraints}
    engine.dispose()


def test_upgrading_twice_changes_nothing(url: str, open_catalogue: Callable[[str], Catalogue]) -> None:
    catalogue = open_catalogue(url)
    catalogue.add_batch([new_image(1)])
    known_as = catalogue.catalogue_id()
    upgrade(url)
    assert catalogue.catalogue_id() == known_as
    assert catalogue.counts().images == 1


def _put_back(url: str, revision: str) -> None:
    """Make a catalogue one of an older version: its scripts make the tables, the rows of those it had are put in."""
    engine = open_database(parse_url(url))
    with writing(engine) as connection:
        kept = {
            table: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in Base.metadata.sorted_tables
        }
        Base.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        had = {table.name for table in kept} & set(inspect(connection).get_table_names())
        assert len(had) < len(kept)
        connection.execute(delete(CatalogueRow))
        for table, rows in kept.items():
            if rows and table.name in had:
                columns = {column["name"] for column in inspect(connection).get_columns(table.name)}
                connection.execute(insert(table), [{name: row[name] for name in columns} for row in rows])
    engine.dispose()


def test_a_catalogue_without_local_features_is_brought_up_to_date(
    url: str, open_catalogue: Callable[[str], Catalogue]
) -> None:
    catalogue = open_catalogue(url)
    catalogue.add_batch([new_image(number, labels={"content_dog": "positive"}) for number in range(3)])
    before = (catalogue.catalogue_id(), catalogue.list_images(), catalogue.changes_after(0), catalogue.counts())
    vectors = catalogue.descriptors_of([1, 2, 3], "copy", MODEL).vectors.tolist()
    catalogue.close()
    _put_back(url, "0001")
    with pytest.raises(CatalogueUnavailable, match="revision 0001"):
        Catalogue.open(url)
    upgrade(url)
    upgraded = open_catalogue(url)
    assert before == (upgraded.catalogue_id(), upgraded.list_images(), upgraded.changes_after(0), upgraded.counts())
    assert upgraded.descriptors_of([1, 2, 3], "copy", MODEL).vectors.tolist() == vectors
    assert upgraded.keypoints_of([1, 2, 3], METHOD) == {}
    assert upgraded.lacking_keypoints(METHOD) == [(number + 1, digest(number)) for number in range(3)]
    upgraded.put_keypoints([(digest(1), keypoints(1))], METHOD)
    upgraded.add_batch([new_image(3)])
    assert upgraded.keypoints_of([1, 2, 3, 4], METHOD) == {2: keypoints(1), 4: keypoints(3)}
    upgraded.remove([2])
    assert upgraded.keypoints_of([1, 2, 3, 4], METHOD) == {4: keypoints(3)}


def test_a_catalogue_without_words_is_brought_up_to_date(url: str, open_catalogue: Callable[[str], Catalogue]) -> None:
    catalogue = open_catalogue(url)
    catalogue.add_batch(
        [
            new_image(number, title=title, licence="CC0", locator=f"https://example.org/{number}.jpg")
            for number, title in enumerate(("Café at dawn", "old harbour", None))
        ]
    )
    before = catalogue.words.find(WordQuery())
    catalogue.close()
    _put_back(url, "0005")
    told: list[tuple[int, int]] = []
    upgrade(url, lambda done, total: told.append((done, total)))
    upgraded = open_catalogue(url)
    assert told == [(3, 3)]
    assert upgraded.words.find(WordQuery()) == before
    assert upgraded.words.ids(parse_words("cafe")).tolist() == [1]
    assert wrong_pictures(upgraded.database) == []
    assert is_index_sound(upgraded.database)
    upgraded.add_batch([new_image(3, title="New harbour")])
    upgraded.remove([2])
    assert upgraded.words.ids(parse_words("harbour")).tolist() == [4]


def test_a_catalogue_without_decisions_is_brought_up_to_date(
    url: str, open_catalogue: Callable[[str], Catalogue]
) -> None:
    catalogue = open_catalogue(url)
    catalogue.add_batch([new_image(number, collection="cats") for number in range(3)])
    before = (catalogue.catalogue_id(), catalogue.list_images(), catalogue.counts())
    catalogue.close()
    _put_back(url, "0002")
    with pytest.raises(CatalogueUnavailable, match="revision 0002"):
        Catalogue.open(url)
    upgrade(url)
    upgraded = open_catalogue(url)
    assert before == (upgraded.catalogue_id(), upgraded.list_images(), upgraded.counts())
    decisions = Decisions(upgraded.database)
    decisions.decide("mine", Subject.of_collection("cats"), "ann")
    assert set(decisions.of_hits(PictureKey(digest("query"), None), [1, 2, 3])) == {1, 2, 3}
    assert not Users(upgraded.database).has_any()


def test_processes_may_upgrade_at_once(empty_url: str, open_catalogue: Callable[[str], Catalogue]) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", UPGRADE, empty_url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate()
        assert process.returncode == 0, errors
    assert open_catalogue(empty_url).last_change() == 0


def test_sqlite_keeps_a_write_ahead_log(sqlite_url: str) -> None:
    engine = open_database(parse_url(sqlite_url))
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_database_of_a_later_version_is_left_alone(url: str) -> None:
    engine = open_database(parse_url(url))
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(CatalogueUnavailable, match="9999") as caught:
        upgrade(url)
    assert "newer version" in caught.value.remedy


def test_a_place_that_cannot_hold_a_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageUnavailable, match="file"):
        upgrade(f"sqlite:///{tmp_path / 'file' / 'catalogue.sqlite'}")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CatalogueUnavailable):
        upgrade(f"sqlite:///{tmp_path / 'folder'}")
