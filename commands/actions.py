"""`video train`, `video classify` and `benchmark clips`: what is done in a video."""

from pathlib import Path

import click

from commands.backbones import NAMES, OWN, WORDS, backbone_path, open_named_backbone
from commands.benchmarks import benchmark
from commands.group import command
from commands.opening import evaluation_dir
from commands.options import FILE, FILE_THERE, FOLDER_THERE, as_json
from commands.showing import command_given, progress_bar, show, tell
from commands.videos import video
from errors import BadInput, ModelUnusable
from evaluation.markdown import percent
from settings import read_settings

EXISTS = click.Path(exists=True, path_type=Path)


@command(
    "train",
    "video train ../shared/data/ucf101 --out actions.npz",
    "video train UCF-101 --action ApplyEyeMakeup --action Typing --out actions.npz",
    group=video,
)
@click.argument("folder", type=FOLDER_THERE)
@click.option("--out", type=FILE, required=True, help="The model, an .npz; its report comes beside it.")
@click.option("--action", "only", multiple=True, help="Only this action; may be repeated [every folder].")
@click.option("--backbone", type=click.Choice(NAMES), default=OWN, show_default=True, help="Network that sees frames.")
@as_json
def video_train(folder: Path, *, out: Path, only: tuple[str, ...], backbone: str, in_json: bool) -> None:
    """Learn to tell what is done in a video, from a folder of clips an action.

    Clips of one source are never on both sides when accuracy is measured: the source is read from labels.csv, or from
    names as UCF101 has them (v_Biking_g01_c03.avi). Clips that labels.csv marks as val are not learnt from.
    """
    from evaluation.experiments.actions import describe_kept, learn_from, measure_actions
    from evaluation.experiments.actions_page import answer, write_actions
    from evaluation.figures import new_figure
    from feature_extractor.actions.clip_features import ClipExtractor, best_output
    from feature_extractor.actions.clips import find_clips
    from feature_extractor.actions.model import ActionAbout, ActionModel

    if out.suffix != ".npz":
        raise BadInput(f"expected a name that ends with .npz; received {out.name}")
    settings = read_settings()
    new_figure(1, 1)  # what is missing for it is told now, not when all is described
    found = find_clips(folder, only=only)
    network = open_named_backbone(settings, backbone)
    extractor = ClipExtractor(network, best_output(network), workers=this_many_cores())
    with progress_bar("Describing clips", quiet=in_json) as advance:
        clips = describe_kept(extractor, found.clips, evaluation_dir(settings) / "actions", advance=advance)
    report = measure_actions(found, {WORDS[backbone]: (extractor.output, clips)}, extractor.frames)
    figures, learnt = report.figures[WORDS[backbone]], learn_from(clips)
    about = ActionAbout(
        backbone=backbone,
        backbone_id=network.model_id,
        output=extractor.output,
        frames=extractor.frames,
        actions=tuple(report.actions),
        temperature=learnt.temperature,
        split_rule=f"sources by {found.group_rule}; ten-fold over sources; clips of val not learnt from",
        measured={
            "clips": report.clips,
            "sources": report.sources,
            "cross_validated": figures.cross_validated.right,
            "cross_validated_interval": list(figures.cross_validated.interval),
            "val": None if figures.val is None else figures.val.right,
        },
    )
    ActionModel(about, learnt.linear).save(out)
    written = write_actions(report, out.with_suffix(".md"), command=command_given())
    show(report.to_record(), [answer(report), "", str(out), *map(str, written)], in_json)


@command("classify", "video classify clip.mp4 --model actions.npz", group=video)
@click.argument("clip", type=EXISTS)
@click.option("--model", type=FILE_THERE, required=True, help="What `video train` wrote.")
@as_json
def video_classify(clip: Path, *, model: Path, in_json: bool) -> None:
    """Tell what is done in a video: a file, or a folder of frames."""
    from feature_extractor.actions.model import ActionModel

    settings, read = read_settings(), ActionModel.open(model)
    if read.about.backbone not in NAMES:
        raise ModelUnusable(f"expected a network among {', '.join(NAMES)}; received {read.about.backbone}")
    extractor = read.extractor(open_named_backbone(settings, read.about.backbone))
    (shares,) = read.probabilities(extractor.describe([clip]))
    told = sorted(zip(read.about.actions, map(float, shares), strict=True), key=lambda pair: -pair[1])
    lines = [f"{percent(share):>5} %  {action}" for action, share in told]
    show({"action": told[0][0], "probabilities": dict(told)}, lines, in_json)


@command("clips", "benchmark clips ../shared/data/ucf101 --out article/experiments/actions-speed.json", group=benchmark)
@click.argument("folder", type=FOLDER_THERE)
@click.option("--clips", "number", type=click.IntRange(1), default=40, show_default=True, help="Clips described.")
@click.option(
    "--out", type=FILE, help="Write the figures to this JSON file, from which `experiment actions` takes them."
)
@as_json
def benchmark_clips(folder: Path, *, number: int, out: Path | None, in_json: bool) -> None:
    """Frames a second that are decoded and described: by one thread, and by one a core."""
    from evaluation.experiments.clip_speed import measure_clip_speed
    from feature_extractor.actions.clips import find_clips

    clips = find_clips(folder).clips
    step = max(1, len(clips) // number)  # of every action some
    chosen = [clip.path for clip in clips[::step]][:number]
    speed = measure_clip_speed(backbone_path(read_settings(), OWN), chosen, say=tell)
    if out is not None:
        speed.write(out)
    show(speed.to_record(), speed.lines(), in_json)


def this_many_cores() -> int:
    """Return how many cores this process may use."""
    from evaluation.experiments.machine import this_machine

    return this_machine().cores
