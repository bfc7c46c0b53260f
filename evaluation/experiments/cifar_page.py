"""The page of the CIFAR-10 experiment: the answer first, then what it rests on."""

from pathlib import Path

from errors import StorageUnavailable
from evaluation.experiments.cifar import ENLARGED_PX, CifarReport, EmbeddingFigures
from evaluation.experiments.cifar_figures import COSINES, DIMENSIONS, draw_cosines, draw_dimensions
from evaluation.experiments.cosine_overlap import COPIES, OTHER, SAME
from evaluation.experiments.label_agreement import METRICS
from evaluation.markdown import percent, table, three
from feature_extractor.preprocess import INPUT_SIDE

COMMAND = "python3 index.py experiment cifar ../shared/data/cifar10"
"""That makes the page of the repository."""
PAGE, RECORD = "cifar10.md", "cifar10.json"


def write_cifar(report: CifarReport, folder: Path, *, command: str) -> list[Path]:
    """Write the page, its figures and the numbers.

    Args:
        report: what was measured.
        folder: of all of it.
        command: that was given.
    Returns:
        What was written.
    Raises:
        PartMissing: matplotlib is not installed.
        StorageUnavailable: the folder cannot be written.
    """
    drawn = [draw_cosines(report, folder), draw_dimensions(report, folder)]
    page, record = folder / PAGE, folder / RECORD
    try:
        report.write(record)
        page.write_text("\n".join(cifar_lines(report, command)) + "\n", encoding="utf-8")
    except OSError as exc:
        raise StorageUnavailable(f"{page} cannot be written: {exc.strerror}") from exc
    return [page, record, *drawn]


def answer(report: CifarReport) -> str:
    """Return the answer to the question of the work: what the numbers of the first embedding say, and no more."""
    name, figures = next(iter(report.figures.items()))
    overlap, precision = figures.overlap, figures.by_metric["cosine"].precision_at_10
    same, copies = overlap.auc[f"{SAME} > {OTHER}"], overlap.auc[f"{COPIES} > {OTHER}"]
    chance = 1 / len(figures.by_metric["cosine"].by_class)
    return (
        f"**Are the embeddings of two similar pictures still similar?** By {name}, two pictures of one class are more "
        f"alike than two of different classes in {percent(same)} % of all comparisons, and an edited copy is more like "
        f"its original than a picture of another class is in {percent(copies)} %, where chance gives 50. The cosines "
        f"of *same class* and *other class* share {percent(overlap.shared[f'{SAME}, {OTHER}'])} % of their area: so "
        f"much no threshold can tell apart. Of the ten nearest to an unseen picture {10 * precision:.1f} are of its "
        f"class, where chance gives {10 * chance:.1f}."
    )


def cifar_lines(report: CifarReport, command: str) -> list[str]:
    """Return the page."""
    made = (
        f"Made by `{command}`; do not edit. {report.base:,} pictures of `train` are searched among, "
        f"{report.queries:,} unseen ones of `test` are asked with. Measured on {report.machine.words()}."
    )
    prepared = (
        f"The pictures have {report.side_px} px a side. No extractor refuses them (the least is 16 px): each is "
        f"enlarged to {INPUT_SIDE} × {INPUT_SIDE} px by the one function that prepares every picture. For the edits, "
        f"which are made for 64 px and more, they are enlarged to {ENLARGED_PX} px first."
    )
    return [
        "# CIFAR-10: are the embeddings of two similar pictures still similar?",
        "",
        made,
        "",
        answer(report),
        "",
        prepared,
        "",
        "## Neighbours and classes",
        "",
        *_agreement(report),
        "",
        *_absent(report),
        "## By class",
        "",
        *_classes(report),
        "",
        "## Dimension",
        "",
        *_dimensions(report),
        "",
        "## Same class, other class, edited copy",
        "",
        *_overlap(report),
        "",
        "## Indexes beside each other",
        "",
        *_indexes(report),
    ]


def _agreement(report: CifarReport) -> list[str]:
    rows = []
    for name, figures in report.figures.items():
        by_cosine = figures.by_metric["cosine"]
        low, high = by_cosine.interval
        rows.append(
            [
                name,
                str(figures.length),
                f"{three(by_cosine.precision_at_10)} ({three(low)}–{three(high)})",
                *(three(figures.by_metric[metric].precision_at_10) for metric in METRICS[1:]),
                three(by_cosine.nearest),
                three(by_cosine.vote),
            ]
        )
    heads = ["embedding", "length", "P@10 cosine (95 %)", "Euclid", "dot", "1-NN", "10-NN vote"]
    spent = "; ".join(f"{name} {took:.0f} ms" for name, took in report.ms_a_picture.items())
    words = (
        "P@10: share of the ten nearest of the query's class, mean over the queries, with the 95 % interval of drawing "
        "them anew; 1-NN and vote: share of queries whose class the nearest, or most of ten, tell. Vectors of L2 norm "
        "1, as `similar` and `copy` are, give one order by all three metrics."
    )
    return [
        words,
        "",
        *table(heads, rows),
        "",
        f"Decoding and describing a picture: {spent}.",
    ]


def _absent(report: CifarReport) -> list[str]:
    return [line for name, why in report.absent.items() for line in (f"*{name}: not measured here: {why}*", "")]


def _classes(report: CifarReport) -> list[str]:
    classes = list(next(iter(report.figures.values())).by_metric["cosine"].by_class)
    rows = [
        [one, *(three(figures.by_metric["cosine"].by_class[one]) for figures in report.figures.values())]
        for one in classes
    ]
    return ["P@10 by cosine.", "", *table(["class", *report.figures], rows)]


def _dimensions(report: CifarReport) -> list[str]:
    shown = sorted({one for figures in report.figures.values() for one in figures.by_dimensions})
    rows = [
        [name, *(_cell(figures, one) for one in shown), three(figures.by_metric["cosine"].precision_at_10)]
        for name, figures in report.figures.items()
    ]
    words = (
        "P@10 by cosine after principal components learnt on the train part (centred by its mean); the last column is "
        "the whole vector, not centred."
    )
    return [
        words,
        "",
        f"![Precision at 10 over the number of principal components]({DIMENSIONS})",
        "",
        *table(["embedding", *map(str, shown), "whole"], rows),
    ]


def _cell(figures: EmbeddingFigures, dimensions: int) -> str:
    return three(figures.by_dimensions[dimensions]) if dimensions in figures.by_dimensions else "–"


def _overlap(report: CifarReport) -> list[str]:
    compared = ((SAME, OTHER), (COPIES, OTHER), (COPIES, SAME))
    first = next(iter(report.figures.values())).overlap
    rows = [
        [
            name,
            *(_range(figures, kind) for kind in (OTHER, SAME, COPIES)),
            *(three(figures.overlap.auc[f"{one} > {other}"]) for one, other in compared),
            three(figures.overlap.shared[f"{SAME}, {OTHER}"]),
            percent(figures.overlap.copies_first_mean),
        ]
        for name, figures in report.figures.items()
    ]
    heads = ["embedding", OTHER, SAME, COPIES, *(f"AUC {one} > {other}" for one, other in compared)]
    by_edit = [
        [edit, *(percent(figures.overlap.copies_first[edit]) for figures in report.figures.values())]
        for edit in first.copies_first
    ]
    words = (
        f"Cosines of {first.spreads[SAME].pairs:,} pairs of one class, {first.spreads[OTHER].pairs:,} of different "
        f"classes, and {first.spreads[COPIES].pairs:,} of a picture and an edited copy of it ({report.edited} "
        f"pictures, {len(first.copies_first)} edits): median and the range that holds 90 %. AUC: the chance that a "
        "pair of the first kind has the larger cosine; .5 is chance. Shared: the area common to the histograms of same "
        "and other class. Original first, %: edited copies nearer to their original than to all of the train part."
    )
    return [
        words,
        "",
        f"![Distributions of cosines of edited copies, same class and other class]({COSINES})",
        "",
        *table([*heads, "shared", "original first"], rows),
        "",
        "Original first, %, by edit:",
        "",
        *table(["edit", *report.figures], by_edit),
    ]


def _range(figures: EmbeddingFigures, kind: str) -> str:
    spread = figures.overlap.spreads[kind]
    return f"{spread.median:.2f} ({spread.low:.2f}–{spread.high:.2f})"


def _indexes(report: CifarReport) -> list[str]:
    rows, notes = [], []
    for one in report.indexes:
        if one.absent:
            notes += ["", f"*{one.name}: not measured here: {one.absent}*"]
        else:
            told = (f"{one.build_s:.2f}", f"{one.median_ms:.2f}", three(one.recall), three(one.precision_at_10))
            rows.append([one.name, *told])
    heads = ["index", "build, s", "median of a query, ms", "recall of the true ten", "P@10"]
    words = (
        f"{report.indexed}, of L2 norm 1; {report.queries:,} queries one by one. A place that an index leaves empty "
        "counts as wrong."
    )
    return [
        words,
        "",
        *table(heads, rows),
        *notes,
    ]
