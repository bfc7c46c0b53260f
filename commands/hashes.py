"""`hashes …`: PDQ hashes in and out, as platforms share them in place of pictures."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from commands.group import FOUND_NOTHING, command, main
from commands.opening import engine_source, open_catalogue, thumbnails_of
from commands.options import FILE, as_json
from commands.showing import failure_report, progress_bar, show
from errors import SourceUnreadable, StorageUnavailable
from search.words import count
from settings import read_settings

if TYPE_CHECKING:
    from data.catalogue import Catalogue
    from data.hash_lists import BadLine, HashLine, ListedHash
    from data.records import Image
    from search.ingest import Failure
    from search.live_hashes import HashNear

AT_ONCE = 1_000
"""Hashes searched, and rows of what they found read, at a time."""


@main.group("hashes")
def hashes() -> None:
    """Share PDQ hashes in place of pictures, and search by them."""


@command("export", "hashes export mine.csv --collection mine", "hashes export all.json", group=hashes)
@click.argument("target", type=FILE)
@click.option("--collection", help="Only of this collection.")
@as_json
def export_hashes(target: Path, *, collection: str | None, in_json: bool) -> None:
    """Write the hash of every picture to TARGET, a .csv or .json: hash, quality, id, sha256.

    Pictures too plain for a hash are left out. Exit status 1 when there is none.
    """
    from data.hash_lists import format_of, write_list
    from data.hashes import Hashes
    from search.hash_export import hash_lines

    settings, kind = read_settings(), format_of(target)
    with (
        open_catalogue(settings) as catalogue,
        progress_bar("Measuring", quiet=in_json) as advance,
        written_whole(target) as file,
    ):
        pictures = Hashes(catalogue.database).all(collection=collection)
        limits = engine_source(settings).limits
        lines = hash_lines(pictures, thumbnails_of(settings), limits, workers=os.cpu_count() or 1)
        written = write_list(file, kind, _counted(lines, advance))
    show({"hashes": written}, [f"{count(written, 'hash', 'hashes')} in {target}"], in_json)
    if not written:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command(
    "search",
    "hashes search shared.csv",
    "hashes search f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22 --distance 20",
    group=hashes,
)
@click.argument("what")
@click.option(
    "--distance", type=click.IntRange(0, 256), default=31, show_default=True, help="Bits of 256 that may differ."
)
@click.option(
    "--quality", type=click.IntRange(0, 100), default=50, show_default=True, help="Leave out hashes below this."
)
@click.option("--failures", type=FILE, help="Write what was left out of the list to this CSV file.")
@as_json
def search_hashes(what: str, *, distance: int, quality: int, failures: Path | None, in_json: bool) -> None:
    """Find the pictures near to a hash, or to those of a list (.csv or .json), without the pictures behind them.

    A line that is no hash is named and left out. Exit status 1 when nothing is near.
    """
    from data.hash_lists import ListedHash, parse_hash, read_list
    from search.live_hashes import LiveHashes

    alone = parse_hash(what)
    if alone is None and not Path(what).is_file():
        raise SourceUnreadable(
            f"expected 64 hexadecimal digits or a list; received {what[:100]!r}, which is no file either"
        )
    lines = [ListedHash(1, alone, None)] if alone is not None else read_list(Path(what), min_quality=quality)
    searched = found = 0
    with open_catalogue(read_settings()) as catalogue, failure_report(failures) as report:
        live = LiveHashes(catalogue)
        listed = _reported(lines, what, report)
        # Written as they come: a long list may find more than should be held.
        if in_json:
            click.echo('{"matches": [', nl=False)
        while some := list(islice(listed, AT_ONCE)):
            searched += len(some)
            for one, image, bits in _rows(catalogue, some, live.search([one.pdq for one in some], distance)):
                _show_match(one, image, bits, is_first=not found, in_json=in_json)
                found += 1
    if in_json:
        click.echo(f'\n], "found": {found}, "searched": {searched}}}')
    else:
        click.echo(f"{count(searched, 'hash', 'hashes')}, {count(found, 'picture')} near")
    if not found:
        raise click.exceptions.Exit(FOUND_NOTHING)


def _show_match(one: "ListedHash", image: "Image", bits: int, *, is_first: bool, in_json: bool) -> None:
    """Print a picture that is near to a hash."""
    if not in_json:
        click.echo(f"{one.pdq.hex()}  {bits:3} bits  {image.id:>8}  {image.title or image.sha256[:16]}")
        return
    record = {
        "place": one.place,
        "hash": one.pdq.hex(),
        "distance": bits,
        "id": image.id,
        "sha256": image.sha256,
        "title": image.title,
        "collection": image.collection,
    }
    click.echo(("\n  " if is_first else ",\n  ") + json.dumps(record, ensure_ascii=False), nl=False)


def _reported(
    lines: "Iterable[ListedHash | BadLine]", what: str, report: "Callable[[Failure], None]"
) -> "Iterator[ListedHash]":
    """Yield the hashes of a list, and name the lines that are none."""
    from data.hash_lists import BadLine
    from search.ingest import Failure

    for line in lines:
        if isinstance(line, BadLine):
            report(Failure(f"{what}:{line.place}", f"{line.reason}; received {line.text!r}"))
        else:
            yield line


def _rows(
    catalogue: "Catalogue", listed: "list[ListedHash]", found: "Iterable[HashNear]"
) -> "Iterator[tuple[ListedHash, Image, int]]":
    """Yield what was found, with its row; some thousand rows are read at a time."""
    pairs = (
        (one, image_id, bits)
        for one, near in zip(listed, found, strict=True)
        for image_id, bits in zip(near.ids, near.distances, strict=True)
    )
    while some := list(islice(pairs, AT_ONCE)):
        images = catalogue.images(sorted({image_id for _, image_id, _ in some}))
        yield from ((one, images[image_id], bits) for one, image_id, bits in some if image_id in images)


def _counted(lines: "Iterable[HashLine]", advance: "Callable[[int, int | None], None]") -> "Iterator[HashLine]":
    """Yield lines and tell how many there were."""
    for number, line in enumerate(lines, 1):
        yield line
        if number % 100 == 0:
            advance(number, None)


@contextmanager
def written_whole(target: Path) -> Iterator[TextIO]:
    """Open a file that takes its place when the block ends well; one that was stopped leaves what was there.

    Raises:
        StorageUnavailable: it cannot be written.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        part.replace(target)
    except OSError as exc:
        raise StorageUnavailable(f"{target} cannot be written: {exc.strerror}") from exc
    finally:
        part.unlink(missing_ok=True)
