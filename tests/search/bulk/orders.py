"""Orders, sources and described shards for these tests."""

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

from data.records import SourceRecord
from feature_extractor.model_file import read_metadata
from search.bulk.describe import ShardIntake
from search.bulk.shard_file import ShardFile
from search.bulk.shards import Order
from search.ingest import ingest
from settings import Settings
from tests.engines import LIMITS, draw, encode
from tests.fake_extractor import FakeExtractor

MODEL = Path(Settings.model_fields["model"].get_default())


def make_order(folder: Path, *, model_id: str = "", collection: str | None = None) -> Order:
    """Return an order for the shipped model, or for one that only has an id; its folder is made."""
    described = folder / "bulk"
    described.mkdir(exist_ok=True)
    return Order(
        folder=described,
        model=MODEL,
        model_id=model_id or read_metadata(MODEL).model_id,
        limits=LIMITS,
        fetch_timeout_s=5.0,
        collection=collection,
    )


def make_folder(folder: Path, pictures: range) -> Path:
    """Draw pictures into a folder."""
    folder.mkdir(parents=True)
    for seed in pictures:
        (folder / f"{seed:05}.png").write_bytes(encode(draw(seed)))
    return folder


def make_webdataset(path: Path, pictures: range) -> Path:
    """Draw pictures into a tar as img2dataset writes them, each with the address where it was found."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for seed in pictures:
            told = {"url": f"https://example.org/{seed}.png", "caption": f"Blocks {seed}", "license": "CC0"}
            for suffix, data in (("png", encode(draw(seed))), ("json", json.dumps(told).encode())):
                member = tarfile.TarInfo(f"{seed:09}.{suffix}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    return path


def take_into(path: Path, records: Sequence[SourceRecord], *, extractor: FakeExtractor | None = None) -> Path:
    """Describe pictures into the file of a shard."""
    model = extractor or FakeExtractor()
    with ShardFile(path, model.model_id) as file:
        ingest(
            ShardIntake(model, file, file, LIMITS, workers=2),
            records,
            on_progress=lambda _: None,
            on_failure=file.add_failure,
        )
    return path
