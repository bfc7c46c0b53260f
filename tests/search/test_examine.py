"""Which pictures geometry looks at, and what it can do without."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from feature_extractor.keypoints import OF_QUERY, Keypoints
from search.answer import QueryPicture
from search.examine import MOST, examine_nearest, judge_gate, with_keypoints, worth_examining
from search.open_engine import close_engine
from search.query import Engine, describe_query, query_from_catalogue
from search.stopwatch import Stopwatch
from tests.engines import draw, encode, make_engine, offer


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    records = [offer(encode(draw(seed, 384, 256)), f"/{seed}.png") for seed in range(4)]
    engine = make_engine(tmp_path_factory.mktemp("engine"), records)
    yield engine
    close_engine(engine)


@pytest.fixture
def query(engine: Engine) -> QueryPicture:
    """Picture 1, compressed."""
    data = encode(draw(0, 384, 256), "JPEG", quality=60)
    return with_keypoints(describe_query(engine, data, Stopwatch()))


def scores(first: float, others: float, *, fall: float = 0.0, count: int = 32) -> np.ndarray[Any, Any]:
    """Return scores of the nearest, those behind the first falling by so much each."""
    return np.array([first, *(others - fall * place for place in range(count - 1))], np.float32)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (scores(0.6, 0.3), MOST),  # it stands out
        (scores(0.6, 0.52, fall=0.001), MOST),  # by little, where all the others lie close together
        (scores(0.6, 0.52, fall=0.006), 0),  # one of many such, each a little farther
        (scores(0.95, 0.62, fall=0.015), MOST),  # by so much that their spread does not matter
        (scores(0.98, 0.97), MOST),  # the model itself calls it a copy
        (scores(0.6, 0.3, count=5), 5),  # too few to tell what is usual
        (np.zeros(0, np.float32), 0),
    ],
)
def test_only_what_stands_out_is_worth_a_look(found: np.ndarray[Any, Any], expected: int) -> None:
    assert worth_examining(found, threshold=0.97) == expected


def test_twice_the_differences_between_scores_stand_out_as_far() -> None:
    one, other = (judge_gate(np.float32(scale) * scores(0.3, 0.2, fall=0.002), 0.9) for scale in (1, 2))
    assert one.standing_out == pytest.approx(other.standing_out, rel=1e-4)
    assert one.gap == pytest.approx((other.gap or 0) / 2, rel=1e-4)


def test_features_are_told_in_px_of_the_file_and_found_once(engine: Engine, query: QueryPicture) -> None:
    assert query.keypoints is not None
    found = Keypoints.unpack(query.keypoints)
    assert (found.width, found.height) == (384, 256)
    assert 0 < len(found) <= OF_QUERY.most
    assert with_keypoints(query) is query
    sealed = replace(query, keypoints=None, pixels=None)  # nothing came near, when its pixels were at hand
    assert with_keypoints(sealed).keypoints is None


def test_a_copy_is_proven_and_another_picture_is_not(engine: Engine, query: QueryPicture) -> None:
    images = engine.catalogue.list_images()
    proofs = dict(examine_nearest(query, images, engine.catalogue, engine.thumbnails))
    proof = proofs.pop(1)
    assert proof is not None
    assert proof.overlay.agreement > 0.95
    assert proof.transform.jpeg_quality == 60
    assert len(proofs) == len(images) - 1  # each was looked at
    assert all(other is None or other.overlay.agreement < 0.8 for other in proofs.values())


def test_a_picture_of_the_catalogue_is_seen_by_its_thumbnail(engine: Engine) -> None:
    query = query_from_catalogue(engine, 2, Stopwatch())
    images = [image for image in engine.catalogue.list_images() if image.id == 2]
    proofs = examine_nearest(query, images, engine.catalogue, engine.thumbnails)
    assert proofs[2] is not None
    assert proofs[2].overlay.agreement > 0.95


def test_a_lost_or_damaged_thumbnail_proves_nothing_and_stops_nothing(
    engine: Engine, query: QueryPicture, tmp_path: Path
) -> None:
    images = engine.catalogue.list_images()
    kept = {image.id: engine.thumbnails.read(image.sha256) for image in images}
    some = replace(engine.thumbnails, root=tmp_path)
    assert not any(examine_nearest(query, images, engine.catalogue, some).values())
    for image in images:
        some.put(image.sha256, b"damaged" if image.id != 1 else kept[1] or b"")
    found = examine_nearest(query, images, engine.catalogue, some)
    assert [image_id for image_id, proof in found.items() if proof is not None] == [1]


def test_a_query_without_features_or_pixels_proves_nothing(engine: Engine, query: QueryPicture) -> None:
    images = engine.catalogue.list_images()
    for blind in (replace(query, keypoints=None), replace(query, pixels=None)):
        assert examine_nearest(blind, images, engine.catalogue, engine.thumbnails) == {}
