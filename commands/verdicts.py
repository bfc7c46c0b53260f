"""`evaluate verdicts`: what the engine says of edited copies and of strangers, and what other methods do."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from commands.evaluating import described_sample, evaluate
from commands.group import command
from commands.opening import open_catalogue, open_engine_of, peers_of
from commands.options import FILE_THERE, as_json
from commands.showing import progress_bar, show
from settings import Settings, read_settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from data.catalogue import Catalogue
    from evaluation.held_sample import HeldSample
    from evaluation.methods import Judged
    from evaluation.verdict_peers import Peers
    from evaluation.verdict_report import VerdictReport


@command(
    "verdicts",
    "evaluate verdicts --sample ../shared/data --originals 100",
    "evaluate verdicts --sample ../shared/data --beside verdicts.json --baseline image-match --json",
    group=evaluate,
)
@click.option(
    "--sample", type=Path, required=True, help="A folder of sets with labels.csv, all of it added to the catalogue."
)
@click.option("--originals", type=click.IntRange(1), help="Photographs of val that are edited [all].")
@click.option(
    "--strangers",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="Pictures of val without a copy: rooms, clothes, then pacs.",
)
@click.option("--edit", "names", multiple=True, help="Only this edit of the grid; may be repeated.")
@click.option("--seed", type=click.IntRange(0), help="Of every choice [that of the grid].")
@click.option(
    "--baseline", "baselines", multiple=True, help="Ask pdq, phash or image-match the same; may be repeated [none]."
)
@click.option(
    "--beside",
    type=FILE_THERE,
    help="What --json printed: ask the baselines alone what was asked there, and print it with them.",
)
@as_json
def evaluate_verdicts(
    *,
    sample: Path,
    originals: int | None,
    strangers: int,
    names: tuple[str, ...],
    seed: int | None,
    baselines: tuple[str, ...],
    beside: Path | None,
    in_json: bool,
) -> None:
    """Search the catalogue with edited copies and with strangers: what is proven, and is it true."""
    from evaluation.attacks import SEED, edits_named
    from evaluation.methods import open_judged
    from evaluation.verdicts import measure_verdicts

    settings, edits = read_settings(), edits_named(names)
    if beside is not None:
        report = _ask_beside(settings, sample, beside, baselines)
        show(report.to_record(), [report.to_markdown()], in_json)
        return
    with open_engine_of(settings) as engine, open_judged({}, baselines, peers_of(settings)) as judged:
        held, small, peers = _ready(settings, engine.catalogue, sample, judged)
        with progress_bar("Searching") as advance:
            report = measure_verdicts(
                engine,
                held,
                small,
                originals=originals,
                strangers=strangers,
                edits=edits,
                seed=SEED if seed is None else seed,
                peers=peers,
                on_progress=advance,
            )
    show(report.to_record(), [report.to_markdown()], in_json)


def _ready(
    settings: Settings, catalogue: "Catalogue", sample: Path, judged: "Judged"
) -> tuple["HeldSample", "NDArray[np.uint8]", "Peers | None"]:
    """Return the sample in the catalogue, its small pictures, and the baselines over it."""
    from evaluation.held_sample import HeldSample
    from evaluation.verdict_peers import Peers

    with described_sample(settings, sample) as (pictures, cache):
        held = HeldSample.find(catalogue, pictures)
        methods = judged.baselines
        return held, cache.small(), Peers.over(held, methods, cache.descriptions(methods)) if methods else None


def _ask_beside(settings: Settings, sample: Path, beside: Path, baselines: tuple[str, ...]) -> "VerdictReport":
    """Ask baselines what a kept report asked the engine."""
    from evaluation.methods import open_judged
    from evaluation.verdict_peers import ask_peers_beside
    from evaluation.verdict_report import VerdictReport

    context = click.get_current_context()
    own = {"originals": "--originals", "strangers": "--strangers", "names": "--edit", "seed": "--seed"}
    if given := [
        word for name, word in own.items() if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    ]:
        raise click.UsageError(f"The report of --beside says what is asked: leave out {', '.join(given)}.")
    report = VerdictReport.read(beside)
    with open_catalogue(settings) as catalogue, open_judged({}, baselines, peers_of(settings)) as judged:
        held, small, peers = _ready(settings, catalogue, sample, judged)
        if peers is None:
            raise click.UsageError("Name a --baseline to ask beside the report.")
        with progress_bar("Asking") as advance:
            size = sum(1 for _ in catalogue.all_sha256())
            return ask_peers_beside(report, held, small, peers, catalogue=size, on_progress=advance)
