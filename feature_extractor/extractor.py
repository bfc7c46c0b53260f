"""Pictures to descriptors by OpenVINO."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from errors import ModelUnusable
from feature_extractor.descriptors import ATTRIBUTES, DIM, Descriptors
from feature_extractor.model_file import ModelMetadata, read_metadata
from feature_extractor.openvino_import import forbid_telemetry
from feature_extractor.picture import Picture
from feature_extractor.preprocess import INPUT_SIDE, preprocess

if TYPE_CHECKING:
    from openvino import CompiledModel, InferRequest

BATCH = 16
"""Most pictures the network sees at once: more are no faster and need more memory."""

_WIDTHS = {"copy": DIM, "similar": DIM, "attributes": len(ATTRIBUTES)}


class OpenVINOExtractor:
    """An `Extractor` on the CPU; made by `open_extractor`, in the process that uses it (never before a fork).

    Attributes:
        model_id, copy_threshold, similar_floor: see feature_extractor.descriptors.Extractor.
        metadata: everything the model's description says.
    """

    def __init__(self, compiled: "CompiledModel", metadata: ModelMetadata, *, streams: int) -> None:
        from openvino import AsyncInferQueue

        self.metadata = metadata
        self.model_id = metadata.model_id
        self.copy_threshold = metadata.copy_threshold
        self.similar_floor = metadata.similar_floor
        self._requests = AsyncInferQueue(compiled, streams)
        self._requests.set_callback(_keep)
        # One caller at a time. Several threads in `infer` at once can lock each other out for ever (seen with 2026.4:
        # one waits for the interpreter inside a first-time initialisation that another, holding it, waits for), and
        # they would only queue: other threads decode and search meanwhile.
        self._lock = Lock()
        self._untaught = [i for i, name in enumerate(ATTRIBUTES) if name not in metadata.attributes_taught]

    def describe(self, pictures: Sequence[Picture]) -> Descriptors:
        """Return the descriptors of decoded pictures; safe to call from several threads.

        Args:
            pictures: RGB uint8 arrays, each (height, width, 3); any number, zero too.
        Returns:
            copy and similar float32, each (len(pictures), 256) with L2 norm 1; attributes float32
            (len(pictures), 20) in 0..1, NaN for those the model was never taught. A picture gets the same numbers,
            up to rounding, alone and in a batch.
        Raises:
            PictureTooSmall: a side is under 16 px.
        """
        outputs = {name: np.empty((len(pictures), width), np.float32) for name, width in _WIDTHS.items()}
        inputs = [preprocess(picture) for picture in pictures]
        with self._lock:
            for start in range(0, len(inputs), BATCH):
                rows = slice(start, start + BATCH)
                self._requests.start_async(
                    {0: np.stack(inputs[rows])}, {name: array[rows] for name, array in outputs.items()}
                )
            self._requests.wait_all()
        outputs["attributes"][:, self._untaught] = np.nan
        return Descriptors(**outputs)


def _keep(request: "InferRequest", outputs: dict[str, NDArray[np.float32]]) -> None:
    """Copy what the network says of a batch into its rows."""
    for name, array in outputs.items():
        array[:] = request.get_tensor(name).data


def open_extractor(model: Path, *, threads: int, streams: int = 1, cache_dir: Path | None = None) -> OpenVINOExtractor:
    """Check a model, load it and return what describes pictures with it.

    Args:
        model: the `.xml` of an OpenVINO model; its `.bin` and `.json` lie beside it.
        threads: CPU cores to use; 0 for all.
        streams: batches described side by side, which share the cores: as many streams as cores describe the most
            pictures a second, one stream answers soonest.
        cache_dir: a folder that may keep the compiled model, so that it loads faster the next time.
    Raises:
        ModelUnusable: a file is absent, damaged or not what its description says.
    """
    metadata = read_metadata(model)
    forbid_telemetry()
    import openvino as ov  # here and not above: half a second that the command line need not spend

    config: dict[str, str | int] = {
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": threads,
        # A pinned thread would share its core with those of other worker processes while other cores idle.
        "ENABLE_CPU_PINNING": False,
        # Descriptors must not depend on the machine: without this, processors that have bfloat16 use it.
        "INFERENCE_PRECISION_HINT": "f32",
    }
    if cache_dir is not None:
        config["CACHE_DIR"] = str(cache_dir)
    try:
        compiled = ov.Core().compile_model(str(model), "CPU", config)
    except RuntimeError as exc:
        raise ModelUnusable(f"expected a model that OpenVINO can load in {model}; received {exc}") from exc
    shapes = {port.any_name: port.partial_shape for port in (*compiled.inputs, *compiled.outputs)}
    expected = {"pictures": [-1, INPUT_SIDE, INPUT_SIDE, 3], **{name: [-1, width] for name, width in _WIDTHS.items()}}
    if shapes != {name: ov.PartialShape(shape) for name, shape in expected.items()}:
        raise ModelUnusable(f"expected inputs and outputs {expected} in {model}; received {shapes}")
    return OpenVINOExtractor(compiled, metadata, streams=streams)
