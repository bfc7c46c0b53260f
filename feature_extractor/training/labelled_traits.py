"""Traits of labelled pictures, of which those of 'val' must be there: one unseen protects nothing."""

from collections.abc import Collection, Sequence
from pathlib import Path

from errors import SourceUnreadable
from feature_extractor.training.picture_traits import PictureFile, Traits, measure_traits
from feature_extractor.training.progress import Advance, no_advance
from feature_extractor.training.sample import LabelledPicture


def measure_labelled(
    pictures: Sequence[LabelledPicture],
    model: Path,
    *,
    store: Path,
    needed: Collection[str] = ("train", "val"),
    on_progress: Advance = no_advance,
) -> Traits:
    """Return the traits of labelled pictures, row for row.

    Args:
        pictures: of both splits.
        model: the `.xml` of a shipped model.
        store: see measure_traits.
        needed: splits whose pictures must be there.
        on_progress: told how many pictures were measured.
    Raises:
        SourceUnreadable: a picture of a needed split cannot be had.
    """
    files = [PictureFile(picture.path, picture.name) for picture in pictures]
    traits = measure_traits(files, model, store=store, on_progress=lambda done: on_progress(done, len(files)))
    for picture, fault in zip(pictures, traits.faults, strict=True):
        if fault and picture.split in needed:
            raise SourceUnreadable(f"expected a picture in {picture.path}; received: {fault}")
    return traits


def rows_of(pictures: Sequence[LabelledPicture], split: str) -> list[int]:
    """Return the rows of the pictures of a split."""
    return [row for row, picture in enumerate(pictures) if picture.split == split]
