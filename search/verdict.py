"""Decides what a candidate is to the query."""

from feature_extractor.hashes import PDQ, PDQ_MIN_QUALITY
from search.answer import Verdict


def is_too_plain(pdq: PDQ) -> bool:
    """Return whether a picture shows so little that any other plain picture would look like a copy of it.

    The measure is PDQ's own: the sum of luminance steps between neighbouring cells of a 64 x 64 picture
    (Facebook, The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm, 2019). Flat colours, plain
    gradients, weak noise and a dot on white stay under its authors' limit; of 1,500 photographs, paintings, drawings
    and sketches one does.
    """
    return pdq.quality < PDQ_MIN_QUALITY


def judge_similar(score: float, *, floor: float) -> Verdict:
    """Return what a work is that is no copy.

    Args:
        score: cosine of the two `similar` descriptors.
        floor: least score of a similar work, as measured for the model.
    """
    return Verdict.SIMILAR if score >= floor else Verdict.DISTANT


def judge_copy(
    score: float, *, threshold: float, is_same_file: bool, is_same_pixels: bool, is_too_plain: bool
) -> Verdict | None:
    """Return what a candidate copy is, or None when it is none.

    Args:
        score: cosine of the two `copy` descriptors.
        threshold: least score of a probable copy, as measured for the model.
        is_same_file: the files have equal sha256.
        is_same_pixels: their decoded pixels have.
        is_too_plain: the query is too plain, so that its descriptor proves nothing.
    """
    if is_same_file:
        return Verdict.IDENTICAL
    if is_same_pixels:
        return Verdict.SAME_PIXELS
    if not is_too_plain and score >= threshold:
        return Verdict.UNCONFIRMED
    return None
