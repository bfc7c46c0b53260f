"""`regions …`: descriptors of fixed parts of the catalogue's pictures, so that strong crops of them are found."""

from dataclasses import asdict

import click

from commands.group import FOUND_NOTHING, command, main
from commands.opening import describe_lacking_regions, open_catalogue, served_model
from commands.options import as_json
from commands.showing import show
from errors import BadInput
from search.words import count
from settings import read_settings


@main.group("regions")
def regions() -> None:
    """Describe parts of the catalogue's pictures as well, so that crops to a sixth of one are found.

    A search asks them where RETRACE_REGIONS is 5 or 9, and `add` then describes those of new pictures by itself.
    """


@command("add", "regions add", "regions add --collection archive --crops 9", group=regions)
@click.option("--crops", type=click.Choice(["5", "9"]), help="Parts of each picture [RETRACE_REGIONS, or else 5].")
@click.option("--collection", help="Only of the pictures of this collection.")
@as_json
def regions_add(*, crops: str | None, collection: str | None, in_json: bool) -> None:
    """Describe the parts of the pictures that have not so many described parts yet, from their thumbnails.

    Stop it whenever you like; run again, it goes on. Exit status 3 when a picture could not be read.
    """
    settings = read_settings()
    tally = describe_lacking_regions(
        settings, int(crops) if crops else settings.regions or 5, collection=collection, quiet=in_json
    )
    lines = [
        f"{count(tally.described, 'picture')} described by {count(tally.regions, 'region')}, {tally.failed} failed."
    ]
    if not settings.regions:
        lines.append("Searches ask them once RETRACE_REGIONS is 5 or 9.")
    show(asdict(tally), lines, in_json)
    if tally.failed:
        raise click.exceptions.Exit(BadInput.exit_status)


@command("remove", "regions remove", "regions remove --collection archive", group=regions)
@click.option("--collection", help="Only of the pictures of this collection.")
@as_json
def regions_remove(*, collection: str | None, in_json: bool) -> None:
    """Forget the described parts of all pictures, or of a collection's. The pictures stay."""
    from data.regions import RegionShelf

    with open_catalogue(read_settings()) as catalogue:
        removed = RegionShelf(catalogue.database).remove(collection)
    show({"removed": removed}, [f"Forgot the regions of {count(removed, 'picture')}."], in_json)


@command("stats", "regions stats", group=regions)
@as_json
def regions_stats(in_json: bool) -> None:
    """Show how many pictures have described parts, by the model in use. Exit status 1 when none has."""
    from data.regions import RegionShelf
    from feature_extractor.model_file import hash_model

    settings = read_settings()
    model_id, _, _ = hash_model(served_model(settings))
    with open_catalogue(settings) as catalogue:
        found = RegionShelf(catalogue.database).counts(model_id)
        images = catalogue.counts().images
    asked = "ask" if settings.regions else "do not ask"
    line = (
        f"{count(found.regions, 'region')} of {found.pictures:,} of {count(images, 'picture')}, "
        f"{found.size_bytes / 2**20:.1f} MiB of descriptors; searches {asked} them."
    )
    show(asdict(found) | {"images": images, "is_asked": settings.regions > 0}, [line], in_json)
    if not found.pictures:
        raise click.exceptions.Exit(FOUND_NOTHING)
