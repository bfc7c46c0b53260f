"""`calibrate`: what tells how sure a copy is, fitted to the model that serves.

A command of its own, and no part of `export`: a model is made of weights and pictures alone, while what is calibrated
is the whole way of a search, for which there must be a catalogue that the model has described.
"""

from collections import Counter
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.deciding import open_decisions
from commands.evaluating import described_sample
from commands.group import command
from commands.opening import engine_source, served_model
from commands.options import FILE_THERE, as_json
from commands.showing import progress_bar, show
from settings import Settings, read_settings

if TYPE_CHECKING:
    from evaluation.calibrating import Calibrated
    from evaluation.calibrating_by_decisions import DecisionsWeighed
    from evaluation.calibration_pairs import SamplePairs


@command(
    "calibrate", "calibrate --sample ../shared/data", "calibrate --decisions", "calibrate --evidence pairs.jsonl --json"
)
@click.option("--sample", type=Path, help="A folder of sets with labels.csv, all of it added to the catalogue.")
@click.option("--originals", type=click.IntRange(1), default=40, show_default=True, help="Pictures that are edited.")
@click.option(
    "--strangers", type=click.IntRange(1), default=800, show_default=True, help="Pictures that have no copy to find."
)
@click.option("--decisions", is_flag=True, help="Learn from what was decided on pairs, too.")
@click.option(
    "--evidence",
    "exports",
    type=FILE_THERE,
    multiple=True,
    help="Likewise from what `decide export --evidence` wrote; may be repeated.",
)
@click.option("--seed", type=click.IntRange(0), help="Of every choice [that of the grid].")
@as_json
def calibrate(
    *,
    sample: Path | None,
    originals: int,
    strangers: int,
    decisions: bool,
    exports: tuple[Path, ...],
    seed: int | None,
    in_json: bool,
) -> None:
    """Fit how sure a copy is, on pictures of train, and keep that beside the model.

    With --sample it searches the catalogue with edited copies and with pictures that have none. What is then called a
    copy and is not known to be one is listed: look at each, as a copy that nobody knew of makes the others look less
    sure. Without it the pairs of the last such fit, which lie beside the model, are fitted again: with --decisions or
    --evidence people's decisions have a say beside them, where that makes what is said of others truer, and without
    both they have none any more.
    """
    from evaluation.attacks import SEED
    from evaluation.calibrating import calibrated_lines, calibrated_record, calibration_lines
    from evaluation.calibration_fit import fit_calibration
    from evaluation.calibration_pairs import read_pairs, write_pairs
    from feature_extractor.model_file import read_metadata
    from search.confidence import write_calibration

    settings, seed = read_settings(), SEED if seed is None else seed
    model = served_model(settings)
    record, lines, written = {}, [], []
    if sample is not None:
        made = _calibrate_on(settings, sample, originals=originals, strangers=strangers, seed=seed, in_json=in_json)
        pairs, fitted = made.pairs, made.calibration
        record, lines = calibrated_record(made), [*calibrated_lines(made)]
        written.append(write_pairs(pairs, model))
    else:
        pairs = read_pairs(model, read_metadata(model).model_id)
        fitted = fit_calibration(pairs)
    is_new = True
    if decisions or exports:
        weighed = _weigh(pairs, exports, of_catalogue=decisions, seed=seed)
        record["weighed"], lines = weighed.to_record(), [*lines, *weighed.lines()]
        fitted, is_new = weighed.calibration or fitted, sample is not None or weighed.calibration is not None
    if is_new:
        record |= fitted.model_dump(mode="json")
        lines += [] if sample is not None else calibration_lines(fitted)
        written.append(write_calibration(fitted, model))
    show(record, [*lines, *(["", *map(str, written)] if written else [])], in_json)


def _calibrate_on(
    settings: Settings, sample: Path, *, originals: int, strangers: int, seed: int, in_json: bool
) -> "Calibrated":
    """Search the catalogue with pictures of a sample, and fit what is told."""
    from evaluation.calibrating import calibrate as fit
    from evaluation.held_sample import HeldSample
    from search.open_engine import close_engine, open_engine

    engine = open_engine(engine_source(settings, is_calibrated=False))
    try:
        with described_sample(settings, sample) as (pictures, cache):
            held, small = HeldSample.find(engine.catalogue, pictures), cache.small()
        with progress_bar("Searching", quiet=in_json) as advance:
            return fit(engine, held, small, originals=originals, strangers=strangers, seed=seed, on_progress=advance)
    finally:
        close_engine(engine)


def _weigh(pairs: "SamplePairs", exports: tuple[Path, ...], *, of_catalogue: bool, seed: int) -> "DecisionsWeighed":
    """Weigh what people decided, in the catalogue and in exports, beside the pairs of a sample."""
    from evaluation.calibrating_by_decisions import weigh_decisions
    from evaluation.decided_pairs import learnable, read_catalogue, read_export

    left_out: Counter[str] = Counter()
    with ExitStack() as stack:
        read = [read_export(path) for path in exports]
        if of_catalogue:
            read.append(read_catalogue(stack.enter_context(open_decisions()), left_out))
        found = learnable(
            chain.from_iterable(read),
            model_id=pairs.origin.model_id,
            per_search=pairs.per_search,
            left_out=left_out,
        )
    return weigh_decisions(pairs, found, seed=seed)
