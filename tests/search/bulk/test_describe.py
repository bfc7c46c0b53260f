"""A node describes shards with the real model, and says of each picture it cannot have why."""

import platform
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from errors import ModelUnusable, SourceUnreadable
from feature_extractor.extractor import open_extractor
from search.bulk.describe import ShardDescriber
from search.bulk.shard_file import ShardRows, read_shard, read_skipped
from search.bulk.shards import Order, Shard, cut, described_path
from tests.engines import draw, encode
from tests.search.bulk.orders import MODEL, make_folder, make_order, make_webdataset

pytestmark = pytest.mark.model


@pytest.fixture
def order(tmp_path: Path) -> Order:
    return make_order(tmp_path)


def describe(describer: ShardDescriber, order: Order, shard: Shard) -> ShardRows:
    describer.describe(shard)
    [rows] = read_shard(described_path(order, shard), order.model_id)
    return rows


def test_a_tar_of_webdataset_is_described_as_it_would_be_here(order: Order, tmp_path: Path) -> None:
    [shard] = cut([str(make_webdataset(tmp_path / "a.tar", range(5)))], order)
    rows = describe(ShardDescriber(order), order, shard)
    expected = open_extractor(MODEL, threads=1).describe([draw(seed) for seed in range(5)])
    assert [picture.image.source.locator for picture in rows.pictures] == [
        f"https://example.org/{seed}.png" for seed in range(5)
    ]
    assert [picture.image.source.title for picture in rows.pictures] == [f"Blocks {seed}" for seed in range(5)]
    assert {picture.image.source.licence for picture in rows.pictures} == {"CC0"}
    for row, picture in enumerate(rows.pictures):
        np.testing.assert_allclose(picture.image.descriptors["copy"], expected.copy[row], atol=1e-4)
        np.testing.assert_allclose(picture.image.descriptors["similar"], expected.similar[row], atol=1e-4)


def test_the_shards_of_a_folder_hold_every_picture_and_every_oddity_once(order: Order, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "pictures", range(7))
    (folder / "00001.png").write_bytes(b"broken")
    for name in (".hidden.png", "00000.txt", "00003.txt", "99999.txt"):
        (folder / name).touch()
    describer = ShardDescriber(order)
    locators: list[str] = []
    failures: list[str] = []
    skipped: Counter[str] = Counter()
    for shard in cut([str(folder)], order, records=3):
        rows = describe(describer, order, shard)
        locators += [picture.image.source.locator for picture in rows.pictures]
        failures += [failure.locator for failure in rows.failures]
        skipped.update(read_skipped(described_path(order, shard)))
    assert locators == [str(folder / f"{seed:05}.png") for seed in (0, 2, 3, 4, 5, 6)]
    assert failures == [str(folder / "00001.png")]
    assert skipped == {"hidden": 1, "not a picture by its name": 3}


def test_addresses_of_a_table_are_fetched_and_private_ones_refused(order: Order, tmp_path: Path) -> None:
    table = tmp_path / "laion.parquet"
    private = ["http://127.0.0.1/a.png", "http://169.254.169.254/latest", "http://[::ffff:10.0.0.1]/b.png"]
    pq.write_table(pa.table({"URL": private, "TEXT": ["a", "b", "c"]}), table)
    [shard] = cut([str(table)], order)
    rows = describe(ShardDescriber(order), order, shard)
    assert [failure.locator for failure in rows.failures] == private
    assert not rows.pictures

    pq.write_table(pa.table({"URL": ["https://example.org/a.png"], "TEXT": ["Blocks"], "LICENSE": ["CC0"]}), table)
    [shard] = cut([str(table)], order)
    rows = describe(ShardDescriber(order, fetcher=lambda address: encode(draw(1))), order, shard)
    [picture] = rows.pictures
    source = picture.image.source
    assert (source.locator, source.title, source.licence) == ("https://example.org/a.png", "Blocks", "CC0")


def test_a_shard_that_is_described_already_is_left_as_it_is(order: Order, tmp_path: Path) -> None:
    [shard] = cut([str(make_folder(tmp_path / "pictures", range(1)))], order)
    path = described_path(order, shard)
    path.write_bytes(b"of an earlier run")
    ShardDescriber(order).describe(shard)
    assert path.read_bytes() == b"of an earlier run"


def test_a_node_with_another_model_is_refused(order: Order) -> None:
    with pytest.raises(ModelUnusable, match=platform.node()):
        ShardDescriber(replace(order, model_id="0" * 64))


def test_a_node_that_cannot_see_the_source_is_named(order: Order, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "pictures", range(1))
    [shard] = cut([str(folder)], order)
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(SourceUnreadable, match=platform.node()):
        ShardDescriber(order).describe(shard)
    assert not list(order.folder.iterdir())
