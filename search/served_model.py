"""Which model file answers: the one that the catalogue names, wherever on this machine it lies."""

import glob
import os
import shutil
from pathlib import Path

from data.catalogue import Catalogue
from errors import BadInput, ModelUnusable, StorageUnavailable
from feature_extractor.model_file import read_metadata

LEAST_OF_ID = 8
"""Characters by which a model may be called."""


def find_model(catalogue: Catalogue, default: Path, folder: Path) -> Path:
    """Return the `.xml` of the model that serves a catalogue.

    Args:
        catalogue: says which, once somebody chose one.
        default: what serves until then; it may be the chosen one.
        folder: where `keep_model` put others.
    Raises:
        ModelUnusable: this machine lacks it, or nobody chose one and pictures were described by another than the
            default.
    """
    wanted = catalogue.models.serving().now
    if wanted is not None:
        return model_file(wanted, default, folder)
    if before := left_behind(catalogue, default):
        raise ModelUnusable(
            f"the pictures of this catalogue were described by the model {before[:16]}, none of them by {default}",
            remedy=f"Run `python3 index.py model use {default}`, which describes them by it, or let RETRACE_MODEL name "
            "the one before.",
        )
    return default


def left_behind(catalogue: Catalogue, default: Path) -> str | None:
    """Return the id of the model that described a catalogue, where another file lies in its place; else None.

    So it is after an update that brings a new model: served with that, the catalogue would look empty.

    Raises:
        ModelUnusable: `default` is damaged or of another shape.
    """
    if catalogue.models.serving().now is not None or not default.is_file():
        return None
    return catalogue.models.left_behind(read_metadata(default).model_id)


def model_file(model_id: str, default: Path, folder: Path) -> Path:
    """Return the `.xml` of a model by its id.

    Raises:
        ModelUnusable: this machine lacks it.
    """
    kept = kept_model(model_id, folder)
    if kept.is_file():
        return kept
    if default.is_file() and read_metadata(default).model_id == model_id:
        return default
    raise ModelUnusable(
        f"the catalogue is served with the model {model_id[:16]}, which this machine lacks",
        remedy=f"Copy {kept.name} and what lies beside it from a machine that has it, or run `model use` here.",
    )


def full_id(catalogue: Catalogue, beginning: str) -> str:
    """Return the id of the one model that described pictures and has this beginning, of eight characters or more.

    Raises:
        BadInput: there is none, or more than one.
    """
    known = [each for each in catalogue.models.described() if each.startswith(beginning)]
    if len(known) != 1 or len(beginning) < LEAST_OF_ID:
        raise BadInput(
            f"expected the first {LEAST_OF_ID} characters, or more, of a model's id; received {beginning!r}",
            remedy="`model list` shows those that described pictures.",
        )
    return known[0]


def kept_model(model_id: str, folder: Path) -> Path:
    """Return where the `.xml` of a model is kept, whether it is there or not."""
    return folder / f"{model_id[:16]}.xml"


def keep_model(model: Path, folder: Path) -> str:
    """Copy a model to where every process of this machine finds it, and return its id.

    Raises:
        ModelUnusable: it is damaged or of another shape.
        StorageUnavailable: the folder cannot be written.
    """
    model_id = read_metadata(model).model_id
    kept = kept_model(model_id, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Its weights, its calibration and what that was fitted on; the .xml last: what has it is whole.
        for part in sorted(model.parent.glob(f"{glob.escape(model.stem)}.*"), key=lambda part: part.suffix == ".xml"):
            place = kept.with_name(kept.stem + part.name.removeprefix(model.stem))
            if part.is_file() and part.resolve() != place.resolve():
                beside = place.with_name(f".{place.name}.{os.getpid()}")
                shutil.copyfile(part, beside)
                beside.replace(place)  # whole or not at all, for who opens it meanwhile
    except OSError as exc:
        raise StorageUnavailable(f"cannot keep the model in {folder}: {exc.strerror}") from exc
    return model_id
