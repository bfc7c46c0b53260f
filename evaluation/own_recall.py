"""Does the recall that an index tells hold for pictures outside it? `python -m evaluation.own_recall --help`.

The index measures itself on its own vectors, as descriptors fill their space too unevenly for a formula; how unevenly
is told too.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

import click
import numpy as np
from numpy.typing import NDArray

from data.records import DescriptorKind
from errors import BadInput, RetraceError
from evaluation.description_cache import DescriptionCache
from evaluation.markdown import table, three
from feature_extractor.extractor import open_extractor
from feature_extractor.training.sample import read_sample
from search.vector_index.contract import IndexIdentity
from search.vector_index.lsh import LSHIndex
from search.vector_index.plan import effort_for

COMPONENTS = (10, 64, 128)
WANTED = (0.9, 0.95, 0.97, 0.99, 0.998)
NEIGHBOURS = 10
DRAWS = 10
QUERIES = 200
SEED = 20160424

KINDS: tuple[DescriptorKind, ...] = ("copy", "similar")


@dataclass(frozen=True, slots=True)
class Answered:
    """What queries got at one wanted recall.

    Attributes:
        wanted: share of the true neighbours, 0..1.
        told: what the index expected, the mean.
        found: share of the exact scan's neighbours that it found.
        scored: vectors scored a query, the mean.
    """

    wanted: float
    told: float
    found: float
    scored: float


@dataclass(frozen=True, slots=True)
class OwnRecallReport:
    """What was expected beside what was found, by kind of descriptor.

    Attributes:
        shares: of the variance of all descriptors, in the leading principal components, in the order of COMPONENTS.
        answered: draw by draw, each in the order of WANTED.
        held, queries: pictures in the index, and others that asked, in each draw.
        dim, neighbours, seed: of a descriptor, wanted, of the draws.
    """

    shares: Mapping[str, tuple[float, ...]]
    answered: Mapping[str, tuple[tuple[Answered, ...], ...]]
    held: int
    queries: int
    dim: int
    neighbours: int
    seed: int

    def to_markdown(self) -> str:
        """Return two tables, and what they show."""
        kinds = list(self.shares)
        spread = [
            [str(count), *(three(self.shares[kind][place]) for kind in kinds)] for place, count in enumerate(COMPONENTS)
        ]
        recall = [
            [kind, f"{wanted:g}", *_cells([draw[place] for draw in self.answered[kind]])]
            for kind in kinds
            for place, wanted in enumerate(WANTED)
        ]
        uneven = (
            f"Share of the variance of {self.held + self.queries:,} descriptors that lies in so many of their "
            f"{self.dim} principal components."
        )
        asked = (
            f"Recall of the {self.neighbours} nearest, as the index told it and as it was found: the means of "
            f"{len(next(iter(self.answered.values())))} draws, and the least and greatest found in one. In each, "
            f"{self.queries:,} pictures of `val` asked, one at a time, among {self.held:,} others (seed {self.seed}); "
            "scored: vectors a query."
        )
        spread_heads = ["components", *kinds]
        recall_heads = ["descriptor", "wanted", "told", "found", "least", "greatest", "scored"]
        return "\n".join(
            [uneven, "", *table(spread_heads, spread, words=0), "", asked, "", *table(recall_heads, recall)]
        )


def measure_own_recall(
    descriptors: Mapping[DescriptorKind, NDArray[np.float32]],
    askable: Sequence[int],
    *,
    queries: int = QUERIES,
    draws: int = DRAWS,
    seed: int = SEED,
) -> OwnRecallReport:
    """Ask indexes of all but some pictures for the neighbours of these, and again with others left out.

    Args:
        descriptors: by kind, each (n, dim), L2 norm 1.
        askable: rows that may ask.
        queries: how many of these do at a time, drawn at random.
        draws: how many times.
        seed: of the draws.
    Raises:
        BadInput: fewer may ask, or too few are left to search among.
    """
    count, dim = next(iter(descriptors.values())).shape
    if not 1 <= queries <= len(askable) or count - queries < LSHIndex.fitted_at_least:
        raise BadInput(
            f"expected {queries:,} pictures that may ask and {LSHIndex.fitted_at_least:,} others; "
            f"received {len(askable):,} among {count:,}"
        )
    generator = np.random.default_rng(seed)
    asking = np.zeros((draws, count), np.bool_)
    for draw in asking:
        draw[generator.choice(np.asarray(askable), queries, replace=False)] = True
    return OwnRecallReport(
        {kind: _variance_shares(vectors) for kind, vectors in descriptors.items()},
        {
            kind: tuple(_ask(kind, vectors[~draw], vectors[draw]) for draw in asking)
            for kind, vectors in descriptors.items()
        },
        count - queries,
        queries,
        dim,
        NEIGHBOURS,
        seed,
    )


def _cells(draws: Sequence[Answered]) -> list[str]:
    found = [one.found for one in draws]
    return [
        three(fmean(one.told for one in draws)),
        three(fmean(found)),
        three(min(found)),
        three(max(found)),
        f"{fmean(one.scored for one in draws):,.0f}",
    ]


def _variance_shares(vectors: NDArray[np.float32]) -> tuple[float, ...]:
    variances = np.linalg.eigvalsh(np.cov(vectors, rowvar=False))[::-1]
    within = np.cumsum(variances) / variances.sum()
    return tuple(float(within[min(count, len(within)) - 1]) for count in COMPONENTS)


def _ask(kind: DescriptorKind, held: NDArray[np.float32], queries: NDArray[np.float32]) -> tuple[Answered, ...]:
    index = LSHIndex(IndexIdentity(model_id="", kind=kind, dim=held.shape[1]))
    index.add(np.arange(len(held)), held)
    index.compact()
    true = index.search(queries, NEIGHBOURS, effort=1.0).ids
    answered = []
    for wanted in WANTED:
        effort = effort_for(wanted)
        answers = [index.search(query[np.newaxis], NEIGHBOURS, effort=effort) for query in queries]
        found = [np.isin(ids, answer.ids[0]).mean() for ids, answer in zip(true, answers, strict=True)]
        reports = [answer.report for answer in answers]
        answered.append(
            Answered(
                wanted,
                float(np.mean([report.estimated_recall for report in reports])),
                float(np.mean(found)),
                float(np.mean([report.candidates for report in reports])),
            )
        )
    return tuple(answered)


@click.command()
@click.argument("sample", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--model", required=True, type=click.Path(path_type=Path), help="What describes pictures, an .xml.")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("instance/evaluation"),
    show_default=True,
    help="Folder of what evaluations keep of the pictures.",
)
@click.option("--queries", type=click.IntRange(1), default=QUERIES, show_default=True, help="Of split val, a draw.")
@click.option("--draws", type=click.IntRange(1), default=DRAWS, show_default=True)
@click.option("--seed", type=int, default=SEED, show_default=True)
def main(sample: Path, *, model: Path, cache: Path, queries: int, draws: int, seed: int) -> None:
    """Ask the index for pictures of SAMPLE that it does not hold, and print a report as JSON.

    It takes half a minute, once the pictures are described.

    Example: python -m evaluation.own_recall ../shared/data --model model.xml > article/tables/own-recall.json
    """
    try:
        pictures = read_sample(sample)
        outputs = DescriptionCache(cache, pictures).outputs(open_extractor(model, threads=0))
        report = measure_own_recall(
            {kind: getattr(outputs, kind) for kind in KINDS},
            [row for row, picture in enumerate(pictures) if picture.split == "val"],
            queries=queries,
            draws=draws,
            seed=seed,
        )
    except RetraceError as exc:
        click.echo(f"{exc} {exc.remedy}", err=True)
        sys.exit(exc.exit_status)
    click.echo(json.dumps(asdict(report), indent=2))


if __name__ == "__main__":
    main()
