"""`evaluate duplicates`: groups of copies held against the truth, beside another duplicate finder."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.evaluating import evaluate
from commands.group import command
from commands.opening import engine_source, evaluation_dir, peers_of, served_model
from commands.options import as_json
from commands.showing import failure_report, progress_bar, show, tell
from errors import PartMissing
from settings import Settings, read_settings

if TYPE_CHECKING:
    from evaluation.duplicate_pool import DuplicatePool
    from evaluation.peers.imagededup import DedupFindings, DedupMethod
    from search.open_engine import EngineSource

MOST_COPIES = 2000
"""One in nine lies on pictures that are lent to no other, and the sample has no more of them."""


@command(
    "duplicates",
    "evaluate duplicates ../shared/data --json",
    "evaluate duplicates ../shared/data --pictures 300 --copies 20 --baseline imagededup-phash",
    group=evaluate,
)
@click.argument("sample", type=Path)
@click.option("--copies", type=click.IntRange(1, MOST_COPIES), default=500, show_default=True, help="Edited copies.")
@click.option("--pictures", type=click.IntRange(1), help="Pictures of the sample that they are put among, drawn [all].")
@click.option("--edit", "names", multiple=True, help="Only this edit of the grid; may be repeated.")
@click.option("--seed", type=click.IntRange(0), help="Of every choice [that of the grid].")
@click.option(
    "--baseline",
    "baselines",
    multiple=True,
    type=click.Choice(["imagededup-phash", "imagededup-cnn", "none"]),
    default=("imagededup-phash", "imagededup-cnn"),
    show_default=True,
    help="Another finder that looks at the same files; may be repeated. What is not installed is told.",
)
@as_json
def evaluate_duplicates(
    sample: Path,
    *,
    copies: int,
    pictures: int | None,
    names: tuple[str, ...],
    seed: int | None,
    baselines: tuple[str, ...],
    in_json: bool,
) -> None:
    """Put edited copies among the pictures of a sample and tell how well duplicates are grouped, and how fast.

    SAMPLE is a folder of sets with labels.csv: all of `pacs` and `photos` is looked at, photographs of val are edited.
    The pictures are described into a catalogue of their own, which is kept, so that a second run describes none.
    """
    from evaluation.attacks import SEED, edits_named
    from evaluation.duplicate_groups import measure_duplicates, take_pool_in
    from evaluation.duplicate_pool import make_pool
    from feature_extractor.model_file import hash_model
    from feature_extractor.threads import limit_threads
    from feature_extractor.training.sample import read_sample
    from search.open_engine import close_engine, open_engine, open_intake

    settings, edits = read_settings(), edits_named(names)
    with progress_bar("Making copies", quiet=in_json) as advance:
        pool = make_pool(
            read_sample(sample),
            evaluation_dir(settings) / "duplicates",
            copies=copies,
            pictures=pictures,
            edits=edits,
            seed=SEED if seed is None else seed,
            on_progress=advance,
        )
    others, skipped = _ask_others(settings, pool, baselines)
    model = served_model(settings)
    home = pool.folder / f"retrace-{hash_model(model)[0][:16]}"
    source = _source_in(home, settings, model)
    with (
        failure_report(None) as report_failure,
        progress_bar("Describing pictures", quiet=in_json) as advance,
        open_intake(source) as intake,
    ):
        described = take_pool_in(intake, pool, home / "described.json", on_progress=advance, on_failure=report_failure)
    limit_threads(os.cpu_count() or 1)  # describing held OpenCV to one, and `duplicates` does not
    engine = open_engine(source)
    try:
        with progress_bar("Looking", quiet=in_json) as advance:
            report = measure_duplicates(engine, pool, described, others=others, skipped=skipped, on_progress=advance)
    finally:
        close_engine(engine)
    show(report.to_record(), [report.to_markdown()], in_json)


def _ask_others(
    settings: Settings, pool: "DuplicatePool", baselines: tuple[str, ...]
) -> "tuple[list[tuple[DedupMethod, DedupFindings]], dict[str, str]]":
    """Return what other finders found, and why some were not asked."""
    from evaluation.peers.imagededup import METHODS, find_with_imagededup

    others, skipped = [], {}
    for name, method in METHODS.items():
        if name not in baselines:
            continue
        tell(f"{method.name} …")
        try:
            others.append((method, find_with_imagededup(method, pool.pictures, peers_of(settings))))
        except PartMissing as exc:
            skipped[method.name] = f"not installed. {exc.remedy}"
    return others, skipped


def _source_in(home: Path, settings: Settings, model: Path) -> "EngineSource":
    """Return where the parts of an engine in a folder come from, with a catalogue of its own."""
    from data.migrate import upgrade

    source = replace(
        engine_source(settings, is_calibrated=False),
        catalogue_url=f"sqlite:///{home / 'catalogue.sqlite'}",
        model=model,
        models_dir=home / "models",
        thumbnail_dir=home / "thumbnails",
        index_dir=home / "index",
        # A server's index would have to be swept afterwards.
        index_url="lsh:" if settings.index_url.startswith("milvus") else settings.index_url,
        shadow_share=0.0,
        with_regions=False,
    )
    upgrade(source.catalogue_url)
    return source
