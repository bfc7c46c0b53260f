"""Options and kinds of arguments that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

FILE = click.Path(dir_okay=False, path_type=Path)
FILE_THERE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
FOLDER_THERE = click.Path(exists=True, file_okay=False, path_type=Path)

as_json = click.option("--json", "in_json", is_flag=True, help="Print JSON instead of text.")
model_option = click.option("--model", type=Path, help="The model that describes pictures, an .xml [RETRACE_MODEL].")
preset_option = click.option(
    "--preset",
    type=click.Choice(["cpu", "gpu"]),
    default="cpu",
    show_default=True,
    help="For two CPU cores and two to three hours, or for one large GPU.",
)
data_option = click.option(
    "--data",
    required=True,
    help="Labelled pictures: a folder of sets with bam_sample.sqlite, a BAM! file, or the word catalogue.",
)
more_option = click.option("--more", type=FILE_THERE, help="Unlabelled pictures: a manifest that `pictures` made.")
start_option = click.option(
    "--start",
    required=True,
    help="Weights to start from: an .npz, or the .xml of a model that serves; official: those that Keras publishes, "
    "fetched once.",
)


def cache_option(default: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds the folder of decoded pictures; its help tells the default."""
    words = f"Folder of decoded pictures and what was measured of them, which several commands may share [{default}]."
    return click.option("--cache", type=FOLDER, help=words)
