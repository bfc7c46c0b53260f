"""Pictures to the pooled features of a network: ours, or another of which only the file differs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from errors import ModelUnusable
from feature_extractor.model_file import hash_model
from feature_extractor.openvino_import import forbid_telemetry
from feature_extractor.picture import Picture
from feature_extractor.preprocess import INPUT_SIDE, preprocess

if TYPE_CHECKING:
    from openvino import InferRequest, Model, Output

BATCH = 16
"""Most pictures the network sees at once."""

_OURS = "attributes"
"""The output that tells our own model from others: its head reads the pooled features."""

Features = NDArray[np.float32]  # (n, length)


class Backbone:
    """A network without its heads, on the CPU; made by `open_backbone`, in the process that uses it.

    Attributes:
        model_id: sha256 of the bytes of `.bin` followed by those of `.xml`.
        length: how many features a picture has.
    """

    def __init__(self, model: "Model", output: int, *, model_id: str, threads: int, streams: int) -> None:
        import openvino as ov

        self.model_id = model_id
        self.length = int(model.outputs[output].partial_shape[1].get_length())
        config: dict[str, str | int] = {
            "NUM_STREAMS": streams,
            "INFERENCE_NUM_THREADS": threads,
            "ENABLE_CPU_PINNING": False,
            "INFERENCE_PRECISION_HINT": "f32",  # the features must not depend on the machine
        }
        compiled = ov.Core().compile_model(model, "CPU", config)
        self._requests = ov.AsyncInferQueue(compiled, streams)
        self._requests.set_callback(_keeper(output))
        self._lock = Lock()  # one caller at a time, as in `extractor`

    def describe(self, pictures: Sequence[Picture]) -> Features:
        """Return the features of decoded pictures as the network gives them; safe to call from several threads.

        Args:
            pictures: RGB uint8 arrays, each (height, width, 3); any number, zero too.
        Returns:
            float32 (len(pictures), length): means over the last maps, of any norm.
        Raises:
            PictureTooSmall: a side is under 16 px.
        """
        found = np.empty((len(pictures), self.length), np.float32)
        inputs = [preprocess(picture) for picture in pictures]
        with self._lock:
            for start in range(0, len(inputs), BATCH):
                rows = slice(start, start + BATCH)
                self._requests.start_async({0: np.stack(inputs[rows])}, found[rows])
            self._requests.wait_all()
        return found


def open_backbone(model: Path, *, threads: int = 0, streams: int = 1) -> Backbone:
    """Load a network and return what describes pictures with its pooled features.

    Of our own model they are the means of the last maps, before the norm and the heads; any other must take
    (batch, 224, 224, 3) RGB bytes and have one output, (batch, length).

    Args:
        model: the `.xml` of an OpenVINO model; its `.bin` lies beside it.
        threads: CPU cores to use; 0 for all.
        streams: batches described side by side, which share the cores.
    Raises:
        ModelUnusable: a file is absent, or no such network.
    """
    model_id, _, _ = hash_model(model)
    forbid_telemetry()
    import openvino as ov  # here and not above: half a second that the command line need not spend

    try:
        network = ov.Core().read_model(str(model))
    except RuntimeError as exc:
        raise ModelUnusable(f"expected a model that OpenVINO can read in {model}; received {exc}") from exc
    takes = ov.PartialShape([-1, INPUT_SIDE, INPUT_SIDE, 3])
    names = [name for port in network.outputs for name in port.names]
    if _OURS in names:
        pooled = _before_the_heads(network.output(_OURS))
        output = len(network.outputs)
        network.add_outputs([pooled])
    else:
        output = 0
    gives = network.outputs[output].partial_shape
    is_single = _OURS in names or len(network.outputs) == 1
    is_matrix = gives.rank == ov.Dimension(2) and gives[1].is_static
    if len(network.inputs) != 1 or network.inputs[0].partial_shape != takes or not is_single or not is_matrix:
        raise ModelUnusable(
            f"expected a network from {takes} to one output (batch, length) in {model}; "
            f"received {network.inputs} and {network.outputs}"
        )
    return Backbone(network, output, model_id=model_id, threads=threads, streams=streams)


def scale_to_unit(vectors: Features) -> Features:
    """Return rows scaled to L2 norm 1; a row of zeros stays one."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norms > 0, norms, 1), np.float32)


def _before_the_heads(attributes: "Output") -> "Output":
    """Return the pooled features that the head of attributes reads, before they are scaled to norm 1.

    `training.graph` builds the head as sigmoid(add(matmul(normalise(mean), matrix), bias)).

    Raises:
        ModelUnusable: it is built otherwise.
    """
    port = attributes
    for kind in ("Result", "Sigmoid", "Add", "MatMul", "NormalizeL2"):
        node = port.get_node()
        if node.get_type_name() != kind:
            raise ModelUnusable(f"expected {kind} in the head of attributes; received {node.get_type_name()}")
        port = node.input_value(0)
    return port


def _keeper(output: int) -> "Callable[[InferRequest, Features], None]":
    """Return a function that copies what the network says of a batch into its rows."""

    def keep(request: "InferRequest", rows: Features) -> None:
        rows[:] = request.get_output_tensor(output).data

    return keep
