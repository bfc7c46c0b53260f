"""Weights back from the model that serves, so that a training can go on from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from errors import ModelUnusable
from feature_extractor.training.heads import Heads, LinearHead
from feature_extractor.training.network import STAGES

_OUTPUTS = ("copy", "similar", "attributes")
_WHOLE = 255.0  # pixels are scaled to 0..1


@dataclass(frozen=True, slots=True)
class ServedWeights:
    """What a model that serves holds.

    Attributes:
        trunk: arrays by `layer/variable` as Keras names them, float32. Normalisations are part of the convolutions by
            then: theirs leave all as it is but for the offset.
        copy, attributes: heads of these outputs.
        similar: heads of the parts of this output, in their order.
    """

    trunk: dict[str, NDArray[np.float32]]
    copy: LinearHead
    similar: tuple[LinearHead, ...]
    attributes: LinearHead

    @property
    def heads(self) -> Heads | None:
        """Return the heads; None for a model whose `similar` has not two parts."""
        if len(self.similar) != 2:
            return None
        subject, look = self.similar
        return Heads(copy=self.copy, subject=subject, look=look, attributes=self.attributes)


def read_served(path: Path, epsilon: float) -> ServedWeights:
    """Read the weights of a model that `export` wrote, int8 or float32.

    What int8 rounded stays rounded: a share of 1/254 of the largest weight of a channel at most.

    Args:
        path: the `.xml`, its `.bin` beside it.
        epsilon: what the normalisations of the network to be filled add to a variance.
    Raises:
        ModelUnusable: not readable, or not a ResNet-50 with the heads of Retrace.
    """
    try:
        model = ov.Core().read_model(str(path), config={"ENABLE_MMAP": False})
        heads = {name: [_head(node) for node in head_products(model.output(name).get_node())] for name in _OUTPUTS}
    except RuntimeError as exc:
        raise ModelUnusable(f"expected a model that `export` wrote in {path.name}; received {exc}") from exc
    if [len(heads[name]) for name in ("copy", "attributes")] != [1, 1]:
        raise ModelUnusable(f"expected one head each for copies and attributes in {path.name}; received other heads")
    convolutions = [node for node in model.get_ordered_ops() if node.get_type_name() == "Convolution"]
    trunk: dict[str, NDArray[np.float32]] = {}
    for name, node in _named(convolutions, path):
        kernel = _constant(node.input_value(1).get_node())
        if name == "conv1" and not _is_scaled(node):
            kernel = kernel * np.float32(_WHOLE)
        offset = _offset(node, kernel.shape[0])
        ones = np.ones_like(offset)
        trunk |= {
            f"{name}_conv/kernel": np.ascontiguousarray(kernel.transpose(2, 3, 1, 0)),
            f"{name}_conv/bias": np.zeros_like(offset),
            f"{name}_bn/gamma": ones,
            f"{name}_bn/beta": offset,
            f"{name}_bn/moving_mean": np.zeros_like(offset),
            f"{name}_bn/moving_variance": ones - np.float32(epsilon),
        }
    return ServedWeights(trunk, heads["copy"][0], tuple(heads["similar"]), heads["attributes"][0])


def read_copy_head(served: ov.Model) -> LinearHead:
    """Return the head of `copy` of a model that `export` or `refit` wrote.

    Raises:
        ModelUnusable: it is no such model.
    """
    products = list(head_products(served.output("copy").get_node()))
    if len(products) != 1:
        raise ModelUnusable(f"expected one head for copies; received {len(products)}")
    return _head(products[0])


def _named(convolutions: list[ov.Node], path: Path) -> Iterator[tuple[str, ov.Node]]:
    """Yield the convolutions by the names of their layers; a block comes whole before the next one."""
    expected = 1 + sum(3 * blocks + 1 for _, _, blocks in STAGES)
    if len(convolutions) != expected:
        raise ModelUnusable(f"expected {expected} convolutions in {path.name}; received {len(convolutions)}")
    rest = iter(convolutions)
    yield "conv1", next(rest)
    for stage, _, blocks in STAGES:
        for block in range(1, blocks + 1):
            yield from _named_block(f"conv{stage}_block{block}", [next(rest) for _ in range(4 if block == 1 else 3)])


def _named_block(name: str, block: list[ov.Node]) -> Iterator[tuple[str, ov.Node]]:
    """Yield a block's convolutions by name: the 3 × 3 one, those right before and after it, and the shortcut."""
    middle = next(node for node in block if list(node.input_value(1).get_shape()[2:]) == [3, 3])
    before = _convolution_before(middle)
    after = next(node for node in block if node is not middle and _is(_convolution_before(node), middle))
    for node in block:
        part = 1 if _is(before, node) else 2 if node is middle else 3 if node is after else 0
        yield f"{name}_{part}", node


def _convolution_before(node: ov.Node) -> ov.Node | None:
    """Return the convolution that a convolution's input comes from, if nothing but one line leads there."""
    at = node.input_value(0).get_node()
    while at.get_type_name() not in {"Convolution", "Parameter", "MaxPool"}:
        if at.get_type_name() == "Add" and not _is_constant(at.input_value(1).get_node()):
            return None  # where a shortcut joins: the block before
        at = at.input_value(0).get_node()
    return at if at.get_type_name() == "Convolution" else None


def _is(one: ov.Node | None, other: ov.Node) -> bool:
    return one is not None and one.get_friendly_name() == other.get_friendly_name()


def _is_constant(node: ov.Node) -> bool:
    while node.get_type_name() in {"Convert", "Multiply", "Reshape"}:
        node = node.input_value(0).get_node()
    return str(node.get_type_name()) == "Constant"


def _constant(node: ov.Node) -> NDArray[np.float32]:
    """Return the values of a constant, with what scales and converts it."""
    kind = node.get_type_name()
    if kind == "Constant":
        return np.asarray(node.data, np.float32)
    if kind == "Convert":
        return _constant(node.input_value(0).get_node())
    if kind == "Multiply":
        return _constant(node.input_value(0).get_node()) * _constant(node.input_value(1).get_node())
    raise ModelUnusable(f"expected constant weights; received {kind} before them")


def _is_scaled(first: ov.Node) -> bool:
    """Return whether pixels are scaled before the first convolution; where nothing else is done, it does that too."""
    at = first.input_value(0).get_node()
    while at.get_type_name() not in {"Parameter", "Multiply"}:
        at = at.input_value(0).get_node()
    return str(at.get_type_name()) == "Multiply"


def _offset(node: ov.Node, count: int) -> NDArray[np.float32]:
    """Return what is added to a convolution or product, (count,); noughts are left out of a graph."""
    for following in node.output(0).get_target_inputs():
        add = following.get_node()
        if add.get_type_name() == "Add" and _is_constant(add.input_value(1).get_node()):
            return _constant(add.input_value(1).get_node()).reshape(count)
    return np.zeros(count, np.float32)


def head_products(node: ov.Node) -> Iterator[ov.Node]:
    """Yield the products that an output is made of, in the order they are put together."""
    if node.get_type_name() == "MatMul":
        yield node
    elif node.get_type_name() == "Concat":
        for value in node.input_values():
            yield from head_products(value.get_node())
    elif node.get_input_size():
        yield from head_products(node.input_value(0).get_node())


def _head(node: ov.Node) -> LinearHead:
    """Return the head that a product and what is added to it make."""
    matrix = _constant(node.input_value(1).get_node())
    return LinearHead(matrix, _offset(node, matrix.shape[1]))
