"""The article's tables, made of reports and put where it waits for them: `python -m evaluation.article --help`.

The article has places between two comments: `<!-- table:NAME -->` or `<!-- figure:FILE words -->`, and `<!-- end -->`.
Where nobody has made a table or figure yet, its place says so: the text never shows a number without its file.
"""

import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from errors import BadInput, RetraceError, StorageUnavailable
from evaluation.attributes import AttributeReport
from evaluation.collisions import SIZE, CollisionReport
from evaluation.faces import FaceReport
from evaluation.figures import draw_collisions
from evaluation.index_benchmark.figures import draw_index_figures
from evaluation.index_benchmark.report import IndexReport
from evaluation.markdown import percent, table, three
from evaluation.own_recall import OwnRecallReport
from evaluation.scale import write_scale
from evaluation.similar import SimilarReport
from evaluation.verdict_report import VerdictReport
from feature_extractor.training.manifest import count_fates, read_manifest

Record = Mapping[str, Any]

_NOT_MEASURED = "*Not measured yet: the command above measures it.*"
_NOT_DRAWN = "*Not drawn yet: the command above draws it.*"
_PLACE = re.compile(r"(<!-- (table|figure):(\S+)(?: ([^\n]*?))? -->\n).*?(<!-- end -->)", re.DOTALL)


def collisions_table(record: Record) -> list[str]:
    """Return Markdown of a report of `evaluation.collisions`."""
    report = TypeAdapter(CollisionReport).validate_python(record)
    bits = [
        [
            f"{one.cosine:g}",
            *map(three, (one.expected, one.measured)),
            *(f"{value:.2f}" for value in (one.deviation_expected, one.deviation_measured)),
            *(f"{value:.2f}" for value in (one.deviation_independent, one.deviation_independent_measured)),
        ]
        for one in report.bits
    ]
    passes = [
        [str(one.bits), f"{one.kept:,}", str(one.distance), f"{one.cosine:g}"]
        + [percent(share) for share in (one.expected, one.measured)]
        for one in report.passes
    ]
    heads = ["cosine", "share, theory", "counted", "σ, theory", "counted", "σ independent, theory", "counted"]
    differing = (
        f"Differing bits of {report.signature_bits}, {report.dim} dimensions: their share, and the standard deviation "
        f"of their number with orthogonal and with independent directions; {report.pairs:,} random pairs a row, "
        f"{report.frames} draws of the directions, seed {report.seed}."
    )
    kept = (
        f"Copies that a first pass keeps, in %, where the distance keeps so many of {SIZE:,} unrelated vectors: "
        "by theory, and counted on the same pairs."
    )
    pass_heads = ["bits", "kept", "distance", "cosine", "theory", "counted"]
    return [differing, "", *table(heads, bits, words=0), "", kept, "", *table(pass_heads, passes, words=0)]


def own_recall_table(record: Record) -> list[str]:
    """Return Markdown of a report of `evaluation.own_recall`."""
    return TypeAdapter(OwnRecallReport).validate_python(record).to_markdown().split("\n")


def copies_table(record: Record) -> list[str]:
    """Return Markdown of a report of `evaluate copies`, shorter than its own."""
    names = list(record["micro_ap"])
    rows = [
        [edit, intensity, *(percent(record["recall_at_1"][edit][name]) for name in names)]
        for edit, (_, intensity) in record["edits"].items()
    ]
    for key, words, show in (
        ("mean_recall_at_1", "**recall@1** | mean of the edits", percent),
        ("mean_recall_at_1_without_page", "**recall@1** | without screenshot_page", percent),
        ("micro_ap", "**µAP** | all copies pooled", three),
        ("micro_ap_normalised", "**µAP** | normalised", three),
        ("pooled_recall_at_90_precision", "**recall at 90 % precision** | one threshold for all", percent),
        ("pooled_recall_at_90_precision_normalised", "**recall at 90 % precision** | normalised", percent),
    ):
        if values := record[key]:
            rows.append([*words.split(" | "), *(show(values[name]) for name in names)])
    known = record["known_copies"]
    told = "" if known is None else f" Known copies in the base, counted as right: {len(known)} pairs."
    measured = (
        f"Recall@1 in % of {record['originals']:,} originals for each edit among {record['base_size']:,} pictures "
        f"(seed {record['seed']}, {record['seconds']:.0f} s).{told}"
    )
    return [measured, "", *table(["edit", "intensity", *names], rows, words=2)]


def similar_table(record: Record) -> list[str]:
    """Return Markdown of a report of `evaluate similar`."""
    return TypeAdapter(SimilarReport).validate_python(record).to_markdown().split("\n")


def held_out_table(record: Record) -> list[str]:
    """Return Markdown of a report of `evaluate similar` by models that never saw a class, that class's row alone."""
    report = TypeAdapter(SimilarReport).validate_python(record)
    classes = list(next(iter(report.figures.values())).by_class)
    rows = [
        [name, *(three(figures.by_class[name].mean_average_precision) for figures in report.figures.values())]
        for name in classes
    ]
    words = (
        "mAP by class, pictures of `val`, all domains pooled. A column is a model; its name tells what it never saw."
    )
    return [words, "", *table(["class", *report.figures], rows)]


def attributes_table(record: Record) -> list[str]:
    """Return Markdown of a report of `evaluate attributes`."""
    figures = {"figures": record["attributes"], "pictures": record["pictures"]}
    return TypeAdapter(AttributeReport).validate_python(figures).to_markdown().split("\n")


def faces_table(record: Record) -> list[str]:
    """Return Markdown of a report of `evaluate faces`."""
    return TypeAdapter(FaceReport).validate_python(record).to_markdown().split("\n")


def pictures_table(record: Record) -> list[str]:
    """Return Markdown of what was kept of further collections, by `write_pictures`."""
    fates = sorted({fate for counts in record.values() for fate in counts} - {"kept"})
    rows = [
        [folder, f"{counts.get('kept', 0):,}", *(f"{counts.get(fate, 0):,}" for fate in fates)]
        for folder, counts in record.items()
    ]
    return table(["collection", "kept", *fates], rows)


def verdicts_table(record: Record) -> list[str]:
    """Return Markdown of a report of `evaluate verdicts`."""
    return TypeAdapter(VerdictReport).validate_python(record).to_markdown().split("\n")


def index_table(record: Record) -> list[str]:
    """Return Markdown of a report of `benchmark index`."""
    return TypeAdapter(IndexReport).validate_python(record).to_markdown().split("\n")


TABLES: Mapping[str, Callable[[Record], list[str]]] = {
    "pictures": pictures_table,
    "collisions": collisions_table,
    "own-recall": own_recall_table,
    "index": index_table,
    "copies": copies_table,
    "verdicts": verdicts_table,
    "similar": similar_table,
    "held-out": held_out_table,
    "attributes": attributes_table,
    "faces": faces_table,
}
"""What makes the table NAME of the report NAME.json."""


def write_pictures(manifest: Path, tables: Path) -> None:
    """Count what became of the pictures of a manifest of `pictures`, a collection at a time, in `pictures.json`.

    Raises:
        SourceUnreadable: the manifest is absent or of another form.
    """
    _write(tables / "pictures.json", json.dumps(count_fates(read_manifest(manifest)), indent=2) + "\n")


def write_tables(tables: Path) -> list[Path]:
    """Write the table of every report in a folder beside it.

    Returns:
        What was written.
    Raises:
        BadInput: a file is not the report that its name says.
    """
    written = []
    for name, make in TABLES.items():
        report = tables / f"{name}.json"
        if report.is_file():
            try:
                lines = make(json.loads(report.read_text(encoding="utf-8")))
            except (OSError, ValueError, KeyError, TypeError, AttributeError, ValidationError) as exc:
                raise BadInput(f"expected the report {name} in {report}; received {exc!r}") from exc
            written.append(_write(report.with_suffix(".md"), "\n".join(lines) + "\n"))
    return written


def fill(text: str, folder: Path) -> str:
    """Return the article with every table and figure that is there in its place.

    Args:
        text: of the article.
        folder: of the article; tables are in `tables`, figures in `figures`.
    Raises:
        BadInput: a table has an unknown name.
    """

    def put(place: re.Match[str]) -> str:
        opening, kind, name, caption, closing = place.groups()
        if kind == "figure":
            is_made = (folder / "figures" / name).is_file()
            held = f"![{caption}](figures/{name})" if is_made else _NOT_DRAWN
        elif name not in TABLES:
            raise BadInput(f"expected a table among {', '.join(TABLES)}; received {name}")
        else:
            made = folder / "tables" / f"{name}.md"
            is_made = made.is_file()
            held = (
                made.read_text(encoding="utf-8").strip()
                if is_made
                else "*Not measured yet: the command above measures it.*"
            )
        return f"{opening}\n{held}\n\n{closing}"

    return _PLACE.sub(put, text)


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise StorageUnavailable(f"{path} cannot be written: {exc.strerror}") from exc
    return path


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--manifest", type=click.Path(path_type=Path), help="Of `pictures`; its counts become a table too.")
def main(folder: Path, manifest: Path | None) -> None:
    """Make the tables of the reports in FOLDER/tables, and put them and the figures into FOLDER/article.md.

    Example: python -m evaluation.article article
    """
    tables, article = folder / "tables", folder / "article.md"
    try:
        if manifest is not None:
            write_pictures(manifest, tables)
        if (tables / "collisions.json").is_file():
            draw_collisions(tables / "collisions.json", folder / "figures")
        for path in write_tables(tables):
            click.echo(path)
        click.echo(write_scale(folder))
        if (tables / "index.json").is_file():
            draw_index_figures(IndexReport.read(tables / "index.json"), folder / "figures")
        _write(article, fill(article.read_text(encoding="utf-8"), folder))
    except RetraceError as exc:
        click.echo(f"{exc} {exc.remedy}", err=True)
        sys.exit(exc.exit_status)
    click.echo(article)


if __name__ == "__main__":
    main()
