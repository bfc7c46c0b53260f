"""The files of a report, beside each other: page, CSV, JSON."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from data.thumbnails import ThumbnailStore
from errors import StorageUnavailable
from search.batch.page import render_page
from search.batch.report import BatchReport, csv_pieces, json_text


def write_report(report: BatchReport, thumbnails: ThumbnailStore, styles: Path, page: Path) -> tuple[Path, ...]:
    """Write page, CSV and JSON, each whole or not at all, in place of those of an earlier run.

    Args:
        report: of a batch.
        thumbnails: of the catalogue.
        styles: folder of the site's style sheets.
        page: of the page; the others have its name.
    Returns:
        the three.
    Raises:
        PartMissing: a style sheet is missing.
        StorageUnavailable: they cannot be written.
    """
    files = (page, page.with_suffix(".csv"), page.with_suffix(".json"))
    texts = (render_page(report, thumbnails, styles), csv_pieces(report.rows), (json_text(report),))
    for path, pieces in zip(files, texts, strict=True):
        _write(path, pieces)
    return files


def _write(path: Path, pieces: Iterable[str]) -> None:
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        try:
            with partial.open("w", encoding="utf-8", newline="") as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as exc:
        raise StorageUnavailable(
            f"{path} cannot be written: {exc.strerror}", remedy="Make room and run it again: nothing is searched twice."
        ) from exc
