"""The likeness of two files."""

import numpy as np
import pytest

from errors import UnsupportedFormat
from search.answer import Verdict
from search.compare import compare
from tests.engines import LIMITS, draw, encode
from tests.fake_extractor import FakeExtractor

PICTURE = encode(draw(1))
GREY = encode(np.full((64, 64, 3), 120, np.uint8))


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (PICTURE, Verdict.IDENTICAL),
        (encode(draw(1), "BMP"), Verdict.SAME_PIXELS),
        (encode(draw(1), "JPEG", quality=50), Verdict.COPY),
        (encode(draw(2)), Verdict.DISTANT),
        (GREY, Verdict.DISTANT),
    ],
)
def test_verdicts(other: bytes, verdict: Verdict) -> None:
    assert compare(FakeExtractor(), PICTURE, other, LIMITS).verdict is verdict


def test_from_the_model_s_floor_on_pictures_are_similar() -> None:
    score = compare(FakeExtractor(), PICTURE, encode(draw(2)), LIMITS).similar_score
    found = compare(FakeExtractor(similar_floor=score - 0.01), PICTURE, encode(draw(2)), LIMITS)
    assert found.verdict is Verdict.SIMILAR
    assert not found.verdict.is_copy


def test_scores_do_not_depend_on_the_order() -> None:
    one = compare(FakeExtractor(), PICTURE, encode(draw(2)), LIMITS)
    other = compare(FakeExtractor(), encode(draw(2)), PICTURE, LIMITS)
    assert one.copy_score == pytest.approx(other.copy_score, abs=1e-6)
    assert one.pdq_distance == other.pdq_distance


def test_a_plain_picture_has_no_pdq_distance() -> None:
    found = compare(FakeExtractor(), PICTURE, GREY, LIMITS)
    assert found.is_too_plain
    assert found.pdq_distance is None


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(UnsupportedFormat):
        compare(FakeExtractor(), PICTURE, b"nothing", LIMITS)
