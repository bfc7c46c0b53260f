"""From pictures and starting weights to a training that runs: what may be learnt from, caches, teacher, recipe."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import JsonValue, ValidationError

from errors import BadInput, BadRequest, StorageUnavailable
from feature_extractor.picture import Picture
from feature_extractor.training.fit import PRESETS, Preset, Training, TrainingRecipe, train
from feature_extractor.training.learning_curves import draw_learning_curves
from feature_extractor.training.manifest import MorePicture, read_manifest
from feature_extractor.training.near_val import NEAR_VAL, train_pictures_near_val, write_near_val
from feature_extractor.training.picture_cache import Missing, PictureCache, build_picture_cache
from feature_extractor.training.picture_traits import STORE
from feature_extractor.training.progress import Progress, no_progress
from feature_extractor.training.sample import LabelledPicture
from feature_extractor.training.teacher import Teacher, describe_pictures, teacher_of
from feature_extractor.training.training_set import assemble

LABELLED_SIDE_PX = 320
"""Longest side of cached pictures: crops are taken of them, so more than the network's input."""
MORE_SIDE_PX = 256
"""Of unlabelled ones, which are many."""


@dataclass(frozen=True, slots=True)
class Order:
    """A training as somebody asks for it.

    Attributes:
        labelled: pictures of both splits; 'val' only decides what is too near to it to learn from.
        more: a manifest of unlabelled pictures; None: no more.
        start: weights to start from.
        model: the `.xml` of the shipped model, which tells copies.
        recipe: how.
        without: categories that are left out.
        teacher: weights whose look must not be forgotten; None: those to start from.
        folder: of the result.
        cache: of decoded pictures and descriptors; several trainings may share one, not at once.
        workers: threads that decode and edit.
    """

    labelled: Sequence[LabelledPicture]
    start: Path
    model: Path
    recipe: TrainingRecipe
    folder: Path
    cache: Path
    more: Path | None = None
    without: tuple[str, ...] = ()
    teacher: Path | None = None
    workers: int = 2


@dataclass(frozen=True, slots=True)
class Trained:
    """What came out of a training.

    Attributes:
        weights: the file of the trained weights.
        pictures: learnt from.
        near_val: labelled train pictures left out as they are near a val picture; `near_val.csv` tells why.
        missing: pictures that could not be had, which `missing.csv` lists too.
        figures: of the learning curves.
    """

    weights: Path
    pictures: int
    near_val: int
    missing: tuple[Missing, ...]
    figures: tuple[Path, ...]


def train_as_ordered(order: Order, *, progress: Progress = no_progress) -> Trained:
    """Prepare a training and run it, or what is left of it.

    Raises:
        BadInput: there are no starting weights, a category to leave out is none, or nothing is left to learn from.
        SourceUnreadable: a labelled picture or the manifest cannot be read.
        ModelUnusable: model or starting weights cannot be used.
        StorageUnavailable: a folder cannot be written.
        ContractBroken: the folder belongs to another training.
    """
    training, near, missing = prepare(order, progress=progress)
    weights = train(training)
    figures = draw_learning_curves(training.log, order.folder)
    return Trained(weights, len(training.pictures), near, missing, tuple(figures))


def prepare(order: Order, *, progress: Progress = no_progress) -> tuple[Training, int, tuple[Missing, ...]]:
    """Return the training, how many train pictures are too near to val, and what could not be had.

    Raises:
        As `train_as_ordered`.
    """
    _check(order)
    known = [picture for picture in order.labelled if picture.split == "train"]
    with progress("Comparing train with val") as advance:
        near = train_pictures_near_val(order.labelled, order.model, store=order.cache / STORE, on_progress=advance)
    left_out = {pair.train for pair in near}
    labelled, missing = _decode(order, "labelled", known, LABELLED_SIDE_PX, progress)
    more: list[PictureCache] = []
    if order.more is not None:
        chosen = [picture for picture in read_manifest(order.more) if picture.reason is None]
        cache, also_missing = _decode(order, "more", chosen, MORE_SIDE_PX, progress)
        more, missing = [cache], (*missing, *also_missing)
    learnt = [picture for picture in known if picture.name not in left_out and picture.category not in order.without]
    held = set(labelled.names)
    pictures = [(labelled, picture.name) for picture in learnt if picture.name in held]
    pictures += [(cache, name) for cache in more for name in cache.names]
    if not pictures:
        raise BadRequest("expected pictures to learn from; none is left", remedy="Give more pictures of split train.")
    with progress("Describing pictures for the teacher") as advance:
        vectors = describe_pictures(_teacher(order, pictures), pictures, order.cache, on_progress=advance)
    _write_missing(order.folder, missing)
    write_near_val(order.folder / NEAR_VAL, near)
    training_set = assemble(learnt, labelled, more, teacher=vectors)
    return (
        Training(order.recipe, training_set, order.start, order.folder, order.workers),
        len(left_out),
        missing,
    )


def _decode(
    order: Order,
    kind: Literal["labelled", "more"],
    pictures: Sequence[LabelledPicture] | Sequence[MorePicture],
    longest_side_px: int,
    progress: Progress,
) -> tuple[PictureCache, tuple[Missing, ...]]:
    """Return the cache of pictures of one kind, and what could not be had."""
    with progress(f"Decoding {kind} pictures") as advance:
        return build_picture_cache(
            order.cache / kind,
            [(picture.name, picture.read) for picture in pictures],
            longest_side_px=longest_side_px,
            workers=order.workers,
            on_progress=lambda done: advance(done, len(pictures)),
        )


def choose_recipe(preset: Preset, changes: Path | None = None, **overrides: JsonValue) -> TrainingRecipe:
    """Return the recipe of a preset with what a file and then a caller say otherwise.

    Args:
        preset: where it begins.
        changes: JSON of some fields of TrainingRecipe, such as the `recipe.json` of another training.
        overrides: fields likewise; None changes nothing. `epochs` are shared among the phases.
    Raises:
        BadInput: the file cannot be read, or a field is none or out of range.
    """
    epochs = overrides.pop("epochs", None)
    try:
        told = json.loads(changes.read_text(encoding="utf-8")) if changes else {}
        if not isinstance(told, dict):
            raise BadInput(f"expected an object of fields in {changes}; received {type(told).__name__}")
        told |= {name: value for name, value in overrides.items() if value is not None}
        recipe = TrainingRecipe.model_validate(_merged(PRESETS[preset].model_dump(mode="json"), told))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as exc:
        raise BadInput(f"expected a recipe in {changes}; received {exc}") from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise BadInput(f"expected fields of a recipe; received {place}: {first['msg']}") from exc
    return recipe.lasting(epochs) if isinstance(epochs, int) else recipe


def _merged(base: Mapping[str, JsonValue], changes: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return fields with others in their place, those of fields too."""
    merged = dict(base)
    for name, value in changes.items():
        before = merged.get(name)
        merged[name] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return merged


def _check(order: Order) -> None:
    """Find at once what would be found in minutes."""
    for weights in (order.start, order.teacher or order.start):
        if not weights.is_file():
            raise BadInput(f"expected weights in {weights}; there is no such file")
    categories = {picture.category for picture in order.labelled} - {""}
    if unknown := sorted(set(order.without) - categories):
        raise BadRequest(
            f"expected categories of the labelled pictures; received {', '.join(unknown)}",
            remedy=f"There are: {', '.join(sorted(categories)) or 'none'}.",
        )


def _teacher(order: Order, pictures: Sequence[tuple[PictureCache, str]]) -> Teacher:
    rows = np.random.default_rng(order.recipe.seed).permutation(len(pictures))[: order.recipe.head_pictures]

    def examples() -> list[Picture]:
        return [cache.picture(cache.index_of(name)) for cache, name in (pictures[row] for row in rows.tolist())]

    return teacher_of(order.teacher or order.start, order.recipe.variant, examples, dtype=order.recipe.dtype)


def _write_missing(folder: Path, missing: Iterable[Missing]) -> None:
    """Write a CSV of the pictures that could not be had."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "missing.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["picture", "reason"])
            writer.writerows((picture.name, picture.reason) for picture in missing)
    except OSError as exc:
        raise StorageUnavailable(
            f"expected to write to {folder}; received {exc.strerror}", remedy="Choose another folder with --out."
        ) from exc
