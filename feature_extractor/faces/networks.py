"""The files of the networks that find and describe faces, whole and as they were shipped."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from errors import ModelUnusable
from feature_extractor.openvino_import import forbid_telemetry

if TYPE_CHECKING:
    from openvino import CompiledModel

MODELS = Path(__file__).resolve().parent.parent / "models"
LICENCE = "LICENSE.mtcnn.txt"
NAMES = ("p", "r", "o")
"""Of the three networks of MTCNN: proposals, refinement, output."""


class _Description(BaseModel):
    """What `mtcnn.json` says: the package that the weights are from, and the sha256 of each file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    package: str
    sha256: dict[str, str]


def path_of(folder: Path, name: str) -> Path:
    """Return the `.xml` of a network of MTCNN, one of NAMES; its `.bin` lies beside it."""
    return folder / f"mtcnn-{name}.xml"


def describe_files(folder: Path, *, package: str) -> None:
    """Write down what the networks of MTCNN in a folder are, for `check_files`."""
    sums = {path.name: _sha256(path) for path in _paths(folder)}
    told = _Description(package=package, sha256=sums).model_dump_json(indent=2)
    (folder / "mtcnn.json").write_text(told + "\n", encoding="utf-8")


def check_files(folder: Path) -> None:
    """Check that the networks of MTCNN are those that were shipped.

    Raises:
        ModelUnusable: a file is absent or damaged.
    """
    try:
        told = _Description.model_validate_json((folder / "mtcnn.json").read_bytes())
        received = {path.name: _sha256(path) for path in _paths(folder)}
    except OSError as exc:
        raise ModelUnusable(f"expected the networks of MTCNN in {folder}; {exc.strerror}: {exc.filename}") from exc
    except ValidationError as exc:
        raise ModelUnusable(f"expected sums in {folder / 'mtcnn.json'}; received {exc.errors()[0]['msg']}") from exc
    if received != told.sha256:
        differing = sorted(name for name, value in received.items() if told.sha256.get(name) != value)
        raise ModelUnusable(f"expected the sha256 sums of mtcnn.json in {folder}; {', '.join(differing)} differ")


def compile_network(path: Path, *, threads: int) -> "CompiledModel":
    """Load a network for the CPU.

    Args:
        path: its `.xml`.
        threads: cores to use; 0 for all.
    Raises:
        ModelUnusable: OpenVINO cannot load it.
    """
    forbid_telemetry()
    import openvino as ov  # here and not above: half a second that the command line need not spend

    config: dict[str, str | int] = {
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": threads,
        "ENABLE_CPU_PINNING": False,
        # As of the extractor: what is found must not depend on the machine.
        "INFERENCE_PRECISION_HINT": "f32",
    }
    try:
        return ov.Core().compile_model(str(path), "CPU", config)
    except RuntimeError as exc:
        raise ModelUnusable(f"expected a network that OpenVINO can load in {path}; received {exc}") from exc


def _paths(folder: Path) -> Iterable[Path]:
    for name in NAMES:
        yield path_of(folder, name)
        yield path_of(folder, name).with_suffix(".bin")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
