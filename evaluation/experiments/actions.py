"""How well actions are told in videos whose sources were never seen, beside what is had for nothing."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from errors import SourceUnreadable
from evaluation.experiments.label_agreement import REDRAWS, SEED
from evaluation.experiments.machine import Machine, this_machine
from evaluation.index_benchmark.kept_arrays import read_or_make
from evaluation.report_file import read_report
from feature_extractor.actions.clip_features import PARTS, Advance, ClipExtractor
from feature_extractor.actions.clips import Clip, ClipFolder, check_actions
from feature_extractor.actions.ridge import fold_groups, held_out_scores, inner_products
from feature_extractor.actions.train import DescribedClips, Learnt, learn_actions
from feature_extractor.backbones import Features, scale_to_unit

PART_WORDS = ("mean of the frames", "and their deviation", "and their changes")
"""What the parts of a clip's vector add, in order."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """A share of clips.

    Attributes:
        clips: how many.
        right: share of them, 0..1.
        interval: of that, 95 %, by drawing the sources anew.
    """

    clips: int
    right: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class ActionFigures:
    """What one network's features tell.

    Attributes:
        output: of the network.
        length: of a clip's vector.
        cross_validated: every clip by a classifier that saw none of its source.
        nearest: likewise, by the nearest clip seen.
        commonest: likewise, by the commonest action seen.
        by_parts: right, cross-validated, with the first parts of the vector; see PART_WORDS.
        confusion: counts, cross-validated, a row an action, a column what it was called.
        val: of the clips of 'val', by a classifier of the others; None where no clip is marked so.
        val_nearest: likewise, by the nearest clip.
        ridge, temperature: chosen for all clips but those of 'val'.
    """

    output: str
    length: int
    cross_validated: Accuracy
    nearest: Accuracy
    commonest: Accuracy
    by_parts: Sequence[float]
    confusion: Sequence[Sequence[int]]
    val: Accuracy | None
    val_nearest: Accuracy | None
    ridge: float
    temperature: float


@dataclass(frozen=True, slots=True)
class ActionReport:
    """What was measured of a folder of clips.

    Attributes:
        actions: in ascending order.
        clips, sources: how many.
        frames: of a clip that are described.
        group_rule: how sources were told.
        figures: by network, the first is the one that the model is made of.
        machine: where.
    """

    actions: Sequence[str]
    clips: int
    sources: int
    frames: int
    group_rule: str
    figures: Mapping[str, ActionFigures]
    machine: Machine

    def to_record(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return what was written as JSON.

        Raises:
            BadInput: the file is no such report.
        """
        return read_report(cls, path, command="experiment actions")


def describe_kept(
    extractor: ClipExtractor, clips: Sequence[Clip], cache: Path, *, advance: Advance = lambda *_: None
) -> DescribedClips:
    """Return clips described; what is on disk is read.

    Args:
        extractor: what describes them.
        clips: whose.
        cache: folder of the files; it can be deleted at any time.
        advance: told of the clips.
    Raises:
        BadInput: nothing could be held out.
        VideoError, SourceUnreadable: a clip cannot be read; the message names it.
        StorageUnavailable: the folder cannot be written.
    """
    check_actions(clips)  # told now, not when all is described
    try:
        stats = [(str(clip.path), clip.path.stat().st_size) for clip in clips]
    except OSError as exc:
        raise SourceUnreadable(f"{exc.filename}: {exc.strerror}") from exc
    told = [extractor.backbone.model_id, extractor.output, extractor.frames, stats]
    kept = cache / f"{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]}.npy"
    vectors = read_or_make(kept, lambda: extractor.describe([clip.path for clip in clips], advance=advance))
    return DescribedClips.of_vectors(vectors.astype(np.float32, copy=False), clips)


def measure_actions(
    folder: ClipFolder, described: Mapping[str, tuple[str, DescribedClips]], frames: int
) -> ActionReport:
    """Return how well actions are told.

    Args:
        folder: of the clips.
        described: by network, the output that was taken and the clips.
        frames: of a clip.
    """
    first = next(iter(described.values()))[1]
    return ActionReport(
        actions=first.classes.tolist(),
        clips=len(first.labels),
        sources=len(set(first.groups.tolist())),
        frames=frames,
        group_rule=folder.group_rule,
        figures={name: _measure(output, clips) for name, (output, clips) in described.items()},
        machine=this_machine(),
    )


def learn_from(clips: DescribedClips) -> Learnt:
    """Return a classifier of all clips but those of 'val'."""
    return learn_actions(clips.of(clips.splits != "val"))


def _measure(output: str, clips: DescribedClips) -> ActionFigures:
    vectors, labels, classes = clips.vectors, clips.labels, clips.classes
    fold = fold_groups(labels, clips.groups)
    told = classes[held_out_scores(inner_products(vectors), labels, classes, fold, None).argmax(axis=1)]
    nearest, commonest = np.empty_like(labels), np.empty_like(labels)
    for one in np.unique(fold):
        seen = fold != one
        nearest[~seen] = _nearest(vectors[seen], labels[seen], vectors[~seen])
        commonest[~seen] = _commonest(labels[seen])
    length = vectors.shape[1] // PARTS
    cut = [
        held_out_scores(inner_products(vectors[:, : part * length]), labels, classes, fold, None)
        for part in range(1, PARTS)
    ]
    by_parts = [float((classes[scores.argmax(axis=1)] == labels).mean()) for scores in cut]
    learnt, unseen = learn_from(clips), clips.of(clips.splits == "val")
    val = val_nearest = None
    if len(unseen.labels):
        known = clips.of(clips.splits != "val")
        val_told = classes[learnt.linear.score(unseen.vectors).argmax(axis=1)]
        val = _accuracy(val_told == unseen.labels, unseen.groups)
        by_nearest = _nearest(known.vectors, known.labels, unseen.vectors)
        val_nearest = _accuracy(by_nearest == unseen.labels, unseen.groups)
    rows, columns = np.searchsorted(classes, labels), np.searchsorted(classes, told)
    confusion = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(confusion, (rows, columns), 1)
    return ActionFigures(
        output=output,
        length=vectors.shape[1],
        cross_validated=_accuracy(told == labels, clips.groups),
        nearest=_accuracy(nearest == labels, clips.groups),
        commonest=_accuracy(commonest == labels, clips.groups),
        by_parts=[*by_parts, float((told == labels).mean())],
        confusion=confusion.tolist(),
        val=val,
        val_nearest=val_nearest,
        ridge=learnt.ridge,
        temperature=learnt.temperature,
    )


def _nearest(known: Features, labels: NDArray[np.str_], asked: Features) -> NDArray[np.str_]:
    """Return the action of the nearest known clip by cosine."""
    return np.asarray(labels[(scale_to_unit(asked) @ scale_to_unit(known).T).argmax(axis=1)])


def _commonest(labels: NDArray[np.str_]) -> str:
    names, counts = np.unique(labels, return_counts=True)
    return str(names[counts.argmax()])


def _accuracy(right: NDArray[np.bool_], groups: NDArray[np.str_]) -> Accuracy:
    """Return a share and its interval; whole sources are drawn anew, as the clips of one are alike."""
    names, place = np.unique(groups, return_inverse=True)
    hits, sizes = np.bincount(place, right), np.bincount(place)
    drawn = np.random.default_rng(SEED).integers(0, len(names), (REDRAWS, len(names)))
    shares = hits[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(shares, [0.025, 0.975])
    return Accuracy(len(right), float(right.mean()), (float(low), float(high)))
