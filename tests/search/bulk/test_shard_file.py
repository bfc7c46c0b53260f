"""A described shard's file says what the catalogue would have been told, and is whole or not there."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # it ships no types
import pytest

from data.records import SourceRecord
from errors import ContractBroken, StorageUnavailable
from feature_extractor.kept_keypoints import kept_keypoints
from feature_extractor.keypoints import METHOD
from search.bulk.shard_file import BATCH_ROWS, ShardFile, ShardRows, read_shard, read_skipped
from search.ingest import Failure
from tests.engines import draw, encode, offer
from tests.fake_extractor import FakeExtractor
from tests.search.bulk.orders import take_into

MODEL_ID = FakeExtractor().model_id


def test_everything_that_is_told_of_a_picture_comes_back(tmp_path: Path) -> None:
    record = SourceRecord(
        "https://example.org/a.png",
        lambda: encode(draw(1)),
        title="Blöcke",
        licence="CC0",
        project="p1",
        collection="c",
        backlink="https://example.org/",
        labels={"media_comic": "positive", "content_cat": "unsure"},
        mature=True,
    )
    path = take_into(tmp_path / "a.parquet", [record], extractor=FakeExtractor(untaught=["content_cat"]))
    [rows] = read_shard(path, MODEL_ID)
    [picture] = rows.pictures
    source = picture.image.source
    for name in ("locator", "title", "licence", "project", "collection", "backlink", "labels", "mature"):
        assert getattr(source, name) == getattr(record, name), name
    assert (picture.image.width, picture.image.height, picture.image.format) == (96, 64, "PNG")
    assert "content_cat" not in picture.image.attributes
    assert len(picture.image.attributes) == 19
    for vector in picture.image.descriptors.values():
        assert vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
    assert picture.thumbnail.startswith(b"RIFF")
    with pytest.raises(ContractBroken):
        source.read()


def test_descriptors_stay_with_their_pictures_among_rows_of_other_kinds(tmp_path: Path) -> None:
    """Failures and further places leave holes in the columns of descriptors."""
    records = []
    for seed in range(BATCH_ROWS // 2):
        records += [offer(encode(draw(seed)), f"{seed}.png"), offer(b"", f"broken {seed}"), offer(encode(draw(0)), "0")]
    path = take_into(tmp_path / "a.parquet", records)
    seen = again = failures = 0
    for rows in read_shard(path, MODEL_ID):
        for picture in rows.pictures:
            seed = int(picture.image.source.locator.removesuffix(".png"))
            alone = FakeExtractor().describe([draw(seed)])
            assert float(picture.image.descriptors["copy"] @ alone.copy[0]) > 0.9, seed
            assert float(picture.image.descriptors["similar"] @ alone.similar[0]) > 0.9, seed
        seen += len(rows.pictures)
        again += len(rows.again)
        failures += len(rows.failures)
    assert (seen, again, failures) == (BATCH_ROWS // 2, BATCH_ROWS // 2, BATCH_ROWS // 2)


def test_what_was_left_out_is_told(tmp_path: Path) -> None:
    with ShardFile(tmp_path / "a.parquet", MODEL_ID) as file:
        file.add_failure(Failure("a.png", "damaged"))
        file.add_skipped({"hidden": 3})
    [rows] = read_shard(tmp_path / "a.parquet", MODEL_ID)
    assert rows == ShardRows([], [], [Failure("a.png", "damaged")])
    assert read_skipped(tmp_path / "a.parquet") == {"hidden": 3}


def test_a_shard_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    def stop() -> bytes:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_into(tmp_path / "a.parquet", [SourceRecord("a.png", stop)])
    assert not list(tmp_path.iterdir())


def test_a_file_of_another_model_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    path = take_into(tmp_path / "a.parquet", [offer(encode(draw(1)), "a.png")])
    with pytest.raises(StorageUnavailable, match="of model other"):
        list(read_shard(path, "other"))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StorageUnavailable, match=r"a\.parquet"):
        list(read_shard(path, MODEL_ID))
    with pytest.raises(StorageUnavailable, match=r"a\.parquet"):
        read_skipped(path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="absent"), ShardFile(tmp_path / "absent" / "a.parquet", MODEL_ID):
        pass


def test_local_features_are_those_of_the_picture(tmp_path: Path) -> None:
    path = take_into(tmp_path / "a.parquet", [offer(encode(draw(1)), "a.png")])
    [rows] = read_shard(path, MODEL_ID)
    image = rows.pictures[0].image
    assert (image.keypoints_method, image.keypoints) == (METHOD, kept_keypoints(draw(1), 96, 64))
    with ShardFile(tmp_path / "b.parquet", MODEL_ID) as file:
        assert file.without_keypoints([image.sha256], METHOD) == set()
        with pytest.raises(ContractBroken, match="to fill in"):
            file.put_keypoints([(image.sha256, b"")], METHOD)


@pytest.mark.parametrize("told", [None, "another-method"])
def test_a_file_of_a_version_with_other_local_features_or_none_is_refused(tmp_path: Path, told: str | None) -> None:
    path = take_into(tmp_path / "a.parquet", [offer(encode(draw(1)), "a.png")])
    table = pq.read_table(path)
    metadata = {"retrace.model_id": MODEL_ID, "retrace.skipped": "{}"}
    if told:
        metadata["retrace.keypoints_method"] = told
    else:
        table = table.drop_columns(["keypoints"])
    pq.write_table(table.replace_schema_metadata(metadata), path)
    with pytest.raises(StorageUnavailable, match=f"received {told or 'none'}") as caught:
        list(read_shard(path, MODEL_ID))
    assert "same version" in caught.value.remedy
