"""The page and the figure of how well actions are told."""

import json
from pathlib import Path

import numpy as np

from errors import StorageUnavailable
from evaluation.experiments.actions import PART_WORDS, Accuracy, ActionReport
from evaluation.experiments.clip_speed import ClipSpeed
from evaluation.figures import ACCENT, INK, PAPER, new_figure, quieten, save
from evaluation.markdown import percent, table

PAGE = "actions.md"
COMMAND = "python3 index.py experiment actions ../shared/data/ucf101"
"""That makes the page of the repository."""
SPEED_COMMAND = "python3 index.py benchmark clips ../shared/data/ucf101 --out article/experiments/actions-speed.json"


def write_actions(report: ActionReport, page: Path, *, command: str, speed: ClipSpeed | None = None) -> list[Path]:
    """Write the page, its figure beside it and the numbers.

    Args:
        report: what was measured.
        page: the `.md`; `.json` and `-confusion.png` come beside it.
        command: that was given.
        speed: of the extraction, where it was measured.
    Returns:
        What was written.
    Raises:
        PartMissing: matplotlib is not installed.
        StorageUnavailable: the folder cannot be written.
    """
    figure = draw_confusion(report, page.with_name(f"{page.stem}-confusion.png"))
    record = page.with_suffix(".json")
    try:
        record.write_text(json.dumps(report.to_record(), indent=1) + "\n", encoding="utf-8")
        page.write_text("\n".join(action_lines(report, figure.name, command, speed)) + "\n", encoding="utf-8")
    except OSError as exc:
        raise StorageUnavailable(f"{page} cannot be written: {exc.strerror}") from exc
    return [page, record, figure]


def draw_confusion(report: ActionReport, path: Path) -> Path:
    """Draw the confusion matrix of the first network: a row an action, a column what it was called, in %.

    Raises:
        PartMissing: matplotlib is not installed.
        StorageUnavailable: the folder cannot be written.
    """
    from matplotlib.colors import LinearSegmentedColormap

    counts = np.array(next(iter(report.figures.values())).confusion)
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 2.2 + 0.42 * min(len(counts), 30)
    figure = new_figure(side, side)
    axes = figure.add_subplot()
    axes.imshow(shares, cmap=LinearSegmentedColormap.from_list("paper", [PAPER, ACCENT]), vmin=0, vmax=100)
    axes.set_xticks(range(len(counts)), report.actions, rotation=90, fontsize=7)
    axes.set_yticks(range(len(counts)), report.actions, fontsize=7)
    axes.set_xlabel("called", fontsize=8, color=INK)
    axes.set_ylabel("is", fontsize=8, color=INK)
    quieten(axes)
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = PAPER if shares[row, column] > 50 else INK
        axes.text(column, row, f"{shares[row, column]:.0f}", ha="center", va="center", fontsize=7, color=colour)
    return save(figure, path)


def answer(report: ActionReport) -> str:
    """Return the answer in one paragraph of numbers."""
    name, figures = next(iter(report.figures.items()))
    val = "" if figures.val is None else f", and {_share(figures.val)} of the clips of `val`"
    return (
        f"**What is done in this video?** By the features of {name}, {_share(figures.cross_validated)} of "
        f"{report.clips} clips of {len(report.actions)} actions are told right when no clip of their source was "
        f"learnt from{val}. The nearest clip tells {_share(figures.nearest)}, the commonest action "
        f"{percent(figures.commonest.right)} %."
    )


def action_lines(report: ActionReport, figure: str, command: str, speed: ClipSpeed | None) -> list[str]:
    """Return the page."""
    made = (
        f"Made by `{command}`; do not edit. {report.clips} clips from {report.sources} sources, told by "
        f"{report.group_rule}; never clips of one source on both sides. {report.frames} frames spread evenly over each "
        f"clip. Measured on {report.machine.words()}."
    )
    method = (
        "A clip is described by the mean of its frames' features, their deviation, and their mean absolute change from "
        "one frame to the next; a ridge classifier reads them. Its ridge is chosen anew inside every fold. Intervals "
        "are of 95 %, whole sources drawn anew. *Cross-validated* is ten-fold over sources. What describes "
        "a clip was chosen among some fifty combinations of outputs, parts and scalings by their figures on the 130 "
        "clips of `ucf101`, those of `val` among them: on those, all figures here are a little kind."
    )
    heads = ["network", "output", "length", "cross-validated", "nearest clip", "commonest", "`val`", "nearest, `val`"]
    rows = [
        [
            name,
            figures.output,
            f"{figures.length:,}",
            *map(_share, (figures.cross_validated, figures.nearest, figures.commonest)),
            *(_share(one) if one else "–" for one in (figures.val, figures.val_nearest)),
        ]
        for name, figures in report.figures.items()
    ]
    parts = [[name, *map(percent, figures.by_parts)] for name, figures in report.figures.items()]
    timed = speed.lines() if speed else [f"*Not measured yet: on a machine that does nothing else, `{SPEED_COMMAND}`.*"]
    return [
        "# Actions: what is done in this video?",
        "",
        made,
        "",
        answer(report),
        "",
        "## Accuracy",
        "",
        method,
        "",
        *table(heads, rows, words=2),
        "",
        "Cross-validated, %, by what the vector holds:",
        "",
        *table(["network", *PART_WORDS], parts),
        "",
        "## Which for which",
        "",
        f"In % of the clips of each action, cross-validated, by {next(iter(report.figures))}.",
        "",
        f"![Confusion matrix]({figure})",
        "",
        "## Speed",
        "",
        *timed,
    ]


def _share(one: Accuracy) -> str:
    low, high = one.interval
    return f"{percent(one.right)} % ({percent(low)}–{percent(high)})"
