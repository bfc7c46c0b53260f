"""Backup and restore: all that cannot be made again, in one file.

An index is not in it (it is a cache), nor are the secret key and the settings (they belong to the machine).
"""

import os
import secrets
import shutil
import sqlite3
import tarfile
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, delete, select, update

from data.backup_archive import DATABASE, POSTERS, THUMBNAILS, ArchiveWriter, Manifest, unpack
from data.catalogue import Catalogue
from data.database import open_database, our_errors, parse_url, reading, sqlite_path, writing
from data.migrate import upgrade
from data.table_copy import copy_tables
from data.tables import CatalogueRow, SignInRow, VideoChangeRow
from data.thumbnails import ThumbnailStore
from data.video_upkeep import VideoUpkeep
from data.videos import VideoShelf
from errors import BadInput, CatalogueUnavailable, StorageUnavailable


def backup(catalogue_url: str, data_dir: Path, target: Path) -> Manifest:
    """Write the catalogue, its thumbnails and the strips of its videos to one .tar, while others read and write them.

    The database is copied as it is at one moment. A picture or video removed while its thumbnail or strip was still
    to be copied is left out altogether; one that has none for another reason is kept, and counted in the manifest.

    Args:
        catalogue_url: as for Catalogue.open.
        data_dir: the folder with `thumbnails/` and `posters/`.
        target: the file to make; it appears under its name when it is whole.
    Raises:
        BadInput: there is a file of this name.
        CatalogueUnavailable: the database cannot be read.
        StorageUnavailable: the file cannot be written.
    """
    if target.exists():
        raise BadInput(f"there is a file {target} already", remedy="Choose another name, or remove the old backup.")
    partial = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
    try:
        with tempfile.TemporaryDirectory(prefix=".retrace-backup-", dir=target.parent) as folder:
            copy = Path(folder) / DATABASE
            with Catalogue.open(catalogue_url) as catalogue:
                _copy_database(catalogue_url, copy)
                with tarfile.open(partial, "x:") as tar:
                    manifest = _write(tar, catalogue, copy, data_dir)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.rename(target)
    except OSError as exc:
        raise StorageUnavailable(f"the backup {target} cannot be written: {exc.strerror}") from exc
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def restore(archive: Path, data_dir: Path, url: str) -> Manifest:
    """Bring a backup back, into an empty folder and a database that holds nothing.

    The archive is unpacked and checked aside; the database is put in its place last, so that what was cut short
    can be seen from its absence and begun again. The catalogue gets a new `catalogue_id`: from now on it goes
    another way than the one it was copied from, and no index of that one may serve it.

    Args:
        archive: made by `backup`, from either database.
        data_dir: the folder of thumbnails and strips, and of the database unless `url` says otherwise; absent or empty.
        url: as for Catalogue.open, SQLite or PostgreSQL whichever was backed up.
    Raises:
        BadInput: the archive is no whole backup, or folder or database hold something.
        CatalogueUnavailable: the database cannot be written, or the backup is from a later version of Retrace.
        StorageUnavailable: the folder cannot be written.
    """
    parsed = parse_url(url)
    path = sqlite_path(parsed)
    staging = data_dir / ".restoring"
    try:
        _refuse_if_taken(data_dir, path)
        staging.mkdir(parents=True)
        try:
            manifest = unpack(archive, staging)
            _make_independent(staging / DATABASE, manifest)
            with ExitStack() as undo:
                (staging / THUMBNAILS).mkdir(exist_ok=True)
                for name in (THUMBNAILS, POSTERS):
                    if (staging / name).exists():  # a catalogue without videos has no strips
                        (staging / name).rename(data_dir / name)
                        undo.callback(shutil.rmtree, data_dir / name)
                if path is None:
                    _fill_server(url, staging / DATABASE)
                else:
                    _move_into_place(staging / DATABASE, path)
                undo.pop_all()
        finally:
            shutil.rmtree(staging)
    except OSError as exc:
        raise StorageUnavailable(f"{archive.name} cannot be restored to {data_dir}: {exc.strerror}") from exc
    return manifest


def _copy_database(url: str, copy: Path) -> None:
    """Make `copy`, a SQLite file, of the database as it is at this moment, and check that it is sound.

    Raises:
        CatalogueUnavailable: the database cannot be read, or is damaged.
    """
    path = sqlite_path(parse_url(url))
    if path is None:
        upgrade(_url_of(copy))
        with (
            _database(url) as server,
            _database(_url_of(copy)) as file,
            reading(server) as rows,
            writing(file) as copied,
        ):
            copy_tables(rows, copied)
    with our_errors(), closing(sqlite3.connect(copy)) as target:
        if path is not None:
            # All pages in one step: a reader of a write-ahead log sees one state and keeps nobody from writing.
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)) as source:
                source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        (verdict,) = target.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise CatalogueUnavailable(
            f"the database is damaged: {verdict}", remedy="Restore an earlier backup: `python3 index.py restore`."
        )


def _write(tar: tarfile.TarFile, catalogue: Catalogue, copy: Path, data_dir: Path) -> Manifest:
    """Write the copy of the catalogue, the thumbnails of its pictures and the strips of its videos."""
    writer = ArchiveWriter(tar)
    thumbnails, posters = ThumbnailStore(data_dir / THUMBNAILS), ThumbnailStore(data_dir / POSTERS)
    with Catalogue.open(_url_of(copy)) as copied:
        missing = _copy_small(copied.all_sha256(), thumbnails, writer.add_thumbnail)
        gone = missing.keys() - catalogue.known_sha256(missing.keys())
        copied.remove([missing[sha256] for sha256 in gone])
        unseen = _copy_small(VideoUpkeep(copied.database).all_sha256(), posters, writer.add_poster)
        gone_videos = unseen.keys() - VideoUpkeep(catalogue.database).known_sha256(unseen.keys())
        VideoShelf(copied.database).remove([unseen[sha256] for sha256 in gone_videos])
        counts, videos = copied.counts(), VideoShelf(copied.database).counts()
    return writer.finish(
        copy,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        images=counts.images,
        sources=counts.sources,
        last_change=counts.last_change,
        missing_thumbnails=len(missing) - len(gone),
        videos=videos.videos,
        missing_posters=len(unseen) - len(gone_videos),
    )


def _copy_small(
    wanted: Iterable[tuple[int, str]], store: ThumbnailStore, add: Callable[[str, bytes], None]
) -> dict[str, int]:
    """Add thumbnails or strips by the id and sha256 of what they show; return the ids of those not there, by sha256."""
    missing: dict[str, int] = {}
    for owner_id, sha256 in wanted:
        data = store.read(sha256)
        if data is None:
            missing[sha256] = owner_id
        else:
            add(sha256, data)
    return missing


def _refuse_if_taken(data_dir: Path, path: Path | None) -> None:
    """Refuse to restore over anything.

    Raises:
        BadInput: the folder is not empty, or there is a database.
    """
    if data_dir.exists() and any(data_dir.iterdir()):
        raise BadInput(
            f"expected an empty folder to restore into; {data_dir} holds something",
            remedy="Set RETRACE_DATA_DIR to a new folder, or move the old one away.",
        )
    if path is not None and path.exists():
        raise BadInput(f"there is a database {path} already", remedy="Move it away, then restore again.")


def _make_independent(database: Path, manifest: Manifest) -> None:
    """Bring an unpacked database up to date, and make it a catalogue of its own.

    Raises:
        BadInput: it does not hold what the manifest says.
    """
    upgrade(_url_of(database))
    with _database(_url_of(database)) as engine, writing(engine) as connection:
        connection.execute(update(CatalogueRow).values(uuid=uuid.uuid4().bytes))
        # Whoever was signed in at the catalogue that was copied is not signed in at this one.
        connection.execute(delete(SignInRow))
    with Catalogue.open(_url_of(database)) as catalogue:
        counts, videos = catalogue.counts(), VideoShelf(catalogue.database).counts()
    found = [counts.images, counts.sources, counts.last_change]
    said = [manifest.images, manifest.sources, manifest.last_change]
    if manifest.format > 1:
        found, said = [*found, videos.videos], [*said, manifest.videos]
    if found != said:
        raise BadInput(f"expected images, sources, last change and videos {said} in the backup; found {found}")


def _fill_server(url: str, database: Path) -> None:
    """Copy an unpacked database to a server's that holds nothing.

    Raises:
        BadInput: it holds something.
    """
    upgrade(url)
    with (
        _database(url) as server,
        _database(_url_of(database)) as file,
        reading(file) as source,
        writing(server) as target,
    ):
        last_change = target.execute(select(CatalogueRow.last_change).with_for_update()).scalar_one()
        if last_change or target.execute(select(VideoChangeRow.number).limit(1)).first() is not None:
            raise BadInput(
                "expected an empty database to restore into; this one has held pictures or videos",
                remedy="Set RETRACE_DATABASE_URL to a new database.",
            )
        copy_tables(source, target)


def _move_into_place(database: Path, path: Path) -> None:
    """Move a file, across disks too, so that it appears under its name when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.restoring")
    shutil.move(database, beside)
    beside.rename(path)


def _url_of(path: Path) -> str:
    """Return the address of a SQLite file."""
    return f"sqlite:///{path}"


@contextmanager
def _database(url: str) -> Iterator[Engine]:
    """Give an engine whose connections are closed at the end."""
    engine = open_database(parse_url(url))
    try:
        yield engine
    finally:
        engine.dispose()
