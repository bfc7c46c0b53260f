"""The note of the last backup: there, absent, damaged, not to be written."""

from pathlib import Path

import pytest

from data.backup_archive import FORMAT, Manifest
from data.last_backup import LAST_BACKUP, note_backup, read_last_backup
from errors import StorageUnavailable


def manifest(created_at: str = "2026-11-21T08:00:00+00:00") -> Manifest:
    return Manifest(
        format=FORMAT,
        created_at=created_at,
        images=12,
        sources=14,
        last_change=15,
        database_bytes=1,
        database_sha256="0" * 64,
        thumbnails=12,
        thumbnails_bytes=1,
        thumbnails_sha256="0" * 64,
        missing_thumbnails=0,
    )


def test_the_last_one_is_remembered_by_its_name_alone(tmp_path: Path) -> None:
    assert read_last_backup(tmp_path) is None
    note_backup(tmp_path, Path("/elsewhere/first.tar"), manifest())
    note_backup(tmp_path, Path("/elsewhere/second.tar"), manifest("2026-11-22T08:00:00+00:00"))
    last = read_last_backup(tmp_path)
    assert last is not None
    assert (last.name, last.created_at.day, last.images, last.last_change) == ("second.tar", 22, 12, 15)
    assert "elsewhere" not in (tmp_path / LAST_BACKUP).read_text()
    assert [path.name for path in tmp_path.iterdir()] == [LAST_BACKUP]


@pytest.mark.parametrize("text", ["", "{}", "[" * 1000, '{"name": "a", "created_at": "2026-11-21T08:00:00"}', "\x00"])
def test_a_damaged_note_is_refused_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / LAST_BACKUP).write_text(text)
    with pytest.raises(StorageUnavailable) as caught:
        read_last_backup(tmp_path)
    assert "Remove the file" in caught.value.remedy


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable):
        note_backup(tmp_path / "absent", Path("a.tar"), manifest())
    (tmp_path / LAST_BACKUP).mkdir()
    with pytest.raises(StorageUnavailable):
        read_last_backup(tmp_path)
