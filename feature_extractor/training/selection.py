"""Which unlabelled pictures may be learnt from.

Nothing that equals or nearly equals a labelled picture of the split 'val' may, nor what would be taken for another
picture in training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from errors import BadRequest
from feature_extractor.model_file import read_metadata
from feature_extractor.training.copy_pairs import (
    CopyRule,
    careful_rule,
    find_copies,
    find_copies_among,
    find_nearest,
    sure_rule,
)
from feature_extractor.training.labelled_traits import measure_labelled, rows_of
from feature_extractor.training.manifest import MIN_SIDE_PX, MorePicture, Reason
from feature_extractor.training.picture_search import FoundPicture
from feature_extractor.training.picture_traits import Traits, measure_traits
from feature_extractor.training.progress import Advance, no_advance
from feature_extractor.training.sample import LabelledPicture


def choose_pictures(
    found: Sequence[FoundPicture],
    labelled: Sequence[LabelledPicture],
    model: Path,
    *,
    store: Path,
    on_progress: Advance = no_advance,
) -> list[MorePicture]:
    """Return all pictures that were found, each with the reason why it is dropped, or none.

    Dropped are files that do not decode or are too small, what equals or nearly equals a 'val' picture by either trait
    (`careful_rule`), and copies of labelled pictures and of earlier ones (`sure_rule`), which would be taken for other
    pictures in training.

    Args:
        found: by find_pictures.
        labelled: of both splits.
        model: the `.xml` of the shipped model.
        store: see measure_traits.
        on_progress: told how many of the found files were measured.
    Raises:
        BadRequest: no labelled picture is of split 'val'.
        SourceUnreadable: a labelled picture cannot be had.
    """
    val = rows_of(labelled, "val")
    if not val:
        raise BadRequest(
            "expected labelled pictures of split val, which nothing that is learnt may be near; found none",
            remedy="Give all labelled pictures, not those of split train alone.",
        )
    known = measure_labelled(labelled, model, store=store)
    files = [one.file for one in found]
    traits = measure_traits(files, model, store=store, on_progress=lambda done: on_progress(done, len(files)))
    verdicts = _judge(traits, known, val, read_metadata(model).copy_threshold)
    return [
        MorePicture(
            one.folder,
            one.file.path.relative_to(one.folder).as_posix(),
            one.file.padded,
            sha256,
            verdict.reason,
            verdict.detail,
            verdict.nearest_val,
            round(verdict.cosine, 4),
            round(verdict.share, 4),
        )
        for one, sha256, verdict in zip(found, traits.sha256, verdicts, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Verdict:
    """See MorePicture."""

    reason: Reason | None = None
    detail: str = ""
    nearest_val: str = ""
    cosine: float = 0.0
    share: float = 1.0


def _judge(traits: Traits, labelled: Traits, val_rows: Sequence[int], copy_threshold: float) -> list[_Verdict]:
    """Return a verdict on each of the unlabelled pictures."""
    verdicts = [_Verdict(Reason.UNUSABLE, fault) if fault else _Verdict() for fault in traits.faults]
    rows = [row for row, verdict in enumerate(verdicts) if not verdict.reason]
    val, sure = labelled.take(val_rows), sure_rule(copy_threshold)
    for row, verdict in zip(rows, _judge_by_val(traits.take(rows), val, copy_threshold), strict=True):
        verdicts[row] = verdict
    rows = [row for row in rows if not verdicts[row].reason]
    for row, other in _copied(traits.take(rows), labelled, sure).items():
        verdicts[rows[row]] = _dropped(verdicts[rows[row]], Reason.LABELLED, other)
    rows = [row for row in rows if not verdicts[row].reason]
    for row, other in _copied_earlier(traits.take(rows), sure).items():
        verdicts[rows[row]] = _dropped(verdicts[rows[row]], Reason.AGAIN, other)
    return verdicts


def _judge_by_val(traits: Traits, val: Traits, copy_threshold: float) -> list[_Verdict]:
    """Return verdicts that look at size and at pictures of 'val' alone."""
    nearest = find_nearest(traits, val)
    verdicts = [
        _Verdict(Reason.SMALL if min(sides) < MIN_SIDE_PX else None, "", val.names[other], cosine, share)
        for sides, (_, other), cosine, share in zip(
            traits.sides.tolist(), nearest.rows.tolist(), nearest.cosine.tolist(), nearest.share.tolist(), strict=True
        )
    ]
    near = find_copies(traits, val, careful_rule(copy_threshold))
    order = np.argsort(near.cosine, kind="stable")  # the last of a picture's pairs stays: its nearest
    for pair in order.tolist():
        row, other = near.rows[pair].tolist()
        by_descriptor = near.cosine[pair] >= copy_threshold
        reason = Reason.NEAR_BY_DESCRIPTOR if by_descriptor else Reason.NEAR_BY_HASH
        verdicts[row] = _Verdict(reason, "", val.names[other], float(near.cosine[pair]), float(near.share[pair]))
    files = dict(zip(val.sha256, val.names, strict=True))
    for row, sha256 in enumerate(traits.sha256):
        if sha256 in files:
            verdicts[row] = _Verdict(Reason.SAME_FILE, "", files[sha256], 1.0, 0.0)
    return verdicts


def _copied(traits: Traits, labelled: Traits, sure: CopyRule) -> dict[int, str]:
    """Return the rows that are copies of labelled pictures, and the names of these."""
    return {row: labelled.names[other] for row, other in find_copies(traits, labelled, sure).rows.tolist()}


def _copied_earlier(traits: Traits, sure: CopyRule) -> dict[int, str]:
    """Return the rows that are copies of an earlier one that stays, and its name."""
    copies: dict[int, str] = {}
    pairs = find_copies_among(traits, sure).rows
    for row, other in pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].tolist():
        if row not in copies:
            copies.setdefault(other, traits.names[row])
    return copies


def _dropped(verdict: _Verdict, reason: Reason, detail: str) -> _Verdict:
    return _Verdict(reason, detail, verdict.nearest_val, verdict.cosine, verdict.share)
