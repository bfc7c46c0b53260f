"""What was measured of faces, as a page in Markdown and a figure. No picture of a person is in either."""

import json
from pathlib import Path

from errors import StorageUnavailable
from evaluation.faces import FACE, VIEWS, FaceReport
from evaluation.figures import ACCENT, GREYS, INK, PALE, add_legend, new_figure, quieten, save
from evaluation.identification import Estimate
from evaluation.markdown import percent, table, three

FIGURE = "faces.png"


def to_markdown(report: FaceReport) -> str:
    """Return the figures as tables."""
    told = (
        f"{report.pictures:,} pictures of {report.people:,} people; the face in the middle of the picture is found in "
        f"{_in_percent(report.detected)} % of them. Asked: {report.asked:,} pictures of {report.asked_people} people "
        f"that nothing was learnt from, each among {report.among - 1:,} others. Intervals hold 95 % of "
        "resamples of the people."
    )
    ceiling = (
        f"P@5 of one who knows everything: {three(report.best_at_5)}, as not everybody has five other pictures; P@k: "
        "k is as many as there are right ones."
    )
    lines = [
        told,
        "",
        *table(
            ["descriptor, view", "P@1", "P@5", "P@k", "mAP", "AUC", "found at 1 % false"],
            [
                [
                    name,
                    *(
                        _with_interval(one)
                        for one in (
                            found.precision_at_1,
                            found.precision_at_5,
                            found.precision_at_all,
                            found.mean_average_precision,
                            found.auc,
                        )
                    ),
                    f"{percent(found.found_at_1_percent)} %",
                ]
                for name, found in report.figures.items()
            ],
        ),
        "",
        ceiling,
        "",
        "What one finds more than the other, person by person:",
        "",
        *table(
            ["", "mAP", "P@5"],
            [
                [name, *(_with_interval(gain[words], sign="+") for words in ("mAP", "P@5"))]
                for name, gain in report.gains.items()
            ],
        ),
        "",
        f"Of the 20 nearest by Euclidean distance the index returns {percent(report.index_agreement)} %"
        + (", as it scores everything while faces are so few." if report.index_is_exact else "."),
    ]
    return "\n".join(lines)


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
    curves.grid(color=PALE, linewidth=0.6)
    add_legend(figure, curves, shown)
    return save(figure, folder / FIGURE)


def write_report(report: FaceReport, folder: Path) -> list[Path]:
    """Write `tables/faces.json`, `tables/faces.md` and `figures/faces.png` into a folder such as the article's.

    Raises:
        PartMissing: matplotlib is not installed.
        StorageUnavailable: the folder cannot be written.
    """
    figure = draw(report, folder / "figures")
    tables = folder / "tables"
    try:
        tables.mkdir(parents=True, exist_ok=True)
        (tables / "faces.json").write_text(json.dumps(report.to_record(), indent=1) + "\n", encoding="utf-8")
        (tables / "faces.md").write_text(to_markdown(report) + "\n", encoding="utf-8")
    except OSError as exc:
        raise StorageUnavailable(f"{tables} cannot be written: {exc.strerror}") from exc
    return [tables / "faces.json", tables / "faces.md", figure]


def _with_interval(one: Estimate, sign: str = "") -> str:
    shown = (f"{value:{sign}.3f}" for value in (one.value, one.low, one.high))
    value, low, high = shown
    return f"{value} ({low} to {high})"


def _in_percent(one: Estimate) -> str:
    return f"{percent(one.value)} ({percent(one.low)} to {percent(one.high)})"
