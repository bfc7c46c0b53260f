"""The indexes of faiss (Douze et al., "The Faiss library", 2024); needs its environment."""

from pathlib import Path
from typing import Any

import numpy as np

from evaluation.index_benchmark.engines.engine import NO_ID, Ids, Vectors

_INDEX = "index.faiss"
_FLOAT16_FROM = 2_000_000
"""Of so many vectors on, IVF keeps float16, as ours does: float32 would not fit beside all else."""
_TRAINED_A_CELL = 64
_SEED = 20160424


class FaissIndex:
    """What the float indexes share: inner products, ids given by us."""

    factory: str
    can_add = True
    can_remove = True
    trained_on = 0
    settings: tuple[str, ...] = ("all",)

    def __init__(self, folder: Path, *, dim: int, size: int, threads: int) -> None:
        import faiss  # type: ignore[import-not-found,unused-ignore]  # in its environment alone

        faiss.omp_set_num_threads(threads)
        self._faiss: Any = faiss
        self._path = folder / _INDEX
        self._size = size
        self.built_as = f"faiss {faiss.__version__}: {self.factory}"
        self._index: Any = faiss.index_factory(dim, self.factory, faiss.METRIC_INNER_PRODUCT)

    def train(self, sample: Vectors) -> None:
        """Learn the cells, where there are any."""
        self._index.train(sample)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add vectors."""
        self._index.add_with_ids(vectors, ids)

    def save(self) -> None:
        """Write the index to a file."""
        self._faiss.write_index(self._index, str(self._path))

    def open(self) -> None:
        """Read the file."""
        self._index = self._faiss.read_index(str(self._path))

    def search(self, queries: Vectors, k: int, setting: str) -> Ids:
        """Search at a setting."""
        self._set(setting)
        found: Ids = self._index.search(queries, k)[1]
        return found

    def remove(self, ids: Ids) -> None:
        """Remove vectors."""
        self._index.remove_ids(ids)

    def _set(self, setting: str) -> None:
        """Put a setting in force."""


class FaissFlat(FaissIndex):
    """The exact scan of float32."""

    factory = "IDMap2,Flat"


class FaissIVF(FaissIndex):
    """Inverted lists of the cells of k-means."""

    settings = tuple(f"nprobe {probes}" for probes in (1, 4, 8, 16, 32, 64, 128, 256))

    def __init__(self, folder: Path, *, dim: int, size: int, threads: int) -> None:
        cells = max(1, round(4 * size**0.5))
        self.trained_on = min(size, _TRAINED_A_CELL * cells)
        self.factory = f"IVF{cells},{'SQfp16' if size >= _FLOAT16_FROM else 'Flat'}"
        super().__init__(folder, dim=dim, size=size, threads=threads)
        self._index.cp.min_points_per_centroid = 1  # a small base is no mistake here

    def _set(self, setting: str) -> None:
        self._index.nprobe = int(setting.removeprefix("nprobe "))


class FaissHNSW(FaissIndex):
    """The graph of Malkov and Yashunin (2018), as faiss builds it by default; it removes nothing."""

    factory = "IDMap2,HNSW32,Flat"
    can_remove = False
    settings = tuple(f"efSearch {width}" for width in (16, 32, 64, 128, 256, 512))

    def _set(self, setting: str) -> None:
        hnsw = self._faiss.downcast_index(self._index.index).hnsw
        hnsw.efSearch = int(setting.removeprefix("efSearch "))


class FaissBinaryHash:
    """IndexBinaryHash over signs of random orthogonal directions, its answers ranked anew by exact inner products."""

    can_add = True
    can_remove = False
    trained_on = 0
    settings = tuple(f"nflip {flips}" for flips in range(5))
    candidates = 600

    def __init__(self, folder: Path, *, dim: int, size: int, threads: int) -> None:
        import faiss  # in its environment alone

        faiss.omp_set_num_threads(threads)
        self._faiss: Any = faiss
        self._folder = folder
        bits = max(4, int(np.log2(max(2, size))) - 3)
        gaussian = np.random.default_rng(_SEED).standard_normal((dim, dim))
        self._directions = np.linalg.qr(gaussian)[0].astype(np.float32)
        self._index: Any = faiss.IndexBinaryHash(dim, bits)
        self._parts: list[np.ndarray[tuple[int, ...], np.dtype[np.float16]]] = []
        self.built_as = (
            f"faiss {faiss.__version__}: IndexBinaryHash, {bits} of {dim} bits a bucket; the first "
            f"{self.candidates} by Hamming distance ranked by float16 vectors"
        )

    def train(self, sample: Vectors) -> None:
        """Learn nothing."""

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Add signatures; ids are rows here."""
        self._index.add(self._sign(vectors))
        self._parts.append(vectors.astype(np.float16))

    def save(self) -> None:
        """Write signatures and vectors."""
        self._faiss.write_index_binary(self._index, str(self._folder / _INDEX))
        np.save(self._folder / "vectors.npy", np.concatenate(self._parts), allow_pickle=False)

    def open(self) -> None:
        """Read signatures, map vectors."""
        self._index = self._faiss.read_index_binary(str(self._folder / _INDEX))
        self._parts = [np.load(self._folder / "vectors.npy", mmap_mode="r", allow_pickle=False)]

    def search(self, queries: Vectors, k: int, setting: str) -> Ids:
        """Look into the query's bucket and those that differ in up to so many bits; rank what is found."""
        self._index.nflip = int(setting.removeprefix("nflip "))
        hamming = self._index.search(self._sign(queries), max(k, self.candidates))[1]
        found = np.full((len(queries), k), NO_ID, np.int64)
        for number, (query, rows) in enumerate(zip(queries, hamming, strict=True)):
            known = np.sort(rows[rows >= 0])
            best = known[np.argsort(-(self._vectors(known) @ query), kind="stable")[:k]]
            found[number, : len(best)] = best
        return found

    def remove(self, ids: Ids) -> None:
        """Not offered by this index."""
        raise NotImplementedError("IndexBinaryHash removes nothing")

    def _vectors(self, rows: Ids) -> Vectors:
        """Return vectors by ascending row, float32."""
        ends = np.cumsum([len(part) for part in self._parts])
        cut = np.searchsorted(rows, ends)
        pieces = []
        for part, end, start, stop in zip(self._parts, ends, [0, *cut[:-1]], cut, strict=True):
            pieces.append(part[rows[start:stop] - (end - len(part))])
        return np.concatenate(pieces).astype(np.float32)

    def _sign(self, vectors: Vectors) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        return np.packbits(vectors @ self._directions > 0, axis=1)
