from pathlib import Path

import pytest

from data import catalogue_records
from data.catalogue import Catalogue
from data.catalogue_records import read_catalogue
from data.thumbnails import ThumbnailStore
from errors import SourceUnreadable
from tests.data.new_images import new_image


def test_every_picture_is_a_record_with_its_labels_and_its_thumbnail(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue_records, "_PAGE", 2)
    thumbnails = ThumbnailStore(tmp_path / "thumbnails")
    images = [new_image(number) for number in range(5)]
    images[1] = new_image(1, project="p", labels={"content_dog": "positive"}, licence="CC0")
    catalogue.add_batch(images)
    for image in images[:4]:
        thumbnails.put(image.sha256, image.sha256.encode())
    records = list(read_catalogue(catalogue, thumbnails))
    assert [record.locator for record in records] == [f"catalogue!{image.sha256}" for image in images]
    assert [record.read() for record in records[:4]] == [image.sha256.encode() for image in images[:4]]
    assert (records[1].project, dict(records[1].labels), records[1].licence) == (
        "p",
        {"content_dog": "positive"},
        "CC0",
    )
    with pytest.raises(SourceUnreadable, match=images[4].sha256):
        records[4].read()
