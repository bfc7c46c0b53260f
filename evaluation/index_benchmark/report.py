"""What the benchmark of indexes found, on which machine, as JSON and as Markdown."""

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Self

import numpy as np

from evaluation.index_benchmark.cells import Cell
from evaluation.index_benchmark.conditions import Conditions, commit_here
from evaluation.index_benchmark.neighbourhood import Expected, Honesty, Neighbourhood, dimension_by_growth
from evaluation.index_benchmark.task import COPIES, NEIGHBOURS
from evaluation.markdown import percent, table, three
from evaluation.report_file import read_report

WANTED: Mapping[str, float] = {NEIGHBOURS: 0.98, COPIES: 0.995}
"""Recall at which engines are compared, by set of queries."""

_ABSENT = "–"


@dataclass(frozen=True, slots=True)
class Best:
    """The quickest setting of an engine that reaches the wanted recall; where none does, the one of most recall.

    Attributes:
        kind, query_set, engine, size: of what.
        setting: which.
        recall: at that setting; relative to the exact scan.
        median_ms, p99_ms: of single queries.
        batch_ms: a query of a batch of 64.
        is_reached: whether the recall is that wanted.
    """

    kind: str
    query_set: str
    engine: str
    size: int
    setting: str
    recall: float
    median_ms: float
    p99_ms: float
    batch_ms: float
    is_reached: bool


@dataclass(frozen=True, slots=True)
class IndexReport:
    """Figures of every engine on every base.

    Attributes:
        cells: as `measure_cell` gives them.
        honesty: by kind of descriptor, how the bases lie beside real ones.
        seed: of the draw.
        processor: of this machine.
        versions: of Python and NumPy; those of other engines stand in their cells.
        commit: of this checkout; empty where it is none.
    """

    cells: tuple[Cell, ...]
    honesty: Mapping[str, Honesty]
    seed: int
    processor: str
    versions: Mapping[str, str]
    commit: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the report in a file.

        Raises:
            BadInput: it holds none.
        """
        return read_report(cls, path, command="benchmark index")

    def to_record(self) -> dict[str, object]:
        """Return the report as plain JSON values."""
        return asdict(self)

    def best(self) -> Iterator[Best]:
        """Yield what each engine that finished does at the wanted recall."""
        for cell in self.cells:
            searches = sorted(cell.get("serve", {}).get("searches", ()), key=lambda one: str(one["query_set"]))
            for name, group in groupby(searches, key=lambda one: str(one["query_set"])):
                found = list(group)
                reached = [one for one in found if one["recall"] >= WANTED[name]]
                chosen = (
                    min(reached, key=lambda one: float(one["median_ms"]))
                    if reached
                    else max(found, key=lambda one: float(one["recall"]))
                )
                figures = {key: chosen[key] for key in ("setting", "recall", "median_ms", "p99_ms", "batch_ms")}
                place = {key: cell[key] for key in ("kind", "engine", "size")}
                yield Best(query_set=name, is_reached=bool(reached), **place, **figures)

    def growth(self) -> dict[tuple[str, str, str], tuple[dict[int, float], float | None]]:
        """Return, by kind, set of queries and engine, median ms by size at the wanted recall, and the exponent.

        The exponent e is that of ms = c * size ** e, least squares of the logarithms; None where one size was reached.
        """
        times: dict[tuple[str, str, str], dict[int, float]] = {}
        for one in self.best():
            if one.is_reached:
                times.setdefault((one.kind, one.query_set, one.engine), {})[one.size] = one.median_ms
        return {key: (by_size, _exponent(by_size)) for key, by_size in times.items()}

    def to_markdown(self) -> str:
        """Return tables: how honest the bases are, every engine at the wanted recall, costs, growth and conditions."""
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        words = f"{self.processor}; {versions}; seed {self.seed}."
        parts = (
            [words],
            self._honesty(),
            *map(self._at_recall, WANTED),
            self._costs(),
            self._growth(),
            self._conditions(),
        )
        return "\n\n".join("\n".join(lines) for lines in parts)

    def _honesty(self) -> list[str]:
        rows = [
            [kind, *row]
            for kind, shown in self.honesty.items()
            for row in (
                *(_describe("real pictures", one, shown) for one in shown.real),
                *(_describe("as many, all drawn", one, shown) for one in shown.drawn),
                *(_describe("an eighth, enlarged to all", one, shown) for one in shown.regrown),
                *(_describe("enlarged", one, shown) for one in shown.enlarged),
                *(_describe_expected(one) for one in shown.expected),
            )
        ]
        limits = ", ".join(f"{shown.limit:.3f} ({kind})" for kind, shown in self.honesty.items())
        words = (
            "How honest the bases are. Euclidean distances, medians: of held-out real descriptors to the nearest of a "
            "base, the tenth, the hundredth, any; of one of the base to its nearest other one (own). Twins: how many "
            "of a base, in %, have another one nearer than 99 % of the real pictures have"
            f"{f', {limits}' if limits else ''}. The intrinsic dimension about the held-out ones: by maximum "
            "likelihood (20 neighbours), by the first two neighbours, and by how the distance to the nearest falls "
            "from the real pictures to this size. *Expected*: what the real pictures would do if they went on as "
            "they grew from an eighth to all."
        )
        heads = ["descriptor", "base", "size", "nearest", "tenth", "hundredth", "any", "own", "twins"]
        return [words, "", *table([*heads, "MLE", "TwoNN", "growth"], rows, words=2)]

    def _at_recall(self, query_set: str) -> list[str]:
        rows = []
        for cell in self.cells:
            first = [cell["kind"], cell["engine"]]
            if "failure" in cell and query_set == NEIGHBOURS:
                rows.append([*first, f"**{cell['failure']}**", f"{cell['size']:,}", *[_ABSENT] * 4])
        for one in self.best():
            if one.query_set == query_set:
                times = [f"{value:.2f}" for value in (one.median_ms, one.p99_ms, one.batch_ms)]
                recall = three(one.recall) if one.is_reached else f"*{one.recall:.3f}*"
                rows.append([one.kind, one.engine, one.setting, f"{one.size:,}", recall, *times])
        rows.sort(key=lambda row: (row[0], int(row[3].replace(",", ""))))
        what = (
            "the true ten neighbours of real descriptors" if query_set == NEIGHBOURS else "originals of edited copies"
        )
        words = (
            f"The quickest setting that finds {WANTED[query_set]:g} of what comparing everything finds of {what}; in "
            "italics the most that an engine reaches where none does. Milliseconds a query: alone, and of 64 at once."
        )
        heads = ["descriptor", "engine", "setting", "size", "recall", "median", "p99", "batch"]
        return [words, "", *table(heads, rows, words=3)]

    def _costs(self) -> list[str]:
        rows = []
        for cell in self.cells:
            build, serve = cell.get("build"), cell.get("serve")
            built = [f"{build[name]:,.1f}" for name in ("seconds", "peak_mb", "disk_mb")] if build else [_ABSENT] * 3
            names = ("private_mb", "mapped_mb", "added_per_s", "removed_per_s")
            shown = (
                [f"{serve[name]:,.0f}" if serve[name] >= 0 else _ABSENT for name in names] if serve else [_ABSENT] * 4
            )
            words = build["built_as"] if build else cell.get("failure", "")
            rows.append([cell["kind"], cell["engine"], words, f"{cell['size']:,}", *built, *shown])
        heads = ["descriptor", "engine", "built as", "size", "build, s", "peak, MiB", "disk, MiB", "own, MiB"]
        words = (
            "Costs: build and its peak of memory, files; of the opened index its own memory and the mapped pages of "
            "its files; vectors added and removed a second, a thousand at a time."
        )
        return [words, "", *table([*heads, "mapped, MiB", "added/s", "removed/s"], rows, words=3)]

    def _growth(self) -> list[str]:
        sizes = sorted({cell["size"] for cell in self.cells})
        rows = [
            [kind, query_set, engine]
            + [f"{by_size[size]:.2f}" if size in by_size else _ABSENT for size in sizes]
            + [_ABSENT if exponent is None else f"{exponent:.2f}"]
            for (kind, query_set, engine), (by_size, exponent) in self.growth().items()
        ]
        words = "Growth: median milliseconds at that recall, and the exponent of the size that fits them."
        heads = ["descriptor", "queries", "engine", *(f"{size:,}" for size in sizes), "exponent"]
        return [words, "", *table(heads, rows, words=3)]

    def _conditions(self) -> list[str]:
        """Return which cells were measured together."""
        together: dict[tuple[Conditions, int, int, str], dict[int, list[str]]] = {}
        for cell in self.cells:
            key = (Conditions.of(cell, self.commit), cell["threads"], cell["build_threads"], cell["kind"])
            together.setdefault(key, {}).setdefault(cell["size"], []).append(cell["engine"])
        rows = [
            [
                kind,
                "; ".join(f"{size:,}: {', '.join(engines)}" for size, engines in by_size.items()),
                conditions.measured_on or _ABSENT,
                conditions.commit[:12] or _ABSENT,
                f"{asking}, {building}",
                conditions.note or _ABSENT,
            ]
            for (conditions, asking, building, kind), by_size in sorted(
                together.items(), key=lambda item: item[0][0].measured_on
            )
        ]
        words = "Conditions: what was measured together, when, of which commit, and on how many cores: asked, built."
        return [words, "", *table(["descriptor", "cells", "day", "commit", "cores", "note"], rows, words=6)]


def make_report(cells: Sequence[Cell], honesty: Mapping[str, Honesty], *, seed: int) -> IndexReport:
    """Return the report of these figures, measured on this machine."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    processor = f"{names[0] if names else platform.machine()}, {len(names)} cores"
    versions = {"Python": platform.python_version(), "NumPy": np.__version__}
    return IndexReport(tuple(cells), honesty, seed, processor, versions, commit_here())


def _describe(words: str, one: Neighbourhood, beside: Honesty) -> list[str]:
    """Return the cells of one set."""
    distances = (one.nearest[1], one.tenth[1], one.hundredth[1], one.random[1], one.own[1])
    grown = _dimension(beside.real[-1], one) if beside.real and one.size > beside.real[-1].size else _ABSENT
    dimensions = (f"{one.dimension_mle:.1f}", f"{one.dimension_two:.1f}", grown)
    return [words, f"{one.size:,}", *map(three, distances), percent(one.near_share), *dimensions]


def _describe_expected(one: Expected) -> list[str]:
    """Return the cells of what is expected at a size."""
    distances = [three(value) for value in (one.nearest, one.tenth, one.hundredth)]
    ends = (_ABSENT, three(one.own), percent(one.near_share), _ABSENT, _ABSENT, f"{one.dimension:.1f}")
    return ["*expected*", f"{one.size:,}", *distances, *ends]


def _dimension(small: Neighbourhood, large: Neighbourhood) -> str:
    """Return the dimension by which the nearest comes nearer from one set to a larger one."""
    return f"{dimension_by_growth([small, large]):.1f}" if large.nearest[1] < small.nearest[1] else _ABSENT


def _exponent(by_size: Mapping[int, float]) -> float | None:
    """Return the slope of the logarithms."""
    if len(by_size) < 2:
        return None
    sizes, times = np.log(list(by_size)), np.log(list(by_size.values()))
    return float(np.polyfit(sizes, times, 1)[0])
