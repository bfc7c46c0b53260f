"""Figures of a training: every loss, epoch by epoch."""

import csv
from pathlib import Path

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from errors import SourceUnreadable, StorageUnavailable

_PAPER = "#fbfaf8"
_INK = "#26282b"
_PALE = "#d9d6d0"
_ACCENT = "#1f6f64"
_COLUMNS = 4
_DPI = 160


def draw_learning_curves(log: Path, folder: Path) -> list[Path]:
    """Draw the columns of a log over its epochs, a panel each, and return the files: PNG and SVG.

    Args:
        log: CSV with a column `epoch`, counted from 0, as Keras writes it; columns without a number are not drawn.
        folder: where the figures go.
    Raises:
        SourceUnreadable: there is no such log.
        StorageUnavailable: the folder cannot be written.
    """
    epochs, curves = _read(log)
    rows = -(-len(curves) // _COLUMNS)
    figure = Figure(figsize=(2.4 * _COLUMNS, 1.9 * max(rows, 1)), facecolor=_PAPER, layout="constrained")
    FigureCanvasAgg(figure)
    for number, (name, values) in enumerate(curves.items(), start=1):
        axes = figure.add_subplot(rows, _COLUMNS, number, facecolor=_PAPER)
        axes.plot(epochs, values, color=_ACCENT, linewidth=1.4, marker="o" if len(values) < 2 else "", markersize=3)
        axes.set_title(name.replace("_", " "), fontsize=8, loc="left", color=_INK)
        axes.tick_params(labelsize=7, colors=_INK, length=2)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.grid(color=_PALE, linewidth=0.6)
        for side in ("top", "right", "left", "bottom"):
            axes.spines[side].set_visible(False)
    figure.supxlabel("epoch", fontsize=8, color=_INK)
    drawn = [folder / f"learning_curves.{kind}" for kind in ("png", "svg")]
    try:
        with rc_context({"svg.hashsalt": "retrace"}):  # with it and without the date, the same log gives the same file
            for path in drawn:
                figure.savefig(path, dpi=_DPI, metadata={"Date": None} if path.suffix == ".svg" else None)
    except OSError as exc:
        raise StorageUnavailable(f"expected to write figures to {folder}; received {exc.strerror}") from exc
    return drawn


def _read(log: Path) -> tuple[list[int], dict[str, list[float]]]:
    """Return epochs, counted from 1, and the columns that hold numbers."""
    try:
        with log.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        epochs = [int(row["epoch"]) + 1 for row in rows]
        names = [name for name in (rows[0] if rows else {}) if name != "epoch" and _is_number(rows[0][name])]
        return epochs, {name: [float(row[name]) for row in rows] for name in names}
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as exc:
        raise SourceUnreadable(f"expected the log of a training in {log}; received {exc!r}") from exc


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
