"""Labelled pictures, wherever they come from, and the weights that training starts from."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from commands.opening import fetcher_of, open_catalogue, thumbnails_of
from commands.showing import SHOWN_FAILURES, progress_bar
from errors import BadInput
from search.words import count
from settings import Settings, read_settings

if TYPE_CHECKING:
    from data.records import SourceRecord
    from feature_extractor.training.fit import TrainingRecipe
    from feature_extractor.training.prepare import Order
    from feature_extractor.training.sample import LabelledPicture

CATALOGUE = "catalogue"
"""In place of a source of labelled pictures: those of the catalogue."""
OFFICIAL = "official"
"""In place of a file of starting weights: those that Keras publishes."""


def hush_tensorflow() -> None:
    """Keep TensorFlow from telling what concerns nobody here; it asks once, when it is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def variant_of(start: str) -> Literal["v1", "v1.5"] | None:
    """Return the variant of the network that starting weights are of, where they tell; else the recipe does."""
    from feature_extractor.training.lineage import served_variant
    from feature_extractor.training.official_weights import KERAS_RESNET50

    if start == OFFICIAL:
        return KERAS_RESNET50.variant
    return served_variant(Path(start)) if start.endswith(".xml") else None


def order_training(
    data: str, start: str, recipe: "TrainingRecipe", folder: Path, cache: Path, *, quiet: bool
) -> "Order":
    """Return the order of a training on every core; official weights are fetched."""
    from feature_extractor.training.prepare import Order

    settings = read_settings()
    return Order(
        labelled=read_labelled(settings, data, cache, quiet=quiet),
        start=official_weights(settings, quiet=quiet) if start == OFFICIAL else Path(start),
        model=settings.model,
        recipe=recipe,
        folder=folder,
        cache=cache,
        workers=os.cpu_count() or 1,
    )


def read_labelled(settings: Settings, data: str, cache: Path, *, quiet: bool) -> "list[LabelledPicture]":
    """Return labelled pictures: of a folder of sets, or of whatever else holds pictures, which are then kept."""
    from feature_extractor.training.records import keep_pictures
    from feature_extractor.training.sample import BAM_SAMPLE, read_sample

    if (Path(data) / BAM_SAMPLE).is_file():
        return read_sample(Path(data))
    with (
        open_records(settings, data) as (records, total),
        progress_bar("Keeping pictures", quiet=quiet) as advance,
    ):
        pictures, missing = keep_pictures(records, cache / "kept", on_progress=lambda done: advance(done, total))
    for picture in missing[:SHOWN_FAILURES]:
        click.echo(f"left out: {picture.name}: {picture.reason}", err=True)
    if missing:
        click.echo(f"{count(len(missing), 'picture')} of {data} could not be had.", err=True)
    if not pictures:
        raise BadInput(f"expected pictures to learn from in {data}; found none")
    return pictures


@contextmanager
def open_records(settings: Settings, data: str) -> Iterator[tuple["Iterator[SourceRecord]", int | None]]:
    """Open the catalogue or a source of pictures, and tell how many records it has, if that is known."""
    from data.catalogue_records import read_catalogue
    from data.sources import count_source, open_source

    if data == CATALOGUE:
        with open_catalogue(settings) as catalogue:
            yield read_catalogue(catalogue, thumbnails_of(settings)), catalogue.counts().images
        return
    with open_source(
        data, max_bytes=settings.max_upload_bytes, fetcher=fetcher_of(settings), show_mature=settings.show_mature
    ) as source:
        yield source, count_source(data, show_mature=settings.show_mature)


def official_weights(settings: Settings, *, quiet: bool) -> Path:
    """Return the weights that Keras publishes, fetched into the data folder where they are not there yet."""
    from feature_extractor.training.official_weights import fetch_official_weights

    with progress_bar("Fetching official weights", quiet=quiet) as advance:
        return fetch_official_weights(settings.data_dir / "weights", on_progress=advance)
