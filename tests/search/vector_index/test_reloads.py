import multiprocessing
from pathlib import Path

import numpy as np

from search.vector_index.lsh import LSHIndex
from tests.vectors import IDENTITY, draw_vectors

COUNT, RELOADS, WARM = 5000, 1000, 100
PAGE_BYTES = 4096


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


def bytes_grown(folder: Path) -> int:
    """Reload two snapshots in turn, asking each; return by how much this process has grown since it was warm."""
    vectors = draw_vectors(COUNT, seed=1)
    for name, some in (("one", slice(None)), ("other", slice(0, COUNT - 100))):
        index = LSHIndex(IDENTITY)
        index.add(np.arange(COUNT)[some], vectors[some])
        index.save(folder / name)
    after_warming = 0
    for turn in range(WARM + RELOADS):
        if turn == WARM:
            after_warming = resident_bytes()
        index = LSHIndex.open(folder / ("one", "other")[turn % 2], IDENTITY)
        assert index.search(vectors[turn : turn + 1], 3).ids[0, 0] == turn
    return resident_bytes() - after_warming


def test_memory_stays_flat_over_a_thousand_reloads(tmp_path: Path) -> None:
    # In a process of its own: in one that has run other tests the allocator gives and takes megabytes by itself.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        grown = pool.apply(bytes_grown, (tmp_path,))
    # A snapshot is 1 MB: a thousand that were kept would be a gigabyte.
    assert grown < 2**20
