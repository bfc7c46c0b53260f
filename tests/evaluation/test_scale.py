from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from errors import BadInput
from evaluation.scale import (
    BILLION,
    MILLION,
    Constant,
    Constants,
    Deployment,
    core_hours,
    deployments,
    fill,
    left_for_indexes_ms,
    main,
    milvus_indexes,
    most_in_memory,
    nodes_for,
    one_machine,
    seconds_of,
    share_within,
    shares,
    single_for,
    tables,
    to_markdown,
    write_scale,
)
from feature_extractor.descriptors import DIM
from search.vector_index.contract import IndexIdentity
from search.vector_index.lsh import LSHIndex
from search.vector_index.milvus import schema
from tests.vectors import draw_vectors

ARTICLE = Path(__file__).parents[2] / "article"


@pytest.fixture
def round_numbers() -> Constants:
    return Constants().with_values(
        {
            "dim": 250,
            "signature_bytes": 50,
            "sqlite_row_bytes": 1000,
            "sqlite_descriptor_bytes": 2000,
            "postgres_row_bytes": 1000,
            "postgres_descriptor_bytes": 1000,
            "thumbnail_bytes": 8000,
            "block_loss_bytes": 2000,
            "described_per_core_s": 10,
            "poured_one_s": 1000,
            "milvus_import_s": 10_000,
            "milvus_fields_bytes": 20,
            "node_disk_tb": 10,
            "read_mb_s": 100,
            "load_share": 1,
            "memory_share": 1,
        }
    )


def constants_of(constants: Constants) -> dict[str, Constant]:
    return {field.name: getattr(constants, field.name) for field in fields(constants)}


def test_what_is_counted_is_what_the_code_does() -> None:
    count = 4096
    index = LSHIndex(IndexIdentity(model_id="", kind="copy", dim=DIM))
    index.add(np.arange(count), draw_vectors(count, seed=1, dim=DIM))
    index.compact()
    c = Constants()
    a_picture = index.memory.private_bytes / count
    # Where groups begin is counted once for all rows: a fraction of a byte a picture.
    assert a_picture == pytest.approx(c.signature_bytes.value + c.dim.value * c.half_bytes.value, abs=0.1)
    assert c.dim.value == DIM
    assert c.hnsw_links.value == 2 * schema._HNSW_BUILD["M"]


def test_every_constant_has_a_unit_and_a_source_that_its_table_tells() -> None:
    made = tables(Constants())
    for name, constant in constants_of(Constants()).items():
        assert constant.unit, name
        assert constant.source, name
        assert constant.value > 0, name
        shown = made["assumptions" if constant.origin == "assumed" else "constants"]
        assert sum(line.startswith(f"| `{name}` |") and constant.source in line for line in shown) == 1
        assert constant.origin != "documented" or "https://" in constant.source, name


def test_one_machine_on_round_numbers(round_numbers: Constants) -> None:
    machine = one_machine(round_numbers, MILLION)
    assert machine.signatures == 2 * 50 * MILLION
    assert machine.vectors == 2 * 250 * 2 * MILLION
    assert machine.private == machine.signatures + machine.vectors
    assert machine.disk == (1000 + 2000 + 10_000) * MILLION + 2 * machine.private
    assert machine.first_words == 8 * MILLION
    assert machine.whole == 500 * MILLION
    room = 128 * 2**30
    assert list(most_in_memory(round_numbers).values()) == [room // 2200, room // 1100, room // 100, 2**31]


def test_milvus_on_round_numbers(round_numbers: Constants) -> None:
    made = {index.name.split(",")[0]: index for index in milvus_indexes(round_numbers) if "float16" not in index.name}
    assert made["HNSW"].memory == 2 * (1000 + 32 * 4 + 20)
    assert made["FLAT"].memory == 2 * (1000 + 20)
    assert made["DISKANN"].memory == pytest.approx(2 * (225 + 20))
    assert made["DISKANN"].disk == pytest.approx(2 * 4096 / 3)  # 1,228 bytes: three share a sector
    assert made["IVF_PQ"].memory == 2 * (36 + 20)
    assert [index.name for index in milvus_indexes(round_numbers) if index.is_ours] == [
        "HNSW, float32",
        "FLAT, float32",
    ]
    (wide,) = [i for i in milvus_indexes(round_numbers.with_values({"dim": 1900})) if i.name.startswith("DISKANN")]
    assert wide.disk == 2 * 8192  # 7,828 bytes: two sectors


@pytest.mark.parametrize(
    ("memory_gib", "disk_tb", "nodes"), [(0, 0, 1), (128, 0, 1), (129, 0, 2), (128, 30, 3), (1280, 30, 10)]
)
def test_nodes_hold_memory_and_disk(round_numbers: Constants, memory_gib: int, disk_tb: int, nodes: int) -> None:
    assert nodes_for(round_numbers, memory_gib * 2**30, disk_tb * 1e12) == nodes


def test_times_on_round_numbers(round_numbers: Constants) -> None:
    assert core_hours(round_numbers, 36 * MILLION) == 1000
    of_million = list(seconds_of(round_numbers, MILLION).values())
    reading, describing, one, _, shard, importing, filling = of_million
    assert reading == pytest.approx(MILLION * 200_000 * 8 / 1e10)
    assert describing == pytest.approx(MILLION / 10 / 1000)
    assert (one, shard, importing, filling) == (1000, 1000, 200, 10)
    _, _, one, _, shard, *_ = seconds_of(round_numbers, 10 * BILLION).values()
    assert (one, shard) == (10 * MILLION, MILLION / 10)


def test_latency_and_shards() -> None:
    own = {"decode_ms": 1, "hash_ms": 2, "network_ms": 30, "rows_ms": 3, "other_ms": 4}
    assert left_for_indexes_ms(Constants().with_values(own)) == 60
    assert share_within(0.5, 3) == 0.125
    assert single_for(0.125, 3) == pytest.approx(0.5)
    assert share_within(single_for(0.99, 100), 100) == pytest.approx(0.99)


def test_costs_on_round_numbers(round_numbers: Constants) -> None:
    prices = {"core_hour_usd": 0.1, "gib_hour_usd": 0.01, "disk_gb_month_usd": 1, "object_gb_month_usd": 0.5}
    c = round_numbers.with_values(prices)
    assert Deployment("", 10, 100, 3e9, 4e9, "").monthly_usd(c) == pytest.approx((1 + 1) * 730 + 3 + 2)
    machine, small, unchanged, diskann, quantised = deployments(c)
    assert machine.disk == one_machine(c, 100 * MILLION).disk
    assert machine.memory_gib == pytest.approx(2 * 1100 * 1e8 / 2**30)
    # 10¹⁰ pictures of 2,000 bytes fill two disks of 10 TB, and each has a second copy.
    assert "4 of PostgreSQL" in unchanged.machines
    assert "2 of PostgreSQL" in diskann.machines  # without descriptors
    assert small.disk == 2 * 10e12 + 1e8 * 10_000  # the thumbnails lie in a folder
    assert quantised.objects == pytest.approx(1e10 * (8000 + 1000 + 2 * 1000 + 2 * 20 + 112 + 2000))


def test_parts_of_a_picture_add_up(round_numbers: Constants) -> None:
    assert sum(part.sqlite for part in shares(round_numbers)) == 1000 + 2000 + 1100 + 10_000
    hnsw = milvus_indexes(round_numbers)[0].memory
    assert sum(part.postgres for part in shares(round_numbers)) == 1000 + 1000 + hnsw + 10_000


def test_the_article_shows_what_the_module_gives() -> None:
    written = (ARTICLE / "tables" / "scale.md").read_text(encoding="utf-8")
    article = (ARTICLE / "scale.md").read_text(encoding="utf-8")
    assert written == to_markdown(Constants())
    assert article == fill(article, tables(Constants()))
    for name in tables(Constants()):
        assert f"<!-- table:{name} -->" in article, name


def test_tables_are_put_where_they_belong_again_and_again(tmp_path: Path) -> None:
    article = tmp_path / "scale.md"
    article.write_text("Before.\n<!-- table:latency -->\nold\n<!-- end -->\nAfter.\n", encoding="utf-8")
    assert write_scale(tmp_path) == tmp_path / "tables" / "scale.md"
    text = article.read_text(encoding="utf-8")
    assert text.startswith("Before.\n<!-- table:latency -->\n\n| of 100 ms | ms |")
    assert text.endswith("\n\n<!-- end -->\nAfter.\n")
    assert "old" not in text
    write_scale(tmp_path)
    assert article.read_text(encoding="utf-8") == text
    article.write_text("<!-- table:recipes -->\n<!-- end -->", encoding="utf-8")
    with pytest.raises(BadInput, match="received recipes"):
        write_scale(tmp_path)


def test_a_reader_puts_in_numbers_of_their_own() -> None:
    printed = CliRunner().invoke(main, ["--set", "described_per_core_s=100", "--set", "node_gib=256"])
    assert printed.exit_code == 0, printed.output
    assert "| core hours to describe them | 3 | 278 | 27,778 |" in printed.output
    assert "| `node_gib` | given by --set | 256 |" in printed.output


@pytest.mark.parametrize(
    ("given", "status"),
    [("node_gib", 2), ("node_gib=many", 2), ("node_gib=-1", 2), ("node_gib=nan", 2), ("nodes=1", 3)],
)
def test_what_is_no_constant_or_number_is_refused(given: str, status: int) -> None:
    assert CliRunner().invoke(main, ["--set", given]).exit_code == status
