"""Clips in folders that are their actions, with the source each was cut from."""

import csv
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from errors import BadInput, SourceUnreadable

MOST_CLIPS = 50_000
LABELS = "labels.csv"
"""May lie in the folder: columns file, action, group, and split ('train' or 'val') where there is one."""
SUFFIXES = frozenset({".avi", ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".mpg", ".mpeg", ".ts", ".ogv", ".flv", ".wmv"})

_UCF_GROUP = re.compile(r"_g(\d+)_c\d+$")


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip and what is known of it.

    Attributes:
        path: the file.
        action: what is done in it.
        group: its source; clips of one are never on both sides of a split.
        split: 'train', 'val', or '' where nobody said.
    """

    path: Path
    action: str
    group: str
    split: str = ""


@dataclass(frozen=True, slots=True)
class ClipFolder:
    """The clips of a folder.

    Attributes:
        clips: in order of action and name.
        group_rule: how sources were told, for people.
    """

    clips: tuple[Clip, ...]
    group_rule: str


def find_clips(folder: Path, *, only: Collection[str] = ()) -> ClipFolder:
    """Return the clips of a folder of actions.

    Sources are told by `labels.csv`; without it by names such as `v_Biking_g01_c03.avi`, as UCF101 has them; where a
    name tells none, a clip is a source of its own.

    Args:
        folder: with a folder an action.
        only: actions to take; none: all.
    Raises:
        SourceUnreadable: there are no clips, too many, or a file of labels of another form.
        BadInput: an action of `only` is not there.
    """
    labels = folder / LABELS
    if labels.is_file():
        clips = _listed(folder, labels)
        rule = f"column `group` of {LABELS}, within an action"
    else:
        clips = _named(folder)
        told = sum(_UCF_GROUP.search(clip.path.stem) is not None for clip in clips)
        rule = "the group in the file's name (…_gNN_cNN), within an action"
        if told < len(clips):
            rule = f"{rule}; {len(clips) - told} of {len(clips)} files name none and count as sources of their own"
    if unknown := set(only) - {clip.action for clip in clips}:
        raise BadInput(f"expected actions of {folder}; received {', '.join(sorted(unknown))}")
    clips = [clip for clip in clips if not only or clip.action in only]
    if not 0 < len(clips) <= MOST_CLIPS:
        raise SourceUnreadable(f"expected 1 to {MOST_CLIPS:,} clips in folders of {folder}; received {len(clips):,}")
    return ClipFolder(tuple(sorted(clips, key=lambda clip: (clip.action, clip.path.name))), rule)


def _listed(folder: Path, labels: Path) -> list[Clip]:
    try:
        with labels.open(newline="", encoding="utf-8") as file:
            return [_listed_clip(folder, row) for row in csv.DictReader(file)]
    except (OSError, KeyError, csv.Error, UnicodeError) as exc:
        raise SourceUnreadable(f"expected columns file, action and group in {labels}; received {exc!r}") from exc


def _listed_clip(folder: Path, row: Mapping[str, str]) -> Clip:
    path = folder / row["file"]
    if not path.resolve().is_relative_to(folder.resolve()):
        raise SourceUnreadable(f"expected files inside {folder} in {LABELS}; received {row['file']}")
    split = row.get("split") or ""
    return Clip(path, row["action"], f"{row['action']} {row['group']}", split if split in {"train", "val"} else "")


def _named(folder: Path) -> list[Clip]:
    try:
        paths = [path for path in folder.glob("*/*") if path.suffix.lower() in SUFFIXES and path.is_file()]
    except OSError as exc:
        raise SourceUnreadable(f"{folder}: {exc.strerror}") from exc
    return [Clip(path, path.parent.name, f"{path.parent.name} {_group(path.stem)}") for path in paths]


def _group(stem: str) -> str:
    found = _UCF_GROUP.search(stem)
    return f"g{int(found[1])}" if found else stem


def check_actions(clips: Sequence[Clip]) -> tuple[str, ...]:
    """Return the actions in ascending order.

    Raises:
        BadInput: there are fewer than two, or one has clips of fewer than two sources: nothing could be held out.
    """
    sources: dict[str, set[str]] = {}
    for clip in clips:
        sources.setdefault(clip.action, set()).add(clip.group)
    few = sorted(action for action, groups in sources.items() if len(groups) < 2)
    if len(sources) < 2 or few:
        raise BadInput(
            f"expected two actions or more, each from two sources or more; received {len(sources)} actions, "
            f"with fewer sources: {', '.join(few) or 'none'}",
            remedy="Give each action a folder with clips cut from several videos.",
        )
    return tuple(sorted(sources))
