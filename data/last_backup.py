"""What is remembered of the last backup: a small file in the data folder, for whoever looks after the site."""

from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from data.backup_archive import Manifest
from errors import StorageUnavailable

LAST_BACKUP = "last-backup.json"
_MOST_BYTES = 64 * 1024


class LastBackup(BaseModel):
    """The last backup that `backup` made of this catalogue.

    Attributes:
        name: of the file, without its folder.
        created_at: when it was begun, UTC.
        images: pictures in it.
        last_change: of the catalogue, that it holds.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(max_length=1024)
    created_at: AwareDatetime
    images: int = Field(ge=0)
    last_change: int = Field(ge=0)


def note_backup(data_dir: Path, target: Path, manifest: Manifest) -> None:
    """Remember that a backup was made, in place of an earlier one.

    Args:
        data_dir: of the catalogue.
        target: the file of the backup.
        manifest: what it holds.
    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    made = LastBackup(
        name=target.name,
        created_at=datetime.fromisoformat(manifest.created_at),
        images=manifest.images,
        last_change=manifest.last_change,
    )
    path = data_dir / LAST_BACKUP
    partial = path.with_name(f"{path.name}.part")
    try:
        partial.write_text(made.model_dump_json(indent=2) + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError as exc:
        raise StorageUnavailable(f"that a backup was made cannot be noted in {path}: {exc.strerror}") from exc


def read_last_backup(data_dir: Path) -> LastBackup | None:
    """Return the last backup that was noted; None where none was.

    Raises:
        StorageUnavailable: the note cannot be read, or is damaged.
    """
    path = data_dir / LAST_BACKUP
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise StorageUnavailable(f"expected a note of the last backup in {path}: {exc.strerror}") from exc
    try:
        return LastBackup.model_validate_json(data)
    except ValidationError as exc:
        raise StorageUnavailable(
            f"expected a note of the last backup in {path}; received {exc.errors()[0]['msg']}",
            remedy="Remove the file: the next backup writes another.",
        ) from exc
