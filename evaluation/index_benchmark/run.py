"""The whole benchmark: every engine on every base, whatever was measured before taken as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from errors import BadInput
from evaluation.index_benchmark.cells import Cell, measure_cell
from evaluation.index_benchmark.known_engines import ENGINES
from evaluation.index_benchmark.neighbourhood import DEPTH, Honesty
from evaluation.index_benchmark.real_pictures import RealDescriptors
from evaluation.index_benchmark.report import IndexReport, make_report
from evaluation.index_benchmark.task import Enlarged, Say

KINDS = ("copy", "similar")


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted.

    Attributes:
        sizes: of the bases.
        engines: names of ENGINES; an engine is left out of bases that are too large for it.
        kinds: of KINDS.
        threads, build_threads: cores that asking and building are pinned to.
        limit_s: for each build, and again for the searches of each engine.
        seed: of what is drawn.
        again: measure these engines anew.
        note: kept with every cell that is measured now.
    """

    sizes: Sequence[int]
    engines: Sequence[str]
    kinds: Sequence[str]
    threads: int
    build_threads: int
    limit_s: float
    seed: int
    again: bool = False
    note: str = ""

    def check(self) -> None:
        """Look whether all of it is known, before anything is described.

        Raises:
            BadInput: an engine or a kind is unknown, or a base is too small to be judged.
        """
        for what, asked, known in (("engines", self.engines, ENGINES.keys()), ("kinds", self.kinds, set(KINDS))):
            if unknown := set(asked) - known:
                raise BadInput(
                    f"expected {what} that we know; received {', '.join(sorted(unknown))}",
                    remedy=f"Choose among {', '.join(sorted(known))}.",
                )
        if min(self.sizes) < DEPTH:
            raise BadInput(f"expected bases of at least {DEPTH} vectors; received {min(self.sizes)}")


def measure_indexes(
    real: RealDescriptors,
    order: Order,
    folder: Path,
    peers: Path,
    *,
    say: Say = lambda _: None,
) -> IndexReport:
    """Measure what is ordered, one engine after the other; stopped and started again, it goes on where it was.

    Args:
        real: descriptors to enlarge and to ask with.
        order: what is wanted.
        folder: of bases, and of what is measured, a file an engine and base.
        peers: folder of the environments of peers.
        say: told what comes next.
    Raises:
        BadInput: as `Order.check`.
        PartMissing: the environment of the peers is not there.
        StorageUnavailable: the folder cannot be written.
    """
    order.check()
    cells: list[Cell] = []
    honesty: dict[str, Honesty] = {}
    for kind in order.kinds:
        enlarged = Enlarged(folder / "bases", real, kind, seed=order.seed)
        for size in sorted(order.sizes):
            task = enlarged.task(size, say=say)
            cells += [
                measure_cell(
                    ENGINES[name],
                    task,
                    folder / "cells",
                    peers,
                    threads=order.threads,
                    build_threads=order.build_threads,
                    limit_s=order.limit_s,
                    again=order.again,
                    note=order.note,
                    say=say,
                )
                for name in order.engines
                if size <= ENGINES[name].largest
            ]
        say(f"{kind}: see how the descriptors lie")
        honesty[kind] = enlarged.honesty(tuple(sorted(order.sizes)))
    return make_report(cells, honesty, seed=order.seed)
