"""What decides a result besides the two pictures: packages by their versions, and every number of the method."""

import platform
import re
import zlib
from dataclasses import asdict, is_dataclass
from importlib.metadata import version
from types import ModuleType

from feature_extractor import decode, hashes, keypoints, preprocess, preview
from feature_extractor.picture import Limits
from search import geometry, proof, residual, sentence, stills, transform, verdict
from search.evidence.record import Parameter, Scalar

PACKAGES = ("fpdf2", "numpy", "opencv-python-headless", "openvino", "pdqhash", "pillow", "pillow-heif")
"""Those whose other versions could decode, describe, compare or draw otherwise."""

_MODULES: tuple[ModuleType, ...] = (
    decode,
    hashes,
    keypoints,
    preprocess,
    preview,
    geometry,
    proof,
    residual,
    sentence,
    stills,
    transform,
    verdict,
)
_CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")
_NO_PARAMETERS = frozenset({"BITSPERSAMPLE", "PHOTOMETRIC_INTERPRETATION"})  # names of tags


def package_versions() -> dict[str, str]:
    """Return name and version of what decides a result, zlib too, which packs the PDF."""
    return {name: version(name) for name in PACKAGES} | {"zlib": zlib.ZLIB_RUNTIME_VERSION}


def machine() -> str:
    """Return the kind of processor and the version of Python: both may round otherwise."""
    return f"{platform.machine()}, Python {platform.python_version()}"


def parameters(limits: Limits) -> dict[str, dict[str, Parameter]]:
    """Return every number that the method goes by, read from the modules themselves, so that none is forgotten.

    Args:
        limits: what a picture file was allowed to cost.
    """
    found = {
        module.__name__: {
            name.lstrip("_"): value
            for name, constant in vars(module).items()
            if _CONSTANT.fullmatch(name) and name not in _NO_PARAMETERS and (value := _value(constant)) is not None
        }
        for module in _MODULES
    }
    found[keypoints.__name__]["METHOD"] = keypoints.METHOD
    return {"limits": asdict(limits)} | {name: values for name, values in found.items() if values}


def _value(constant: object) -> Parameter | None:
    """Return a number, or numbers in a tuple or dataclass, as the record holds them; None for anything else."""
    if isinstance(constant, bool | int | float):
        return constant
    if is_dataclass(constant) and not isinstance(constant, type):
        return {name: value for name, value in asdict(constant).items() if isinstance(value, bool | int | float)}
    if isinstance(constant, tuple) and constant:
        parts = [_scalars(part) for part in constant]
        return None if any(part is None for part in parts) else [part for part in parts if part is not None]
    return None


def _scalars(part: object) -> Scalar | list[Scalar] | None:
    """Return a number, or a tuple of numbers as a list; None for anything else."""
    if isinstance(part, bool | int | float):
        return part
    if isinstance(part, tuple) and part and all(isinstance(one, bool | int | float) for one in part):
        return list(part)
    return None
