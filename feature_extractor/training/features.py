"""Labelled pictures to an OpenVINO model and its outputs back, as fast as the machine gives them."""

from collections.abc import Iterable, Iterator

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from feature_extractor.picture import Picture
from feature_extractor.preprocess import preprocess
from feature_extractor.training.batches import batches
from feature_extractor.training.sample import LabelledPicture

_BATCH = 16


def read_inputs(pictures: Iterable[LabelledPicture]) -> Iterator[Picture]:
    """Yield what the network sees of each picture, uint8 (224, 224, 3)."""
    return (preprocess(picture.read()) for picture in pictures)


def extract(model: ov.Model, inputs: Iterable[Picture], *, threads: int = 0) -> dict[str, NDArray[np.float32]]:
    """Return every output of a model by name, rows in the order of the inputs.

    Args:
        model: from uint8 (batch, 224, 224, 3) to any outputs of two dimensions.
        inputs: preprocessed pictures, uint8 (224, 224, 3) each; at least one.
        threads: CPU cores to use; 0 for all.
    """
    config = {
        "PERFORMANCE_HINT": "THROUGHPUT",
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": "f32",  # as the extractor does
    }
    compiled = ov.Core().compile_model(model, "CPU", config)
    names = [port.any_name for port in compiled.outputs]
    rows: dict[int, dict[str, NDArray[np.float32]]] = {}

    def keep(request: ov.InferRequest, number: int) -> None:
        rows[number] = {name: request.get_tensor(name).data.copy() for name in names}

    requests = ov.AsyncInferQueue(compiled)
    requests.set_callback(keep)
    for number, batch in enumerate(batches(inputs, _BATCH)):
        requests.start_async({0: batch}, number)
    requests.wait_all()
    return {name: np.concatenate([rows[number][name] for number in sorted(rows)]) for name in names}
