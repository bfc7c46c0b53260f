"""`benchmark …`: speed and memory on this machine."""

import os
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from commands.group import FOUND_NOTHING, command, main
from commands.labelled import hush_tensorflow, order_training, read_labelled, variant_of
from commands.opening import ENTRY, engine_source, evaluation_dir, peers_of
from commands.options import (
    FILE_THERE,
    FOLDER,
    FOLDER_THERE,
    as_json,
    cache_option,
    data_option,
    preset_option,
    start_option,
)
from commands.showing import progress_bar, show, tell
from errors import BadInput
from settings import read_settings

if TYPE_CHECKING:
    from search.open_engine import EngineSource


@main.group("benchmark")
def benchmark() -> None:
    """Measure speed and memory on this machine."""


@command("http", "benchmark http ~/Pictures --searches 1000", group=benchmark)
@click.argument("pictures", type=FOLDER_THERE)
@click.option("--searches", type=click.IntRange(1), default=500, show_default=True, help="Of each run.")
@click.option("--clients", type=click.IntRange(1), multiple=True, default=(1, 8), show_default=True, help="At once.")
@as_json
def benchmark_http(pictures: Path, searches: int, clients: tuple[int, ...], in_json: bool) -> None:
    """Serve the catalogue and search it over HTTP with 640-px JPEG uploads, each another picture.

    After the searches one picture is added, to the collection `benchmark`, and removed again, to time how soon every
    worker sees it.
    """
    from evaluation.serving import measure_serving

    files = pictures_in(pictures)
    url = read_settings().catalogue_url
    report = measure_serving(ENTRY, files, url, searches=searches, clients=clients)
    show(asdict(report), report.lines(), in_json)


@command(
    "batch",
    "benchmark batch ~/Pictures",
    "benchmark batch ../shared/data/bam_sample.sqlite --strangers ../shared/data/lfw --report batch-report",
    group=benchmark,
)
@click.argument("pictures")
@click.option(
    "--strangers",
    multiple=True,
    help="Pictures that are not among them, taken in this order; may be repeated [some are held out of them].",
)
@click.option("--own", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="Pictures of one's own.")
@click.option(
    "--share", type=click.FloatRange(0, 1), default=0.05, show_default=True, help="Of them that are edited copies."
)
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that search [one a core].")
@click.option("--runs", type=click.IntRange(1), default=3, show_default=True, help="How often all of it is searched.")
@click.option("--seed", type=click.IntRange(0), default=20170509, show_default=True, help="Of every choice.")
@click.option(
    "--limit", "limit_s", type=click.FloatRange(1), default=3600.0, show_default=True, help="Seconds for a run."
)
@click.option("--cache", type=FOLDER, help="Folder of catalogues that were described for this [of the evaluations].")
@click.option("--report", type=FOLDER, help="Keep the report of the last run in this folder.")
@as_json
def benchmark_batch(
    pictures: str,
    *,
    strangers: tuple[str, ...],
    own: int,
    share: float,
    workers: int | None,
    runs: int,
    seed: int,
    limit_s: float,
    cache: Path | None,
    report: Path | None,
    in_json: bool,
) -> None:
    """Search a catalogue of these pictures with many of one's own, and time the whole of it.

    PICTURES is what `add` takes. They are described into a catalogue of their own, which is kept: a second run begins
    with the searches. Edited copies of some and pictures that are not among them are searched with by `search
    --report`, and what it found is counted. Nothing of your own catalogue is read.
    """
    from evaluation.batch_speed import BatchOrder, measure_batch

    order = BatchOrder(
        what=pictures,
        strangers=strangers,
        own=own,
        share=share,
        workers=workers,
        runs=runs,
        seed=seed,
        limit_s=limit_s,
    )
    kept = (cache or evaluation_dir(read_settings()) / "batch").resolve()
    with progress_bar("Describing pictures", quiet=in_json) as advance:
        speed = measure_batch(ENTRY, order, _source_in, kept, report=report, say=tell, advance=advance)
    show(speed.to_record(), speed.lines(), in_json)


def _source_in(folder: Path) -> "EngineSource":
    """Return where the parts of an engine in a folder of a benchmark's own come from."""
    settings = read_settings(data_dir=folder, database_url=f"sqlite:///{folder / 'catalogue.sqlite'}", index_url="lsh:")
    return engine_source(settings)


@command("load", "benchmark load ~/Pictures --minutes 10 --clients 8", group=benchmark)
@click.argument("pictures", type=FOLDER_THERE)
@click.option("--minutes", type=click.FloatRange(0.05, 240), default=10.0, show_default=True, help="How long.")
@click.option("--clients", type=click.IntRange(1, 64), default=8, show_default=True, help="That search at a time.")
@click.option(
    "--every",
    "change_s",
    type=click.FloatRange(0),
    default=2.0,
    show_default=True,
    help="Seconds from one change of the catalogue to the next.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the pictures.")
@as_json
def benchmark_load(pictures: Path, *, minutes: float, clients: int, change_s: float, seed: int, in_json: bool) -> None:
    """Serve the catalogue for minutes while clients search it and another adds and removes pictures over the API.

    Told are the searches of each minute, what failed, what the workers held, how soon changes were seen, and what
    `check` says at the end. The pictures are in the collection `benchmark` meanwhile, and gone at the end. Exit status
    1 when anything failed, was told wrong or does not agree.
    """
    from evaluation.steady_load import LoadOrder, measure_steady_load

    order = LoadOrder(minutes=minutes, clients=clients, change_s=change_s, seed=seed)
    url = read_settings().catalogue_url
    load = measure_steady_load(ENTRY, pictures_in(pictures), url, order, say=tell)
    show(load.to_record(), load.lines(), in_json)
    if not load.is_clean:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("model-change", "benchmark model-change ~/Pictures --model mine/model.xml", group=benchmark)
@click.argument("pictures", type=FOLDER_THERE)
@click.option("--model", "model", type=FILE_THERE, required=True, help="The .xml of another model than serves.")
@click.option("--clients", type=click.IntRange(1), default=4, show_default=True, help="That search meanwhile.")
@as_json
def benchmark_model_change(pictures: Path, *, model: Path, clients: int, in_json: bool) -> None:
    """Change the model of the catalogue while it is searched over HTTP, and change it back.

    Exit status 1 when a search failed, or the old model answered one after the new one had.
    """
    from evaluation.http_load import make_uploads
    from evaluation.model_change import measure_model_change

    reports = measure_model_change(ENTRY, model, make_uploads(pictures_in(pictures), 200), clients=clients)
    show([asdict(report) for report in reports], [line for report in reports for line in report.lines()], in_json)
    if any(report.failed or report.late for report in reports):
        raise click.exceptions.Exit(FOUND_NOTHING)


@command(
    "training",
    "benchmark training --data ../shared/data --start ../shared/weights/resnet50_start.npz --cache trained/cache",
    group=benchmark,
)
@preset_option
@data_option
@start_option
@cache_option("of the evaluations")
@click.option("--steps", type=click.IntRange(1), default=20, show_default=True, help="Batches of each round.")
@as_json
def benchmark_training(
    *, preset: Literal["cpu", "gpu"], data: str, start: str, cache: Path | None, steps: int, in_json: bool
) -> None:
    """Tell how many views a second are learnt from, and the share of the time that goes into making them."""
    hush_tensorflow()
    from feature_extractor.training.prepare import choose_recipe, prepare
    from feature_extractor.training.throughput import measure_throughput

    folder = cache or evaluation_dir(read_settings()) / "training"
    recipe = choose_recipe(preset, variant=variant_of(start))
    order = order_training(data, start, recipe, folder, folder, quiet=in_json)
    training, _, _ = prepare(order, progress=partial(progress_bar, quiet=in_json))
    found = measure_throughput(training, steps=steps)
    lines = [
        f"{figures.side} px: {figures.views_per_second:.1f} views a second, {figures.alone_per_second:.1f} with one "
        f"batch again and again; {figures.data_share:.1%} of the time goes into the data"
        for figures in found
    ]
    show([asdict(figures) for figures in found], lines, in_json)


@command(
    "index",
    "benchmark index --sizes 100000 --engines lsh,exact,faiss-hnsw --data ../shared/data --out bench",
    group=benchmark,
)
@data_option
@click.option(
    "--out",
    type=FOLDER,
    help="Folder of bases and of what is measured; a benchmark stopped there goes on [of the evaluations].",
)
@click.option("--sizes", default="100000,1000000", show_default=True, help="Of the bases, separated by commas.")
@click.option(
    "--engines",
    help="Of lsh, exact, original-lsh, faiss-flat, faiss-ivf, faiss-hnsw, faiss-binary-hash, hnswlib, usearch, "
    "sqlite-vec, milvus-lite, separated by commas [all; above two million only lsh, exact and faiss-ivf].",
)
@click.option("--kinds", default="copy,similar", show_default=True, help="Descriptors, separated by commas.")
@click.option("--queries", type=click.IntRange(1), default=1000, show_default=True, help="Real pictures held out.")
@click.option("--originals", type=click.IntRange(1), default=40, show_default=True, help="Edited in all ways.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Cores that searches may use.")
@click.option("--build-threads", type=click.IntRange(1), help="Cores that builds may use [all].")
@click.option(
    "--limit", "limit_s", type=float, default=3600.0, show_default=True, help="Seconds for a build or all searches."
)
@click.option("--seed", type=int, default=20170509, show_default=True, help="Of what is drawn.")
@click.option("--again", is_flag=True, help="Measure these engines on these bases anew.")
@click.option("--note", default="", help="Kept with what is measured now: what else the machine did, and the like.")
@click.option(
    "--keep", type=FILE_THERE, help="Earlier JSON of this command: what is not measured now is taken from it."
)
@as_json
def benchmark_index(
    *,
    data: str,
    out: Path | None,
    sizes: str,
    engines: str | None,
    kinds: str,
    queries: int,
    originals: int,
    threads: int,
    build_threads: int | None,
    limit_s: float,
    seed: int,
    again: bool,
    note: str,
    keep: Path | None,
    in_json: bool,
) -> None:
    """Compare the indexes with other people's, each in a process of its own, over descriptors enlarged to millions.

    Other people's are installed by `evaluate peers`. Recall is told relative to comparing everything. With `--keep`,
    days of measuring make one report, in which every cell tells when and of which commit it was measured.
    """
    from evaluation.description_cache import DescriptionCache
    from evaluation.index_benchmark.known_engines import ENGINES
    from evaluation.index_benchmark.merging import merge_reports
    from evaluation.index_benchmark.real_pictures import read_real
    from evaluation.index_benchmark.report import IndexReport
    from evaluation.index_benchmark.run import Order, measure_indexes
    from evaluation.standard_copies import Grounds
    from feature_extractor.extractor import open_extractor

    settings = read_settings()
    folder = out or evaluation_dir(settings) / "index"
    order = Order(
        sizes=[parse_size(size) for size in sizes.split(",")],
        engines=engines.split(",") if engines else list(ENGINES),
        kinds=kinds.split(","),
        threads=threads,
        build_threads=build_threads or os.cpu_count() or 1,
        limit_s=limit_s,
        seed=seed,
        again=again,
        note=note,
    )
    order.check()
    earlier = None if keep is None else IndexReport.read(keep)
    pictures = read_labelled(settings, data, folder, quiet=in_json)
    grounds = Grounds(faces=folder, gallery=evaluation_dir(settings) / "gallery").read(faces=0)
    with progress_bar("Describing pictures", quiet=in_json) as advance:
        real = read_real(
            open_extractor(settings.model, threads=0),
            pictures,
            DescriptionCache(evaluation_dir(settings), pictures, advance=advance),
            grounds,
            folder,
            queries=queries,
            originals=originals,
            seed=seed,
            advance=advance,
        )
    report = measure_indexes(real, order, folder, peers_of(settings), say=tell)
    if earlier is not None:
        report = merge_reports(earlier, report)
    show(report.to_record(), [report.to_markdown()], in_json)


def parse_size(words: str) -> int:
    """Return a number of vectors.

    Raises:
        BadInput: it is no number.
    """
    if not words.isdecimal():
        raise BadInput(f"expected a number of vectors; received {words!r}")
    return int(words)


@command("kills", "benchmark kills ~/Pictures --times 20", group=benchmark)
@click.argument("what")
@click.option("--times", type=click.IntRange(1), default=20, show_default=True, help="How often it is killed.")
@click.option("--longest", "longest_s", type=float, default=5.0, show_default=True, help="Latest moment, seconds.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the moments.")
@as_json
def benchmark_kills(what: str, *, times: int, longest_s: float, seed: int, in_json: bool) -> None:
    """Kill `add` (kill -9) again and again and check after each. Exit status 1 when anything was lost.

    Adds to the catalogue of RETRACE_DATA_DIR: name a new folder, made ready by `prepare --no-gallery`.
    """
    from evaluation.crashes import kill_adding

    settings = read_settings()
    kills = kill_adding(
        ENTRY,
        what,
        settings.catalogue_url,
        times=times,
        longest_s=longest_s,
        seed=seed,
        on_kill=lambda kill: click.echo(
            f"killed {kill.after_s:.1f} s after a commit: {kill.acknowledged} seen before, {kill.found} after, "
            f"{'clean' if kill.is_clean else '; '.join(kill.findings) or 'pictures lost'}",
            err=True,
        ),
    )
    clean = sum(kill.is_clean for kill in kills)
    show([asdict(kill) for kill in kills], [f"{clean} of {len(kills)} times nothing was lost and all agrees."], in_json)
    if clean < len(kills):
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("words", "benchmark words --pictures 100000", group=benchmark)
@click.option("--pictures", type=click.IntRange(100), default=100_000, show_default=True, help="Made up.")
@click.option("--questions", type=click.IntRange(1), default=50, show_default=True, help="Of each kind.")
@click.option("--database", help="Address of an empty PostgreSQL database [a SQLite file in a temporary folder].")
@click.option("--alone", is_flag=True, help="Leave out the searches with a picture: no index is built.")
@click.option("--seed", type=int, default=20170509, show_default=True, help="Of what is made up and asked.")
@as_json
def benchmark_words(
    *, pictures: int, questions: int, database: str | None, alone: bool, seed: int, in_json: bool
) -> None:
    """Time searches by words, alone and beside a picture, over a catalogue of made-up titles, places and licences.

    The searches with a picture are of pictures that are described already: describing an upload comes on top. Nothing
    of your own catalogue is read.
    """
    import tempfile

    from data.migrate import upgrade
    from evaluation.word_speed import measure_word_search
    from feature_extractor.extractor import open_extractor

    settings = read_settings()
    with (
        tempfile.TemporaryDirectory(prefix="retrace-words-") as folder,
        progress_bar("Making pictures up", quiet=in_json) as advance,
    ):
        url = database or f"sqlite:///{Path(folder) / 'catalogue.sqlite'}"
        upgrade(url)
        report = measure_word_search(
            url,
            Path(folder),
            None if alone else open_extractor(settings.model, threads=1),
            pictures=pictures,
            questions=questions,
            seed=seed,
            progress=advance,
        )
    show(asdict(report), report.lines(), in_json)


@command(
    "videos",
    "benchmark videos ../shared/data/ucf101 --hours 100 --keep videos",
    "benchmark videos ../shared/data/ucf101 --hours 100 --length 600",
    group=benchmark,
)
@click.argument("folder", type=FOLDER_THERE)
@click.option(
    "--hours", type=click.FloatRange(0, 10_000, min_open=True), default=100.0, show_default=True, help="Of video."
)
@click.option("--length", "length_s", type=click.FloatRange(1, 43_200), help="Seconds of a video [each clip is one].")
@click.option("--queries", type=click.IntRange(1), default=50, show_default=True, help="Frames, and clips.")
@click.option("--seed", type=click.IntRange(0), default=101, show_default=True, help="Of every choice.")
@click.option("--keep", type=FOLDER, help="Keep the catalogue in this folder, and take it from there when it is whole.")
@as_json
def benchmark_videos(
    folder: Path,
    *,
    hours: float,
    length_s: float | None,
    queries: int,
    seed: int,
    keep: Path | None,
    in_json: bool,
) -> None:
    """Time searches in a catalogue of many hours of video, by frames and by clips, and tell its memory and disk.

    FOLDER holds labels.csv and clips. They are described once; the hours are made of their descriptors, turned anew
    each time, so that repetitions are no copies. Nothing of your own catalogue is read.
    """
    from evaluation.video_speed import VideoSpeedOrder, measure_video_speed
    from feature_extractor.extractor import open_extractor
    from feature_extractor.threads import limit_threads
    from search.vector_index.open_index import index_home

    settings = read_settings()
    limit_threads(0)
    with progress_bar("Making and searching videos", quiet=in_json) as advance:
        speed = measure_video_speed(
            VideoSpeedOrder(folder, hours, length_s, queries, seed),
            open_extractor(settings.model, threads=0),
            lambda index_dir: index_home(settings.index_url, index_dir, settings.index_token),
            index_url=settings.index_url,
            keep=keep,
            say=tell,
            advance=advance,
        )
    show(speed.to_record(), speed.lines(), in_json)


def pictures_in(folder: Path) -> list[Path]:
    """Return the picture files under a folder."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"})
    if not files:
        raise BadInput(f"expected pictures in {folder}; found none")
    return files


@command("watch", "benchmark watch ~/Pictures", group=benchmark)
@click.argument("pictures", type=FOLDER_THERE)
@click.option("--added", type=click.IntRange(1), default=200, show_default=True, help="Pictures that are added.")
@click.option("--copies", type=click.IntRange(1), default=30, show_default=True, help="Edited copies among them.")
@click.option("--kills", type=click.IntRange(0), default=2, show_default=True, help="How often the server is killed.")
@click.option("--limit", "limit_s", type=float, default=1800.0, show_default=True, help="Seconds for all of it.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of what is chosen, and of when it fails.")
@as_json
def benchmark_watch(
    pictures: Path, *, added: int, copies: int, kills: int, limit_s: float, seed: int, in_json: bool
) -> None:
    """Watch pictures, add edited copies of them among others, kill the server on the way, and count what is told.

    Over the feed, and to a webhook on this machine that fails at times. Happens in a folder of its own. Exit status 1
    where anything was told twice or got lost; copies that were not found are named.
    """
    from evaluation.watch_trial import run_trial

    files = sorted(path for path in pictures.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"})
    trial = run_trial(ENTRY, files, copies=copies, added=added, kills=kills, seed=seed, limit_s=limit_s, say=tell)
    show(asdict(trial) | {"is_clean": trial.is_clean}, trial.lines(), in_json)
    if not trial.is_clean:
        raise click.exceptions.Exit(FOUND_NOTHING)
