"""What a candidate is, by the bytes, by geometry and by its descriptor."""

from dataclasses import replace

import pytest

from feature_extractor.keypoints import OF_CATALOGUE, OF_QUERY, detect
from search.answer import Verdict
from search.proof import Proof, Seen, examine
from search.verdict import is_convincing, judge_copy
from tests.search.known_copies import blots


@pytest.fixture(scope="module")
def proof() -> Proof:
    """Of a picture and itself."""
    picture = blots(1)
    found = examine(Seen(detect(picture, OF_CATALOGUE), picture), Seen(detect(picture, OF_QUERY), picture))
    assert found is not None
    return found


def like(proof: Proof, agreement: float, inliers: int, cells: int = 300) -> Proof:
    """A proof of so much, of 100 features that could be in their places."""
    return replace(
        proof,
        overlay=replace(proof.overlay, agreement=agreement, cells=cells),
        alignment=replace(proof.alignment, inliers=inliers, of=100),
    )


@pytest.mark.parametrize(
    ("agreement", "inliers", "expected"),
    [
        (0.98, 10, True),  # a crop, a page that shows the picture small
        (0.62, 60, True),  # text over half of it
        (0.79, 36, False),  # a face, and the same face in another light
        (0.82, 47, False),  # one person photographed twice
        (0.82, 48, False),  # two guitars on one wall
        (0.69, 53, True),  # two lines of large text
        (0.83, 29, False),  # two sketches of one guitar
        (0.76, 21, False),  # two shirts on one sheet
        (0.61, 31, False),  # two shirts on one floor
        (0.71, 22, False),  # two patterns of one grid
    ],
)
def test_what_agrees_must_agree_nearly_everywhere_or_with_its_features(
    proof: Proof, agreement: float, inliers: int, expected: bool
) -> None:
    assert is_convincing(like(proof, agreement, inliers)) is expected


def test_a_few_cells_prove_nothing(proof: Proof) -> None:
    assert is_convincing(like(proof, 1.0, 100))
    assert not is_convincing(like(proof, 1.0, 100, cells=11))


def test_the_surest_reason_counts(proof: Proof) -> None:
    weak, strong = like(proof, 0.5, 0), like(proof, 1.0, 100)

    def judge(score: float, found: Proof | None, **told: bool) -> Verdict | None:
        reasons = {"is_same_file": False, "is_same_pixels": False, "is_too_plain": False} | told
        return judge_copy(score, threshold=0.9, proof=found, **reasons)

    assert judge(0.1, weak, is_same_file=True, is_same_pixels=True) is Verdict.IDENTICAL
    assert judge(0.1, weak, is_same_pixels=True) is Verdict.SAME_PIXELS
    assert judge(0.1, strong) is Verdict.COPY
    assert judge(0.95, weak) is Verdict.UNCONFIRMED
    assert judge(0.95, None) is Verdict.UNCONFIRMED
    assert judge(0.95, weak, is_too_plain=True) is None
    assert judge(0.89, weak) is None
