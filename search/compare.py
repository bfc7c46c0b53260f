"""The likeness of two picture files, without a catalogue."""

from dataclasses import dataclass

from feature_extractor.decode import decode
from feature_extractor.descriptors import Extractor
from feature_extractor.hashes import compute_pdq, pdq_distance
from feature_extractor.kept_keypoints import resized
from feature_extractor.keypoints import OF_CATALOGUE, OF_QUERY, Detail, Keypoints, detect
from feature_extractor.picture import Decoded, Limits
from feature_extractor.preview import PREVIEW_SIDE_PX, THUMBNAIL_SIDE_PX, make_preview
from search.answer import Verdict
from search.proof import Proof, Seen, examine
from search.verdict import is_too_plain, judge_copy, judge_similar


@dataclass(frozen=True, slots=True)
class Comparison:
    """How alike two pictures are.

    Attributes:
        verdict: what the second is to the first.
        copy_score, similar_score: cosines of the two descriptors, -1..1.
        pdq_distance: bits of 256 that differ; None when one of them is too plain for PDQ.
        is_too_plain: one of them shows too little to be judged by its looks.
        proof: what geometry found, as if the second were made from the first; None where there is no map.
    """

    verdict: Verdict
    copy_score: float
    similar_score: float
    pdq_distance: int | None
    is_too_plain: bool
    proof: Proof | None


def compare(extractor: Extractor, first: bytes, second: bytes, limits: Limits) -> Comparison:
    """Return how alike two picture files are.

    Args:
        first, second: bytes of the files.
        limits: what each may cost.
    Raises:
        PictureError: one of them cannot be used; the subclass says why.
    """
    one, other = decode(first, limits), decode(second, limits)
    descriptors = extractor.describe([one.pixels, other.pixels])
    hashes = compute_pdq(one.pixels), compute_pdq(other.pixels)
    too_plain = any(is_too_plain(pdq) for pdq in hashes)
    copy_score = float(descriptors.copy[0] @ descriptors.copy[1])
    similar_score = float(descriptors.similar[0] @ descriptors.similar[1])
    proof = examine(
        Seen(_keypoints(one, OF_CATALOGUE), make_preview(one.pixels, THUMBNAIL_SIDE_PX)),
        Seen(_keypoints(other, OF_QUERY), make_preview(other.pixels, PREVIEW_SIDE_PX)),
        jpeg_quality=other.jpeg_quality,
    )
    verdict = judge_copy(
        copy_score,
        threshold=extractor.copy_threshold,
        is_same_file=one.sha256 == other.sha256,
        is_same_pixels=one.pixel_sha256 is not None and one.pixel_sha256 == other.pixel_sha256,
        is_too_plain=too_plain,
        proof=proof,
    )
    return Comparison(
        verdict=verdict or judge_similar(similar_score, floor=extractor.similar_floor),
        copy_score=copy_score,
        similar_score=similar_score,
        pdq_distance=None if too_plain else pdq_distance(hashes[0].bits, hashes[1].bits),
        is_too_plain=too_plain,
        proof=proof,
    )


def _keypoints(picture: Decoded, detail: Detail) -> Keypoints:
    """Return the local features of a picture in px of its file."""
    return resized(detect(picture.pixels, detail), picture.width, picture.height)
