"""Learns the head of `copy` of a finished model anew and writes the model that comes of it: `index.py refit`."""

from collections.abc import Callable, Container, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import openvino as ov
from pydantic import JsonValue

from errors import BadRequest
from feature_extractor.model_file import ModelMetadata, read_metadata
from feature_extractor.training.calibration import Collection, choose_copy_threshold, measure_copies
from feature_extractor.training.copy_head import CopyHeadRecipe, fit_copy_head
from feature_extractor.training.edited_views import Readable, describe_views, split_companions
from feature_extractor.training.export import edit_copies, write_model
from feature_extractor.training.features import extract, read_inputs
from feature_extractor.training.graph import cut_at_pooling, replace_copy_head
from feature_extractor.training.near_duplicates import near_duplicate_pairs
from feature_extractor.training.progress import Progress, no_progress
from feature_extractor.training.read_back import read_copy_head
from feature_extractor.training.recipe import Recipe
from feature_extractor.training.sample import LabelledPicture

_PACKAGES = ("keras", "openvino", "numpy", "pillow")

Say = Callable[[str], None]


def refit_model(
    served: Path,
    pictures: Sequence[LabelledPicture],
    target: Path,
    *,
    recipe: CopyHeadRecipe,
    export: Recipe,
    left_out: Container[str] = (),
    more: Sequence[Readable] = (),
    say: Say = lambda _: None,
    progress: Progress = no_progress,
) -> ModelMetadata:
    """Learn the head of `copy` anew under a finished trunk, and write the three files of the new model.

    The trunk, `similar` and `attributes` stay as they are, to the bit. Nothing is learnt from pictures of the split
    'val'; they are only measured.

    Args:
        served: the `.xml` of the model.
        pictures: labelled, of both splits.
        target: the `.xml` to write; another than `served`.
        recipe: of the head.
        export: how thresholds are chosen.
        left_out: names of 'train' pictures that nothing may be learnt from, as they are near a 'val' picture.
        more: pictures without labels to learn from too, none of them near one of 'val'.
        say: told of each step.
        progress: shows how far the long steps are.
    Raises:
        ModelUnusable: the model is damaged, or none that `export` wrote.
        SourceUnreadable: a picture cannot be read.
        BadRequest: too few pictures, or none of val.
    """
    old = read_metadata(served)
    model = ov.Core().read_model(str(served), config={"ENABLE_MMAP": False})  # the file may be replaced
    train = [picture for picture in pictures if picture.split == "train" and picture.name not in left_out]
    val = [picture for picture in pictures if picture.split == "val"]
    if not val:
        raise BadRequest("expected pictures of split val to measure the model on; received none", remedy="Give more.")
    labelled, companions = split_companions(train, recipe.seed)
    learnt = [*labelled, *more]
    head = read_copy_head(model)

    target.parent.mkdir(parents=True, exist_ok=True)
    say(f"views: {recipe.views} each of {len(learnt)} pictures, with {len(companions)} more beside them")
    with TemporaryDirectory(dir=target.parent, prefix="views-") as folder:
        views = np.lib.format.open_memmap(
            Path(folder) / "views.npy", "w+", np.float16, (len(learnt), recipe.views, len(head.matrix))
        )
        with progress("Describing edited views") as advance:
            describe_views(
                cut_at_pooling(model),
                learnt,
                companions,
                views=recipe.views,
                seed=recipe.seed,
                out=views,
                on_progress=advance,
            )
        with progress("Learning the head") as advance:
            head = fit_copy_head(head, views, recipe, on_progress=advance)
    model = replace_copy_head(model, head)

    say("threshold: choose on train")
    collection = Collection(extract(model, read_inputs(train))["copy"], near_duplicate_pairs(read_inputs(train)))
    threshold = choose_copy_threshold(collection, false_copy_rate=export.false_copy_rate)
    say(f"figures: measure on {len(val)} pictures")
    unseen = Collection(extract(model, read_inputs(val))["copy"], near_duplicate_pairs(read_inputs(val)))
    measured: dict[str, JsonValue] = {
        **{name: figures for name, figures in old.measured.items() if name in ("similar_val", "attributes_val")},
        "copies_train": asdict(measure_copies(collection, edit_copies(model, train, export), threshold)),
        "copies_val": asdict(measure_copies(unseen, edit_copies(model, val, export), threshold)),
    }
    told = {
        "attributes_taught": old.attributes_taught,
        "copy_threshold": round(threshold, 4),
        "similar_floor": old.similar_floor,
        "provenance": {
            **old.provenance,
            "copy_head": {
                "of": {"model_id": old.model_id, "copy_head": old.provenance.get("copy_head")},
                "recipe": recipe.model_dump(),
                "learnt_from": {"pictures": len(labelled), "more": len(more), "companions": len(companions)},
                "packages": {name: version(name) for name in _PACKAGES},
            },
        },
    }
    return write_model(model, target, told, measured)
