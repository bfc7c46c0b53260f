import io
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.sources import open_source
from errors import FetchFailed, StorageUnavailable
from feature_extractor.descriptors import ATTRIBUTES
from feature_extractor.training.records import SIDE_PX, VAL_EVERY, keep_pictures, split_of


def encode(seed: int, side: int = 48) -> bytes:
    content = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    Image.fromarray(pixels).resize((2 * side, side)).save(content, "PNG")
    return content.getvalue()


@dataclass
class Record:
    """A record that counts how often it is read."""

    locator: str
    content: bytes | None
    project: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    reads: int = 0

    @property
    def read(self) -> Callable[[], bytes]:
        def read() -> bytes:
            self.reads += 1
            if self.content is None:
                raise FetchFailed("gone")
            return self.content

        return read


def test_what_is_told_of_a_picture_is_kept_with_it(tmp_path: Path) -> None:
    labels = {
        "content_dog": "positive",
        "content_cat": "negative",
        "media_comic": "positive",
        "media_oilpaint": "unsure",
    }
    (picture,), missing = keep_pictures([Record("https://example.org/1.jpg", encode(0), "p", labels)], tmp_path)
    assert missing == ()
    told = dict(zip(ATTRIBUTES, picture.attributes, strict=True))
    assert {name: value for name, value in told.items() if not np.isnan(value)} == {
        "content_dog": 1,
        "content_cat": 0,
        "media_comic": 1,
    }
    assert (picture.domain, picture.category) == ("media_comic", "")
    assert picture.name == "records/https://example.org/1.jpg"
    assert picture.split == split_of("p")
    original = np.asarray(Image.open(io.BytesIO(encode(0))).convert("RGB")).astype(float)
    assert np.abs(picture.read() - original).mean() < 4


def test_large_pictures_are_kept_reduced(tmp_path: Path) -> None:
    (picture,), _ = keep_pictures([Record("large", encode(0, side=400))], tmp_path)
    assert picture.read().shape == (SIDE_PX // 2, SIDE_PX, 3)


def test_a_kept_picture_is_not_read_again_and_a_missing_one_is_asked_for_again(tmp_path: Path) -> None:
    records = [Record(f"r{number}", None if number == 2 else encode(number)) for number in range(200)]
    told: list[int] = []
    for _ in range(2):
        pictures, missing = keep_pictures(records, tmp_path, on_progress=told.append)
        assert [picture.name for picture in pictures] == [f"records/r{n}" for n in range(200) if n != 2]
        assert [(picture.name, picture.reason) for picture in missing] == [("r2", "gone")]
    assert Counter(record.reads for record in records) == {1: 199, 2: 1}
    assert told[-1] == 200


def test_a_broken_picture_is_missing_with_its_reason(tmp_path: Path) -> None:
    pictures, (missing,) = keep_pictures([Record("broken", encode(0)[:60])], tmp_path)
    assert pictures == []
    assert missing.name == "broken"
    assert missing.reason


def test_a_split_never_divides_a_project_and_holds_its_share(tmp_path: Path) -> None:
    records = [Record(f"r{number}", encode(0), str(number // 2)) for number in range(6)]
    by_project: dict[int, set[str]] = {}
    for picture in keep_pictures(records, tmp_path)[0]:
        by_project.setdefault(picture.project, set()).add(picture.split)
    assert [len(splits) for splits in by_project.values()] == [1, 1, 1]
    splits = Counter(split_of(str(number)) for number in range(5000))
    assert splits["val"] / 5000 == pytest.approx(1 / VAL_EVERY, abs=0.02)


def test_says_where_it_cannot_keep(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageUnavailable):
        keep_pictures([Record("a", encode(0))], tmp_path / "file")


def test_a_bam_file_is_such_a_source(tmp_path: Path) -> None:
    """The only reader of BAM! files is `data`; what it yields is taken here as it is."""
    with closing(sqlite3.connect(tmp_path / "bam.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE modules (mid INT PRIMARY KEY, project_id INT, src TEXT)")
        connection.execute("CREATE TABLE automatic_labels (mid INT PRIMARY KEY, content_dog TEXT, content_cat TEXT)")
        for mid in range(4):
            connection.execute("INSERT INTO modules VALUES (?, ?, ?)", (mid, mid // 2, f"{mid}.png"))
            connection.execute("INSERT INTO automatic_labels VALUES (?, 'positive', 'unsure')", (mid,))
            if mid != 3:
                (tmp_path / f"{mid}.png").write_bytes(encode(mid))
    with open_source(tmp_path / "bam.sqlite", max_bytes=1 << 20) as source:
        pictures, missing = keep_pictures(source, tmp_path / "kept")
    assert [Path(picture.name).name for picture in pictures] == ["0.png", "1.png", "2.png"]
    assert [Path(picture.name).name for picture in missing] == ["3.png"]
    assert pictures[0].project == pictures[1].project != pictures[2].project
    assert pictures[0].attributes[ATTRIBUTES.index("content_dog")] == 1
    assert np.isnan(pictures[0].attributes[ATTRIBUTES.index("content_cat")])
