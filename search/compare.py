"""The likeness of two picture files, without a catalogue."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feature_extractor.decode import decode
from feature_extractor.descriptors import Extractor
from feature_extractor.hashes import compute_pdq, pdq_distance
from feature_extractor.kept_keypoints import resized
from feature_extractor.keypoints import OF_CATALOGUE, OF_QUERY, Detail, Keypoints, detect
from feature_extractor.picture import Decoded, Limits
from feature_extractor.preview import PREVIEW_SIDE_PX, THUMBNAIL_SIDE_PX, make_preview
from search.answer import Verdict
from search.confidence import Calibration, PairEvidence, is_credible
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
        probability: that they are copies of each other, 0..1, where they are called so and a calibration is at hand.
    """

    verdict: Verdict
    copy_score: float
    similar_score: float
    pdq_distance: int | None
    is_too_plain: bool
    proof: Proof | None
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """All of a picture that a comparison looks at.

    Attributes:
        sha256, pixel_sha256: hexadecimal; pixel_sha256 may be None.
        pdq: 32 bytes, or None where the picture is too plain.
        copy, similar: float32 (256,), L2 norm 1.
        seen: its local features and its small version.
        jpeg_quality: of the file, where it is a JPEG.
    """

    sha256: str
    pixel_sha256: str | None
    pdq: bytes | None
    copy: NDArray[np.float32]
    similar: NDArray[np.float32]
    seen: Seen
    jpeg_quality: int | None


def compare(
    extractor: Extractor, first: bytes, second: bytes, limits: Limits, *, calibration: Calibration | None = None
) -> Comparison:
    """Return how alike two picture files are.

    Args:
        first, second: bytes of the files.
        limits: what each may cost.
        calibration: what tells how sure it is; None: nothing tells it.
    Raises:
        PictureError: one of them cannot be used; the subclass says why.
    """
    one, other = decode(first, limits), decode(second, limits)
    descriptors = extractor.describe([one.pixels, other.pixels])
    looks = ((one, OF_CATALOGUE, THUMBNAIL_SIDE_PX), (other, OF_QUERY, PREVIEW_SIDE_PX))
    pair = [
        Known(
            sha256=decoded.sha256,
            pixel_sha256=decoded.pixel_sha256,
            pdq=None if is_too_plain(pdq := compute_pdq(decoded.pixels)) else pdq.bits,
            copy=descriptors.copy[place],
            similar=descriptors.similar[place],
            seen=Seen(_keypoints(decoded, detail), make_preview(decoded.pixels, side_px)),
            jpeg_quality=decoded.jpeg_quality,
        )
        for place, (decoded, detail, side_px) in enumerate(looks)
    ]
    return weigh(
        *pair,
        copy_threshold=extractor.copy_threshold,
        similar_floor=extractor.similar_floor,
        calibration=calibration,
    )


def weigh(
    first: Known,
    second: Known,
    *,
    copy_threshold: float,
    similar_floor: float,
    calibration: Calibration | None = None,
) -> Comparison:
    """Return how alike two pictures are, once all that counts is known of them.

    Args:
        first, second: the pictures; described by one model.
        copy_threshold, similar_floor: of that model, as in feature_extractor.descriptors.Extractor.
        calibration: for that model; None: nothing tells how sure it is.
    """
    proof = examine(first.seen, second.seen, jpeg_quality=second.jpeg_quality)
    copy_score, similar_score = float(first.copy @ second.copy), float(first.similar @ second.similar)
    too_plain = first.pdq is None or second.pdq is None
    verdict = judge_copy(
        copy_score,
        threshold=copy_threshold,
        is_same_file=first.sha256 == second.sha256,
        is_same_pixels=first.pixel_sha256 is not None and first.pixel_sha256 == second.pixel_sha256,
        is_too_plain=too_plain,
        proof=proof,
    )
    evidence = PairEvidence(copy_score, is_laid=True, proof=proof)
    if verdict is not None and not is_credible(calibration, verdict, evidence):
        verdict = None
    return Comparison(
        verdict=verdict or judge_similar(similar_score, floor=similar_floor),
        copy_score=copy_score,
        similar_score=similar_score,
        pdq_distance=None if first.pdq is None or second.pdq is None else pdq_distance(first.pdq, second.pdq),
        is_too_plain=too_plain,
        proof=proof,
        probability=None if verdict is None or calibration is None else calibration.probability(verdict, evidence),
    )


def _keypoints(picture: Decoded, detail: Detail) -> Keypoints:
    """Return the local features of a picture in px of its file."""
    return resized(detect(picture.pixels, detail), picture.width, picture.height)
