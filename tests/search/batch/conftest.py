"""An engine over a few scenes, and files of one's own: copies of some of them, strangers, and what is no picture."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from search.open_engine import close_engine
from search.query import Engine
from tests.engines import encode, make_engine, offer
from tests.search.composed import cell, collage
from tests.search.known_copies import in_greys
from tests.search.scenes import scene

HELD = 4


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    records = [
        offer(
            encode(scene(seed)),
            f"https://example.org/{seed}.png",
            title=f"<b>Scene {seed}</b>",
            collection="scenes",
            backlink=f"https://example.org/page{seed}",
        )
        for seed in range(HELD)
    ]
    records += [offer(encode(cell(seed)), f"/cells/{seed}.png", collection="cells") for seed in range(2)]
    engine = make_engine(tmp_path_factory.mktemp("held"), records)
    yield engine
    close_engine(engine)


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of files; their names tell what they are."""
    folder = tmp_path_factory.mktemp("own")
    first, second, third = scene(0), scene(1), scene(2)
    files = {
        "a-identical.png": encode(first),
        "b-same-pixels.png": encode(first, compress_level=1),
        "c-mirrored.jpg": encode(np.ascontiguousarray(second[:, ::-1]), "JPEG", quality=80),
        "d-greys.jpg": encode(in_greys(third), "JPEG", quality=70),
        "e-half.jpg": encode(np.asarray(cv2.resize(third, (320, 240)), np.uint8), "JPEG", quality=85),
        "f-plain.png": encode(np.full((64, 64, 3), 200, np.uint8)),
        "g-collage.png": encode(collage(cell(0), cell(1), cell(8), cell(9))[0]),
        "h-broken.jpg": encode(first, "JPEG")[:300],
        **{f"i-stranger-{seed}.jpg": encode(scene(100 + seed), "JPEG") for seed in range(3)},
        "j-again.jpg": encode(np.ascontiguousarray(second[:, ::-1]), "JPEG", quality=80),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder
