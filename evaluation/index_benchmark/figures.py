"""The figures of the benchmark of indexes, in the manner of the other figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evaluation.figures import ACCENT, GREYS, INK, MARKERS, PALE, PAPER, add_legend, new_figure, quieten, save
from evaluation.index_benchmark.neighbourhood import Expected, Honesty, Neighbourhood
from evaluation.index_benchmark.report import IndexReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OURS = "lsh"
_SHOWN_RECALLS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
_LEAST_MISSED = 5e-4
_MIDDLE = 1_000_000
_RANK_LINES = {"nearest": "-", "tenth": "--", "hundredth": ":"}
_EXPECTED = "real ones, expected"


@dataclass(frozen=True, slots=True)
class _Set:
    """Figures over size, and how they are drawn."""

    name: str
    marker: str
    colour: str
    figures: Sequence[Neighbourhood]


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
    """Draw, a column a kind, distances from queries and distances within a base over its size, and what is expected."""
    figure = new_figure(7.2, 5.6)
    kinds = list(report.honesty)
    for place, kind in enumerate(kinds):
        shown = report.honesty[kind]
        above = figure.add_subplot(2, len(kinds), place + 1)
        below = figure.add_subplot(2, len(kinds), len(kinds) + place + 1)
        for rank, line in _RANK_LINES.items():
            for one in _sets(shown):
                _plot_set(above, one, rank, line, is_first=rank == "nearest")
            _plot_expected(above, shown.expected, rank, line)
        for one in _sets(shown):
            _plot_set(below, one, "own", "-", is_first=True)
        _plot_expected(below, shown.expected, "own", "-")
        below.axhline(shown.limit, color=INK, linewidth=0.8)
        below.text(0.01, shown.limit, "near duplicates", fontsize=7, va="top", transform=below.get_yaxis_transform())
        for axes in (above, below):
            axes.set_xscale("log")
            axes.set_ylim(bottom=0)
            quieten(axes)
            axes.grid(axis="y", color=PALE, linewidth=0.6)
        above.set_title(kind, fontsize=8, loc="left")
        below.set_xlabel("vectors", fontsize=8, color=INK)
    if kinds:
        figure.axes[0].set_ylabel("query to 1st (line), 10th, 100th (dots)", fontsize=8, color=INK)
        figure.axes[1].set_ylabel("one of a base to its nearest other", fontsize=8, color=INK)
        first = report.honesty[kinds[0]]
        names = [one.name for one in _sets(first)] + [_EXPECTED] * bool(first.expected)
        add_legend(figure, figure.axes[0], names)
    return save(figure, folder / "index-honesty.png")


def _sets(shown: Honesty) -> list[_Set]:
    """Return what is drawn of one kind, but for what has no figures."""
    sets = (
        _Set("real pictures", "o", INK, shown.real),
        _Set("as many, all drawn", "X", GREYS[0], shown.drawn),
        _Set("an eighth, enlarged", "^", GREYS[0], shown.regrown),
        _Set("enlarged", "s", ACCENT, shown.enlarged),
    )
    return [one for one in sets if one.figures]


def _plot_set(axes: "Axes", shown: _Set, field: str, line: str, *, is_first: bool) -> None:
    """Draw medians of a distance over size; of the first also the name and the band from 10 % to 90 %."""
    sizes = [one.size for one in shown.figures]
    spread = np.array([getattr(one, field) for one in shown.figures])  # (sizes, 3)
    name = shown.name if is_first else None
    axes.plot(sizes, spread[:, 1], line, marker=shown.marker, color=shown.colour, markersize=4, linewidth=1, label=name)
    if is_first and len(sizes) > 1:
        axes.fill_between(sizes, spread[:, 0], spread[:, 2], color=shown.colour, alpha=0.12, linewidth=0)


def _plot_expected(axes: "Axes", expected: Sequence[Expected], field: str, line: str) -> None:
    """Draw what is expected of a distance over size."""
    if expected:
        axes.plot(
            [one.size for one in expected],
            [getattr(one, field) for one in expected],
            line,
            marker="o",
            markerfacecolor=PAPER,
            color=GREYS[1],
            markersize=4,
            linewidth=1,
            label=_EXPECTED if field == "nearest" else None,
        )


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
