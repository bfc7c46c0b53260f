"""`calibrate`: what tells how sure a copy is, fitted to the model that serves.

A command of its own, and no part of `export`: a model is made of weights and pictures alone, while what is calibrated
is the whole way of a search, for which there must be a catalogue that the model has described.
"""

from pathlib import Path

import click

from commands.evaluating import described_sample
from commands.group import command
from commands.opening import engine_source, served_model
from commands.options import as_json
from commands.showing import progress_bar, show
from settings import read_settings


@command("calibrate", "calibrate --sample ../shared/data")
@click.option(
    "--sample", type=Path, required=True, help="A folder of sets with labels.csv, all of it added to the catalogue."
)
@click.option("--originals", type=click.IntRange(1), default=40, show_default=True, help="Pictures that are edited.")
@click.option(
    "--strangers", type=click.IntRange(1), default=800, show_default=True, help="Pictures that have no copy to find."
)
@click.option("--seed", type=click.IntRange(0), help="Of every choice [that of the grid].")
@as_json
def calibrate(*, sample: Path, originals: int, strangers: int, seed: int | None, in_json: bool) -> None:
    """Fit how sure a copy is, on pictures of train, and keep that beside the model.

    Searches the catalogue with edited copies and with pictures that have none. What is then called a copy and is not
    known to be one is listed: look at each, as a copy that nobody knew of makes the others look less sure.
    """
    from evaluation.attacks import SEED
    from evaluation.calibrating import calibrate as fit
    from evaluation.calibrating import calibrated_lines, calibrated_record
    from evaluation.held_sample import HeldSample
    from search.confidence import write_calibration
    from search.open_engine import close_engine, open_engine

    settings = read_settings()
    engine = open_engine(engine_source(settings, is_calibrated=False))
    try:
        with described_sample(settings, sample) as (pictures, cache):
            held, small = HeldSample.find(engine.catalogue, pictures), cache.small()
        with progress_bar("Searching", quiet=in_json) as advance:
            found = fit(
                engine,
                held,
                small,
                originals=originals,
                strangers=strangers,
                seed=SEED if seed is None else seed,
                on_progress=advance,
            )
    finally:
        close_engine(engine)
    written = write_calibration(found.calibration, served_model(settings))
    show(calibrated_record(found), (*calibrated_lines(found), "", str(written)), in_json)
