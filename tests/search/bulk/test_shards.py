"""Shards cover a source once, and are named by all that decides what they will hold."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import SourceUnreadable
from feature_extractor.picture import Limits
from search.bulk.shards import Order, Shard, cut
from tests.search.bulk.orders import make_folder, make_order, make_webdataset


@pytest.fixture
def order(tmp_path: Path) -> Order:
    return make_order(tmp_path, model_id="a" * 64)


@given(pictures=st.integers(0, 30), records=st.integers(1, 12))
def test_every_record_is_in_one_shard(tmp_path_factory: pytest.TempPathFactory, pictures: int, records: int) -> None:
    folder = tmp_path_factory.mktemp("cut")
    table = folder / "table.csv"
    table.write_text("path\n" + "".join(f"{number}.png\n" for number in range(pictures)))
    shards = cut([str(table)], make_order(folder, model_id="a" * 64), records=records)
    assert shards[0].first == 0
    assert shards[-1].stop is None
    assert [shard.stop for shard in shards[:-1]] == [shard.first for shard in shards[1:]]
    assert sum(shard.records or 0 for shard in shards) == pictures
    assert all((shard.records or 0) <= records for shard in shards)
    assert len({shard.name for shard in shards}) == len(shards)


def test_a_tar_is_one_shard_and_a_folder_of_tars_stands_for_them(order: Order, tmp_path: Path) -> None:
    tars = [make_webdataset(tmp_path / "shards" / f"{number:05}.tar", range(3)) for number in range(2)]
    (tmp_path / "shards" / "00000_stats.json").write_text("{}")
    shards = cut([str(tmp_path / "shards")], order, records=2)
    assert [(shard.what, shard.first, shard.stop, shard.records) for shard in shards] == [
        (str(tar), 0, None, None) for tar in tars
    ]


def test_an_address_is_one_shard(order: Order) -> None:
    [shard] = cut(["https://example.org/a.png"], order)
    assert (shard.what, shard.records) == ("https://example.org/a.png", 1)


def test_a_source_that_is_not_there_stops_before_anything_begins(order: Order, tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable):
        cut([str(make_folder(tmp_path / "there", range(1))), str(tmp_path / "absent")], order)


def test_a_path_is_the_same_from_wherever_it_is_named(
    order: Order, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_folder(tmp_path / "pictures", range(2))
    monkeypatch.chdir(tmp_path)
    assert cut(["pictures"], order) == cut([str(tmp_path / "pictures")], order)


def test_a_name_stays_until_something_decides_otherwise(order: Order, tmp_path: Path) -> None:
    tar = make_webdataset(tmp_path / "a.tar", range(3))

    def name(order: Order = order) -> str:
        [shard] = cut([str(tar)], order)
        return shard.name

    first = name()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("search.bulk.shards.METHOD", "another method of local features")
        of_another_method = name()
    assert name() == name(replace(order, folder=tmp_path, fetch_timeout_s=9.0)) == first
    names = {
        first,
        of_another_method,
        name(replace(order, model_id="b" * 64)),
        name(replace(order, limits=Limits(max_bytes=7, max_pixels=7))),
        name(replace(order, collection="mine")),
        name(replace(order, show_mature=True)),
    }
    status = tar.stat()
    os.utime(tar, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert len({*names, name()}) == 7


def test_a_folder_that_grew_has_other_shards(order: Order, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "pictures", range(3))
    before: list[Shard] = cut([str(folder)], order)
    (folder / "late.png").touch()
    assert not {*before} & {*cut([str(folder)], order)}
