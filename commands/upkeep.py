"""`check`, `rebuild`, `tune`, `backup` and `restore`: keeping the catalogue and its indexes."""

from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.group import FOUND_NOTHING, command
from commands.opening import open_engine_of, open_videos_of, thumbnails_of
from commands.options import FILE, FILE_THERE, as_json
from commands.showing import progress_bar, show
from errors import StorageUnavailable
from search.words import count
from settings import read_settings

if TYPE_CHECKING:
    from data.backup_archive import Manifest

_HELD = {"region": ("region",), "frame": ("stretch of video", "stretches of video"), "video": ("video",)}
"""What an index holds, where that is not pictures."""


@command("check", "check --repair")
@click.option("--repair", is_flag=True, help="Mend what can be: thumbnails, strips, local features, words, indexes.")
@as_json
def check(repair: bool, in_json: bool) -> None:
    """Prove that catalogue, thumbnails, strips of videos, words and indexes agree. Exit status 1 when they do not."""
    from search.check import check_all
    from search.check import repair as repair_all

    settings = read_settings()
    with open_engine_of(settings) as engine, open_videos_of(settings, engine) as videos:
        findings = check_all(engine, thumbnails_of(settings), videos)
        if repair and findings:
            findings = repair_all(engine, thumbnails_of(settings), findings, videos)
    show(
        {"findings": [asdict(finding) for finding in findings]},
        [f"{finding.what}: {finding.detail}" for finding in findings] or ["Catalogue, thumbnails and indexes agree."],
        in_json,
    )
    if findings:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("rebuild", "rebuild")
@as_json
def rebuild(in_json: bool) -> None:
    """Build the indexes, and what finds pictures by words, anew; serving processes go on and take them over."""
    from data.word_upkeep import rebuild_words
    from search.query import indexes_of

    settings = read_settings()
    with open_engine_of(settings) as engine, open_videos_of(settings, engine) as videos:
        indexes = [*indexes_of(engine), *((videos.frames, videos.summaries) if videos is not None else ())]
        sizes: dict[str, int] = {index.identity.kind: index.rebuild() for index in indexes}
        with progress_bar("Writing words", quiet=in_json) as advance:
            sizes["words"] = rebuild_words(engine.catalogue.database, advance)
    show(sizes, [f"{kind}: {count(size, *_HELD.get(kind, ('picture',)))}" for kind, size in sizes.items()], in_json)


@command("tune", "tune --recall .98")
@click.option(
    "--recall",
    type=float,
    help="Share of the ten nearest to find, 0.5 to 0.9995 [what RETRACE_INDEX_URL says, or else 0.99].",
)
@as_json
def tune(*, recall: float | None, in_json: bool) -> None:
    """Choose by the pictures themselves how deep both LSH indexes must look to find what is wanted.

    Some of the pictures search for their neighbours, at one depth after another, beside an exact scan. What was chosen
    is kept with the indexes: serving processes go on and take it over, and `rebuild` keeps it.
    """
    from search.tuning import tune_engine, wanted_recall

    settings = read_settings()
    wanted = wanted_recall(settings.index_url, recall)
    with open_engine_of(settings) as engine:
        tunings = tune_engine(engine, wanted)
    show([asdict(tuning) for tuning in tunings], chain.from_iterable(tuning.lines() for tuning in tunings), in_json)


@command("backup", "backup retrace.tar")
@click.argument("target", type=FILE)
@as_json
def backup(target: Path, in_json: bool) -> None:
    """Write catalogue, thumbnails and strips of videos to one file, while serving goes on."""
    from data.backup import backup as write_backup
    from data.last_backup import note_backup

    settings = read_settings()
    done = write_backup(settings.catalogue_url, settings.data_dir, target)
    try:
        note_backup(settings.data_dir, target, done)
    except StorageUnavailable as exc:  # the backup is whole all the same
        click.echo(f"The backup is whole; {exc}.", err=True)
    show(asdict(done), [f"{target}: {_held_in(done)}"], in_json)


@command("restore", "restore retrace.tar")
@click.argument("archive", type=FILE_THERE)
@as_json
def restore(archive: Path, in_json: bool) -> None:
    """Bring a backup back into an empty data folder."""
    from data.backup import restore as read_backup

    settings = read_settings()
    done = read_backup(archive, settings.data_dir, settings.catalogue_url)
    show(asdict(done), [f"{_held_in(done)} restored"], in_json)


def _held_in(manifest: "Manifest") -> str:
    """Return what a backup holds, for people."""
    pictures = count(manifest.images, "picture")
    return f"{pictures}, {count(manifest.videos, 'video')}" if manifest.videos else pictures
