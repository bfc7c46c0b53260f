"""The command line of Retrace: `python3 index.py …`, also installed as `retrace`.

A subcommand reads its words, calls one function of the library and shows what came back; heavy parts are imported
by the subcommand that needs them, so that `--help` is quick and works where only serving is installed.
"""

import os
import sys
from pathlib import Path

_VENV_PYTHON = Path(__file__).resolve().parent / ".venv" / "bin" / "python"
if __name__ == "__main__" and sys.prefix == sys.base_prefix and _VENV_PYTHON.is_file():
    # The plain `python3 index.py` works after set-up: run again with the Python that has the packages.
    os.execv(_VENV_PYTHON, [str(_VENV_PYTHON), *sys.argv])  # noqa: S606 - our own interpreter with our own arguments

try:
    import click
    import pydantic_settings  # noqa: F401 - the system's Python may have the one without the other
except ImportError:
    print("retrace: nothing is installed yet: run `make setup` or `python3 setup.py`", file=sys.stderr)
    raise SystemExit(4) from None

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial, reduce
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from errors import (
    AddressInUse,
    BadInput,
    CatalogueUnavailable,
    NotFound,
    PartMissing,
    RetraceError,
    StorageUnavailable,
)
from search.words import count
from settings import ROOT, Settings, read_settings, read_version

if TYPE_CHECKING:
    from data.catalogue import Catalogue
    from data.records import SourceRecord
    from data.thumbnails import ThumbnailStore
    from evaluation.description_cache import DescriptionCache
    from evaluation.methods import Judged
    from feature_extractor.descriptors import Extractor
    from feature_extractor.training.fit import TrainingRecipe
    from feature_extractor.training.prepare import Order
    from feature_extractor.training.sample import LabelledPicture
    from search.evidence.exhibit import Exhibit, Look
    from search.ingest import Failure, Tally
    from search.open_engine import EngineSource
    from search.query import Engine

OUR_PACKAGES = frozenset({"data", "errors", "evaluation", "feature_extractor", "search", "settings", "web"})
FOUND_NOTHING = 1
HTTP_PORT = 80
FALLBACK_PORT = 8080
OTHERS = 64
"""Pictures put aside to make collages and pictures in pictures with."""
CATALOGUE = "catalogue"
"""In place of a source of labelled pictures: those of the catalogue."""
OFFICIAL = "official"
"""In place of a file of starting weights: those that Keras publishes."""
SHOWN_FAILURES = 20
"""Failures that `add` prints one by one; a table of dead links has millions, which `--failures FILE` takes."""


class Commands(click.Group):
    """A group whose errors are one line on stderr and the exit status of their kind."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; translate our errors at this last edge."""
        try:
            return super().invoke(ctx)
        except RetraceError as exc:
            stop(ctx, exc)
        except ModuleNotFoundError as exc:
            if exc.name is None or exc.name.partition(".")[0] in OUR_PACKAGES:
                raise  # a bug, whose trace is wanted
            stop(ctx, PartMissing(f"expected the package {exc.name}; it is not installed"))
        except KeyboardInterrupt:
            click.echo("retrace: stopped", err=True)
            ctx.exit(130)


def stop(ctx: click.Context, error: RetraceError) -> NoReturn:
    """Say what is wrong and what to do, and end with the exit status of its kind."""
    click.echo(f"retrace: {error}. {error.remedy}", err=True)
    ctx.exit(error.exit_status)


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(read_version(), message="%(version)s", prog_name="retrace")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Reverse image search of your own: the copies of a picture, and its similar works.

    Without a command: serve.

    Exit status: 0 done, 1 found nothing or differences, 2 usage, 3 bad input, 4 environment.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(serve)


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


def command(name: str, *examples: str, group: click.Group = main) -> Callable[[Callable[..., Any]], click.Command]:
    """Return a decorator that makes a subcommand whose help ends with examples."""
    lines = (f"\n  python3 index.py {example}" for example in examples)
    return group.command(name, epilog=f"\b\nExample{'s' if len(examples) > 1 else ''}:{''.join(lines)}")


@command("serve", "serve --host 0.0.0.0 --port 8080 --workers 4")
@click.option("--host", help="Address to serve on [RETRACE_HOST].")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0: 80, or 8080 where 80 is refused [RETRACE_PORT].")
@click.option("--workers", type=click.IntRange(1, 256), help="Server processes [RETRACE_WORKERS].")
def serve(host: str | None = None, port: int | None = None, workers: int | None = None) -> None:
    """Serve the search page and the JSON API."""
    from web.server import bind_socket
    from web.server import serve as serve_site

    settings = read_settings(host=host, port=port, workers=workers)
    if settings.port:
        listener = bind_socket(settings.host, settings.port)
    else:
        try:
            listener = bind_socket(settings.host, HTTP_PORT)
        except AddressInUse as exc:
            click.echo(f"retrace: {exc}; trying port {FALLBACK_PORT}", err=True)
            listener = bind_socket(settings.host, FALLBACK_PORT)
    serve_site(settings, listener, on_ready=lambda address: click.echo(f"Retrace is at {address}"))


@command("prepare", "prepare")
@click.option("--no-gallery", is_flag=True, help="Leave an empty catalogue empty.")
def prepare(no_gallery: bool) -> None:
    """Check the model, bring the database up to date, fill a new catalogue with the sample gallery."""
    from feature_extractor.model_file import read_metadata

    settings = read_settings()
    read_metadata(settings.model)
    folder = settings.data_dir / "gallery"
    done = folder / ".taken-in"
    try:
        has_pictures = last_change_of(settings) > 0
    except CatalogueUnavailable:
        # Absent or of an older version, or something that migrating will run into and name.
        from data.migrate import upgrade

        upgrade(settings.catalogue_url)
        has_pictures = last_change_of(settings) > 0
    # A gallery half taken in goes on; a catalogue that its owner filled or emptied is left as it is.
    if no_gallery or done.is_file() or (has_pictures and not folder.is_dir()):
        return
    from data.gallery import draw_gallery

    with progress_bar("Drawing the sample gallery") as advance:
        draw_gallery(folder, progress=advance)
    take_in(settings, (str(folder / "gallery.csv"),), collection=None, failures=None, quiet=False)
    done.touch()


@command("add", "add ~/Pictures listing.csv photos.zip --collection archive")
@click.argument("what", nargs=-1, required=True)
@click.option("--collection", help="Name to file these pictures under.")
@click.option("--failures", type=FILE, help="Write what failed to this CSV file.")
@click.option(
    "--ray",
    metavar="ADDRESS",
    help="Describe on this Ray cluster: host:port of its head, or the word local. Its nodes must have Retrace, and see "
    "the data folder and what is added, at the same paths.",
)
@as_json
def add(
    what: tuple[str, ...], *, collection: str | None, failures: Path | None, ray: str | None, in_json: bool
) -> None:
    """Add pictures: files, folders, zip/tar archives, CSV/Parquet tables, BAM! SQLite files, addresses.

    Stopping it loses nothing that was added; run it again to go on. Exit status 3 when a picture was left out.
    """
    take = take_in if ray is None else partial(take_in_bulk, address=ray)
    tally = take(read_settings(), what, collection=collection, failures=failures, quiet=in_json)
    if in_json:
        show(asdict(tally), (), in_json)
    if tally.failed:
        raise click.exceptions.Exit(BadInput.exit_status)


@command("search", "search picture.jpg --limit 5")
@click.argument("picture")
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="Hits of each list.")
@click.option("--attribute", "attributes", multiple=True, help="Only similar works that carry this; may be repeated.")
@click.option("--explain", is_flag=True, help="Show the time of every step and how the indexes answered.")
@as_json
def search(picture: str, *, limit: int, attributes: tuple[str, ...], explain: bool, in_json: bool) -> None:
    """Search with a picture: a file, or the address of one. Exit status 1 when it has no copy in the catalogue."""
    from search.answer import Ask
    from search.query import search as search_with
    from search.report import answer_lines, answer_record

    settings = read_settings()
    ask = Ask(page_size=limit, attributes=attributes)
    data = read_picture(settings, picture)
    with open_engine_of(settings) as engine:
        answer = search_with(engine, data, ask)
    show(answer_record(answer), answer_lines(answer, explain=explain), in_json)
    if not answer.copies.hits:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("compare", "compare mine.jpg theirs.jpg")
@click.argument("first")
@click.argument("second")
@as_json
def compare(first: str, second: str, in_json: bool) -> None:
    """Show how alike two pictures are (files or addresses). Exit status 1 when they are no copies of each other."""
    from feature_extractor.extractor import open_extractor
    from feature_extractor.threads import limit_threads
    from search.compare import compare as compare_files
    from search.report import comparison_lines, comparison_record

    limit_threads(0)
    settings = read_settings()
    pair = [read_picture(settings, where) for where in (first, second)]
    found = compare_files(open_extractor(settings.model, threads=0), pair[0], pair[1], engine_source(settings).limits)
    show(comparison_record(found), comparison_lines(found), in_json)
    if not found.verdict.is_copy:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command(
    "evidence",
    "evidence mine.jpg theirs.jpg -o evidence.zip",
    "evidence 17 theirs.jpg -o evidence.zip --with-files",
)
@click.argument("first")
@click.argument("second")
@click.option("-o", "--out", required=True, type=FILE, help="The ZIP to write.")
@click.option("--with-files", is_flag=True, help="Put both picture files in, not only small versions of them.")
@as_json
def evidence(first: str, second: str, *, out: Path, with_files: bool, in_json: bool) -> None:
    """Write what one picture is to another, with all that proves it, to one file: PDF, JSON, stills.

    Each is a file, an address, or the id of a picture of the catalogue, whose title, licence, sources and dates then
    come along. (A file whose name is a number: ./17.) What was done is told as if SECOND had been made from FIRST.
    """
    from feature_extractor.extractor import open_extractor
    from search.evidence.make import make_evidence
    from search.evidence.pack import save_pack

    settings = read_settings()
    extractor = open_extractor(settings.model, threads=0)
    made = make_evidence(
        read_exhibit(settings, extractor, first, look="catalogue"),
        read_exhibit(settings, extractor, second, look="query"),
        extractor,
        engine_source(settings).limits,
        version=read_version(),
        made_at=datetime.now(UTC),
        with_files=with_files,
    )
    save_pack(made.to_bytes(), out)
    show(made.summary(), [made.record.result.words, f"{out}: check it with `index.py verify`."], in_json)


@command("verify", "verify evidence.zip", "verify evidence.zip mine.jpg theirs.jpg")
@click.argument("pack", type=FILE_THERE)
@click.argument("files", nargs=-1)
@as_json
def verify(pack: Path, *, files: tuple[str, ...], in_json: bool) -> None:
    """Make what an evidence pack says anew, and tell line by line what agrees, differs or could not be checked.

    From the two pictures given (files or addresses, in the order of the pack), or from what the pack holds. Exit status
    1 when anything differs.
    """
    from feature_extractor.extractor import open_extractor
    from search.evidence.verify import Inspector, agrees, checks_lines, checks_record, verify_pack

    if len(files) not in (0, 2):
        raise click.UsageError("Give both pictures, or none.")
    settings = read_settings()
    inspector = Inspector(open_extractor(settings.model, threads=0), engine_source(settings).limits, read_version())
    checks = verify_pack(pack, inspector, [read_picture(settings, where) for where in files])
    show(checks_record(checks), checks_lines(checks), in_json)
    if not agrees(checks):
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("why", "why suspicious.jpg 17", "why suspicious.jpg original.jpg")
@click.argument("picture")
@click.argument("other", metavar="ID_OR_PICTURE")
@as_json
def why(picture: str, other: str, in_json: bool) -> None:
    """Show why a search with a picture shows another as it does, or not at all: every step, number and limit.

    PICTURE is a file or an address; the other is the id of a picture of the catalogue, or likewise. Exit status 1 when
    a search does not show it as a copy.
    """
    from search.why import trace_files
    from search.why_report import trace_lines, trace_record

    settings = read_settings()
    query = read_picture(settings, picture)
    wanted = int(other) if other.isdecimal() else read_picture(settings, other)
    with open_engine_of(settings) as engine:
        trace = trace_files(engine, query, wanted)
    show(trace_record(trace), trace_lines(trace), in_json)
    if trace.shown is None or not trace.shown.is_copy:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("list", "list --collection archive --limit 20")
@click.option("--collection", help="Only of this collection.")
@click.option("--after", "after_id", type=click.IntRange(0), default=0, help="Only ids above this one.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Pictures at most.")
@as_json
def list_pictures(*, collection: str | None, after_id: int, limit: int, in_json: bool) -> None:
    """List pictures of the catalogue in order of id. Exit status 1 when there is none."""
    from search.report import image_line, image_record

    with open_catalogue(read_settings()) as catalogue:
        images = catalogue.list_images(after_id=after_id, limit=limit, collection=collection)
    lines = map(image_line, images) if images else ["There are no such pictures in the catalogue."]
    show([image_record(image) for image in images], lines, in_json)
    if not images:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("remove", "remove 17 18 --yes")
@click.argument("ids", nargs=-1, type=click.IntRange(1))
@click.option("--collection", help="Every picture of this collection.")
@click.option("--locator", help="Every picture seen at this path or address.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def remove(ids: tuple[int, ...], *, collection: str | None, locator: str | None, yes: bool, in_json: bool) -> None:
    """Remove pictures from the catalogue, wholly. The files they came from are left alone."""
    from search.removal import remove_images

    settings = read_settings()
    with open_catalogue(settings) as catalogue:
        chosen = catalogue.find(ids=ids or None, collection=collection, locator=locator)
        if not chosen:
            raise NotFound("there is no such picture in the catalogue", remedy="See what there is with `list`.")
        if not yes:
            click.confirm(f"Remove {count(len(chosen), 'picture')} from the catalogue?", abort=True, err=True)
        removed = remove_images(catalogue, thumbnails_of(settings), chosen)
    show({"removed": removed}, [f"Removed {count(removed, 'picture')}."], in_json)


@command("stats", "stats --json")
@as_json
def stats(in_json: bool) -> None:
    """Show how much the catalogue holds."""
    with open_catalogue(read_settings()) as catalogue:
        counts = catalogue.counts()
    lines = [
        f"{count(counts.images, 'picture')}, {count(counts.sources, 'source')}, {count(counts.last_change, 'change')}",
        *(f"  collection {name}: {number}" for name, number in counts.collections.items()),
        *(f"  model {model_id[:12]}: {count(number, 'descriptor')}" for model_id, number in counts.models.items()),
    ]
    show(asdict(counts), lines, in_json)


@command("check", "check --repair")
@click.option("--repair", is_flag=True, help="Mend what can be: thumbnails, local features, indexes.")
@as_json
def check(repair: bool, in_json: bool) -> None:
    """Prove that catalogue, thumbnails and indexes agree. Exit status 1 when they do not."""
    from search.check import check_all
    from search.check import repair as repair_all

    settings = read_settings()
    with open_engine_of(settings) as engine:
        findings = check_all(engine, thumbnails_of(settings))
        if repair and findings:
            findings = repair_all(engine, thumbnails_of(settings), findings)
    show(
        {"findings": [asdict(finding) for finding in findings]},
        [f"{finding.what}: {finding.detail}" for finding in findings] or ["Catalogue, thumbnails and indexes agree."],
        in_json,
    )
    if findings:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("rebuild", "rebuild")
@as_json
def rebuild(in_json: bool) -> None:
    """Build both indexes anew from the catalogue; serving processes go on and take them over."""
    with open_engine_of(read_settings()) as engine:
        sizes = {index.identity.kind: index.rebuild() for index in (engine.copies, engine.similars)}
    show(sizes, [f"{kind}: {count(size, 'picture')}" for kind, size in sizes.items()], in_json)


@command("tune", "tune --recall .98")
@click.option(
    "--recall",
    type=float,
    help="Share of the ten nearest to find, 0.5 to 0.9995 [what RETRACE_INDEX_URL says, or else 0.99].",
)
@as_json
def tune(*, recall: float | None, in_json: bool) -> None:
    """Choose by the pictures themselves how deep both LSH indexes must look to find what is wanted.

    Some of the pictures search for their neighbours, at one depth after another, beside an exact scan. What was chosen
    is kept with the indexes: serving processes go on and take it over, and `rebuild` keeps it.
    """
    from search.tuning import tune_engine, wanted_recall

    settings = read_settings()
    wanted = wanted_recall(settings.index_url, recall)
    with open_engine_of(settings) as engine:
        tunings = tune_engine(engine, wanted)
    show([asdict(tuning) for tuning in tunings], chain.from_iterable(tuning.lines() for tuning in tunings), in_json)


@command("backup", "backup retrace.tar")
@click.argument("target", type=FILE)
@as_json
def backup(target: Path, in_json: bool) -> None:
    """Write catalogue and thumbnails to one file, while serving goes on."""
    from data.backup import backup as write_backup

    settings = read_settings()
    done = write_backup(settings.catalogue_url, settings.data_dir, target)
    show(asdict(done), [f"{target}: {count(done.images, 'picture')}"], in_json)


@command("restore", "restore retrace.tar")
@click.argument("archive", type=FILE_THERE)
@as_json
def restore(archive: Path, in_json: bool) -> None:
    """Bring a backup back into an empty data folder."""
    from data.backup import restore as read_backup

    settings = read_settings()
    done = read_backup(archive, settings.data_dir, settings.catalogue_url)
    show(asdict(done), [f"{count(done.images, 'picture')} restored"], in_json)


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
@click.option("--more", type=FILE_THERE, help="Unlabelled pictures: a manifest that `pictures` made.")
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


@command("peers", "evaluate peers", group=evaluate)
@as_json
def evaluate_peers(in_json: bool) -> None:
    """Install the baselines that need environments of their own: MobileNetV2 and image-match."""
    from evaluation.peers.environments import install_peers

    made = install_peers(peers_of(read_settings()), say=lambda what: click.echo(what, err=True))
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


@command("verdicts", "evaluate verdicts --sample ../shared/data --originals 100", group=evaluate)
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
@as_json
def evaluate_verdicts(
    *, sample: Path, originals: int | None, strangers: int, names: tuple[str, ...], seed: int | None, in_json: bool
) -> None:
    """Search the catalogue with edited copies and with strangers: what is proven, and is it true."""
    from evaluation.attacks import SEED, edits_named
    from evaluation.verdicts import HeldSample, measure_verdicts

    settings, edits = read_settings(), edits_named(names)
    with open_engine_of(settings) as engine:
        with described_sample(settings, sample) as (pictures, cache):
            held = HeldSample.find(engine.catalogue, pictures)
            small = cache.small()
        with progress_bar("Searching") as advance:
            report = measure_verdicts(
                engine,
                held,
                small,
                originals=originals,
                strangers=strangers,
                edits=edits,
                seed=SEED if seed is None else seed,
                on_progress=advance,
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
@click.option("--sample", type=Path, help="Pictures of which sheets of nearest neighbours are made.")
@judged_options("none")
@as_json
def evaluate_figures(
    folder: Path,
    *,
    copies: Path | None,
    sweep: Path | None,
    sample: Path | None,
    model: Path | None,
    also: tuple[str, ...],
    baselines: tuple[str, ...],
    in_json: bool,
) -> None:
    """Draw the figures of reports: bars an edit, curves over intensity, sheets of nearest neighbours."""
    from evaluation.figures import draw_curves, draw_edit_bars, draw_sheets

    drawn: list[Path] = []
    if copies is not None:
        drawn += draw_edit_bars(copies, folder)
    if sweep is not None:
        drawn += draw_curves(sweep, folder)
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


def evaluation_dir(settings: Settings) -> Path:
    """Return the folder of what evaluations keep; it can be deleted at any time."""
    return settings.data_dir / "evaluation"


def peers_of(settings: Settings) -> Path:
    """Return the folder of the environments of other people's methods."""
    return settings.data_dir / "peers"


def tell(what: str) -> None:
    """Say on stderr what comes next."""
    click.echo(what, err=True)


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

    files = sorted(path for path in pictures.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"})
    if not files:
        raise BadInput(f"expected pictures in {pictures}; found none")
    url = read_settings().catalogue_url
    report = measure_serving(Path(__file__).resolve(), files, url, searches=searches, clients=clients)
    show(asdict(report), report.lines(), in_json)


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
    in_json: bool,
) -> None:
    """Compare the indexes with other people's, each in a process of its own, over descriptors enlarged to millions.

    Other people's are installed by `evaluate peers`. Recall is told relative to comparing everything.
    """
    from evaluation.description_cache import DescriptionCache
    from evaluation.index_benchmark.known_engines import ENGINES
    from evaluation.index_benchmark.real_pictures import read_real
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
    )
    order.check()
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
        Path(__file__).resolve(),
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


@contextmanager
def open_catalogue(settings: Settings) -> Iterator["Catalogue"]:
    """Open the catalogue for the time of a block."""
    from data.catalogue import Catalogue

    with Catalogue.open(settings.catalogue_url) as catalogue:
        yield catalogue


def last_change_of(settings: Settings) -> int:
    """Return the number of the catalogue's last change."""
    with open_catalogue(settings) as catalogue:
        return catalogue.last_change()


@contextmanager
def open_engine_of(settings: Settings) -> Iterator["Engine"]:
    """Open model, catalogue and indexes for the time of a block."""
    from search.open_engine import close_engine, open_engine

    engine = open_engine(engine_source(settings))
    try:
        yield engine
    finally:
        close_engine(engine)


def engine_source(settings: Settings) -> "EngineSource":
    """Return where the parts of a command come from; a command may use every core."""
    from search.open_engine import EngineSource

    return EngineSource.of(settings, threads=0)


def thumbnails_of(settings: Settings) -> "ThumbnailStore":
    """Return the thumbnails beside the catalogue."""
    from data.thumbnails import ThumbnailStore

    return ThumbnailStore(settings.thumbnail_dir)


def read_picture(settings: Settings, where: str) -> bytes:
    """Return the bytes of a picture file or of the picture behind an address.

    Raises:
        BadInput: there is not one picture, but none or several, as in a folder.
    """
    from data.sources import open_source

    with open_source(where, max_bytes=settings.max_upload_bytes, fetcher=fetcher_of(settings)) as source:
        record = next(source, None)
        if record is None or next(source, None) is not None:
            raise BadInput(f"expected one picture; {where} holds {'several' if record else 'none'}")
        return record.read()


def read_exhibit(settings: Settings, extractor: "Extractor", where: str, *, look: "Look") -> "Exhibit":
    """Return what evidence keeps of a picture: a file, the picture behind an address, or one of the catalogue by id."""
    from search.evidence.exhibit import exhibit_file, exhibit_image

    limits = engine_source(settings).limits
    if where.isdecimal():
        with open_catalogue(settings) as catalogue:
            return exhibit_image(catalogue, thumbnails_of(settings), extractor, int(where), limits, look=look)
    return exhibit_file(extractor, read_picture(settings, where), limits, name=where, look=look)


def fetcher_of(settings: Settings) -> Callable[[str], bytes]:
    """Return a function that gives the bytes behind a public address."""
    from data.fetch import Fetcher

    fetcher = Fetcher(timeout_s=settings.fetch_timeout_s, max_bytes=settings.max_upload_bytes)
    return lambda url: fetcher.fetch(url).data


def take_in(
    settings: Settings, what: Sequence[str], *, collection: str | None, failures: Path | None, quiet: bool
) -> "Tally":
    """Add everything that some sources offer, show the progress, and save the indexes."""
    from data.sources import count_source, open_source
    from search.ingest import ingest
    from search.open_engine import open_intake

    fetcher = fetcher_of(settings)
    with ExitStack() as stack:
        report = stack.enter_context(failure_report(failures))
        sources = [
            stack.enter_context(
                open_source(
                    one,
                    max_bytes=settings.max_upload_bytes,
                    collection=collection,
                    fetcher=fetcher,
                    show_mature=settings.show_mature,
                )
            )
            for one in what
        ]
        counts = [count_source(one, show_mature=settings.show_mature) for one in what]
        total = None if None in counts else sum(number or 0 for number in counts)
        advance = stack.enter_context(progress_bar("Adding pictures", quiet=quiet))
        intake = stack.enter_context(open_intake(engine_source(settings)))
        tally = ingest(
            intake,
            chain.from_iterable(sources),
            on_progress=lambda so_far: advance(so_far.seen, total),
            on_failure=report,
        )
    for source in sources:
        tell_skipped(source.skipped.items())
    if not quiet:
        tell_tally(tally)
    return tally


def take_in_bulk(
    settings: Settings,
    what: Sequence[str],
    *,
    address: str,
    collection: str | None,
    failures: Path | None,
    quiet: bool,
) -> "Tally":
    """Add everything that some sources offer, described on a Ray cluster."""
    from search.bulk.run import add_in_bulk
    from search.bulk.shards import Order
    from search.open_engine import open_intake

    with ExitStack() as stack:
        report = stack.enter_context(failure_report(failures))
        advance = stack.enter_context(progress_bar("Adding pictures", quiet=quiet))
        intake = stack.enter_context(open_intake(engine_source(settings)))
        order = Order(
            folder=settings.data_dir.absolute() / "bulk",
            model=settings.model.absolute(),
            model_id=intake.extractor.model_id,
            limits=intake.limits,
            fetch_timeout_s=settings.fetch_timeout_s,
            collection=collection,
            show_mature=settings.show_mature,
        )
        outcome = add_in_bulk(
            intake,
            order,
            what,
            address,
            on_progress=lambda so_far, total: advance(so_far.seen, total),
            on_failure=report,
        )
    tell_skipped(outcome.skipped.items())
    if not quiet:
        tell_tally(outcome.tally)
    return outcome.tally


def tell_skipped(skipped: Iterable[tuple[str, int]]) -> None:
    """Say on stderr how many things of a source were left out without being a failure."""
    for reason, number in skipped:
        click.echo(f"{number} left out: {reason}", err=True)


def tell_tally(tally: "Tally") -> None:
    """Say what became of the pictures that were offered."""
    click.echo(f"{tally.added} added, {tally.known} known already, {tally.failed} failed.")


@contextmanager
def failure_report(path: Path | None) -> Iterator[Callable[["Failure"], None]]:
    """Yield a function that reports a picture left out: the first few on stderr, all of them in a CSV file."""
    seen = 0
    with ExitStack() as stack:
        writer = None
        if path is not None:
            try:
                file = stack.enter_context(path.open("w", newline="", encoding="utf-8"))
            except OSError as exc:
                raise StorageUnavailable(f"{path} cannot be written: {exc.strerror}") from exc
            writer = csv.writer(file)
            writer.writerow(["locator", "reason"])

        def report(failure: "Failure") -> None:
            nonlocal seen
            seen += 1
            if writer is not None:
                writer.writerow([failure.locator, failure.reason])
            if seen <= SHOWN_FAILURES:
                click.echo(f"left out: {failure.locator}: {failure.reason}", err=True)

        yield report
    if seen > SHOWN_FAILURES:
        where = f"all of them are in {path}" if path else "name a file with --failures to have them all"
        click.echo(f"… and {seen - SHOWN_FAILURES} more left out; {where}.", err=True)


@contextmanager
def progress_bar(title: str, *, quiet: bool = False) -> Iterator[Callable[[int, int | None], None]]:
    """Yield a function (done, total) that moves a bar with rate and time left on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task(title, total=None, rate="")

        def advance(done: int, total: int | None) -> None:
            elapsed = progress.tasks[task].elapsed or 0.0
            rate = f"{done / elapsed:.0f}/s" if elapsed > 1 else ""
            progress.update(task, completed=done, total=total, rate=rate)

        yield advance


def show(record: object, lines: Iterable[str], in_json: bool) -> None:
    """Print a result: as JSON, or line by line."""
    if in_json:
        click.echo(json.dumps(record, indent=2, ensure_ascii=False))
        return
    for line in lines:
        click.echo(line)


if __name__ == "__main__":
    main(prog_name="index.py")
