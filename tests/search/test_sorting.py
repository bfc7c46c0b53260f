"""Orders of copies: of all that were found, always the same, equals as by best match."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import permutations

import pytest

from data.records import Image, Source
from search.answer import Ask, Sort, Verdict
from search.open_engine import close_engine
from search.query import Engine, search
from search.sorting import Found, in_order
from tests.engines import encode, make_engine, offer
from tests.search.known_copies import blots


class Rows:
    """Stands for a catalogue that is asked for rows alone."""

    def __init__(self, *images: Image) -> None:
        self._images = {image.id: image for image in images}

    def images(self, ids: Sequence[int]) -> dict[int, Image]:
        return {one: self._images[one] for one in ids if one in self._images}


def row(number: int, width: int, size_bytes: int, day: int, seen: int | None = None) -> Image:
    return Image(
        id=number,
        sha256=f"{number:064x}",
        pixel_sha256=None,
        pdq=None,
        width=width,
        height=100,
        format="PNG",
        size_bytes=size_bytes,
        title=None,
        licence=None,
        project=None,
        collection=None,
        mature=False,
        added_at=datetime(2026, 1, day, tzinfo=UTC),
        sources=() if seen is None else (Source("a", None, datetime(2026, 1, seen, tzinfo=UTC)),),
    )


CATALOGUE = Rows(row(1, 100, 50, 3), row(2, 300, 10, 9, seen=1), row(3, 100, 60, 5), row(4, 200, 10, 5))
FOUND = (
    Found(4, 0.7, Verdict.COPY),
    Found(1, 0.9, Verdict.UNCONFIRMED),
    Found(3, 0.95, Verdict.UNCONFIRMED),
    Found(2, 1.0, Verdict.SAME_PIXELS),
    Found(9, 0.99, Verdict.UNCONFIRMED),  # removed since
)


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        (Sort.BEST, [2, 4, 9, 3, 1]),
        (Sort.CHANGED, [2, 4, 9, 3, 1]),
        (Sort.BIGGEST, [2, 4, 3, 1, 9]),
        (Sort.SMALLEST, [1, 3, 4, 2, 9]),
        (Sort.NEWEST, [4, 3, 1, 2, 9]),
        (Sort.OLDEST, [2, 1, 4, 3, 9]),
    ],
)
def test_order_does_not_depend_on_how_hits_came(sort: Sort, ids: list[int]) -> None:
    for found in permutations(FOUND):
        assert [hit.image_id for hit in in_order(found, sort, CATALOGUE)] == ids  # type: ignore[arg-type]  # rows are all it asks for


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    whole = blots(1)
    pictures = (whole[:, :600], whole[40:440, 60:600], whole, blots(2), blots(3))
    records = [
        offer(encode(picture, "BMP" if number == 3 else "PNG"), f"/{number}")
        for number, picture in enumerate(pictures, 1)
    ]
    engine = make_engine(tmp_path_factory.mktemp("engine"), records)
    yield engine
    close_engine(engine)


def test_the_most_changed_comes_first_and_the_same_pixels_last(engine: Engine) -> None:
    answer = search(engine, encode(blots(1)), Ask(sort=Sort.CHANGED, page_size=2))
    whole = search(engine, encode(blots(1)), Ask(sort=Sort.CHANGED))
    assert [hit.image.id for hit in whole.copies.hits] == [2, 1, 3]
    assert [hit.image.id for hit in answer.copies.hits] == [2, 1]
    altered = [hit.alteration for hit in whole.copies.hits]
    assert altered[-1] == 0.0
    assert altered == sorted((share for share in altered if share is not None), reverse=True)
    assert whole.copies.surest is Verdict.SAME_PIXELS
