"""The arithmetic of a hundred million and of ten billion pictures: `python -m evaluation.scale --help`.

Everything follows from `Constants`, and each of those says where it comes from. Nothing here was run at that size.
"""

import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal

import click

from errors import BadInput, StorageUnavailable
from evaluation.markdown import table

Origin = Literal["measured", "counted", "documented", "assumed"]

MILLION, BILLION = 10**6, 10**9
SIZES = (MILLION, 100 * MILLION, 10 * BILLION)

_GIB = 2**30
_HOUR_S, _DAY_S = 3600, 86_400
_MONTH_HOURS = 730
_PLACE = re.compile(r"(<!-- table:(\S+) -->\n).*?(<!-- end -->)", re.DOTALL)

_MILVUS_DOCS = "https://milvus.io/docs"


@dataclass(frozen=True, slots=True)
class Constant:
    """A number that the tables rest on.

    Attributes:
        origin: measured on our machine, counted in our code, taken from the documentation of others, or assumed.
        value: in `unit`.
        unit: of it, in words.
        source: the command, file or address; of what is assumed, why it is thought likely.
    """

    origin: Origin
    value: float
    unit: str
    source: str


_README = "README, Numbers"
_BELOW = "section 9"


@dataclass(frozen=True, slots=True)
class Constants:
    """Every number that is not worked out from others, with its unit and source; a reader puts in his own."""

    dim: Constant = Constant("counted", 256, "numbers a descriptor", "`feature_extractor/descriptors.py`")
    kinds: Constant = Constant("counted", 2, "descriptors a picture", "`copy` and `similar`")
    half_bytes: Constant = Constant("counted", 2, "bytes a float16", "catalogue and LSH keep float16")
    float_bytes: Constant = Constant("counted", 4, "bytes a float32", "Milvus and Parquet hold float32")
    signature_bytes: Constant = Constant(
        "counted", 48, "bytes a row of one LSH index", "id 8, signature 32, order 8: `search/vector_index/segment.py`"
    )
    first_word_bytes: Constant = Constant("counted", 8, "bytes a row", "the first word of a signature")
    sqlite_row_bytes: Constant = Constant("measured", 517, "bytes a picture", f"{_BELOW}: SQLite, all but descriptors")
    sqlite_descriptor_bytes: Constant = Constant("measured", 1255, "bytes a picture", f"{_BELOW}: SQLite, descriptors")
    postgres_row_bytes: Constant = Constant(
        "measured", 1033, "bytes a picture", f"{_BELOW}: PostgreSQL 15, all but descriptors"
    )
    postgres_descriptor_bytes: Constant = Constant(
        "measured", 1358, "bytes a picture", f"{_BELOW}: PostgreSQL 15, descriptors"
    )
    thumbnail_bytes: Constant = Constant("measured", 13_700, "bytes a picture", f"{_BELOW}: `photos`, 384 px")
    block_loss_bytes: Constant = Constant(
        "measured", 1_941, "bytes a file", f"{_BELOW}: what whole blocks of 4 KiB add to a thumbnail"
    )
    described_per_core_s: Constant = Constant(
        "measured", 30.5, "pictures a second and core", "61 on two cores, before local features were kept"
    )
    searches_per_core_s: Constant = Constant(
        "measured", 25, "searches a second and core", "50 on two cores, without a copy to prove"
    )
    decode_ms: Constant = Constant("measured", 2.0, "ms a search", f"{_README}: a JPEG of 640 px")
    hash_ms: Constant = Constant("measured", 1.4, "ms a search", f"{_README}: PDQ")
    network_ms: Constant = Constant("measured", 25.7, "ms a search", f"{_README}: the network, one core")
    rows_ms: Constant = Constant("measured", 1.2, "ms a search", f"{_README}: rows from SQLite, 13,160 pictures")
    other_ms: Constant = Constant("measured", 3.6, "ms a search", f"{_README}: HTTP, JSON and the rest")
    poured_one_s: Constant = Constant(
        "measured", 1600, "pictures a second", "one writer into PostgreSQL, two noisy shared cores: a rough figure"
    )
    poured_four_s: Constant = Constant("measured", 1800, "pictures a second", "the same with four writers")
    rows_limit: Constant = Constant(
        "counted", 2**31, "rows of one LSH index", "numbered by int32: `search/vector_index/segment.py`"
    )
    budget_ms: Constant = Constant("assumed", 100, "ms a search", "what a person takes for at once")
    hnsw_links: Constant = Constant(
        "counted", 32, "links a vector", "2 × M, M = 16: `search/vector_index/milvus/schema.py`"
    )
    link_bytes: Constant = Constant("documented", 4, "bytes a link", f"{_MILVUS_DOCS}/index-explained.md")
    milvus_fields_bytes: Constant = Constant("assumed", 24, "bytes a vector", "id, time stamp and row number, 8 each")
    load_share: Constant = Constant("documented", 0.9, "of the memory may be loaded", f"{_MILVUS_DOCS}/limitations.md")
    code_bytes: Constant = Constant(
        "assumed",
        32,
        "bytes a vector, IVF_PQ",
        f"a 32nd of float32, the most that {_MILVUS_DOCS}/index-explained.md names",
    )
    cluster_bytes: Constant = Constant(
        "assumed", 4, "bytes a vector, IVF_PQ", "the number of its cluster; 2 suffice for few clusters, same page"
    )
    diskann_codes: Constant = Constant(
        "documented", 0.125, "of the vectors in memory, as codes", f"PQCodeBudgetGBRatio, {_MILVUS_DOCS}/diskann.md"
    )
    diskann_cache: Constant = Constant(
        "documented", 0.1, "of the vectors in memory, as cache", f"SearchCacheBudgetGBRatio, {_MILVUS_DOCS}/diskann.md"
    )
    diskann_degree: Constant = Constant(
        "documented", 56, "links a vector at most", f"MaxDegree, {_MILVUS_DOCS}/diskann.md"
    )
    sector_bytes: Constant = Constant(
        "assumed", 4096, "bytes read at once", "nodes of the graph lie within such sectors"
    )
    node_cores: Constant = Constant("assumed", 16, "cores a node", "a common size")
    node_gib: Constant = Constant("assumed", 128, "GiB of memory a node", "8 GiB a core, a common shape")
    node_disk_tb: Constant = Constant("assumed", 7.5, "TB of NVMe a node", "two disks of 3.75 TB")
    memory_share: Constant = Constant(
        "assumed", 0.9, "of a node's memory for our own index", "the rest for the system and workers"
    )
    read_mb_s: Constant = Constant("assumed", 200, "MB a second out of one PostgreSQL", "a scan by one connection")
    bulk_cores: Constant = Constant("assumed", 1000, "cores that describe at once", "rented for the purpose")
    milvus_import_s: Constant = Constant(
        "assumed", 20_000, "vectors a second into one Milvus, indexed", "never run by us; the figure to measure first"
    )
    picture_bytes: Constant = Constant("assumed", 200_000, "bytes a picture file", "JPEG of 1,000 px on the web")
    link_gbit_s: Constant = Constant("assumed", 10, "Gbit a second, all nodes together", "what the sources let through")
    shard_pictures: Constant = Constant("assumed", 100 * MILLION, "pictures of one catalogue among many", "section 5")
    least_servers: Constant = Constant("assumed", 2, "nodes of the web at least", "one may go")
    searches_s: Constant = Constant("assumed", 100, "searches a second at the peak", "example")
    busy_share: Constant = Constant("assumed", 0.5, "of the web's cores in use at the peak", "room for bursts")
    coordinator_cores: Constant = Constant(
        "assumed", 24, "cores beside the vectors of a Milvus", "coordinators, proxies, etcd, log"
    )
    coordinator_gib: Constant = Constant("assumed", 96, "GiB beside the vectors of a Milvus", "the same")
    catalogue_copies: Constant = Constant(
        "assumed", 2, "PostgreSQL servers with the same data", "one answers, one stands by"
    )
    core_hour_usd: Constant = Constant("assumed", 0.03, "USD a core and hour", "example")
    gib_hour_usd: Constant = Constant("assumed", 0.004, "USD a GiB of memory and hour", "example")
    disk_gb_month_usd: Constant = Constant("assumed", 0.08, "USD a GB of SSD and month", "example")
    object_gb_month_usd: Constant = Constant("assumed", 0.023, "USD a GB of object storage and month", "example")
    put_usd: Constant = Constant("assumed", 0.000005, "USD an object written", "example")

    def with_values(self, values: Mapping[str, float]) -> "Constants":
        """Return the same with some values replaced by a reader's own.

        Raises:
            BadInput: there is no constant of that name.
        """
        names = {field.name for field in fields(self)}
        if unknown := sorted(set(values) - names):
            raise BadInput(f"expected the name of a constant; received {unknown[0]}")
        own = {
            name: replace(getattr(self, name), value=value, origin="assumed", source="given by --set")
            for name, value in values.items()
        }
        return replace(self, **own)


@dataclass(frozen=True, slots=True)
class Share:
    """What one part of a picture takes.

    Attributes:
        part: in words.
        sqlite, postgres: bytes a picture, on one machine and with PostgreSQL and Milvus (HNSW).
    """

    part: str
    sqlite: float
    postgres: float


@dataclass(frozen=True, slots=True)
class OneMachine:
    """What our own index asks of a machine; bytes.

    Attributes:
        pictures: held.
        signatures: of both indexes: read at every search, so they belong in memory.
        vectors: of both indexes: candidates are read out of them at random.
        disk: catalogue, thumbnails, and two snapshots of each index: a new one is written beside the old.
        first_words: of one index, the most that the first stage of a search reads.
        whole: vectors of one index, what an exact scan reads.
        private: what each worker holds of its own after it arranged its indexes anew.
    """

    pictures: int
    signatures: float
    vectors: float
    disk: float
    first_words: float
    whole: float
    private: float


@dataclass(frozen=True, slots=True)
class MilvusIndex:
    """What one kind of index of Milvus takes for all descriptors of a picture; bytes.

    Attributes:
        name: of it.
        memory, disk: of the query nodes.
        is_ours: whether `search/vector_index/milvus` makes it today.
    """

    name: str
    memory: float
    disk: float
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is rented for a size; prices follow.

    Attributes:
        name: in words.
        cores, memory_gib: of all machines.
        disk, objects: bytes on SSD and in object storage.
        machines: what they are, in words.
    """

    name: str
    cores: float
    memory_gib: float
    disk: float
    objects: float
    machines: str

    def monthly_usd(self, constants: Constants) -> float:
        """Return what it costs a month by the prices among the constants."""
        hourly = self.cores * constants.core_hour_usd.value + self.memory_gib * constants.gib_hour_usd.value
        stored = self.disk * constants.disk_gb_month_usd.value + self.objects * constants.object_gb_month_usd.value
        return hourly * _MONTH_HOURS + stored / 1e9


def shares(c: Constants) -> list[Share]:
    """Return what each part of a picture takes."""
    vectors = _vectors(c, c.half_bytes)
    hnsw = milvus_indexes(c)[0].memory
    return [
        Share("rows: picture, source, attributes, change", c.sqlite_row_bytes.value, c.postgres_row_bytes.value),
        Share("both descriptors in the catalogue", c.sqlite_descriptor_bytes.value, c.postgres_descriptor_bytes.value),
        Share("both indexes: ids, signatures, order", c.kinds.value * c.signature_bytes.value, 0),
        Share("both indexes: vectors", vectors, _vectors(c, c.float_bytes)),
        Share("both indexes: graph and fields", 0, hnsw - _vectors(c, c.float_bytes)),
        Share("thumbnail", c.thumbnail_bytes.value, c.thumbnail_bytes.value),
        Share("what whole blocks add to its file", c.block_loss_bytes.value, c.block_loss_bytes.value),
    ]


def one_machine(c: Constants, pictures: int) -> OneMachine:
    """Return what the LSH index of so many pictures asks of a machine."""
    signatures, vectors = c.kinds.value * c.signature_bytes.value, _vectors(c, c.half_bytes)
    kept = c.sqlite_row_bytes.value + c.sqlite_descriptor_bytes.value + _thumbnail_file(c)
    return OneMachine(
        pictures,
        pictures * signatures,
        pictures * vectors,
        pictures * (kept + 2 * (signatures + vectors)),
        pictures * c.first_word_bytes.value,
        pictures * vectors / c.kinds.value,
        pictures * (signatures + vectors),
    )


def most_in_memory(c: Constants) -> Mapping[str, int]:
    """Return how many pictures a node holds by what is kept in its memory."""
    room = c.node_gib.value * _GIB * c.memory_share.value
    signatures, vectors = c.kinds.value * c.signature_bytes.value, _vectors(c, c.half_bytes)
    return {
        "both indexes mapped once, and once more while one worker arranges its own anew": int(
            room / (2 * (signatures + vectors))
        ),
        "both indexes mapped, shared by all workers": int(room / (signatures + vectors)),
        "signatures alone, vectors read from NVMe": int(room / signatures),
        "rows numbered by int32": round(c.rows_limit.value),
    }


def milvus_indexes(c: Constants) -> list[MilvusIndex]:
    """Return what indexes of Milvus take for all descriptors of a picture, the one of our code first."""
    kinds, fields_bytes = c.kinds.value, c.milvus_fields_bytes.value
    single, half = (c.dim.value * each.value for each in (c.float_bytes, c.half_bytes))
    graph = c.hnsw_links.value * c.link_bytes.value
    codes = c.code_bytes.value + c.cluster_bytes.value
    node = single + c.link_bytes.value * (c.diskann_degree.value + 1)  # its own vector, how many links, the links
    budget = (c.diskann_codes.value + c.diskann_cache.value) * single
    return [
        MilvusIndex("HNSW, float32", kinds * (single + graph + fields_bytes), 0, is_ours=True),
        MilvusIndex("FLAT, float32", kinds * (single + fields_bytes), 0, is_ours=True),
        MilvusIndex("HNSW, float16", kinds * (half + graph + fields_bytes), 0, is_ours=False),
        MilvusIndex("DISKANN, float32", kinds * (budget + fields_bytes), kinds * _on_sectors(c, node), is_ours=False),
        MilvusIndex(
            "IVF_PQ, refined from float32 on disk", kinds * (codes + fields_bytes), kinds * single, is_ours=False
        ),
    ]


def nodes_for(c: Constants, memory: float, disk: float = 0) -> int:
    """Return how many nodes hold so many bytes, by memory and by disk, whichever needs more."""
    by_memory = memory / (c.node_gib.value * _GIB * c.load_share.value)
    by_disk = disk / (c.node_disk_tb.value * 1e12)
    return max(1, math.ceil(by_memory), math.ceil(by_disk))


def core_hours(c: Constants, pictures: int) -> float:
    """Return the hours of one core that describing so many pictures takes."""
    return pictures / c.described_per_core_s.value / _HOUR_S


def seconds_of(c: Constants, pictures: int) -> Mapping[str, float]:
    """Return how long each stage of taking in so many pictures lasts, in seconds; stages may run side by side."""
    return {
        f"reading the files at {c.link_gbit_s.value:g} Gbit/s": pictures
        * c.picture_bytes.value
        * 8
        / (c.link_gbit_s.value * 1e9),
        f"describing on {c.bulk_cores.value:,.0f} cores": core_hours(c, pictures) * _HOUR_S / c.bulk_cores.value,
        "pouring into one PostgreSQL, one writer": pictures / c.poured_one_s.value,
        "pouring into one PostgreSQL, four writers": pictures / c.poured_four_s.value,
        f"pouring into PostgreSQL a shard of {c.shard_pictures.value:,.0f}, all shards at once": min(
            pictures, c.shard_pictures.value
        )
        / c.poured_one_s.value,
        "importing into one Milvus": pictures * c.kinds.value / c.milvus_import_s.value,
        "reading all descriptors of one PostgreSQL, to fill Milvus anew": pictures
        * c.postgres_descriptor_bytes.value
        / (c.read_mb_s.value * 1e6),
    }


def left_for_indexes_ms(c: Constants) -> float:
    """Return what a search may spend on both indexes and the ways to them."""
    return c.budget_ms.value - sum(each.value for each in (c.decode_ms, c.hash_ms, c.network_ms, c.rows_ms, c.other_ms))


def share_within(single: float, shards: int) -> float:
    """Return how often the slowest of so many shards is still within what one of them keeps with probability `single`.

    Shards are taken to be slow independently of each other.
    """
    return float(single**shards)


def single_for(wanted: float, shards: int) -> float:
    """Return how often one shard must keep a time so that all of them together keep it as often as wanted."""
    return float(wanted ** (1 / shards))


def deployments(c: Constants) -> list[Deployment]:
    """Return what would be rented for a hundred million and for ten billion pictures."""
    hnsw, *_, diskann, quantised = milvus_indexes(c)
    small, large = 100 * MILLION, 10 * BILLION
    machine = one_machine(c, small)
    gib = (machine.signatures + machine.vectors + machine.private) / c.memory_share.value / _GIB
    cores = max(c.node_cores.value, _web_cores(c))
    return [
        Deployment("10⁸, one machine, LSH", cores, gib, machine.disk, 0, "one"),
        _cluster(c, "10⁸, Milvus HNSW", small, hnsw, is_as_today=True),
        _cluster(c, "10¹⁰, Milvus HNSW, nothing changed", large, hnsw, is_as_today=True),
        _cluster(c, "10¹⁰, Milvus DISKANN", large, diskann, is_as_today=False),
        _cluster(c, "10¹⁰, Milvus IVF_PQ", large, quantised, is_as_today=False),
    ]


def taking_in_usd(c: Constants, pictures: int) -> float:
    """Return what describing so many pictures and writing their thumbnails as objects costs, once."""
    describing = core_hours(c, pictures) * (
        c.core_hour_usd.value + c.gib_hour_usd.value * c.node_gib.value / c.node_cores.value
    )
    return describing + pictures * c.put_usd.value


def _cluster(c: Constants, name: str, pictures: int, index: MilvusIndex, *, is_as_today: bool) -> Deployment:
    """Return what a cluster takes: descriptors in PostgreSQL, thumbnails in a folder as today, or both in objects."""
    rows, folder, objects = c.postgres_row_bytes.value, 0.0, 0.0
    if is_as_today:
        rows, folder = rows + c.postgres_descriptor_bytes.value, _thumbnail_file(c)
    else:
        objects = c.thumbnail_bytes.value + _vectors(c, c.half_bytes)
    # Milvus keeps what was inserted and the index made of it in object storage, and loads the index from there.
    objects += _vectors(c, c.float_bytes) + c.kinds.value * c.milvus_fields_bytes.value + index.memory + index.disk
    milvus = nodes_for(c, pictures * index.memory, pictures * index.disk)
    postgres = math.ceil(pictures * rows / (c.node_disk_tb.value * 1e12)) * round(c.catalogue_copies.value)
    web = max(round(c.least_servers.value), math.ceil(_web_cores(c) / c.node_cores.value))
    count = milvus + postgres + web
    disks = postgres + (milvus if index.disk else 0)  # rented whole
    return Deployment(
        name,
        count * c.node_cores.value + c.coordinator_cores.value,
        count * c.node_gib.value + c.coordinator_gib.value,
        disks * c.node_disk_tb.value * 1e12 + pictures * folder,
        pictures * objects,
        f"{milvus} of vectors, {postgres} of PostgreSQL, {web} of the web",
    )


def _web_cores(c: Constants) -> float:
    return c.searches_s.value / c.searches_per_core_s.value / c.busy_share.value


def _thumbnail_file(c: Constants) -> float:
    return c.thumbnail_bytes.value + c.block_loss_bytes.value


def _vectors(c: Constants, number_bytes: Constant) -> float:
    return c.kinds.value * c.dim.value * number_bytes.value


def _on_sectors(c: Constants, node: float) -> float:
    """Return what a node of a graph takes on disk, where none lies across sectors that it need not."""
    sector = c.sector_bytes.value
    return math.ceil(node / sector) * sector if node > sector else sector / (sector // node)


def tables(c: Constants) -> Mapping[str, list[str]]:
    """Return the lines of every table of the article, by name."""
    return {
        "constants": _constants_table(c, ["measured", "counted", "documented"]),
        "assumptions": _constants_table(c, ["assumed"]),
        "bytes": _bytes_table(c),
        "one-machine": _one_machine_table(c),
        "where-it-ends": table(
            ["what is in memory", "pictures at most"],
            [[name, f"{most:,}"] for name, most in most_in_memory(c).items()],
        ),
        "milvus": _milvus_table(c),
        "times": _times_table(c),
        "latency": _latency_table(c),
        "shards": table(
            ["shards asked at once", "p99 of one holds for", "one must hold for the p99 of all"],
            [
                [f"{count:,}", f"{100 * share_within(0.99, count):.3g} %", f"{100 * single_for(0.99, count):.2f} %"]
                for count in (1, 10, 100)
            ],
            words=0,
        ),
        "cost": _cost_table(c),
    }


def to_markdown(c: Constants) -> str:
    """Return all tables, each under its name."""
    return "\n".join(line for name, lines in tables(c).items() for line in (f"**{name}**", "", *lines, ""))


def fill(text: str, made: Mapping[str, Sequence[str]]) -> str:
    """Return an article with every table in its place, between `<!-- table:NAME -->` and `<!-- end -->`.

    Raises:
        BadInput: a place has a name that no table has.
    """

    def put(place: re.Match[str]) -> str:
        opening, name, closing = place.groups()
        if name not in made:
            raise BadInput(f"expected a table among {', '.join(made)}; received {name}")
        return "\n".join([opening, *made[name], "", closing])

    return _PLACE.sub(put, text)


def write_scale(folder: Path) -> Path:
    """Write all tables into `tables/scale.md` of the article's folder, and put them into `scale.md` if it is there.

    Raises:
        BadInput: the article has a place for a table that nobody makes.
        StorageUnavailable: one of them cannot be read or written.
    """
    constants = Constants()
    written, article = folder / "tables" / "scale.md", folder / "scale.md"
    try:
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(to_markdown(constants), encoding="utf-8")
        if article.is_file():
            article.write_text(fill(article.read_text(encoding="utf-8"), tables(constants)), encoding="utf-8")
    except OSError as exc:
        raise StorageUnavailable(f"{exc.filename} cannot be written: {exc.strerror}") from exc
    return written


def _constants_table(c: Constants, origins: Sequence[Origin]) -> list[str]:
    rows = []
    for field in fields(c):
        constant: Constant = getattr(c, field.name)
        if constant.origin in origins:
            rows.append([f"`{field.name}`", constant.origin, constant.source, _plain(constant.value), constant.unit])
    heads = ["name", "origin", "source", "value", "unit"]
    if len(origins) == 1:
        heads.remove("origin")
        rows = [[row[0], *row[2:]] for row in rows]
    lines = table(heads, rows, words=len(heads))
    marks = ["---"] * (len(heads) - 2) + ["---:", "---"]
    return [lines[0], f"| {' | '.join(marks)} |", *lines[2:]]


def _bytes_table(c: Constants) -> list[str]:
    parts = shares(c)
    rows = [[part.part, f"{part.sqlite:,.0f}", f"{part.postgres:,.0f}"] for part in parts]
    sums = [sum(part.sqlite for part in parts), sum(part.postgres for part in parts)]
    rows.append(["**together**", *(f"**{each:,.0f}**" for each in sums)])
    for size in SIZES[1:]:
        rows.append([f"for {size:,} pictures", *(_bytes(size * each) for each in sums)])
    return table(["bytes a picture", "SQLite, LSH", "PostgreSQL, Milvus HNSW"], rows)


def _one_machine_table(c: Constants) -> list[str]:
    needs = [one_machine(c, size) for size in SIZES]
    rows = {
        "signatures of both indexes, wanted in memory": [need.signatures for need in needs],
        "vectors of both indexes, wanted in memory": [need.vectors for need in needs],
        "more for each worker that arranges its indexes anew": [need.private for need in needs],
        "disk": [need.disk for need in needs],
        "first words of one index, the most a search reads of them": [need.first_words for need in needs],
        "vectors of one index, what an exact scan reads": [need.whole for need in needs],
    }
    heads = ["pictures", *(f"{size:,}" for size in SIZES)]
    return table(heads, [[name, *map(_bytes, values)] for name, values in rows.items()])


def _milvus_table(c: Constants) -> list[str]:
    rows = []
    for index in milvus_indexes(c):
        cells = [index.name, "yes" if index.is_ours else "no", f"{index.memory:,.0f}", f"{index.disk:,.0f}"]
        for size in SIZES[1:]:
            memory, disk = size * index.memory, size * index.disk
            cells += [_bytes(memory), _bytes(disk) if disk else "–", f"{nodes_for(c, memory, disk):,}"]
        rows.append(cells)
    heads = ["index", "made today", "memory a picture", "disk a picture"]
    for power in ("10⁸", "10¹⁰"):
        heads += [f"{power}: memory", "disk", "nodes"]
    return table(heads, rows, words=2)


def _times_table(c: Constants) -> list[str]:
    of_sizes = [seconds_of(c, size) for size in SIZES]
    rows = [["core hours to describe them", *(f"{core_hours(c, size):,.0f}" for size in SIZES)]]
    rows += [[name, *(_duration(seconds[name]) for seconds in of_sizes)] for name in of_sizes[0]]
    return table(["pictures", *(f"{size:,}" for size in SIZES)], rows)


def _latency_table(c: Constants) -> list[str]:
    steps = {
        "decoding": c.decode_ms,
        "PDQ": c.hash_ms,
        "the network": c.network_ms,
        "rows of the catalogue": c.rows_ms,
        "HTTP, JSON and the rest": c.other_ms,
    }
    rows = [[name, f"{step.value:.1f}"] for name, step in steps.items()]
    rows.append(["**left for both indexes and the ways to them**", f"**{left_for_indexes_ms(c):.1f}**"])
    return table([f"of {c.budget_ms.value:.0f} ms", "ms"], rows)


def _cost_table(c: Constants) -> list[str]:
    rows = [
        [
            one.name,
            one.machines,
            f"{one.cores:,.0f}",
            f"{one.memory_gib:,.0f} GiB",
            _bytes(one.disk),
            _bytes(one.objects) if one.objects else "–",
            f"{one.monthly_usd(c):,.0f}",
        ]
        for one in deployments(c)
    ]
    heads = ["pictures, layout", "machines", "cores", "memory", "SSD", "objects", "USD a month"]
    once = [f"{size:,} pictures: {taking_in_usd(c, size):,.0f} USD" for size in SIZES[1:]]
    return [*table(heads, rows, words=2), "", f"Taken in once (describing, writing thumbnails): {'; '.join(once)}."]


def _bytes(count: float) -> str:
    """Return bytes with three figures, in the unit that suits them (powers of 1000)."""
    for unit, size in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{_three_figures(count / size)} {unit}"
    return f"{count:,.0f} B"


def _duration(seconds: float) -> str:
    """Return seconds in the unit that suits them, with three figures."""
    for unit, size in (("days", 2 * _DAY_S), ("h", _HOUR_S), ("min", 60)):
        if seconds >= size:
            return f"{_three_figures(seconds / (_DAY_S if unit == 'days' else size))} {unit}"
    return f"{_three_figures(seconds)} s"


def _three_figures(value: float) -> str:
    decimals = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:,.{decimals}f}"


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.6f}".rstrip("0").rstrip(".")


def _own_values(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, float]:
    values = {}
    for each in given:
        name, _, number = each.partition("=")
        try:
            values[name] = float(number)
        except ValueError as exc:
            raise click.BadParameter(f"expected NAME=NUMBER; received {each!r}") from exc
        if not (math.isfinite(values[name]) and values[name] > 0):
            raise click.BadParameter(f"expected a number above 0; received {each!r}")
    return values


@click.command()
@click.option(
    "--set", "values", multiple=True, callback=_own_values, metavar="NAME=NUMBER", help="Your own; several times."
)
def main(values: dict[str, float]) -> None:
    """Print all tables of the article about scale, worked out from its constants or from your own.

    `python -m evaluation.article article` writes those of the article.

    Example: python -m evaluation.scale --set core_hour_usd=0.02 --set node_gib=256
    """
    try:
        constants = Constants().with_values(values)
    except BadInput as exc:
        click.echo(f"{exc} {exc.remedy}", err=True)
        sys.exit(exc.exit_status)
    click.echo(to_markdown(constants))


if __name__ == "__main__":
    main()
