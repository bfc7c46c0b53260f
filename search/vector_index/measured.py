"""What an index measured on its own vectors: how deep each stage of a search must look to find true neighbours.

Some of the index's vectors are searched for exactly, themselves left out. For every true neighbour it is kept how far
down it stands at each stage, as a share of all rows; the share of neighbours that stand above a plan's depths is the
recall to expect of it. Nothing is assumed of how vectors are spread.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.vector_index.arrangement import Arrangement
from search.vector_index.coder import Coder
from search.vector_index.cores import cores, on_every_core
from search.vector_index.exact import scan
from search.vector_index.groups import group_of, probe_costs
from search.vector_index.half_precision import widen
from search.vector_index.hamming import distances, signatures_of

QUERIES = 128
NEIGHBOURS = 100
_RANKED_ROWS = 2**17
"""Depths are counted among so many rows at most: a share of a thousandth is then known to a tenth of itself."""

Depths = NDArray[np.float32]  # (queries, neighbours), shares of all rows, 0..1


@dataclass(frozen=True, slots=True)
class Measured:
    """How deep true neighbours stand, the nearest first.

    Attributes:
        rows: vectors the index held when it was measured.
        groups: share of rows in the groups that are probed before theirs.
        first: share of rows nearer by the first word.
        second: share of rows nearer by the first two words.
        whole: share of rows nearer by all words.
    """

    rows: int
    groups: Depths
    first: Depths
    second: Depths
    whole: Depths


def measure(coder: Coder, rows: Arrangement, group_bits: int, seed: int) -> Measured:
    """Return how deep the true neighbours of some of an index's vectors stand at each stage.

    Args:
        coder: made the signatures.
        rows: all of the index, at least two, in the order of their ids.
        group_bits: leading bits that tell a group.
        seed: of the choice.
    """
    generator = np.random.default_rng(seed)
    ids, words = rows.ids, rows.words
    chosen = np.sort(generator.choice(len(ids), min(QUERIES, len(ids)), replace=False))
    queries = widen(rows.source.halves(rows.rows[chosen]))
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    wanted = min(NEIGHBOURS, len(ids) - 1)
    shares = on_every_core(
        # Each finds itself too, or others as near: (queries, wanted + 1).
        lambda share: scan(rows.source, share, wanted + 1, None).ids,
        np.array_split(queries, min(cores(), len(queries))),
    )
    found = np.concatenate(shares)
    projections = coder.project(queries)
    signatures = signatures_of(projections)
    groups = group_of(words[0], group_bits)
    sizes = np.bincount(groups, minlength=2**group_bits)
    ranked = np.ascontiguousarray(words[:, :: max(1, len(ids) // _RANKED_ROWS)])
    depths = np.empty((4, len(chosen), wanted), np.float32)
    ends = np.array([1, min(2, len(words)), len(words)])  # words compared by each stage

    def count(number: int) -> None:
        others = found[number][found[number] != ids[chosen[number]]][:wanted]
        places = np.searchsorted(ids, others)
        depths[0, number] = _probed_before(projections[number, :group_bits], sizes, groups[places])
        signature = signatures[number]
        compared = np.zeros(ranked.shape[1], np.uint16)
        theirs = np.zeros(wanted, np.uint16)
        for word in range(len(words)):
            compared += distances([ranked[word]], signature, first=word)
            theirs += distances([words[word, places]], signature, first=word)
            depths[1 + np.flatnonzero(ends == word + 1), number] = _nearer(compared, theirs)

    on_every_core(count, range(len(chosen)))
    return Measured(len(ids), *depths)


def _probed_before(
    projections: NDArray[np.float32], sizes: NDArray[np.intp], groups: NDArray[np.uint16]
) -> NDArray[np.float64]:
    """Return the share of rows in groups that a query probes before these."""
    order = np.argsort(probe_costs(projections), kind="stable")
    before = np.empty(len(order))
    before[order] = np.cumsum(sizes[order]) - sizes[order]
    shares: NDArray[np.float64] = before[groups] / sizes.sum()
    return shares


def _nearer(
    all_distances: NDArray[np.unsignedinteger], some_distances: NDArray[np.unsignedinteger]
) -> NDArray[np.float64]:
    """Return the share of all rows that are nearer than each of some; of those as near, half."""
    counts = np.bincount(all_distances, minlength=int(some_distances.max(initial=0)) + 1)
    middle = np.cumsum(counts) - counts / 2
    shares: NDArray[np.float64] = middle[some_distances] / len(all_distances)
    return shares
