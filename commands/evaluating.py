"""`evaluate …`: how good the models and the engine are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial, reduce
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.group import command, main
from commands.opening import engine_source, evaluation_dir, open_engine_of, peers_of
from commands.options import FILE_THERE, FOLDER, FOLDER_THERE, as_json, model_option
from commands.showing import progress_bar, show, tell
from settings import ROOT, Settings, read_settings

if TYPE_CHECKING:
    from evaluation.description_cache import DescriptionCache
    from evaluation.methods import Judged
    from feature_extractor.training.sample import LabelledPicture

OTHERS = 64
"""Pictures put aside to make collages and pictures in pictures with."""


@main.group("evaluate")
def evaluate() -> None:
    """Judge models on your own pictures, or on a sample with labels, beside other methods."""


def judged_options(*baselines: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds the options of what is judged; these baselines where none is named."""
    options = (
        model_option,
        click.option("--also", multiple=True, metavar="NAME=XML", help="Another model; may be repeated."),
        click.option(
            "--baseline",
            "baselines",
            multiple=True,
            default=baselines,
            show_default=True,
            help="Compare with pdq, phash, mobilenetv2 or image-match; may be repeated. none: with nothing.",
        ),
    )
    return lambda function: reduce(lambda inner, option: option(inner), reversed(options), function)


@command("peers", "evaluate peers", "evaluate peers mobilenetv2 image-match", group=evaluate)
@click.argument("names", nargs=-1)
@as_json
def evaluate_peers(names: tuple[str, ...], in_json: bool) -> None:
    """Install what needs environments of its own: mobilenetv2, image-match, index and imagededup, or those named.

    imagededup needs PyTorch with its libraries for CUDA, 5.8 GB on disk.
    """
    from evaluation.peers.environments import install_peers

    made = install_peers(peers_of(read_settings()), names, say=lambda what: click.echo(what, err=True))
    show([str(path) for path in made], map(str, made), in_json)


@command(
    "copies",
    "evaluate copies photos --base art --originals 200",
    "evaluate copies --sample ../shared/data --baseline none",
    group=evaluate,
)
@click.argument("originals_from", required=False)
@click.option("--base", "base_from", multiple=True, help="More pictures to search among; may be repeated.")
@click.option(
    "--sample", type=Path, help="Instead: a folder of sets with labels.csv; the photographs of val are edited."
)
@click.option("--originals", type=click.IntRange(1), help="Pictures that are edited [200; of a sample: all].")
@click.option("--edit", "names", multiple=True, help="Only this edit of the grid; may be repeated.")
@click.option("--sweep", is_flag=True, help="Instead of the grid: a few edits at many intensities, for curves.")
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Of the choice of originals; a sample has its own."
)
@judged_options("pdq", "phash")
@as_json
def evaluate_copies(
    originals_from: str | None,
    *,
    base_from: tuple[str, ...],
    sample: Path | None,
    originals: int | None,
    names: tuple[str, ...],
    sweep: bool,
    seed: int,
    model: Path | None,
    also: tuple[str, ...],
    baselines: tuple[str, ...],
    in_json: bool,
) -> None:
    """Edit pictures as thieves do and tell how many are found, edit by edit."""
    from evaluation.attacks import edits_named
    from evaluation.own_copies import measure_own_copies
    from evaluation.picture_files import split_pictures
    from evaluation.standard_copies import Grounds, measure_standard_copies
    from evaluation.sweeps import sweep_edits

    settings, edits = read_settings(model=model), sweep_edits() if sweep else edits_named(names)
    if originals_from is not None and sample is None:
        limits = engine_source(settings).limits
        task = split_pictures(
            originals_from, base_from, originals=originals or 200, others=OTHERS, limits=limits, seed=seed
        )
        with judged_by(settings, also, baselines) as judged:
            report = measure_own_copies(judged.copy_methods, task, limits, edits=edits, on_progress=tell)
    elif sample is not None and originals_from is None:
        with judged_by(settings, also, baselines) as judged, described_sample(settings, sample) as (pictures, cache):
            grounds = Grounds(faces=sample / "lfw", gallery=evaluation_dir(settings) / "gallery").read()
            report = measure_standard_copies(
                judged.copy_methods, pictures, cache, grounds, originals=originals, edits=edits, on_progress=tell
            )
    else:
        raise click.UsageError("Name pictures, or a --sample.")
    show(report.to_record(), [report.to_markdown()], in_json)


@command("frames", "evaluate frames --sample ../shared/data --sweep", group=evaluate)
@click.option("--sample", type=Path, required=True, help="A folder of sets with labels.csv; pictures of train.")
@click.option("--originals", type=click.IntRange(1), default=60, show_default=True, help="Pictures that are pasted.")
@click.option("--plain", type=click.IntRange(1), default=300, show_default=True, help="Pictures as they come.")
@click.option("--sweep", is_flag=True, help="Try other thresholds too, one at a time.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of every choice.")
@as_json
def evaluate_frames(*, sample: Path, originals: int, plain: int, sweep: bool, seed: int, in_json: bool) -> None:
    """Tell how well pictures within pictures are found by their edges, and how many parts are proposed for nothing."""
    from evaluation.frame_finding import measure_frames
    from feature_extractor.training.sample import read_sample

    with progress_bar("Looking for frames", quiet=in_json) as advance:
        report = measure_frames(
            read_sample(sample), originals=originals, plain=plain, sweep=sweep, seed=seed, on_progress=advance
        )
    show(report.to_record(), [report.to_markdown()], in_json)


@command(
    "robustness",
    "evaluate robustness --pictures 60 --out report",
    "evaluate robustness --edit collage --edit crop_15 --json",
    group=evaluate,
)
@click.option("--pictures", type=click.IntRange(1, 1000), default=30, show_default=True, help="Pictures drawn.")
@click.option("--edit", "names", multiple=True, help="Only this edit of the grid; may be repeated.")
@click.option("--out", type=FOLDER, help="Folder of the page, the figure and the JSON [of the evaluations].")
@click.option("--seed", type=click.IntRange(0), help="Of every draw [that of the grid].")
@as_json
def evaluate_robustness(
    *, pictures: int, names: tuple[str, ...], out: Path | None, seed: int | None, in_json: bool
) -> None:
    """Edit pictures of your catalogue and search it for them: how many are found, and is what is said true.

    Writes a page, a figure and the numbers as JSON. The catalogue is not changed.
    """
    from evaluation.attacks import SEED, edits_named
    from evaluation.robustness import measure_robustness
    from evaluation.robustness_figure import check_drawing
    from evaluation.robustness_page import write_report

    settings, edits = read_settings(), edits_named(names)
    check_drawing()
    with open_engine_of(settings) as engine:
        report = measure_robustness(
            engine,
            pictures=pictures,
            edits=edits,
            seed=SEED if seed is None else seed,
            progress=partial(progress_bar, quiet=in_json),
        )
        folder = out or evaluation_dir(settings) / "robustness"
        written = write_report(report, engine.thumbnails, ROOT / "web" / "static" / "css", folder)
    show(report.to_record(), chain(report.lines(), ("", *map(str, written))), in_json)


@command("similar", "evaluate similar ../shared/data --model mine.xml", group=evaluate)
@click.argument("sample", type=Path)
@judged_options("none")
@as_json
def evaluate_similar(
    sample: Path, *, model: Path | None, also: tuple[str, ...], baselines: tuple[str, ...], in_json: bool
) -> None:
    """Tell how well works of one class are found, and what a linear probe reads from the descriptors."""
    from evaluation.similar import measure_similar_works

    settings = read_settings(model=model)
    with judged_by(settings, also, baselines) as judged, described_sample(settings, sample) as (pictures, cache):
        report = measure_similar_works(judged.similar_methods, pictures, cache, on_progress=tell)
    show(report.to_record(), [report.to_markdown()], in_json)


@command("attributes", "evaluate attributes ../shared/data --model mine.xml", group=evaluate)
@click.argument("sample", type=Path)
@judged_options("none")
@as_json
def evaluate_attributes(
    sample: Path, *, model: Path | None, also: tuple[str, ...], baselines: tuple[str, ...], in_json: bool
) -> None:
    """Tell how well attributes are told, one by one, beside what is had for nothing."""
    from evaluation.attributes import measure_all_attributes

    settings = read_settings(model=model)
    with judged_by(settings, also, baselines) as judged, described_sample(settings, sample) as (pictures, cache):
        report = measure_all_attributes(judged.extractors, judged.baselines, pictures, cache, on_progress=tell)
    show(report.to_record(), [report.to_markdown()], in_json)


@command(
    "figures",
    "evaluate figures figures --copies copies.json --sweep sweep.json --sample ../shared/data",
    group=evaluate,
)
@click.argument("folder", type=FOLDER)
@click.option("--copies", type=FILE_THERE, help="What `evaluate copies --json` printed.")
@click.option("--sweep", type=FILE_THERE, help="What `evaluate copies --sweep --json` printed.")
@click.option("--verdicts", type=FILE_THERE, help="What `evaluate verdicts --json` printed.")
@click.option("--sample", type=Path, help="Pictures of which sheets of nearest neighbours are made.")
@judged_options("none")
@as_json
def evaluate_figures(
    folder: Path,
    *,
    copies: Path | None,
    sweep: Path | None,
    verdicts: Path | None,
    sample: Path | None,
    model: Path | None,
    also: tuple[str, ...],
    baselines: tuple[str, ...],
    in_json: bool,
) -> None:
    """Draw the figures of reports: bars an edit, curves over intensity, how sure and how true, sheets of neighbours."""
    from evaluation.figures import draw_curves, draw_edit_bars, draw_sheets
    from evaluation.reliability_figure import draw_reliability
    from evaluation.verdict_report import VerdictReport

    drawn: list[Path] = []
    if copies is not None:
        drawn += draw_edit_bars(copies, folder)
    if sweep is not None:
        drawn += draw_curves(sweep, folder)
    if verdicts is not None:
        drawn.append(draw_reliability(VerdictReport.read(verdicts), folder))
    if sample is not None:
        settings = read_settings(model=model)
        with judged_by(settings, also, baselines) as judged, described_sample(settings, sample) as (pictures, cache):
            drawn += draw_sheets(judged.similar_methods, pictures, cache, folder)
    show([str(path) for path in drawn], map(str, drawn), in_json)


@contextmanager
def judged_by(settings: Settings, also: tuple[str, ...], baselines: tuple[str, ...]) -> Iterator["Judged"]:
    """Open what is judged for the time of a block."""
    from evaluation.methods import name_models, open_judged

    with open_judged(name_models(settings.model, also), baselines, peers_of(settings)) as judged:
        yield judged


@contextmanager
def described_sample(settings: Settings, sample: Path) -> Iterator[tuple["list[LabelledPicture]", "DescriptionCache"]]:
    """Open a sample, and what was kept of it, for the time of a block that shows the progress of describing it."""
    from evaluation.description_cache import DescriptionCache
    from feature_extractor.training.sample import read_sample

    pictures = read_sample(sample)
    with progress_bar("Describing pictures") as advance:
        yield pictures, DescriptionCache(evaluation_dir(settings), pictures, advance=advance)


@command("video", "evaluate video ../shared/data/ucf101 --clips 22 --videos 10", group=evaluate)
@click.argument("folder", type=FOLDER_THERE)
@click.option("--clips", type=click.IntRange(0), default=22, show_default=True, help="Val clips, one frame of each.")
@click.option("--videos", type=click.IntRange(0), default=10, show_default=True, help="Val clips searched for whole.")
@click.option("--strangers", type=click.IntRange(0), default=6, show_default=True, help="Val clips left out.")
@model_option
@as_json
def evaluate_video(folder: Path, *, clips: int, videos: int, strangers: int, model: Path | None, in_json: bool) -> None:
    """Tell how well edited frames and clips are found among the videos of a folder with labels.csv, and how fast."""
    from evaluation.video_search import evaluate_video_search
    from feature_extractor.extractor import open_extractor
    from feature_extractor.threads import limit_threads
    from search.vector_index.open_index import index_home

    settings = read_settings(model=model)
    limit_threads(0)
    with progress_bar("Searching in videos", quiet=in_json) as advance:
        report = evaluate_video_search(
            folder,
            open_extractor(settings.model, threads=0),
            lambda index_dir: index_home(settings.index_url, index_dir, settings.index_token),
            clips=clips,
            videos=videos,
            strangers=strangers,
            advance=advance,
        )
    show(asdict(report), report.lines(), in_json)


@command("video-frames", "evaluate video-frames ../shared/data/ucf101", group=evaluate)
@click.argument("folder", type=FOLDER_THERE)
@click.option("--clips", type=click.IntRange(1), default=22, show_default=True, help="Of the val part.")
@click.option(
    "--moments", type=click.IntRange(0), default=3, show_default=True, help="Frames of each, found by pixels."
)
@model_option
@as_json
def evaluate_video_frames(folder: Path, *, clips: int, moments: int, model: Path | None, in_json: bool) -> None:
    """Tell how alike frames are that follow one another, and whether a frame is found at its own number.

    FOLDER holds labels.csv and clips. The clips are in a catalogue of their own; yours is neither asked nor changed.
    """
    from evaluation.neighbouring_frames import measure_neighbours
    from feature_extractor.extractor import open_extractor
    from feature_extractor.threads import limit_threads
    from search.vector_index.open_index import index_home

    settings = read_settings(model=model)
    limit_threads(0)
    with progress_bar("Looking at frames", quiet=in_json) as advance:
        report = measure_neighbours(
            folder,
            open_extractor(settings.model, threads=0),
            lambda index_dir: index_home(settings.index_url, index_dir, settings.index_token),
            clips=clips,
            moments=moments,
            advance=advance,
        )
    show(report.to_record(), report.lines(), in_json)


@command("faces", "evaluate faces ../shared/data/lfw", "evaluate faces lfw --out article/experiments", group=evaluate)
@click.argument("folder", type=FOLDER_THERE)
@click.option("--out", type=FOLDER, help="Folder of the tables, the figure and a page faces.md.")
@as_json
def evaluate_faces(folder: Path, *, out: Path | None, in_json: bool) -> None:
    """Ask for people by their faces: whole pictures, crops, aligned crops and the descriptor of faces.

    FOLDER holds labels.csv (file, person), or a folder a person, as LFW does. Measured are people that nothing was
    learnt from. The catalogue is neither asked nor changed, and no face is kept.
    """
    from evaluation.faces import measure_faces
    from evaluation.faces_report import write_report
    from feature_extractor.extractor import open_extractor
    from feature_extractor.faces.describer import open_describer
    from feature_extractor.faces.detector import open_detector
    from feature_extractor.threads import limit_threads

    settings = read_settings()
    limit_threads(0)
    with progress_bar("Looking at faces", quiet=in_json) as advance:
        report = measure_faces(
            folder,
            open_extractor(settings.model, threads=0),
            open_detector(threads=0),
            open_describer(settings.face_model, threads=0),
            on_progress=advance,
        )
    written = write_report(report, out) if out else []
    show(report.to_record(), [report.to_markdown(), *map(str, written)], in_json)
