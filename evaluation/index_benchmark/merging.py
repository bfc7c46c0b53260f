"""An earlier report and what was measured since, as one report."""

from dataclasses import replace
from math import isclose
from typing import Protocol, TypeVar

from errors import BadInput
from evaluation.index_benchmark.cells import Cell
from evaluation.index_benchmark.conditions import Conditions
from evaluation.index_benchmark.known_engines import ENGINES
from evaluation.index_benchmark.neighbourhood import Honesty
from evaluation.index_benchmark.report import IndexReport

_SAME = 1e-3
"""How far limits of near duplicates may differ that are told of the same pictures described by the same model."""


class _Sized(Protocol):
    @property
    def size(self) -> int: ...


SizedT = TypeVar("SizedT", bound=_Sized)


def merge_reports(earlier: IndexReport, later: IndexReport) -> IndexReport:
    """Return the later report with all cells and bases of the earlier one that it has not measured itself.

    A cell is replaced by one of the same kind, engine, size and cores that ask. Each keeps its own conditions.

    Raises:
        BadInput: the two are of different descriptors, of different seeds, or of different machines.
    """
    if (earlier.seed, earlier.processor) != (later.seed, later.processor):
        raise BadInput(
            f"expected an earlier report of seed {later.seed} on {later.processor}; "
            f"received one of {earlier.seed} on {earlier.processor}"
        )
    for kind in earlier.honesty.keys() & later.honesty.keys():
        limits = earlier.honesty[kind].limit, later.honesty[kind].limit
        if not isclose(*limits, abs_tol=_SAME):
            raise BadInput(
                f"expected an earlier report of the same pictures and model, whose limit of near duplicates is "
                f"{limits[1]:.4f} ({kind}); received {limits[0]:.4f}"
            )
    cells = {_place(cell): _with_conditions(cell, earlier.commit) for cell in earlier.cells}
    cells |= {_place(cell): _with_conditions(cell, later.commit) for cell in later.cells}
    order = list(ENGINES)
    honesty = {**earlier.honesty, **later.honesty}
    for kind in earlier.honesty.keys() & later.honesty.keys():
        honesty[kind] = _with_sizes(later.honesty[kind], earlier.honesty[kind])
    return replace(
        later,
        cells=tuple(sorted(cells.values(), key=lambda cell: (cell["kind"], cell["size"], order.index(cell["engine"])))),
        honesty=honesty,
    )


def _place(cell: Cell) -> tuple[str, str, int, int]:
    return cell["kind"], cell["engine"], cell["size"], cell["threads"]


def _with_conditions(cell: Cell, commit: str) -> Cell:
    return cell | {"conditions": Conditions.of(cell, commit).to_record()}


def _with_sizes(later: Honesty, earlier: Honesty) -> Honesty:
    """Return the later one with the bases of the earlier that it does not tell of."""
    return replace(
        later,
        enlarged=_joined(later.enlarged, earlier.enlarged),
        expected=_joined(later.expected, earlier.expected),
    )


def _joined(later: tuple[SizedT, ...], earlier: tuple[SizedT, ...]) -> tuple[SizedT, ...]:
    known = {one.size for one in later}
    both = [*later, *(one for one in earlier if one.size not in known)]
    return tuple(sorted(both, key=lambda one: one.size))
