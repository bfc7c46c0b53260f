"""From weights and pictures to the model that serves: what `index.py export` calls."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from pydantic import JsonValue

from feature_extractor.descriptors import ATTRIBUTES
from feature_extractor.model_file import ModelMetadata, hash_model
from feature_extractor.picture import Picture
from feature_extractor.preprocess import preprocess
from feature_extractor.training.attributes_head import fit_attributes
from feature_extractor.training.calibration import (
    Collection,
    EditedCopies,
    choose_copy_threshold,
    choose_similar_floor,
    measure_copies,
)
from feature_extractor.training.features import extract, read_inputs
from feature_extractor.training.graph import attach_heads, attach_pooling, convert
from feature_extractor.training.heads import Heads, apply_heads
from feature_extractor.training.initial_heads import project_descriptors
from feature_extractor.training.light_edits import edit_lightly
from feature_extractor.training.lineage import trace
from feature_extractor.training.model_report import mean_cosines, measure_attributes, measure_similar
from feature_extractor.training.near_duplicates import near_duplicate_pairs
from feature_extractor.training.network import build_trunk
from feature_extractor.training.quantise import quantise
from feature_extractor.training.recipe import Recipe
from feature_extractor.training.sample import LabelledPicture, attribute_matrix
from feature_extractor.training.weights import load_weights, silence_dead_channels

Say = Callable[[str], None]
_PACKAGES = ("keras", "tensorflow", "openvino", "nncf", "numpy", "pillow")


@dataclass(frozen=True, slots=True)
class _Trunks:
    """The network before and after quantisation.

    Attributes:
        heads: as they were trained with it; None for a network that was not.
        channels_silenced: dead channels, in both.
    """

    float32: ov.Model
    int8: ov.Model
    heads: Heads | None
    channels_silenced: int


def export_model(
    start: Path,
    pictures: Sequence[LabelledPicture],
    target: Path,
    *,
    recipe: Recipe,
    left_out: Container[str] = (),
    float32: Path | None = None,
    say: Say = lambda _: None,
) -> ModelMetadata:
    """Build, quantise and calibrate the model that serves, and write its three files.

    Everything is learnt from pictures of the split 'train'; those of 'val' are only measured.

    Args:
        start: weights as `load_weights` reads them.
        pictures: of both splits.
        target: the `.xml` to write; `.bin` and `.json` come beside it.
        recipe: what is not learnt.
        left_out: names of 'train' pictures that nothing may be learnt from, as they are near a 'val' picture.
        float32: where to write the model as it was before quantisation too, to compare the two.
        say: told of each step.
    Returns:
        What was written to the `.json`.
    Raises:
        ModelUnusable: the weights do not fit the network.
        SourceUnreadable: a picture cannot be read.
    """
    train = [picture for picture in pictures if picture.split == "train" and picture.name not in left_out]
    val = [picture for picture in pictures if picture.split == "val"]

    say("network: load, convert, quantise")
    trunks = _build_trunks(start, train, recipe)

    say(f"heads: learn from {len(train)} pictures")
    features = extract(attach_pooling(trunks.int8), read_inputs(train))
    attributes = fit_attributes(
        features["average"], attribute_matrix(train), [picture.project for picture in train], seed=recipe.seed
    )
    if (trained := trunks.heads) is None:
        heads = project_descriptors(features["gem"], features["average"], attributes.head)
    else:
        # The trained one served to teach the trunk; this one knows the int8 features and is calibrated.
        heads = replace(trained, attributes=attributes.head)
    taught = tuple(name for name, known in zip(ATTRIBUTES, attributes.taught, strict=True) if known)
    model = attach_heads(trunks.int8, heads, recipe.subject_share)

    say("thresholds: choose on train")
    outputs = apply_heads(heads, features, recipe.subject_share)
    collection = Collection(outputs["copy"], near_duplicate_pairs(read_inputs(train)))
    threshold = choose_copy_threshold(collection, false_copy_rate=recipe.false_copy_rate)
    floor = _similar_floor(outputs["similar"], train, recipe)
    copies = measure_copies(collection, edit_copies(model, train, recipe), threshold)

    say(f"figures: measure on {len(val)} pictures")
    measured: dict[str, JsonValue] = {"copies_train": asdict(copies)}
    measured |= _measure_val(trunks, heads, recipe.subject_share, val, taught)
    unseen = Collection(extract(model, read_inputs(val))["copy"], near_duplicate_pairs(read_inputs(val)))
    measured["copies_val"] = asdict(measure_copies(unseen, edit_copies(model, val, recipe), threshold))

    told = {
        "attributes_taught": taught,
        "copy_threshold": round(threshold, 4),
        "similar_floor": round(floor, 4),
        "provenance": {
            "weights": trace(start),
            "recipe": recipe.model_dump(),
            "learnt_from": {"pictures": len(train), "near_duplicate_pairs": len(collection.near_duplicates)},
            "channels_silenced": trunks.channels_silenced,
            "attribute_ridges": dict(zip(taught, attributes.ridges, strict=True)),
            "packages": {name: version(name) for name in _PACKAGES},
        },
    }
    if float32 is not None:
        write_model(attach_heads(trunks.float32, heads, recipe.subject_share), float32, told, {})
    return write_model(model, target, told, measured)


def write_model(
    model: ov.Model, target: Path, told: Mapping[str, Any], measured: Mapping[str, JsonValue]
) -> ModelMetadata:
    """Write the three files of a model and return what was written to the `.json`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    ov.save_model(model, str(target), compress_to_fp16=False)  # what may be smaller is smaller already
    model_id, xml_sha256, bin_sha256 = hash_model(target)
    metadata = ModelMetadata(
        model_id=model_id, xml_sha256=xml_sha256, bin_sha256=bin_sha256, **told, measured=dict(measured)
    )
    target.with_suffix(".json").write_text(metadata.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return metadata


def _build_trunks(start: Path, train: Sequence[LabelledPicture], recipe: Recipe) -> _Trunks:
    """Return the network with its starting weights, as it is and quantised."""
    network = build_trunk(recipe.variant)
    heads = load_weights(network, start)
    silenced = silence_dead_channels(network)
    float32 = convert(network)
    chosen = np.random.default_rng(recipe.seed).permutation(len(train))[: recipe.calibration_pictures]
    return _Trunks(float32, quantise(float32, list(read_inputs(train[row] for row in chosen))), heads, silenced)


def edit_copies(model: ov.Model, pictures: Sequence[LabelledPicture], recipe: Recipe) -> EditedCopies:
    """Return every light edit of some pictures, drawn evenly from each domain or set."""
    kinds = np.array([picture.domain or picture.name.split("/")[0] for picture in pictures])
    generator = np.random.default_rng(recipe.seed)
    each = -(-recipe.edited_pictures // len(set(kinds.tolist())))
    rows = np.concatenate(
        [generator.permutation(np.flatnonzero(kinds == kind))[:each] for kind in dict.fromkeys(kinds.tolist())]
    )
    edits: list[str] = []
    originals: list[int] = []

    def inputs() -> Iterator[Picture]:
        for row in rows.tolist():
            for name, edited in edit_lightly(pictures[row].read(), np.random.default_rng([recipe.seed, row])):
                edits.append(name)
                originals.append(row)
                yield preprocess(edited)

    descriptors = extract(model, inputs())["copy"]
    return EditedCopies(descriptors, np.array(originals, np.intp), np.array(edits))


def _similar_floor(similar: NDArray[np.float32], pictures: Sequence[LabelledPicture], recipe: Recipe) -> float:
    """Return the floor that up to 3,000 of the pictures with a category give: millions of pairs.

    Where nobody named a category, as in BAM! files, the first content that a picture is said to have stands for it.
    """
    categories = np.array([picture.category for picture in pictures])
    if not (categories != "").any():
        categories = np.array([_first_content(picture) for picture in pictures])
    rows = np.random.default_rng(recipe.seed).permutation(np.flatnonzero(categories != ""))[:3000]
    return choose_similar_floor(similar[rows], categories[rows], precision=recipe.similar_precision)


def _first_content(picture: LabelledPicture) -> str:
    told = zip(ATTRIBUTES, picture.attributes, strict=True)
    return next((name for name, value in told if name.startswith("content_") and value == 1), "")


def _measure_val(
    trunks: _Trunks, heads: Heads, subject_share: float, val: Sequence[LabelledPicture], taught: Sequence[str]
) -> dict[str, JsonValue]:
    """Return the figures of the int8 and of the float32 trunk, under the same heads, on pictures unseen so far."""
    outputs = {}
    for name, trunk in (("int8", trunks.int8), ("float32", trunks.float32)):
        features = extract(attach_pooling(trunk), read_inputs(val))
        outputs[name] = features | apply_heads(heads, features, subject_share)
    return {
        "similar_val": {name: measure_similar(output["similar"], val) for name, output in outputs.items()},
        "attributes_val": {
            name: measure_attributes(output["attributes"], taught, val) for name, output in outputs.items()
        },
        "mean_cosine_int8_float32_val": mean_cosines(outputs["int8"], outputs["float32"]),
    }
