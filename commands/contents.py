"""`add`, `list`, `remove` and `stats`: what the catalogue holds."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.group import FOUND_NOTHING, command
from commands.opening import open_catalogue, thumbnails_of
from commands.options import FILE, as_json
from commands.showing import show
from commands.taking_in import take_in, take_in_bulk
from errors import BadInput, NotFound, StorageUnavailable
from search.words import count
from settings import read_settings

if TYPE_CHECKING:
    from data.catalogue import Catalogue
    from data.records import Image

SHOWN_PICTURES = 50
PAGE = 1_000
"""Pictures read at a time where all are wanted."""


@command("add", "add ~/Pictures listing.csv photos.zip --collection archive")
@click.argument("what", nargs=-1, required=True)
@click.option("--collection", help="Name to file these pictures under.")
@click.option("--failures", type=FILE, help="Write what failed to this CSV file.")
@click.option(
    "--ray",
    metavar="ADDRESS",
    help="Describe on this Ray cluster: host:port of its head, or the word local. Its nodes must have Retrace, and see "
    "the data folder and what is added, at the same paths.",
)
@as_json
def add(
    what: tuple[str, ...], *, collection: str | None, failures: Path | None, ray: str | None, in_json: bool
) -> None:
    """Add pictures: files, folders, zip/tar archives, CSV/Parquet tables, BAM! SQLite files, addresses.

    Stopping it loses nothing that was added; run it again to go on. Exit status 3 when a picture was left out.
    """
    take = take_in if ray is None else partial(take_in_bulk, address=ray)
    tally = take(read_settings(), what, collection=collection, failures=failures, quiet=in_json)
    if in_json:
        show(asdict(tally), (), in_json)
    if tally.failed:
        raise click.exceptions.Exit(BadInput.exit_status)


@command("list", "list --collection archive --limit 20", "list --csv ids.csv")
@click.option("--collection", help="Only of this collection.")
@click.option("--after", "after_id", type=click.IntRange(0), default=0, help="Only ids above this one.")
@click.option("--limit", type=click.IntRange(1), help="Pictures at most [50; with --csv all].")
@click.option("--csv", "target", type=FILE, help="Write ids and where each picture was seen to this CSV file instead.")
@as_json
def list_pictures(
    *, collection: str | None, after_id: int, limit: int | None, target: Path | None, in_json: bool
) -> None:
    """List pictures of the catalogue in order of id. Exit status 1 when there is none.

    The ids are those of the vector index, in Milvus too: the CSV tells whose vectors it holds.
    """
    from search.report import image_line, image_record

    with open_catalogue(read_settings()) as catalogue:
        if target is not None:
            found = write_ids(read_images(catalogue, collection, after_id, limit), target)
            show({"pictures": found}, [f"{count(found, 'picture')} in {target}"], in_json)
        else:
            images = catalogue.list_images(after_id=after_id, limit=limit or SHOWN_PICTURES, collection=collection)
            found = len(images)
            lines = map(image_line, images) if images else ["There are no such pictures in the catalogue."]
            show([image_record(image) for image in images], lines, in_json)
    if not found:
        raise click.exceptions.Exit(FOUND_NOTHING)


def read_images(catalogue: "Catalogue", collection: str | None, after_id: int, limit: int | None) -> Iterator["Image"]:
    """Yield pictures in order of id, read some at a time."""
    left = limit
    while page := catalogue.list_images(
        after_id=after_id, limit=PAGE if left is None else min(left, PAGE), collection=collection
    ):
        yield from page
        after_id = page[-1].id
        left = None if left is None else left - len(page)
        if left == 0:
            return


def write_ids(images: Iterable["Image"], target: Path) -> int:
    """Write a row for every place where a picture was seen, and return how many pictures there are.

    Columns: id, locator (path or address), collection, sha256; the locator is empty where none is known.

    Raises:
        StorageUnavailable: the file cannot be written.
    """
    found = 0
    try:
        with target.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "locator", "collection", "sha256"])
            for image in images:
                found += 1
                locators = [source.locator for source in image.sources] or [""]
                writer.writerows([image.id, one, image.collection or "", image.sha256] for one in locators)
    except OSError as exc:
        raise StorageUnavailable(f"{target} cannot be written: {exc.strerror}") from exc
    return found


@command("remove", "remove 17 18 --yes")
@click.argument("ids", nargs=-1, type=click.IntRange(1))
@click.option("--collection", help="Every picture of this collection.")
@click.option("--locator", help="Every picture seen at this path or address.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def remove(ids: tuple[int, ...], *, collection: str | None, locator: str | None, yes: bool, in_json: bool) -> None:
    """Remove pictures from the catalogue, wholly. The files they came from are left alone."""
    from search.removal import remove_images

    settings = read_settings()
    with open_catalogue(settings) as catalogue:
        chosen = catalogue.find(ids=ids or None, collection=collection, locator=locator)
        if not chosen:
            raise NotFound("there is no such picture in the catalogue", remedy="See what there is with `list`.")
        if not yes:
            click.confirm(f"Remove {count(len(chosen), 'picture')} from the catalogue?", abort=True, err=True)
        removed = remove_images(catalogue, thumbnails_of(settings), chosen)
    show({"removed": removed}, [f"Removed {count(removed, 'picture')}."], in_json)


@command("stats", "stats --json")
@as_json
def stats(in_json: bool) -> None:
    """Show how much the catalogue holds, and the last backup that is known."""
    from data.last_backup import read_last_backup
    from search.stock import stock_lines, take_stock

    settings = read_settings()
    backup = read_last_backup(settings.data_dir)
    with open_catalogue(settings) as catalogue:
        stock = take_stock(catalogue)
    record = asdict(stock.counts) | {
        "videos": asdict(stock.videos),
        "faces": {one.collection: one.faces for one in stock.faces},
        "deliveries": asdict(stock.deliveries)
        | {"oldest_at": stock.deliveries.oldest_at and stock.deliveries.oldest_at.isoformat()},
        "backup": backup and backup.model_dump(mode="json"),
    }
    lines = list(stock_lines(stock))
    if backup is not None:
        lines.append(f"last backup {backup.created_at:%Y-%m-%d %H:%M} UTC: {backup.name}")
    show(record, lines, in_json)
