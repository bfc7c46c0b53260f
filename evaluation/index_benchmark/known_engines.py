"""The engines by name, where each runs, and how large a base it is asked to hold."""

import hashlib
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from evaluation.index_benchmark.engines.engine import Engine

_PACKAGE = "evaluation.index_benchmark.engines"
_ROOT = Path(__file__).resolve().parents[2]
_OWN_SOURCES = ("search/vector_index/*.py", "evaluation/index_benchmark/engines/own.py")
MIDDLE = 2_000_000
"""What most engines are measured up to; beyond it only those that 24 GiB and an hour hold."""


@dataclass(frozen=True, slots=True)
class KnownEngine:
    """An engine of the benchmark.

    Attributes:
        name: as it is chosen.
        place: module and class.
        is_peer: whether it runs in the environment of the peers.
        largest: of the bases it is measured on.
        sources: of an engine of ours, patterns of its files; what was measured of other files is not taken for it.
    """

    name: str
    place: tuple[str, str]
    is_peer: bool
    largest: int = MIDDLE
    sources: tuple[str, ...] = ()

    def load(self) -> type[Engine]:
        """Return its class; the module is imported now."""
        module, name = self.place
        found: type[Engine] = getattr(import_module(f"{_PACKAGE}.{module}"), name)
        return found

    @property
    def label(self) -> str:
        """Its name, and of an engine of ours what its files are: measured things are kept by it."""
        if not self.sources:
            return self.name
        digest = hashlib.sha256()
        for path in sorted(path for pattern in self.sources for path in _ROOT.glob(pattern)):
            digest.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
        return f"{self.name}-{digest.hexdigest()[:8]}"


_HUGE = 20_000_000
ENGINES = {
    one.name: one
    for one in (
        KnownEngine("lsh", ("own", "OwnLSH"), is_peer=False, largest=_HUGE, sources=_OWN_SOURCES),
        KnownEngine("exact", ("own", "OwnExact"), is_peer=False, largest=_HUGE, sources=_OWN_SOURCES),
        KnownEngine("original-lsh", ("original_lsh", "OriginalLSH"), is_peer=False),
        KnownEngine("faiss-flat", ("faiss_indexes", "FaissFlat"), is_peer=True),
        KnownEngine("faiss-ivf", ("faiss_indexes", "FaissIVF"), is_peer=True, largest=_HUGE),
        KnownEngine("faiss-hnsw", ("faiss_indexes", "FaissHNSW"), is_peer=True),
        KnownEngine("faiss-binary-hash", ("faiss_indexes", "FaissBinaryHash"), is_peer=True),
        KnownEngine("hnswlib", ("hnswlib_graph", "Hnswlib"), is_peer=True),
        KnownEngine("usearch", ("usearch_graph", "Usearch"), is_peer=True),
        KnownEngine("sqlite-vec", ("sqlite_vec_scan", "SqliteVec"), is_peer=True),
        KnownEngine("milvus-lite", ("milvus_lite", "MilvusLite"), is_peer=True),
    )
}
"""Every engine, ours first."""
