"""The figures of the CIFAR-10 experiment."""

from pathlib import Path

import numpy as np

from evaluation.experiments.cifar import CifarReport
from evaluation.experiments.cosine_overlap import BINS, COPIES, OTHER, SAME
from evaluation.figures import ACCENT, GREYS, INK, MARKERS, PALE, new_figure, quieten, save

COSINES, DIMENSIONS = "cifar10-cosines.png", "cifar10-dimensions.png"

_LOOKS = {OTHER: (PALE, True), COPIES: (ACCENT, True), SAME: (INK, False)}
"""Colour, and whether the area is filled; in the order of drawing, so that the outline lies over both."""


def draw_cosines(report: CifarReport, folder: Path) -> Path:
    """Draw how the cosines of edited copies, of one class and of other classes lie, a panel an embedding.

    Raises:
        PartMissing: matplotlib is not installed.
        StorageUnavailable: the folder cannot be written.
    """
    names = list(report.figures)
    columns = min(2, len(names))
    rows = -(-len(names) // columns)
    figure = new_figure(7.2, 0.5 + 1.7 * rows)
    edges = np.linspace(-1, 1, BINS + 1)
    for place, name in enumerate(names):
        axes = figure.add_subplot(rows, columns, place + 1)
        overlap = report.figures[name].overlap
        for kind, (colour, is_filled) in _LOOKS.items():
            shares = overlap.spreads[kind].histogram
            axes.stairs(shares, edges, fill=is_filled, color=colour, label=kind, linewidth=0 if is_filled else 1)
        axes.set_title(name.replace("`", ""), fontsize=8, loc="left", color=INK)
        lowest = min(spread.low for spread in overlap.spreads.values())
        axes.set_xlim(max(-1.0, lowest - 0.2), 1)
        axes.set_yticks([])
        if place >= len(names) - columns:
            axes.set_xlabel("cosine", fontsize=8, color=INK)
        quieten(axes)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return save(figure, folder / COSINES)


def draw_dimensions(report: CifarReport, folder: Path) -> Path:
    """Draw precision at 10 over the number of principal components, a line an embedding.

    Raises:
        PartMissing: matplotlib is not installed.
        StorageUnavailable: the folder cannot be written.
    """
    figure = new_figure(7.2, 3.0)
    axes = figure.add_subplot()
    for number, (name, figures) in enumerate(report.figures.items()):
        colour = ACCENT if number == 0 else GREYS[(number - 1) % len(GREYS)]
        axes.plot(
            list(figures.by_dimensions),
            list(figures.by_dimensions.values()),
            marker=MARKERS[number % len(MARKERS)],
            markersize=4,
            linewidth=1.2,
            color=colour,
            label=name.replace("`", ""),
        )
    axes.set_xscale("log", base=2)
    shown = sorted({dimensions for figures in report.figures.values() for dimensions in figures.by_dimensions})
    axes.set_xticks(shown, [str(dimensions) for dimensions in shown])
    axes.set_xlabel("principal components", fontsize=8, color=INK)
    axes.set_ylabel("precision at 10", fontsize=8, color=INK)
    axes.set_ylim(0, 1)
    quieten(axes)
    axes.grid(axis="y", color=PALE, linewidth=0.6)
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    return save(figure, folder / DIMENSIONS)
