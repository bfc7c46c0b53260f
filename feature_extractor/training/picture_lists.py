"""The lists that a training goes by: further pictures to learn from, and labelled ones that are near to 'val'."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from feature_extractor.training.manifest import KEPT, count_fates, write_manifest
from feature_extractor.training.near_val import NEAR_VAL, train_pictures_near_val, write_near_val
from feature_extractor.training.picture_search import find_pictures
from feature_extractor.training.picture_traits import STORE
from feature_extractor.training.progress import Progress, no_progress
from feature_extractor.training.sample import LabelledPicture
from feature_extractor.training.selection import choose_pictures


@dataclass(frozen=True, slots=True)
class Listed:
    """What was written down.

    Attributes:
        near_val: labelled train pictures that are near a val picture.
        fates: pictures of each folder that were kept, and dropped for each reason.
    """

    near_val: int
    fates: Mapping[str, Mapping[str, int]]

    @property
    def kept(self) -> int:
        """Pictures to learn from."""
        return sum(fates.get(KEPT, 0) for fates in self.fates.values())

    def lines(self) -> Iterator[str]:
        """Yield a line for each folder and fate."""
        for folder, fates in self.fates.items():
            for fate, number in fates.items():
                yield f"{folder}: {number:,} {fate}"


def write_picture_lists(
    folders: Iterable[Path],
    labelled: Sequence[LabelledPicture],
    model: Path,
    out: Path,
    *,
    padded: Iterable[Path] = (),
    most_each: int | None = None,
    cache: Path,
    progress: Progress = no_progress,
) -> Listed:
    """Write the manifest of the pictures in some folders, and beside it `near_val.csv`.

    Args:
        folders, padded, most_each: see find_pictures.
        labelled: of both splits.
        model: the `.xml` of the shipped model, which tells copies.
        out: the manifest, a CSV.
        cache: of decoded pictures; what was measured is kept inside it, so that a stopped run goes on.
        progress: shows how far it is.
    Raises:
        BadInput: there are no pictures in a folder, or none of split 'val'.
        SourceUnreadable: a folder or a labelled picture cannot be read.
        ModelUnusable: the model is absent or damaged.
        StorageUnavailable: a list or the cache cannot be written.
    """
    found = find_pictures(folders, padded=padded, most_each=most_each)
    with progress("Comparing train with val") as advance:
        near = train_pictures_near_val(labelled, model, store=cache / STORE, on_progress=advance)
    write_near_val(out.with_name(NEAR_VAL), near)
    with progress("Comparing further pictures") as advance:
        chosen = choose_pictures(found, labelled, model, store=cache / STORE, on_progress=advance)
    write_manifest(out, chosen)
    return Listed(len({pair.train for pair in near}), count_fates(chosen))
