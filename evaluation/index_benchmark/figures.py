"""The figures of the benchmark of indexes, in the manner of the other figures."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evaluation.figures import ACCENT, GREYS, INK, MARKERS, PALE, add_legend, new_figure, quieten, save
from evaluation.index_benchmark.report import IndexReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OURS = "lsh"
_SHOWN_RECALLS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
_LEAST_MISSED = 5e-4
_MIDDLE = 1_000_000


def draw_index_figures(report: IndexReport, folder: Path) -> list[Path]:
    """Draw recall over time, growth with the size of the base, and how honest the bases are.

    Args:
        report: with at least one engine that finished.
        folder: of the figures; made where it is missing.
    Returns:
        What was written.
    Raises:
        PartMissing: matplotlib is not installed.
        StorageUnavailable: the folder cannot be written.
    """
    return [_draw_recall(report, folder), _draw_growth(report, folder), _draw_honesty(report, folder)]


def _draw_recall(report: IndexReport, folder: Path) -> Path:
    """Draw recall over milliseconds of a single query, a panel each kind and set of queries, at a million or fewer."""
    served = [cell for cell in report.cells if "serve" in cell]
    sizes = sorted({int(cell["size"]) for cell in served})
    size = max((one for one in sizes if one <= _MIDDLE), default=sizes[0])
    at_size = [cell for cell in served if cell["size"] == size]
    names = _names([str(cell["engine"]) for cell in at_size])
    panels = sorted(
        {(str(cell["kind"]), str(one["query_set"])) for cell in at_size for one in cell["serve"]["searches"]}
    )
    figure = new_figure(7.2, 3.4)
    for place, (kind, query_set) in enumerate(panels):
        axes = figure.add_subplot(1, len(panels), place + 1)
        for number, name in enumerate(names):
            found = [
                (float(one["median_ms"]), float(one["recall"]))
                for cell in at_size
                if (cell["engine"], cell["kind"]) == (name, kind)
                for one in cell["serve"]["searches"]
                if one["query_set"] == query_set
            ]
            _plot(axes, name, number, [ms for ms, _ in found], _stretched([recall for _, recall in found]))
        shown = np.array(_SHOWN_RECALLS)
        axes.set_yticks(_stretched(shown), [f"{recall:g}" for recall in shown])
        axes.set_xscale("log")
        axes.set_xlabel("ms a query, median", fontsize=8, color=INK)
        axes.set_title(f"{kind}: {query_set}, {size:,}", fontsize=8, loc="left")
        quieten(axes)
        axes.grid(color=PALE, linewidth=0.6)
    figure.axes[0].set_ylabel("recall", fontsize=8, color=INK)
    add_legend(figure, figure.axes[0], names)
    return save(figure, folder / "index-recall.png")


def _draw_growth(report: IndexReport, folder: Path) -> Path:
    """Draw milliseconds at the wanted recall over the size of the base."""
    growth = report.growth()
    panels = sorted({key[:2] for key in growth})
    names = _names([engine for *_, engine in growth])
    figure = new_figure(7.2, 3.4)
    for place, panel in enumerate(panels):
        axes = figure.add_subplot(1, len(panels), place + 1)
        for number, name in enumerate(names):
            by_size, exponent = growth.get((*panel, name), ({}, None))
            _plot(axes, name, number, list(by_size), list(by_size.values()))
            if name == _OURS and exponent is not None:
                words, last = f"exponent {exponent:.2f}", max(by_size)
                axes.annotate(words, (last, by_size[last]), fontsize=7, color=ACCENT, ha="right", va="bottom")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("vectors", fontsize=8, color=INK)
        axes.set_title(": ".join(panel), fontsize=8, loc="left")
        quieten(axes)
        axes.grid(color=PALE, linewidth=0.6)
    if panels:
        figure.axes[0].set_ylabel("ms a query, median", fontsize=8, color=INK)
        add_legend(figure, figure.axes[0], names)
    return save(figure, folder / "index-growth.png")


def _draw_honesty(report: IndexReport, folder: Path) -> Path:
    """Draw distances over size: real pictures, as many drawn ones, enlarged bases."""
    figure = new_figure(7.2, 2.9)
    styles = {"real": ("o", INK), "drawn": ("X", GREYS[0]), "enlarged": ("s", ACCENT)}
    labels = {"real": "real pictures", "drawn": "as many, all drawn", "enlarged": "enlarged"}
    for place, (kind, sets) in enumerate(report.neighbourhoods.items()):
        axes = figure.add_subplot(1, len(report.neighbourhoods), place + 1)
        for name, described in sets.items():
            marker, colour = styles[name]
            sizes = [one.size for one in described]
            for rank, line in (("nearest", "-"), ("tenth", "--")):
                spread = np.array([getattr(one, rank) for one in described])  # (sizes, 3)
                label = labels[name] if rank == "nearest" else None
                axes.plot(
                    sizes, spread[:, 1], line, marker=marker, color=colour, markersize=4, linewidth=1, label=label
                )
                if rank == "nearest" and len(sizes) > 1:
                    axes.fill_between(sizes, spread[:, 0], spread[:, 2], color=colour, alpha=0.12, linewidth=0)
        axes.set_xscale("log")
        axes.set_ylim(bottom=0)
        axes.set_xlabel("vectors", fontsize=8, color=INK)
        axes.set_title(f"{kind}: distance to the nearest (line), tenth (dashes)", fontsize=8, loc="left")
        quieten(axes)
        axes.grid(axis="y", color=PALE, linewidth=0.6)
    add_legend(figure, figure.axes[0], list(labels.values()))
    return save(figure, folder / "index-honesty.png")


def _names(found: Sequence[str]) -> list[str]:
    """Return names once each, ours first."""
    return sorted(dict.fromkeys(found), key=lambda name: name != _OURS)


def _plot(axes: "Axes", name: str, number: int, xs: Sequence[float], ys: Sequence[float] | NDArray[np.float64]) -> None:
    """Draw the line of one engine, ours in the accent colour."""
    is_ours = name == _OURS
    axes.plot(
        xs,
        ys,
        color=ACCENT if is_ours else GREYS[number % len(GREYS)],
        linewidth=2.0 if is_ours else 1.0,
        marker=MARKERS[number % len(MARKERS)],
        markersize=4.5 if is_ours else 3.5,
        label=name,
        zorder=3 if is_ours else 2,
    )


def _stretched(recalls: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many times fewer than all were missed, as powers of ten: near 1 is where recalls differ."""
    return np.asarray(-np.log10(np.maximum(1 - np.asarray(recalls, np.float64), _LEAST_MISSED)))
