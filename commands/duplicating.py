"""`duplicates`: pictures of the catalogue that are copies of each other."""

from pathlib import Path

import click

from commands.group import FOUND_NOTHING, command
from commands.opening import open_engine_of
from commands.options import FILE, as_json
from commands.showing import progress_bar, show
from errors import StorageUnavailable
from search.words import count
from settings import read_settings


@command(
    "duplicates",
    "duplicates --csv duplicates.csv",
    "duplicates --collection archive --limit 50",
    "duplicates --last --remove-smaller",
)
@click.option("--collection", help="Only among the pictures of this collection.")
@click.option("--last", is_flag=True, help="Show what the last run found; nothing is looked for.")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Groups shown.")
@click.option("--csv", "target", type=FILE, help="Write a row for every picture of a group to this CSV file.")
@click.option(
    "--remove-smaller",
    is_flag=True,
    help="Remove from the catalogue what a bigger picture of its group is proven a copy of; lists it, and asks.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def duplicates(
    *,
    collection: str | None,
    last: bool,
    limit: int,
    target: Path | None,
    remove_smaller: bool,
    yes: bool,
    in_json: bool,
) -> None:
    """Find groups of pictures that are copies of each other: same pixels, or proven by geometry.

    Every picture of a group is proven against its head, so that no chain joins what is not alike. The site shows the
    groups of the last run to those who are signed in. Nothing is removed unless --remove-smaller says so. Exit status 1
    when there is no group.
    """
    from data.duplicate_groups import DuplicateGroups
    from search.duplicates.find import find_duplicates
    from search.duplicates.report import csv_pieces, duplicates_lines, duplicates_record, member_line, smaller_members
    from search.removal import remove_images

    if last and collection is not None:
        raise click.UsageError("--last shows the run as it was; --collection narrows a new one.")
    settings = read_settings()
    kept = DuplicateGroups(settings.data_dir)
    with open_engine_of(settings) as engine:
        if last:
            read = kept.read()
            if read is None:
                raise click.UsageError("There is no run yet: leave --last out.")
            run, groups = read
        else:
            with progress_bar("Looking", quiet=in_json) as advance:
                run, groups = find_duplicates(
                    engine, collection, on_progress=lambda _, done, total: advance(done, total)
                )
            kept.write(run, groups)
        if target is not None:
            try:
                with target.open("w", newline="", encoding="utf-8") as file:
                    file.writelines(csv_pieces(groups))
            except OSError as exc:
                raise StorageUnavailable(f"{target} cannot be written: {exc.strerror}") from exc
        removed = 0
        if remove_smaller and (chosen := smaller_members(groups, engine.catalogue)):
            for group, member in chosen:
                click.echo(f"keep {group.biggest}, remove {member_line(group, member).strip()}", err=True)
            if not yes:
                click.confirm(f"Remove {count(len(chosen), 'picture')} from the catalogue?", abort=True, err=True)
            removed = remove_images(engine.catalogue, engine.thumbnails, [member.image_id for _, member in chosen])
    lines = [*duplicates_lines(run, groups, most=limit)]
    if remove_smaller:
        lines.append(f"Removed {count(removed, 'picture')}; the files they came from are left alone.")
    show(duplicates_record(run, groups) | {"removed": removed}, lines, in_json)
    if not groups:
        raise click.exceptions.Exit(FOUND_NOTHING)
