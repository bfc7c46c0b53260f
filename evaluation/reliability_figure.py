"""The reliability diagram: how often what was called a copy was one, over how sure the engine was of it."""

from pathlib import Path

from errors import BadInput
from evaluation.figures import ACCENT, INK, PALE, new_figure, quieten, save
from evaluation.verdict_report import VerdictReport

_SIDE_INCHES = 3.6


def draw_reliability(report: VerdictReport, folder: Path) -> Path:
    """Draw the bins of all hits that were called copies, each a mark, beside the line on which they should lie.

    Args:
        report: of an engine that had a calibration.
        folder: of the figure; made where it is missing.
    Returns:
        What was written.
    Raises:
        BadInput: no probabilities were told.
        PartMissing: matplotlib is not installed.
        StorageUnavailable: the folder cannot be written.
    """
    found = report.reliability.get("all")
    if found is None:
        raise BadInput(
            "expected a report of an engine that tells how sure it is; received one without probabilities",
            remedy="Fit a calibration first: python3 index.py calibrate --sample …, then measure again.",
        )
    figure = new_figure(_SIDE_INCHES, _SIDE_INCHES)
    axes = figure.add_subplot()
    axes.plot([0, 100], [0, 100], color=PALE, linewidth=1, zorder=1)
    axes.plot(
        [100 * one.told for one in found.bins],
        [100 * one.true for one in found.bins],
        "o",
        markersize=5,
        color=ACCENT,
        clip_on=False,
        zorder=2,
    )
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.set_aspect("equal")
    axes.set_xlabel("confidence that was told, %", fontsize=8, color=INK)
    axes.set_ylabel("of these were copies, %", fontsize=8, color=INK)
    axes.grid(color=PALE, linewidth=0.4)
    quieten(axes)
    axes.set_title(
        f"{found.pairs:,} hits in {len(found.bins)} bins; error {found.error:.3f}", fontsize=8, loc="left", color=INK
    )
    return save(figure, folder / "reliability.png")
