"""`experiment …`: the questions of the works that stand behind this one, answered with numbers."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.backbones import NAMES, WORDS, backbone_option, backbone_path, choose_backbones, open_named_backbone
from commands.group import command, main
from commands.labelled import hush_tensorflow
from commands.opening import evaluation_dir
from commands.options import FOLDER, FOLDER_THERE, as_json
from commands.showing import command_given, progress_bar, show
from errors import BadInput
from settings import ROOT, Settings, read_settings

if TYPE_CHECKING:
    from search.vector_index.milvus.address import MilvusAddress

REPORTS = ROOT / "article" / "experiments"

out_option = click.option(
    "--out", type=FOLDER, help="Folder of the page, the figures and the JSON [that of the article]."
)


@main.group("experiment")
def experiment() -> None:
    """Answer the questions of the works that stand behind this one, with numbers and figures."""


@command(
    "cifar",
    "experiment cifar ../shared/data/cifar10",
    "experiment cifar cifar10 --backbone vgg16 --index-url milvus+http://localhost:19530 --metric l2",
    group=experiment,
)
@click.argument("folder", type=FOLDER_THERE)
@backbone_option
@click.option("--edited", type=click.IntRange(1, 1000), help="Pictures that are edited [40].")
@click.option(
    "--index-url", help="A Milvus beside LSH and the exact scan, as in RETRACE_INDEX_URL [a file, which goes]."
)
@click.option("--metric", type=click.Choice(["cosine", "l2", "ip"]), help="By which that Milvus compares [cosine].")
@out_option
@as_json
def experiment_cifar(
    folder: Path,
    *,
    backbones: tuple[str, ...],
    edited: int | None,
    index_url: str | None,
    metric: str | None,
    out: Path | None,
    in_json: bool,
) -> None:
    """Are the embeddings of two similar pictures still similar?

    FOLDER holds train and test, as folders or zip archives of a folder a class. The train part is searched among, the
    test part is asked with.
    """
    from evaluation.experiments.cifar import EDITED, measure_cifar
    from evaluation.experiments.cifar_page import answer, write_cifar
    from evaluation.experiments.overview import write_overview
    from evaluation.figures import new_figure

    settings, target = read_settings(), out or REPORTS
    milvus = _milvus_of(settings, index_url, metric)
    new_figure(1, 1)  # what is missing for it is told now, not when all is described
    chosen, absent = choose_backbones(settings, backbones)
    with progress_bar("Describing pictures", quiet=in_json) as advance:
        report = measure_cifar(
            {WORDS[name]: open_named_backbone(settings, name) for name in chosen},
            folder,
            evaluation_dir(settings) / "cifar",
            absent=absent,
            milvus=milvus,
            edited=edited or EDITED,
            advance=advance,
        )
    written = [*write_cifar(report, target, command=command_given()), write_overview(target)]
    show(report.to_record(), [answer(report), "", *map(str, written)], in_json)


@command("actions", "experiment actions ../shared/data/ucf101", group=experiment)
@click.argument("folder", type=FOLDER_THERE)
@backbone_option
@out_option
@as_json
def experiment_actions(folder: Path, *, backbones: tuple[str, ...], out: Path | None, in_json: bool) -> None:
    """What is done in a video, told of sources that were never seen.

    FOLDER holds a folder of clips an action, as UCF101 does.
    """
    from evaluation.experiments.actions import describe_kept, measure_actions
    from evaluation.experiments.actions_page import PAGE, answer, write_actions
    from evaluation.experiments.clip_speed import ClipSpeed
    from evaluation.experiments.overview import write_overview
    from evaluation.figures import new_figure
    from feature_extractor.actions.clip_features import FRAMES, ClipExtractor, best_output
    from feature_extractor.actions.clips import find_clips

    settings, target = read_settings(), out or REPORTS
    new_figure(1, 1)
    found = find_clips(folder)
    described = {}
    for name in choose_backbones(settings, backbones)[0]:
        backbone = open_named_backbone(settings, name)
        extractor = ClipExtractor(backbone, best_output(backbone))
        with progress_bar(f"Describing clips, {name}", quiet=in_json) as advance:
            kept = describe_kept(extractor, found.clips, evaluation_dir(settings) / "actions", advance=advance)
        described[WORDS[name]] = (extractor.output, kept)
    report = measure_actions(found, described, FRAMES)
    timed = target / "actions-speed.json"
    written = write_actions(
        report,
        target / PAGE,
        command=command_given(),
        speed=ClipSpeed.read(timed) if timed.is_file() else None,
    )
    written.append(write_overview(target))
    show(report.to_record(), [answer(report), "", *map(str, written)], in_json)


@command("backbone", "experiment backbone vgg16", group=experiment)
@click.argument("name", type=click.Choice(NAMES[2:]))
@as_json
def experiment_backbone(name: str, in_json: bool) -> None:
    """Fetch VGG-16 or ResNet-152 as Keras publishes them; a download that stopped goes on."""
    hush_tensorflow()
    from feature_extractor.training.official_backbones import OFFICIAL_BACKBONES, fetch_backbone

    with progress_bar(f"Fetching {WORDS[name]}", quiet=in_json) as advance:
        path = fetch_backbone(OFFICIAL_BACKBONES[name], backbone_path(read_settings(), name), on_progress=advance)
    show({"model": str(path)}, [str(path)], in_json)


def _milvus_of(settings: Settings, index_url: str | None, metric: str | None) -> "MilvusAddress | None":
    """Return the address of the Milvus that is measured; None for a file that goes afterwards.

    Raises:
        BadInput: the address is of another form, or a metric stands alone.
    """
    from search.vector_index.milvus.address import MilvusAddress

    if index_url is None and metric is None:
        return None
    if index_url is None:
        raise BadInput("expected --index-url with --metric", remedy="Name the Milvus that compares by this metric.")
    joined = index_url if metric is None else f"{index_url}{'&' if '?' in index_url else '?'}metric={metric}"
    return MilvusAddress.parse(joined, settings.index_token)
