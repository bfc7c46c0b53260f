"""`model …`: which model serves, and changing it while serving."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.group import command, main
from commands.opening import engine_source, open_catalogue, served_model
from commands.options import as_json
from commands.showing import progress_bar, show
from search.words import count
from settings import Settings, read_settings

if TYPE_CHECKING:
    from search.change_model import ModelChange


@main.group("model")
def model() -> None:
    """Say which model serves the catalogue; change it while serving."""


@command("use", "model use mine/model.xml", "model use 3f2a9c41", group=model)
@click.argument("which", metavar="FILE|ID")
@as_json
def use(which: str, in_json: bool) -> None:
    """Describe all pictures by another model, in the background, then let it serve at once, everywhere.

    Searches go on by the model that serves until the last picture is described. Stop it whenever you like: the same
    command goes on. What the model before said is kept, so that `model use` with its id is the way back. An `add` that
    runs meanwhile is told to begin again. Videos are described when they are added: add them again.
    """
    from search.change_model import change_model

    settings = read_settings()
    chosen: Path | str = Path(which) if which.endswith(".xml") else which
    with progress_bar("Describing pictures", quiet=in_json) as advance:
        done = change_model(engine_source(settings), chosen, on_progress=advance)
    show(asdict(done), _use_lines(done, settings), in_json)


@command("list", "model list", group=model)
@as_json
def list_models(in_json: bool) -> None:
    """Show the models that described pictures, how many, and which one serves."""
    from feature_extractor.model_file import read_metadata
    from search.served_model import left_behind

    settings = read_settings()
    with open_catalogue(settings) as catalogue:
        described, pictures = catalogue.models.described(), catalogue.counts().images
        is_left = left_behind(catalogue, settings.model) is not None
    serving = read_metadata(settings.model if is_left else served_model(settings)).model_id
    rows = [
        {"model_id": model_id, "pictures": number, "serves": model_id == serving and not is_left}
        for model_id, number in (described if serving in described else {**described, serving: 0}).items()
    ]
    lines = [
        f"{row['model_id']:.16}  {row['pictures']:>9,} of {pictures:,} pictures{'  serves' * bool(row['serves'])}"
        for row in rows
    ]
    show(rows, lines, in_json)


@command("forget", "model forget 3f2a9c41", group=model)
@click.argument("model_id", metavar="ID")
@as_json
def forget(model_id: str, in_json: bool) -> None:
    """Remove what a model that no longer serves said of the pictures. There is no way back to it then."""
    from search.served_model import full_id

    with open_catalogue(read_settings()) as catalogue:
        wanted = full_id(catalogue, model_id)
        pictures = catalogue.models.forget(wanted)
    show(
        {"model_id": wanted, "pictures": pictures}, [f"What it said of {count(pictures, 'picture')} is gone."], in_json
    )


def _use_lines(done: "ModelChange", settings: Settings) -> list[str]:
    """Return what became of a change."""
    from data.videos import VideoShelf
    from search.served_model import kept_model

    lines = [
        f"The model {done.model_id:.16} serves {count(done.pictures, 'picture')}; {done.described:,} were described.",
    ]
    if kept_model(done.was, settings.models_dir).is_file():
        lines.append(f"The way back: index.py model use {done.was:.16}")
    with open_catalogue(settings) as catalogue:
        if videos := VideoShelf(catalogue.database).counts().videos:
            lines.append(f"{count(videos, 'video')} were described by another model: add them again.")
    return lines
