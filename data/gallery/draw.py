"""Draws the sample gallery into a folder: originals first, then edited copies of some."""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from data.gallery.programme import EDITION, Copy, Piece, Work, programme
from data.gallery.studio import draw_copy, draw_work
from data.gallery.table import Row, write_table
from data.records import Label
from errors import BadRequest, EnvironmentFault, StorageUnavailable

MANIFEST = "gallery.json"
"""Written last: which files are whole, by sha256."""
_MOST_WORKERS = 8
"""A worker takes up to 200 MiB; beyond eight the start of processes costs more than they save."""


@dataclass(frozen=True, slots=True)
class GalleryPicture:
    """One picture of the sample gallery.

    Attributes:
        path: its file.
        title: as a wall label says it ("Harbour at dusk, watercolour").
        medium: vector, ink, oil, watercolour, graphite, comic, 3d or photo.
        labels: attribute of BAM! to label, as far as the generator knows what it drew.
        copy_of: file name of the original of an edited copy; edit: what was done to it.
    """

    path: Path
    title: str
    medium: str
    labels: Mapping[str, Label]
    copy_of: str | None = None
    edit: str | None = None


def draw_gallery(
    folder: Path,
    *,
    seed: int = 7,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    only: Collection[str] | None = None,
) -> list[GalleryPicture]:
    """Draw the sample gallery, as far as its files are not there and whole already.

    The pixels depend on the seed alone, not on the number of workers or on what else is drawn. Files are written
    beside and renamed, and the manifest and `gallery.csv` last. Workers are started by spawning: a program that
    calls this keeps its own start under `if __name__ == "__main__"`.

    Args:
        folder: where the files go; made where it is missing.
        seed: of all random choices; another seed gives another gallery.
        workers: processes that draw; as many as this process may use cores where None.
        progress: called with (files ready, files in all) at the start and after each.
        only: names of the pictures wanted, without suffix (an edited copy brings its original); all where None.
    Returns:
        The pictures wanted, originals before copies, in the order of the programme.
    Raises:
        BadRequest: `only` has a name that is not in the programme.
        StorageUnavailable: the folder cannot be written.
        EnvironmentFault: a worker died, for want of memory as a rule.
    """
    works, copies = _wanted(only)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        whole = _whole_files(folder, seed)
        total, done = len(works) + len(copies), sum(piece.file in whole for piece in [*list[Piece](works), *copies])
        if progress is not None:
            progress(done, total)
        # Copies are made from the files of their originals.
        for tasks in (list[Piece](works), list[Piece](copies)):
            missing = [task for task in tasks if task.file not in whole]
            for file, sha256 in _drawn(missing, folder, seed, workers):
                whole[file] = sha256
                done += 1
                if progress is not None:
                    progress(done, total)
        _write_manifest(folder, seed, whole)
    except OSError as exc:
        raise StorageUnavailable(f"cannot write the sample gallery to {folder}: {exc}") from exc
    return [_picture(task, folder) for task in [*list[Piece](works), *copies]]


def _wanted(only: Collection[str] | None) -> tuple[list[Work], list[Copy]]:
    works, copies = programme()
    if only is None:
        return works, copies
    known = {work.name for work in works} | {copy.name for copy in copies}
    if unknown := sorted(set(only) - known):
        raise BadRequest(f"expected names of the gallery's programme; received {', '.join(unknown)}")
    copies = [copy for copy in copies if copy.name in only]
    originals = {copy.original.name for copy in copies}
    return [work for work in works if work.name in only or work.name in originals], copies


def _drawn(tasks: list[Piece], folder: Path, seed: int, workers: int | None) -> Iterable[tuple[str, str]]:
    """Draw tasks and yield (file, sha256) of each as it is ready."""
    count = min(workers or min(_cores(), _MOST_WORKERS), len(tasks))
    if count <= 1:
        for task in tasks:
            yield _draw_file(task, folder, seed)
        return
    # Forked workers would inherit locks of whatever threads the caller runs.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context) as pool:
        try:
            for future in as_completed([pool.submit(_draw_file, task, folder, seed) for task in tasks]):
                yield future.result()
        except BrokenProcessPool as exc:
            raise EnvironmentFault(
                "a process that draws the sample gallery died",
                remedy="Free some memory and run it again: what is drawn is kept only when all is done.",
            ) from exc
        finally:
            pool.shutdown(cancel_futures=True)


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _draw_file(task: Piece, folder: Path, seed: int) -> tuple[str, str]:
    """Draw one picture to its file; a worker's whole job."""
    data = draw_work(task, seed) if isinstance(task, Work) else draw_copy(task, folder, seed)
    target = folder / task.file
    beside = target.with_name(f".{target.name}.part")
    beside.write_bytes(data)
    beside.replace(target)
    return task.file, hashlib.sha256(data).hexdigest()


def _whole_files(folder: Path, seed: int) -> dict[str, str]:
    """Return the files of the manifest that are still as it says, if it is one of this edition and seed."""
    manifest = folder / MANIFEST
    try:
        noted = json.loads(manifest.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    if not isinstance(noted, dict) or noted.get("edition") != EDITION or noted.get("seed") != seed:
        return {}
    files = noted.get("files")
    known = files if isinstance(files, dict) else {}
    works, copies = programme()
    ours = [piece.file for piece in [*list[Piece](works), *copies]]
    return {file: known[file] for file in ours if file in known and _sha256(folder / file) == known[file]}


def _sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None


def _write_manifest(folder: Path, seed: int, whole: Mapping[str, str]) -> None:
    works, copies = programme()
    pieces = [piece for piece in [*list[Piece](works), *copies] if piece.file in whole]
    write_table(folder, [_row(piece) for piece in pieces])
    noted = {"edition": EDITION, "seed": seed, "files": {piece.file: whole[piece.file] for piece in pieces}}
    text = json.dumps(noted, indent=1) + "\n"
    manifest = folder / MANIFEST
    if manifest.is_file() and manifest.read_text(encoding="utf-8") == text:
        return
    beside = folder / f".{MANIFEST}.part"
    beside.write_text(text, encoding="utf-8")
    beside.replace(manifest)


def _row(task: Piece) -> Row:
    work = task if isinstance(task, Work) else task.original
    return task.file, task.title, work.project, work.labels


def _picture(task: Piece, folder: Path) -> GalleryPicture:
    if isinstance(task, Work):
        return GalleryPicture(folder / task.file, task.title, task.medium, task.labels)
    work = task.original
    return GalleryPicture(folder / task.file, task.title, work.medium, work.labels, work.file, task.edit)
