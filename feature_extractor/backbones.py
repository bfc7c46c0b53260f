"""Pictures to the pooled features of a network: ours, or another of which only the file differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

FEATURES = "features"
"""Means of the last maps over their places, as the network gives them; what every network has."""
GEM = "gem"
"""Generalised means of the last maps of two stages, each of L2 norm 1; our own model has them."""

_UNDER_HEADS = {
    FEATURES: ("attributes", ("Result", "Sigmoid", "Add", "MatMul", "NormalizeL2")),
    GEM: ("copy", ("Result", "NormalizeL2", "Add", "MatMul")),
}
"""From an output of our model back to what its head reads, as `training.graph` builds them."""
_HEADS = ("copy", "similar", "attributes")

Features = NDArray[np.float32]  # (n, length)


class Backbone:
    """A network as what it sees in pictures, on the CPU; made by `open_backbone`, in the process that uses it.

    Attributes:
        model_id: sha256 of the bytes of `.bin` followed by those of `.xml`.
        lengths: of its outputs, by name: FEATURES always; of our own model GEM and its three descriptors too.
    """

    def __init__(
        self, model: "Model", outputs: Mapping[str, int], *, model_id: str, threads: int, streams: int
    ) -> None:
        import openvino as ov

        self.model_id = model_id
        self._places = dict(outputs)
        self.lengths = {
            name: int(model.outputs[place].partial_shape[1].get_length()) for name, place in outputs.items()
        }
        config: dict[str, str | int] = {
            "NUM_STREAMS": streams,
            "INFERENCE_NUM_THREADS": threads,
            "ENABLE_CPU_PINNING": False,
            "INFERENCE_PRECISION_HINT": "f32",  # the features must not depend on the machine
        }
        self._requests = ov.AsyncInferQueue(ov.Core().compile_model(model, "CPU", config), streams)
        self._requests.set_callback(_keep)
        self._lock = Lock()  # one caller at a time, as in `extractor`

    def describe(self, pictures: Sequence[Picture], *outputs: str) -> dict[str, Features]:
        """Return what the network sees in decoded pictures; safe to call from several threads.

        Args:
            pictures: RGB uint8 arrays, each (height, width, 3); any number, zero too.
            outputs: names of `lengths`; none: all of them.
        Returns:
            By name, float32 (len(pictures), length).
        Raises:
            PictureTooSmall: a side is under 16 px.
        """
        wanted = outputs or tuple(self.lengths)
        found = {name: np.empty((len(pictures), self.lengths[name]), np.float32) for name in wanted}
        inputs = [preprocess(picture) for picture in pictures]
        with self._lock:
            for start in range(0, len(inputs), BATCH):
                rows = slice(start, start + BATCH)
                places = [_Place(self._places[name], array[rows]) for name, array in found.items()]
                self._requests.start_async({0: np.stack(inputs[rows])}, places)
            self._requests.wait_all()
        return found


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the rows of an output go."""

    output: int
    rows: Features


def _keep(request: "InferRequest", places: Sequence[_Place]) -> None:
    """Copy what the network says of a batch into its rows."""
    for place in places:
        place.rows[:] = request.get_output_tensor(place.output).data


def open_backbone(model: Path, *, threads: int = 0, streams: int = 1) -> Backbone:
    """Load a network and return what describes pictures with it.

    Of our own model, FEATURES are taken before the norm and the heads; any other must take (batch, 224, 224, 3) RGB
    bytes and have one output, (batch, length).

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
    names = {name: place for place, port in enumerate(network.outputs) for name in port.names}
    outputs = {FEATURES: 0}
    if set(_HEADS) <= names.keys():
        before = {name: _before_the_head(network, *head) for name, head in _UNDER_HEADS.items()}
        outputs = {name: len(network.outputs) + place for place, name in enumerate(before)}
        outputs |= {name: names[name] for name in _HEADS}
        network.add_outputs(list(before.values()))
    takes = ov.PartialShape([-1, INPUT_SIDE, INPUT_SIDE, 3])
    shapes = [network.outputs[place].partial_shape for place in outputs.values()]
    are_rows = all(shape.rank == ov.Dimension(2) and shape[1].is_static for shape in shapes)
    is_single = len(outputs) > 1 or len(network.outputs) == 1
    if [port.partial_shape for port in network.inputs] != [takes] or not is_single or not are_rows:
        raise ModelUnusable(
            f"expected a network from {takes} to one output (batch, length) in {model}; "
            f"received {network.inputs} and {network.outputs}"
        )
    return Backbone(network, outputs, model_id=model_id, threads=threads, streams=streams)


def scale_to_unit(vectors: Features) -> Features:
    """Return rows scaled to L2 norm 1; a row of zeros stays one."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(norms > 0, norms, 1), np.float32)


def _before_the_head(network: "Model", name: str, kinds: Sequence[str]) -> "Output":
    """Return what the head of an output reads, found by the kinds of its operations, the last first.

    Raises:
        ModelUnusable: it is built otherwise.
    """
    node = next(result for result in network.get_results() if name in result.input_value(0).get_names())
    for kind in kinds:
        if node.get_type_name() != kind:
            raise ModelUnusable(f"expected {kind} in the head of {name}; received {node.get_type_name()}")
        port = node.input_value(0)
        node = port.get_node()
    return port
