"""The life of a change of model: described beside the old one, indexed, announced, switched in one transaction."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from time import sleep

from data.catalogue import Catalogue
from data.models import DescribedAgain
from data.thumbnails import ThumbnailStore
from errors import BadInput, ModelChanged
from feature_extractor.decode import decode
from feature_extractor.descriptors import ATTRIBUTES, Extractor
from feature_extractor.extractor import open_extractor
from feature_extractor.model_file import read_metadata
from feature_extractor.picture import Limits, Picture
from feature_extractor.preprocess import preprocess
from feature_extractor.threads import limit_threads
from search.open_engine import EngineSource, open_indexes
from search.served_model import find_model, full_id, keep_model, left_behind, model_file
from search.words import count

BATCH = 32
"""Pictures described and written together."""
PAGE = 256
"""Pictures decoded at a time, 150 kB each."""
AHEAD_S = 6.0
"""Between announcing a model and switching to it: serving processes look twice a second, and open it in two or three
seconds where the machine is not busy. One that is late opens it when the first search comes, which waits for it."""
ROUNDS = 20
"""Times that pictures which came in meanwhile are described before somebody is asked to stop adding for a moment."""


@dataclass(frozen=True, slots=True)
class ModelChange:
    """What a change of model did.

    Attributes:
        model_id: of the model that serves now.
        was: of the one before.
        described: pictures that were described for it.
        pictures: pictures that it serves.
    """

    model_id: str
    was: str
    described: int
    pictures: int


def change_model(
    source: EngineSource,
    model: Path | str,
    *,
    on_progress: Callable[[int, int], None],
    ahead_s: float = AHEAD_S,
) -> ModelChange:
    """Let another model serve a catalogue, while it is searched and added to.

    Nothing that answers is touched until the last step, one transaction; stop it before, and the same call goes on
    where it was. The old model's descriptors and indexes stay: the way back is the same call with its id, and takes
    only what came in since.

    Pictures are described out of their thumbnails, as originals may be gone.

    Args:
        source: where the parts are.
        model: the `.xml` of a model, or the beginning of the id of one that described pictures before.
        on_progress: called with how many pictures were described, and how many there are to describe.
        ahead_s: seconds between announcing the model and switching to it.
    Raises:
        ModelUnusable: it is damaged, of another shape, or this machine lacks it.
        BadInput: no such model, or pictures without a thumbnail, which are named.
        CatalogueUnavailable, StorageUnavailable: nothing more can be written; what was committed stays.
    """
    limit_threads(0)
    with Catalogue.open(source.catalogue_url) as catalogue:
        new_file = _chosen(catalogue, source, model)
        new_id = read_metadata(new_file).model_id
        old_id = left_behind(catalogue, source.model)
        if old_id is None:
            old_file = find_model(catalogue, source.model, source.models_dir)
            old_id = read_metadata(old_file).model_id
            if new_id == old_id:
                raise BadInput(f"the model {new_id[:16]} serves already", remedy="Choose another.")
            # The way back needs the old one, wherever the settings point by then.
            keep_model(old_file, source.models_dir)
        keep_model(new_file, source.models_dir)
        extractor = open_extractor(model_file(new_id, source.model, source.models_dir), threads=0)
        thumbnails = ThumbnailStore(source.thumbnail_dir)

        def describe() -> int:
            return describe_lacking(catalogue, thumbnails, extractor, source.limits, on_progress=on_progress)

        described = describe()
        for index in open_indexes(source, catalogue, new_id):  # so that serving processes find them made
            index.save_snapshot()
            index.close()
        catalogue.models.announce(new_id)
        try:
            sleep(ahead_s)
            for _ in range(ROUNDS):
                described += describe()
                if not catalogue.models.switch(old_id, new_id):
                    pictures = catalogue.models.described().get(new_id, 0)
                    return ModelChange(model_id=new_id, was=old_id, described=described, pictures=pictures)
        except BaseException:
            catalogue.models.announce(None)  # those that opened it ahead let it go
            raise
        catalogue.models.announce(None)
    raise ModelChanged(
        f"pictures came in faster than they could be described, {ROUNDS} times",
        remedy="Stop `add` for a moment and start this again: it goes on where it was.",
    )


def describe_lacking(
    catalogue: Catalogue,
    thumbnails: ThumbnailStore,
    extractor: Extractor,
    limits: Limits,
    *,
    on_progress: Callable[[int, int], None],
) -> int:
    """Describe the pictures that a model has not described, a transaction a batch, and return how many.

    Raises:
        BadInput: pictures lack a thumbnail that could be described; the rest was described.
    """
    total, done, holes = catalogue.models.count_lacking(extractor.model_id), 0, list[int]()
    with ThreadPoolExecutor(2, thread_name_prefix="decode") as pool:

        def seen(picture: tuple[int, str]) -> tuple[int, Picture | None]:
            image_id, sha256 = picture
            data = thumbnails.read(sha256)
            return image_id, None if data is None else preprocess(decode(data, limits).pixels)

        for page in _pages(catalogue, extractor.model_id):
            decoded = list(pool.map(seen, page))
            for start in range(0, len(page), BATCH):
                batch = decoded[start : start + BATCH]
                there = [(image_id, pixels) for image_id, pixels in batch if pixels is not None]
                holes += [image_id for image_id, pixels in batch if pixels is None]
                catalogue.models.put(extractor.model_id, _describe(extractor, there))
                done += len(batch)
                on_progress(done, max(done, total))
    if holes:
        raise BadInput(
            f"{count(len(holes), 'picture')} without a thumbnail to describe, such as {', '.join(map(str, holes[:5]))}",
            remedy="Run `check --repair`, or remove them or add their files again; then start this again.",
        )
    return done


def _pages(catalogue: Catalogue, model_id: str) -> Iterator[list[tuple[int, str]]]:
    """Yield pictures that a model has not described, a page at a time."""
    after_id = 0
    while page := catalogue.models.lacking(model_id, after_id=after_id, limit=PAGE):
        yield page
        after_id = page[-1][0]


def _describe(extractor: Extractor, pictures: list[tuple[int, Picture]]) -> list[DescribedAgain]:
    """Return what the model says of pictures."""
    found = extractor.describe([pixels for _, pixels in pictures])
    return [
        DescribedAgain(
            image_id,
            {"copy": found.copy[row], "similar": found.similar[row]},
            {
                name: float(probability)
                for name, probability in zip(ATTRIBUTES, found.attributes[row], strict=True)
                if not isnan(probability)  # the model was never taught it
            },
        )
        for row, (image_id, _) in enumerate(pictures)
    ]


def _chosen(catalogue: Catalogue, source: EngineSource, model: Path | str) -> Path:
    """Return the `.xml` that was asked for."""
    if isinstance(model, Path):
        return model
    return model_file(full_id(catalogue, model), source.model, source.models_dir)
