"""From the Keras trunk to the OpenVINO graph that serves: conversion, pooling and heads."""

import tempfile
from pathlib import Path

import keras
import numpy as np
import openvino as ov
from openvino import opset13 as ops

from feature_extractor.training.heads import GEM_POWER, SUBJECT_SHARE, Heads, LinearHead
from feature_extractor.training.network import MAPS
from feature_extractor.training.read_back import head_products

_EPSILON = 1e-6  # below any feature that matters: keeps logarithms and norms finite


def convert(trunk: keras.Model) -> ov.Model:
    """Return the trunk as an OpenVINO model with the input and the outputs, by name, of the Keras one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trunk.xml"
        trunk.export(str(path), format="openvino", verbose=False)
        return ov.Core().read_model(str(path), config={"ENABLE_MMAP": False})  # as the file is about to vanish


def attach_pooling(trunk: ov.Model) -> ov.Model:
    """Return the trunk with pooled features in place of its maps, float32.

    `gem`, (batch, 3072), holds the generalised means of `conv4` and `conv5` (Radenović et al., 2018), between average
    and maximum, each of L2 norm 1; `average`, (batch, 2048), is the mean of `conv5`. `learner.pool` does the same.
    """
    trunk = trunk.clone()
    gem, average = _pool(trunk)
    return _with_outputs(trunk, {"gem": gem, "average": average})


def attach_heads(trunk: ov.Model, heads: Heads, subject_share: float = SUBJECT_SHARE) -> ov.Model:
    """Return the whole model: the trunk with the outputs `copy`, `similar` and `attributes` in place of its maps.

    Everything after the maps is computed in float32; the matrices are stored in float16.
    """
    trunk = trunk.clone()
    gem, average = _pool(trunk)
    parts = ((heads.subject, subject_share), (heads.look, 1 - subject_share))
    similar = [ops.multiply(_scale_to_unit(_apply(head, average)), np.float32(np.sqrt(share))) for head, share in parts]
    outputs = {
        "copy": _scale_to_unit(_apply(heads.copy, gem)),
        "similar": ops.concat(similar, axis=1),
        "attributes": ops.sigmoid(_apply(heads.attributes, average)),
    }
    return _with_outputs(trunk, outputs)


def cut_at_pooling(served: ov.Model) -> ov.Model:
    """Return a model that serves with its pooled features `gem`, (batch, 3072), in place of its outputs."""
    served = served.clone()
    return _with_outputs(served, {"gem": _copy_features(served)})


def replace_copy_head(served: ov.Model, head: LinearHead) -> ov.Model:
    """Return a model that serves with another head of `copy`; all else is as it was."""
    served = served.clone()
    others = {name: served.output(name).get_node().input_value(0).get_node() for name in ("similar", "attributes")}
    copy = _scale_to_unit(_apply(head, _copy_features(served)))
    served.output("copy").get_node().input_value(0).set_names(set())  # the name goes to the new one
    return _with_outputs(served, {"copy": copy, **others})


def _copy_features(served: ov.Model) -> ov.Node:
    """Return the node that the head of `copy` is applied to."""
    (product,) = head_products(served.output("copy").get_node())
    return product.input_value(0).get_node()


def _pool(trunk: ov.Model) -> tuple[ov.Node, ov.Node]:
    """Return the nodes of `gem` and `average`."""
    conv4, conv5 = (trunk.output(name).get_node().input_value(0) for name in MAPS)
    places = np.array([1, 2])
    means = []
    for maps in (conv4, conv5):
        raised = ops.power(ops.maximum(maps, np.float32(_EPSILON)), np.float32(GEM_POWER))
        means.append(ops.power(ops.reduce_mean(raised, places, keep_dims=False), np.float32(1 / GEM_POWER)))
    gem = ops.concat([_scale_to_unit(mean) for mean in means], axis=1)
    return gem, _scale_to_unit(ops.reduce_mean(conv5, places, keep_dims=False))


def _apply(head: LinearHead, features: ov.Node) -> ov.Node:
    """Return the nodes of a linear head."""
    matrix = ops.convert(ops.constant(head.matrix.astype(np.float16)), "f32")
    return ops.add(ops.matmul(features, matrix, transpose_a=False, transpose_b=False), ops.constant(head.bias[None]))


def _scale_to_unit(vectors: ov.Node) -> ov.Node:
    """Return the nodes that scale rows to L2 norm 1."""
    return ops.normalize_l2(vectors, np.array([1]), eps=_EPSILON**2, eps_mode="max")


def _with_outputs(model: ov.Model, outputs: dict[str, ov.Node]) -> ov.Model:
    """Return a model of the same inputs with these outputs, named."""
    for name, node in outputs.items():
        node.output(0).set_names({name})
    return ov.Model([ops.result(node, name=name) for name, node in outputs.items()], model.get_parameters(), "retrace")
