"""The figures of the reports: quiet, one accent colour, numbers where they are read."""

import json
from collections.abc import Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from errors import BadInput, PartMissing, StorageUnavailable
from evaluation.attacks import edit_words
from evaluation.baselines import Method
from evaluation.description_cache import DescriptionCache
from evaluation.sweeps import SWEEPS
from feature_extractor.training.sample import LabelledPicture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAPER = "#fbfaf8"
INK = "#26282b"
PALE = "#d9d6d0"
ACCENT = "#1f6f64"
GREYS = ("#8a8780", "#b3afa7", "#6b6964", "#cdc9c1", "#504e4a", "#9d9a93")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
NEIGHBOURS = 8
MOST_BYTES = 200_000
"""Of a figure, as it lies in the repository and on a page."""
_DPI = 200
_SMALLER = 0.9
_COPIES = ("edits", "recall_at_1", "micro_ap")


def draw_edit_bars(report: Path, folder: Path) -> list[Path]:
    """Draw the recall@1 of each edit, a bar for the first method and a mark for each of the others.

    Args:
        report: what `evaluate copies --json` printed.
        folder: of the figure; made where it is missing.
    Returns:
        What was written.
    Raises:
        BadInput: the file is no such report.
        PartMissing: matplotlib is not installed.
        StorageUnavailable: the folder cannot be written.
    """
    record = _read(report)
    edits, recalls = list(record["edits"]), record["recall_at_1"]
    if not edits:
        raise BadInput(f"expected edits in {report}; found none")
    names = list(recalls[edits[0]])
    figure = new_figure(7.2, 1.2 + 0.2 * len(edits))
    axes = figure.add_subplot()
    places = np.arange(len(edits))
    axes.barh(places, [100 * recalls[edit][names[0]] for edit in edits], 0.34, color=ACCENT, label=names[0])
    # Each of the others on a height of its own, so that marks of equal recall do not hide each other.
    heights = np.linspace(-0.3, 0.3, len(names) - 1) if len(names) > 2 else [0.0]
    for number, name in enumerate(names[1:]):
        axes.plot(
            [100 * recalls[edit][name] for edit in edits],
            places + heights[number],
            MARKERS[number % len(MARKERS)],
            markersize=3.6,
            markerfacecolor=GREYS[number % len(GREYS)],
            markeredgecolor=PAPER,
            markeredgewidth=0.6,
            label=name,
            clip_on=False,
            zorder=3,
        )
    words = [f"{edit_words(edit)}: {record['edits'][edit][1]}" for edit in edits]
    axes.set_yticks(places, words, fontsize=7)
    axes.set_ylim(len(edits) - 0.4, -0.6)
    _set_percent(axes, "x", "recall@1, %")
    axes.grid(axis="x", color=PALE, linewidth=0.6)
    axes.set_title(
        f"{record['originals']:,} originals, each edited, among {record['base_size']:,} pictures",
        fontsize=9,
        loc="left",
    )
    add_legend(figure, axes, names)
    return [save(figure, folder / "copies-by-edit.png")]


def draw_curves(report: Path, folder: Path) -> list[Path]:
    """Draw recall@1 over the intensity of each swept edit, a panel each.

    Args:
        report: what `evaluate copies --sweep --json` printed.
        folder: of the figure; made where it is missing.
    Returns:
        What was written.
    Raises:
        BadInput: the file is no such report.
        PartMissing: matplotlib is not installed.
        StorageUnavailable: the folder cannot be written.
    """
    record = _read(report)
    recalls = record["recall_at_1"]
    names = list(record["micro_ap"])
    figure = new_figure(7.2, 5.4)
    for panel, sweep in enumerate(SWEEPS):
        axes = figure.add_subplot(2, 2, panel + 1)
        if any(sweep.name(value) not in recalls for value in sweep.intensities):
            raise BadInput(f"expected the sweep {sweep.family} in {report}; made without --sweep")
        places = np.arange(len(sweep.intensities))
        for number, name in reversed(list(enumerate(names))):
            axes.plot(
                places,
                [100 * recalls[sweep.name(value)][name] for value in sweep.intensities],
                color=GREYS[(number - 1) % len(GREYS)] if number else ACCENT,
                linewidth=1.0 if number else 2.0,
                marker=MARKERS[(number - 1) % len(MARKERS)] if number else "o",
                markersize=3.5 if number else 4.5,
                label=name,
                clip_on=False,
                zorder=2 if number else 3,
            )
        axes.set_xticks(places, [f"{value:g}" for value in sweep.intensities], fontsize=7)
        axes.set_xlabel(sweep.axis, fontsize=8, color=INK)
        _set_percent(axes, "y", "recall@1, %" if panel % 2 == 0 else "")
        axes.grid(axis="y", color=PALE, linewidth=0.6)
    add_legend(figure, figure.axes[0], names)
    return [save(figure, folder / "robustness.png")]


def draw_sheets(
    methods: Sequence[Method], pictures: Sequence[LabelledPicture], cache: DescriptionCache, folder: Path
) -> list[Path]:
    """Draw, for each method, pictures of `val` and their nearest neighbours in `val`, one row a domain.

    The picture asked for is the first of its domain and class in the order of the files, whatever its neighbours are;
    a neighbour of its class is underlined in the accent colour, any other is not.

    Args:
        methods: with different names.
        pictures: the sample.
        cache: of the same pictures.
        folder: of the figures; made where it is missing.
    Returns:
        What was written, a file a method.
    Raises:
        PartMissing: matplotlib is not installed.
        SourceUnreadable: a picture cannot be read.
        StorageUnavailable: the folder cannot be written.
    """
    new_figure(1, 1)  # what is missing for it is told now, not when all is described
    val = [row for row, picture in enumerate(pictures) if picture.split == "val" and picture.category]
    asked = _choose_asked(pictures, val)
    described = cache.descriptions(methods)
    written = []
    for method in methods:
        base = described[method.name]
        figure = new_figure(7.2, 0.86 * len(asked) + 0.3)
        grid = figure.subplots(len(asked), NEIGHBOURS + 1, squeeze=False)
        distances = method.distance(base[asked], base[val])
        for line, row in enumerate(asked):
            nearest = [val[place] for place in np.argsort(distances[line], kind="stable") if val[place] != row]
            for column, shown in enumerate([row, *nearest[:NEIGHBOURS]]):
                is_right = pictures[shown].category == pictures[row].category
                _hang(grid[line, column], pictures[shown], underlined=bool(column) and is_right)
            for axes in grid[line, 1 + len(nearest[:NEIGHBOURS]) :]:
                axes.set_axis_off()
            words = f"{pictures[row].category}\n{pictures[row].domain.replace('_', ' ')}"
            grid[line, 0].set_ylabel(words, fontsize=7, rotation=0, ha="right", va="center")
        name = "".join(letter if letter.isalnum() else "-" for letter in method.name.lower())
        written.append(save(figure, folder / f"neighbours-{name}.png"))
    return written


def draw_collisions(report: Path, folder: Path) -> list[Path]:
    """Draw how many bits of a signature differ, over the cosine: lines for theory, marks for what was counted.

    Args:
        report: what `python -m evaluation.collisions` printed.
        folder: of the figure; made where it is missing.
    Returns:
        What was written.
    Raises:
        BadInput: the file is no such report.
        PartMissing: matplotlib is not installed.
        StorageUnavailable: the folder cannot be written.
    """
    record = _read(report, "python -m evaluation.collisions", {"bits", "signature_bits"})
    cosines = [row["cosine"] for row in record["bits"]]
    figure = new_figure(7.2, 2.9)
    panels = (
        (("", ACCENT, "expected", "measured"),),
        (
            ("orthogonal directions", ACCENT, "deviation_expected", "deviation_measured"),
            ("independent directions", GREYS[2], "deviation_independent", "deviation_independent_measured"),
        ),
    )
    for place, (lines, words) in enumerate(
        zip(panels, ("share of bits that differ", "standard deviation of their number, bits"), strict=True)
    ):
        axes = figure.add_subplot(1, 2, place + 1)
        for name, colour, expected, counted in lines:
            axes.plot(cosines, [row[expected] for row in record["bits"]], color=colour, linewidth=1.2, label=name)
            axes.plot(cosines, [row[counted] for row in record["bits"]], "o", color=colour, markersize=4, clip_on=False)
        axes.set_xlabel("cosine", fontsize=8, color=INK)
        axes.set_ylabel(words, fontsize=8, color=INK)
        axes.set_ylim(bottom=0)
        quieten(axes)
        axes.grid(axis="y", color=PALE, linewidth=0.6)
    figure.axes[1].legend(frameon=False, fontsize=8)
    return [save(figure, folder / "lsh-collisions.png")]


def _choose_asked(pictures: Sequence[LabelledPicture], val: Sequence[int]) -> list[int]:
    """Return two pictures of each domain, of classes that go round."""
    domains = sorted({pictures[row].domain for row in val})
    classes = sorted({pictures[row].category for row in val})
    asked = []
    for number, domain in enumerate(domains):
        for step in range(min(2, len(classes))):
            wanted = (domain, classes[(2 * number + step) % len(classes)])
            found = [row for row in val if (pictures[row].domain, pictures[row].category) == wanted]
            asked += found[:1]
    return asked


def _hang(axes: "Axes", picture: LabelledPicture, *, underlined: bool) -> None:
    """Show a picture without a frame, and a line under it where it is right."""
    axes.imshow(picture.read())
    axes.set_xticks([])
    axes.set_yticks([])
    for side, spine in axes.spines.items():
        spine.set_visible(underlined and side == "bottom")
        spine.set_color(ACCENT)
        spine.set_linewidth(2.4)


def _read(report: Path, command: str = "evaluate copies --json", keys: Set[str] = frozenset(_COPIES)) -> dict[str, Any]:
    """Return the report of a command in a file, by default one of copies."""
    try:
        record = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise BadInput(f"expected a report of `{command}` in {report}; received {exc}") from exc
    if not isinstance(record, dict) or not keys <= record.keys():
        raise BadInput(f"expected a report of `{command}` in {report}; received something else")
    return record


def new_figure(width_inches: float, height_inches: float) -> "Figure":
    """Return an empty figure on paper white; no window and no global state is touched."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as exc:
        raise PartMissing("expected the package matplotlib; it is not installed") from exc
    figure = Figure((width_inches, height_inches), facecolor=PAPER, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def add_legend(figure: "Figure", axes: "Axes", names: Sequence[str]) -> None:
    """Name the methods under a figure, in the order of the report."""
    handles, labels = axes.get_legend_handles_labels()
    ordered = [handles[labels.index(name)] for name in names]
    figure.legend(ordered, names, loc="outside lower center", ncols=min(6, len(names)), frameon=False, fontsize=8)


def _set_percent(axes: "Axes", which: str, words: str) -> None:
    """Let one axis go from 0 to 100 %, and quieten the frame."""
    getattr(axes, f"set_{which}lim")(0, 102)
    getattr(axes, f"set_{which}label")(words, fontsize=8, color=INK)
    quieten(axes)


def quieten(axes: "Axes") -> None:
    """Take away the frame and the ticks, and set the numbers small."""
    axes.set_facecolor(PAPER)
    axes.tick_params(colors=INK, labelsize=7, length=0)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)


def save(figure: "Figure", path: Path) -> Path:
    """Write a figure, smaller and in fewer colours where it would be too heavy, and return where."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=_DPI)
        if path.stat().st_size > MOST_BYTES:
            with Image.open(path) as opened:
                drawn = opened.convert("RGB")
            scale = 1.0
            while path.stat().st_size > MOST_BYTES:
                shown = drawn.resize((round(drawn.width * scale), round(drawn.height * scale)), Image.Resampling.BOX)
                shown.quantize(128, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(path, optimize=True)
                scale *= _SMALLER
    except OSError as exc:
        raise StorageUnavailable(f"{path} cannot be written: {exc.strerror}") from exc
    return path
