"""Four processes add and remove in one PostgreSQL while an index follows: it misses nothing, and ends as they do."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.migrate import upgrade
from data.records import Change
from search.index_check import verify
from search.live_index import LiveIndex
from search.vector_index.contract import IndexIdentity
from search.vector_index.exact import ExactIndex
from search.vector_index.snapshot_home import SnapshotHome
from tests.data.new_images import MODEL, digest, new_image
from tests.postgres import postgres_server

WRITERS = 4
ROUNDS = 25
SHARED = 40
"""Pictures that all of them add, each in an order of its own, and now and then remove."""


@dataclass(frozen=True)
class Told:
    """What a writer was told of its pictures."""

    created: list[int]
    removed: list[int]


@pytest.fixture
def url() -> Iterator[str]:
    with postgres_server() as url:
        upgrade(url)
        yield url


def write(url: str, writer: int) -> Told:
    """Add pictures of its own and of all, and remove some of either, in this process."""
    rng = np.random.default_rng(writer)
    told = Told([], [])
    seen: set[int] = set()
    with Catalogue.open(url) as catalogue:
        for number in range(ROUNDS):
            shared = rng.choice(SHARED, 6, replace=False).tolist()
            own = [1000 * (writer + 1) + 2 * number + each for each in range(2)]
            for added in catalogue.add_batch([new_image(each) for each in (*shared, *own)]):
                seen.add(added.image_id)
                if added.created:
                    told.created.append(added.image_id)
            going = rng.choice(sorted(seen), 3, replace=False).tolist()
            told.removed.extend(image.id for image in catalogue.remove(going))
    return told


@pytest.mark.postgres
def test_the_index_ends_as_the_catalogue(url: str, tmp_path: Path) -> None:
    changes: list[Change] = []
    with Catalogue.open(url) as catalogue, multiprocessing.get_context("spawn").Pool(WRITERS) as pool:
        live = LiveIndex(catalogue, IndexIdentity(MODEL, "copy", 256), SnapshotHome(tmp_path, ExactIndex))
        live.open()
        writing = pool.starmap_async(write, [(url, writer) for writer in range(WRITERS)])
        looks = 0
        while not writing.ready():
            changes += catalogue.changes_after(changes[-1].number if changes else 0)
            looks += live.catch_up() > 0
        told = writing.get()
        live.catch_up()
        changes += catalogue.changes_after(changes[-1].number)

        # A reader in order of numbers has missed none, and nothing came to be twice.
        assert looks > 5
        assert [change.number for change in changes] == list(range(1, catalogue.last_change() + 1))
        held: set[int] = set()
        for change in changes:
            if change.kind == "added":
                assert change.image_id not in held
                held.add(change.image_id)
            else:
                held.remove(change.image_id)
        rows = dict(catalogue.all_sha256())
        assert set(rows) == held
        assert len(set(rows.values())) == len(rows)

        # Each creation and each removal was told to one writer only.
        for kind in ("created", "removed"):
            often = Counter(image_id for one in told for image_id in getattr(one, kind))
            what = "added" if kind == "created" else kind
            assert set(often.values()) == {1}
            assert set(often) == {change.image_id for change in changes if change.kind == what}
        assert {digest(number) for number in range(SHARED)} & set(rows.values())

        assert verify(live, catalogue) == []
        assert live.index.ids().tolist() == sorted(rows)
        live.close()
