"""The three networks of MTCNN as OpenVINO models, from the weights that the package `mtcnn` ships.

    python -m feature_extractor.training.face_networks feature_extractor/models

The graphs are built from the weights layer by layer, not traced: Zhang et al., "Joint Face Detection and Alignment
Using Multitask Cascaded Convolutional Networks", 2016, with the padding and the order of axes of the package. It keeps
its weights in files of joblib, which are pickles; they are opened here alone, by the package itself, once.
"""

import sys
from collections.abc import Callable, Sequence
from importlib.metadata import files, version
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops

from errors import PartMissing
from feature_extractor.faces.networks import LICENCE, describe_files, path_of

Arrays = Sequence[NDArray[np.float32]]


class _Weights:
    """The arrays of a network, taken one after the other, as nodes."""

    def __init__(self, arrays: Arrays) -> None:
        self._left = list(arrays)

    def convolve(self, maps: ov.Node) -> ov.Node:
        kernel, bias = self._left.pop(0), self._left.pop(0)  # kernel: (height, width, in, out)
        filters = ops.constant(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)))
        convolved = ops.convolution(maps, filters, [1, 1], [0, 0], [0, 0], [1, 1])
        return ops.add(convolved, ops.constant(bias.reshape(1, -1, 1, 1)))

    def apply(self, vectors: ov.Node) -> ov.Node:
        matrix, bias = self._left.pop(0), self._left.pop(0)
        product = ops.matmul(vectors, ops.constant(matrix), transpose_a=False, transpose_b=False)
        return ops.add(product, ops.constant(bias[None]))

    def bend(self, node: ov.Node) -> ov.Node:
        return ops.prelu(node, ops.constant(self._left.pop(0).reshape(-1)))

    def check_empty(self) -> None:
        if self._left:
            raise ValueError(f"expected weights of a network of MTCNN; received {len(self._left)} arrays too many")


def build_proposal_network(arrays: Arrays) -> ov.Model:
    """Return P-Net: pictures (n, height, width, 3) to `boxes` (n, rows, columns, 4) and `scores` (n, rows, columns, 2).

    Args:
        arrays: of the package's layers, in their order.
    """
    weights = _Weights(arrays)
    pictures, maps = _begin(-1)
    maps = _pool(weights.bend(weights.convolve(maps)), 2, "same_upper")
    for _ in range(2):
        maps = weights.bend(weights.convolve(maps))
    boxes = ops.transpose(weights.convolve(maps), np.array([0, 2, 3, 1]))
    scores = ops.softmax(ops.transpose(weights.convolve(maps), np.array([0, 2, 3, 1])), 3)
    weights.check_empty()
    return _finish("mtcnn-p", pictures, boxes=boxes, scores=scores)


def build_refinement_network(arrays: Arrays) -> ov.Model:
    """Return R-Net: patches (n, 24, 24, 3) to `boxes` (n, 4) and `scores` (n, 2)."""
    weights = _Weights(arrays)
    pictures, maps = _begin(24)
    maps = _pool(weights.bend(weights.convolve(maps)), 3, "same_upper")
    maps = _pool(weights.bend(weights.convolve(maps)), 3, "valid")
    vectors = weights.bend(weights.apply(_flatten(weights.bend(weights.convolve(maps)))))
    boxes = weights.apply(vectors)
    scores = ops.softmax(weights.apply(vectors), 1)
    weights.check_empty()
    return _finish("mtcnn-r", pictures, boxes=boxes, scores=scores)


def build_output_network(arrays: Arrays) -> ov.Model:
    """Return O-Net: patches (n, 48, 48, 3) to `boxes` (n, 4), `landmarks` (n, 10) and `scores` (n, 2)."""
    weights = _Weights(arrays)
    pictures, maps = _begin(48)
    maps = _pool(weights.bend(weights.convolve(maps)), 3, "same_upper")
    maps = _pool(weights.bend(weights.convolve(maps)), 3, "valid")
    maps = _pool(weights.bend(weights.convolve(maps)), 2, "same_upper")
    vectors = weights.bend(weights.apply(_flatten(weights.bend(weights.convolve(maps)))))
    boxes, landmarks = weights.apply(vectors), weights.apply(vectors)
    scores = ops.softmax(weights.apply(vectors), 1)
    weights.check_empty()
    return _finish("mtcnn-o", pictures, boxes=boxes, landmarks=landmarks, scores=scores)


def export_face_networks(folder: Path) -> None:
    """Write the networks of the package, their sums and its licence into a folder.

    Raises:
        PartMissing: `mtcnn` or TensorFlow is not installed.
    """
    try:
        from mtcnn import MTCNN
    except ModuleNotFoundError as exc:
        raise PartMissing(f"expected the package mtcnn and TensorFlow; {exc.name} is not installed") from exc
    stages = MTCNN().stages
    builders: dict[str, Callable[[Arrays], ov.Model]] = {
        "p": build_proposal_network,
        "r": build_refinement_network,
        "o": build_output_network,
    }
    folder.mkdir(parents=True, exist_ok=True)
    for (name, build), stage in zip(builders.items(), stages, strict=True):
        ov.save_model(build(stage.model.get_weights()), str(path_of(folder, name)), compress_to_fp16=False)
    describe_files(folder, package=f"mtcnn {version('mtcnn')}")
    licence = next(file for file in files("mtcnn") or [] if file.name == "LICENSE")
    (folder / LICENCE).write_text(licence.read_text(encoding="utf-8"), encoding="utf-8")


def _begin(side: int) -> tuple[ov.Node, ov.Node]:
    """Return the input, pictures (n, side, side, 3) of -1..1, and its maps (n, 3, side, side)."""
    pictures = ops.parameter(ov.PartialShape([-1, side, side, 3]), ov.Type.f32, name="pictures")
    pictures.output(0).set_names({"pictures"})
    return pictures, ops.transpose(pictures, np.array([0, 3, 1, 2]))


def _pool(maps: ov.Node, side: int, padding: str) -> ov.Node:
    pooled = ops.max_pool(maps, [2, 2], [1, 1], [0, 0], [0, 0], [side, side], "floor", padding)
    return pooled.output(0)


def _flatten(maps: ov.Node) -> ov.Node:
    """Return maps as vectors, column by column: MTCNN was trained where columns come before rows."""
    return ops.reshape(ops.transpose(maps, np.array([0, 3, 2, 1])), np.array([0, -1]), special_zero=True)


def _finish(name: str, pictures: ov.Node, **outputs: ov.Node) -> ov.Model:
    for told, node in outputs.items():
        node.output(0).set_names({told})
    return ov.Model([ops.result(node, name=told) for told, node in outputs.items()], [pictures], name)


if __name__ == "__main__":
    export_face_networks(Path(sys.argv[1]))
