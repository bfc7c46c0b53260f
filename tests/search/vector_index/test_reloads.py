from pathlib import Path

import numpy as np

from search.vector_index.lsh import LSHIndex
from tests.vectors import IDENTITY, draw_vectors

COUNT, RELOADS, WARM = 5000, 1000, 100
PAGE_BYTES = 4096


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


def test_memory_stays_flat_over_a_thousand_reloads(tmp_path: Path) -> None:
    vectors = draw_vectors(COUNT, seed=1)
    for name, some in (("one", slice(None)), ("other", slice(0, COUNT - 100))):
        index = LSHIndex(IDENTITY)
        index.add(np.arange(COUNT)[some], vectors[some])
        index.save(tmp_path / name)
    after_warming = 0
    for turn in range(WARM + RELOADS):
        if turn == WARM:
            after_warming = resident_bytes()
        index = LSHIndex.open(tmp_path / ("one", "other")[turn % 2], IDENTITY)
        assert index.search(vectors[turn : turn + 1], 3).ids[0, 0] == turn
    grown = resident_bytes() - after_warming
    # A snapshot is 1 MB: a thousand that were kept would be a gigabyte. Allocators breathe by a megabyte or so.
    assert grown < 4 * 2**20
