"""The figure of the robustness report: what is found and proven, edit by edit, and what hashes find."""

from pathlib import Path

import numpy as np

from evaluation.figures import ACCENT, GREYS, INK, MARKERS, PALE, PAPER, add_legend, new_figure, quieten, save
from evaluation.robustness_report import OWN, RobustnessReport

_PROBABLE = "#9cc4bd"  # the accent, laid thinly on paper
_PROVEN_WORDS, _PROBABLE_WORDS = f"{OWN}, proven", f"{OWN}, probable"


def check_drawing() -> None:
    """Find out before anything is measured whether a figure can be drawn.

    Raises:
        PartMissing: matplotlib is not installed.
    """
    new_figure(1, 1)


def draw_robustness(report: RobustnessReport, path: Path) -> Path:
    """Draw a bar an edit: the copies that are proven, and behind it those that are only called probable.

    Args:
        report: of at least one edit.
        path: of the figure, a PNG; its folder is made where it is missing.
    Raises:
        PartMissing: matplotlib is not installed.
        StorageUnavailable: it cannot be written.
    """
    edits = report.edits
    figure = new_figure(7.2, 1.4 + 0.2 * len(edits))
    axes = figure.add_subplot()
    places = np.arange(len(edits))
    copies = np.array([one.verdicts.copies for one in edits])
    proven = 100 * np.array([one.verdicts.confirmed for one in edits]) / copies
    probable = 100 * np.array([one.verdicts.probable for one in edits]) / copies
    axes.barh(places, proven, 0.42, color=ACCENT, label=_PROVEN_WORDS)
    axes.barh(places, probable, 0.42, left=proven, color=_PROBABLE, label=_PROBABLE_WORDS)
    heights = np.linspace(-0.3, 0.3, len(report.hash_names))
    for number, name in enumerate(report.hash_names):
        axes.plot(
            100 * np.array([one.hashes[name].found for one in edits]) / copies,
            places + heights[number],
            MARKERS[number % len(MARKERS)],
            markersize=3.8,
            markerfacecolor=GREYS[(2, 1)[number % 2]],
            markeredgecolor=PAPER,
            markeredgewidth=0.6,
            label=name,
            clip_on=False,
            zorder=3,
        )
    axes.set_yticks(places, [one.words for one in edits], fontsize=7)
    axes.set_ylim(len(edits) - 0.4, -0.6)
    axes.set_xlim(0, 102)
    axes.set_xlabel("copies found, %", fontsize=8, color=INK)
    quieten(axes)
    axes.grid(axis="x", color=PALE, linewidth=0.6)
    axes.set_title(
        f"{report.headline}\n{report.pictures:,} pictures, each edited, among {report.catalogue:,}",
        fontsize=9,
        loc="left",
    )
    add_legend(figure, axes, (_PROVEN_WORDS, _PROBABLE_WORDS, *report.hash_names))
    return save(figure, path)
