"""What was measured of faces, as a figure, tables and a page. No picture of a person is in any of them."""

import json
from pathlib import Path

from errors import StorageUnavailable
from evaluation.article import fill
from evaluation.faces import FACE, VIEWS, FaceReport
from evaluation.figures import ACCENT, GREYS, INK, PALE, add_legend, new_figure, quieten, save

FIGURE = "faces.png"


def draw(report: FaceReport, folder: Path) -> Path:
    """Draw mAP with intervals, and the ROC curves, and return where.

    Raises:
        PartMissing: matplotlib is not installed.
        StorageUnavailable: the folder cannot be written.
    """
    figure = new_figure(7.2, 3.2)
    axes = figure.add_subplot(1, 2, 1)
    names = list(report.figures)
    for place, name in enumerate(names):
        one = report.figures[name].mean_average_precision
        colour = ACCENT if name == FACE else GREYS[2]
        axes.plot([one.low, one.high], [place, place], color=colour, linewidth=1.4)
        axes.plot([one.value], [place], "o", color=colour, markersize=5)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.invert_yaxis()
    axes.set_xlim(0, max(0.5, *(found.mean_average_precision.high for found in report.figures.values())))
    axes.set_xlabel("mAP, 95 % interval over people", fontsize=8, color=INK)
    quieten(axes)
    axes.grid(axis="x", color=PALE, linewidth=0.6)
    curves = figure.add_subplot(1, 2, 2)
    shown = [*(f"similar, {view}" for view in VIEWS), FACE]
    for number, name in enumerate(shown):
        false_share, found_share = report.curves[name]
        colour = ACCENT if name == FACE else GREYS[number]
        curves.plot(false_share, found_share, color=colour, linewidth=2 if name == FACE else 1.2, label=name)
    curves.set_xscale("log")
    curves.set_ylim(0, 1.02)
    curves.set_xlabel("pairs of two people called one", fontsize=8, color=INK)
    curves.set_ylabel("pairs of one person found", fontsize=8, color=INK)
    quieten(curves)
    curves.tick_params(which="minor", length=0)
    curves.grid(color=PALE, linewidth=0.6)
    add_legend(figure, curves, shown)
    return save(figure, folder / FIGURE)


def write_report(report: FaceReport, folder: Path) -> list[Path]:
    """Write `tables/faces.json`, `tables/faces.md` and `figures/faces.png` into a folder, and its `faces.md` anew.

    Tables and figures come into the page where it has places for them, see `evaluation.article`.

    Raises:
        PartMissing: matplotlib is not installed.
        StorageUnavailable: the folder cannot be written.
    """
    figure = draw(report, folder / "figures")
    tables = folder / "tables"
    try:
        tables.mkdir(parents=True, exist_ok=True)
        (tables / "faces.json").write_text(json.dumps(report.to_record(), indent=1) + "\n", encoding="utf-8")
        (tables / "faces.md").write_text(report.to_markdown() + "\n", encoding="utf-8")
        page = folder / "faces.md"
        if page.is_file():
            page.write_text(fill(page.read_text(encoding="utf-8"), folder), encoding="utf-8")
    except OSError as exc:
        raise StorageUnavailable(f"{tables} cannot be written: {exc.strerror}") from exc
    return [tables / "faces.json", tables / "faces.md", figure]
