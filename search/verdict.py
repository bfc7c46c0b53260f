"""Decides what a candidate is to the query."""

from feature_extractor.hashes import PDQ, PDQ_MIN_QUALITY
from search.answer import Verdict
from search.proof import Proof

LEAST_CELLS = 12
"""Cells with texture that a proof compares; fewer agree by chance."""
AGREES = 0.88
"""Share of them that shows the same, from which they prove a copy by themselves."""
AGREES_WITH_FEATURES = 1.2
"""Sum of that share and of the local features in their places, from which the two prove it together."""
LEAST_IN_PLACE = 0.5
"""Share of the local features that must be in their places for that: what was laid over a copy leaves the others where
they were, while of a face or a guitar photographed twice most have moved."""


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


def is_convincing(proof: Proof) -> bool:
    """Return whether geometry proves that a query shows a picture of the catalogue.

    Either nearly all that can be compared agrees; or less does, since much was laid over it, but the agreement and the
    share of local features that are in their places are high together. The two were chosen on train pictures. Against
    them: the twelve nearest of 800 pictures, of which pieces of clothing on one floor, faces of one person and sketches
    of one guitar come nearest (.83 at most, and 1.18 together). For them: 240 edited copies, of which all but strong
    blur and large text without features in their places pass (97 in a hundred). Of such series of one face or guitar at
    most .45 of the features are in their places; of the copies that agree by less than AGREES and pass, at least .53.
    """
    laid, in_place = proof.overlay, in_place_share(proof)
    return laid.cells >= LEAST_CELLS and (
        laid.agreement >= AGREES or (in_place >= LEAST_IN_PLACE and laid.agreement + in_place >= AGREES_WITH_FEATURES)
    )


def in_place_share(proof: Proof) -> float:
    """Return the share, 0..1, of the picture's local features within the query that are found in their places."""
    return proof.alignment.inliers / max(proof.alignment.of, 1)


def judge_copy(
    score: float,
    *,
    threshold: float,
    is_same_file: bool,
    is_same_pixels: bool,
    is_too_plain: bool,
    proof: Proof | None = None,
) -> Verdict | None:
    """Return what a candidate copy is, or None when it is none.

    Args:
        score: cosine of the two `copy` descriptors.
        threshold: least score of a probable copy, as measured for the model.
        is_same_file: the files have equal sha256.
        is_same_pixels: their decoded pixels have.
        is_too_plain: the query is too plain, so that its descriptor proves nothing.
        proof: what geometry found.
    """
    if is_same_file:
        return Verdict.IDENTICAL
    if is_same_pixels:
        return Verdict.SAME_PIXELS
    if proof is not None and is_convincing(proof):
        return Verdict.COPY
    if not is_too_plain and score >= threshold:
        return Verdict.UNCONFIRMED
    return None
