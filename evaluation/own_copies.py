"""The search of edited copies among an owner's own pictures."""

from collections.abc import Callable, Sequence
from itertools import chain

from evaluation.attacks import GRID, Edit
from evaluation.baselines import Method
from evaluation.copies import Base, describe_all, measure_copies
from evaluation.copy_report import CopyReport
from evaluation.picture_files import EDITABLE_SIDE_PX, CopyTask, decoded
from feature_extractor.picture import Limits


def measure_own_copies(
    methods: Sequence[Method],
    task: CopyTask,
    limits: Limits,
    *,
    edits: Sequence[Edit] = GRID,
    on_progress: Callable[[str], None] = lambda _: None,
) -> CopyReport:
    """Edit the originals of a task and look for them among all its pictures; scores are normalised by its distractors.

    Args:
        methods: with different names.
        task: the pictures.
        limits: what each may cost.
        edits: of the grid, or of a sweep.
        on_progress: told in words what comes next.
    Raises:
        BadInput: a picture cannot be had, or is too small to be edited.
    """
    originals = tuple(decoded(task.originals, limits, shortest_px=EDITABLE_SIDE_PX))
    on_progress("describe the base")
    base = Base(
        described=describe_all(methods, chain(originals, decoded(task.distractors, limits))),
        originals=range(len(originals)),
        background=range(len(originals), len(originals) + len(task.distractors)),
    )
    others = tuple(decoded(task.others, limits, shortest_px=EDITABLE_SIDE_PX))
    return measure_copies(methods, originals, base, others, edits=edits, on_progress=on_progress)
