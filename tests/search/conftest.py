"""An engine over thirty drawn pictures, only read."""

from collections.abc import Iterator

import pytest

from search.open_engine import close_engine
from search.query import Engine
from tests.engines import draw, encode, make_engine, offer

PICTURES = 30


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    records = [
        offer(
            encode(draw(seed)),
            f"drawn/{seed}.png",
            title=f"Blocks {seed}",
            collection="blocks",
            labels={"media_vectorart": "positive"} if seed % 3 == 0 else {"media_vectorart": "negative"},
        )
        for seed in range(PICTURES)
    ]
    engine = make_engine(tmp_path_factory.mktemp("engine"), records)
    yield engine
    close_engine(engine)
