"""`pictures`, `train` and `export`: a model of one's own."""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from commands.group import FOUND_NOTHING, command
from commands.labelled import hush_tensorflow, order_training, read_labelled, variant_of
from commands.options import (
    FILE,
    FILE_THERE,
    FOLDER,
    FOLDER_THERE,
    as_json,
    cache_option,
    data_option,
    model_option,
    more_option,
    preset_option,
    start_option,
)
from commands.showing import SHOWN_FAILURES, progress_bar, show, tell
from search.words import count
from settings import read_settings

if TYPE_CHECKING:
    from feature_extractor.training.sample import LabelledPicture


@command(
    "pictures",
    "pictures flowers houses --data ../shared/data --out more.csv",
    "pictures --padded wikiart --most 2000 --data bam.sqlite --out more.csv",
)
@click.argument("folders", nargs=-1, type=FOLDER_THERE)
@click.option(
    "--padded", type=FOLDER_THERE, multiple=True, help="A folder more, whose pictures have black borders to cut off."
)
@click.option("--most", type=click.IntRange(1), help="Pictures of each folder at most, drawn by their names [all].")
@data_option
@click.option("--out", required=True, type=FILE, help="The manifest, a CSV; near_val.csv comes beside it.")
@cache_option("a folder beside OUT")
@model_option
@as_json
def choose_further(
    folders: tuple[Path, ...],
    *,
    padded: tuple[Path, ...],
    most: int | None,
    data: str,
    out: Path,
    cache: Path | None,
    model: Path | None,
    in_json: bool,
) -> None:
    """Choose unlabelled pictures that `train` may learn from too, and list all with the reasons of those left out.

    Left out is what equals or nearly equals a labelled picture of split val, and copies of other pictures.
    near_val.csv lists the labelled pictures of train that are too near to one of val. Stop it whenever you like; run it
    again to go on. Exit status 1 when no picture may be learnt from.
    """
    from feature_extractor.training.picture_lists import write_picture_lists

    if not (folders or padded):
        raise click.UsageError("Name folders of pictures, or some with --padded.")
    settings, cache = read_settings(model=model), cache or out.with_name("cache")
    listed = write_picture_lists(
        folders,
        read_labelled(settings, data, cache, quiet=in_json),
        settings.model,
        out,
        padded=padded,
        most_each=most,
        cache=cache,
        progress=partial(progress_bar, quiet=in_json),
    )
    lines = [
        f"{count(listed.near_val, 'labelled picture')} of train near a picture of val: {out.with_name('near_val.csv')}",
        *listed.lines(),
        f"{out}: {count(listed.kept, 'picture')} to learn from",
    ]
    show(asdict(listed), lines, in_json)
    if not listed.kept:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command(
    "train",
    "train --data ../shared/data --start ../shared/weights/resnet50_start.npz --out trained",
    "train --data bam.sqlite --start official --out mine --export mine/model.xml",
)
@preset_option
@data_option
@more_option
@start_option
@click.option(
    "--out",
    required=True,
    type=FOLDER,
    help="Folder of weights, log and checkpoints; a training stopped there goes on.",
)
@click.option(
    "--teacher",
    type=FILE_THERE,
    help="Weights whose look must not be forgotten, likewise [those to start from].",
)
@cache_option("OUT/cache")
@click.option("--without", multiple=True, metavar="CATEGORY", help="Leave this category out; may be repeated.")
@click.option(
    "--recipe",
    type=FILE_THERE,
    help="JSON of what differs from the preset, such as the recipe.json of another training.",
)
@click.option("--epochs", type=click.IntRange(1), help="In all [of the preset].")
@click.option("--steps", type=click.IntRange(1), help="Batches an epoch [of the preset].")
@click.option("--workers", type=click.IntRange(1), help="Threads that edit pictures [one a core].")
@click.option(
    "--export",
    "model",
    type=FILE,
    help="When done, make the model that serves, an .xml, as `export` does.",
)
@as_json
def train(
    *,
    preset: Literal["cpu", "gpu"],
    data: str,
    more: Path | None,
    start: str,
    teacher: Path | None,
    out: Path,
    cache: Path | None,
    without: tuple[str, ...],
    recipe: Path | None,
    epochs: int | None,
    steps: int | None,
    workers: int | None,
    model: Path | None,
    in_json: bool,
) -> None:
    """Teach the network on labelled and unlabelled pictures. Stop it whenever you like; run it again to go on."""
    hush_tensorflow()
    from feature_extractor.training.prepare import choose_recipe, train_as_ordered

    chosen = choose_recipe(preset, recipe, epochs=epochs, steps=steps, variant=variant_of(start))
    order = order_training(data, start, chosen, out, cache or out / "cache", quiet=in_json)
    order = replace(order, more=more, without=without, teacher=teacher, workers=workers or order.workers)
    with redirect_stdout(sys.stderr):  # Keras shows its progress on stdout
        trained = train_as_ordered(order, progress=partial(progress_bar, quiet=in_json))
    for picture in trained.missing[:SHOWN_FAILURES]:
        click.echo(f"left out: {picture.name}: {picture.reason}", err=True)
    lines = [
        f"{trained.weights}: learnt from {count(trained.pictures, 'picture')}",
        f"{count(trained.near_val, 'picture')} left out as near a picture of val: {out / 'near_val.csv'}",
        f"{count(len(trained.missing), 'picture')} could not be had: {out / 'missing.csv'}",
        *map(str, trained.figures),
    ]
    record = asdict(trained) | {
        "weights": str(trained.weights),
        "missing": len(trained.missing),
        "figures": [*map(str, trained.figures)],
    }
    if model is not None:
        gone = {picture.name for picture in trained.missing}
        pictures = [picture for picture in order.labelled if picture.name not in gone]
        model_id = export_weights(trained.weights, pictures, model, order.recipe.variant)
        record |= {"model": str(model), "model_id": model_id}
        lines.append(f"{model}: model {model_id}")
    show(record, lines, in_json)


@command("export", "export --weights trained/weights.npz --data ../shared/data --out model.xml")
@click.option(
    "--weights",
    required=True,
    type=FILE_THERE,
    help="What `train` made, or weights to start from: an .npz.",
)
@data_option
@click.option(
    "--out",
    required=True,
    type=FILE,
    help="The model, an .xml; its .bin and .json come beside it.",
)
@click.option(
    "--variant",
    type=click.Choice(["v1", "v1.5"]),
    default="v1.5",
    show_default=True,
    help="Of the network: v1 for official weights.",
)
@cache_option("a folder beside WEIGHTS")
@click.option(
    "--float32",
    type=FILE,
    help="Write the model before quantisation too, an .xml, to compare the two.",
)
@as_json
def export(
    *,
    weights: Path,
    data: str,
    out: Path,
    variant: Literal["v1", "v1.5"],
    cache: Path | None,
    float32: Path | None,
    in_json: bool,
) -> None:
    """Make the int8 model that serves from weights, set its thresholds by labelled pictures, and measure it.

    Where near_val.csv lies beside WEIGHTS, as `train` writes it, nothing is learnt from the train pictures in it.
    """
    settings = read_settings()
    pictures = read_labelled(settings, data, cache or weights.with_name("cache"), quiet=in_json)
    model_id = export_weights(weights, pictures, out, variant, float32=float32)
    show({"model": str(out), "model_id": model_id}, [f"{out}: model {model_id}"], in_json)


@command("refit", "refit --data ../shared/data --out mine/model.xml")
@model_option
@data_option
@click.option("--out", required=True, type=FILE, help="The new model, an .xml; its .bin and .json come beside it.")
@click.option("--views", type=click.IntRange(3, 64), help="Of each picture, all but two edited strongly [8].")
@click.option("--steps", type=click.IntRange(1), help="Batches to learn from [800].")
@cache_option("a folder beside OUT")
@more_option
@as_json
def refit(
    *,
    model: Path | None,
    data: str,
    more: Path | None,
    out: Path,
    views: int | None,
    steps: int | None,
    cache: Path | None,
    in_json: bool,
) -> None:
    """Teach a finished model to know copies of your kind of pictures: its head of `copy` alone.

    The network, its similar works and its attributes stay as they are. A catalogue takes the new model over with
    `model use`.
    """
    hush_tensorflow()
    from feature_extractor.training.copy_head import CopyHeadRecipe
    from feature_extractor.training.manifest import read_manifest
    from feature_extractor.training.near_val import train_pictures_near_val
    from feature_extractor.training.picture_traits import STORE
    from feature_extractor.training.recipe import Recipe
    from feature_extractor.training.refit import refit_model

    settings = read_settings(model=model)
    if out.resolve() == settings.model.resolve():
        raise click.UsageError("Name another file than the model itself: a catalogue needs both to change over.")
    chosen = {name: value for name, value in (("views", views), ("steps", steps)) if value is not None}
    folder = cache or out.with_name("cache")
    pictures = read_labelled(settings, data, folder, quiet=in_json)
    with progress_bar("Comparing train with val", quiet=in_json) as advance:
        near = train_pictures_near_val(pictures, settings.model, store=folder / STORE, on_progress=advance)
    with redirect_stdout(sys.stderr):
        metadata = refit_model(
            settings.model,
            pictures,
            out,
            recipe=CopyHeadRecipe(**chosen),
            export=Recipe(),
            left_out={pair.train for pair in near},
            more=[] if more is None else [picture for picture in read_manifest(more) if picture.reason is None],
            say=tell,
            progress=partial(progress_bar, quiet=in_json),
        )
    show({"model": str(out), "model_id": metadata.model_id}, [f"{out}: model {metadata.model_id}"], in_json)


def export_weights(
    weights: Path,
    pictures: "Sequence[LabelledPicture]",
    out: Path,
    variant: Literal["v1", "v1.5"],
    *,
    float32: Path | None = None,
) -> str:
    """Make the model that serves and return its id."""
    hush_tensorflow()
    from feature_extractor.training.export import export_model
    from feature_extractor.training.near_val import NEAR_VAL, read_near_val
    from feature_extractor.training.recipe import Recipe

    near = weights.with_name(NEAR_VAL)
    left_out = {pair.train for pair in read_near_val(near)} if near.is_file() else set()
    with redirect_stdout(sys.stderr):
        metadata = export_model(
            weights, pictures, out, recipe=Recipe(variant=variant), left_out=left_out, float32=float32, say=tell
        )
    return metadata.model_id
