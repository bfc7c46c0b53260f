"""The network while it learns: trunk, heads, and what they are taught, as one Keras model."""

from collections.abc import Mapping

import keras
import numpy as np
from keras import ops
from pydantic import BaseModel, ConfigDict

from errors import ContractBroken
from feature_extractor.descriptors import ATTRIBUTES, DIM
from feature_extractor.training.augment import MOST_OTHERS
from feature_extractor.training.heads import GEM_POWER, LOOK_DIM, SUBJECT_DIM, Heads, LinearHead
from feature_extractor.training.losses import (
    Tensor,
    category_cross_entropy,
    contrastive,
    cosine_distillation,
    entropy,
    masked_cross_entropy,
    relational_distillation,
    show_nothing_alike,
)

_EPSILON = 1e-6


class Weighting(BaseModel):
    """How much each task counts, and its constants.

    Attributes:
        contrastive, entropy: of the `copy` descriptor.
        temperature: of the contrastive loss.
        bank: views of earlier batches that serve as negatives.
        attributes: of the attributes head.
        categories, similar_attributes: of telling categories and attributes from the subject by cosines.
        category_scale: multiplies the cosines to categories before their softmax. A small one is never content and
            goes on drawing the pictures of a category together; a large one stops once it can tell them apart.
        attribute_scale: multiplies the cosines to attributes before their sigmoid.
        subject_distillation: of keeping the teacher's neighbours in the subject.
        distillation_temperature: divides the cosines of it.
        look_distillation: of saying what the teacher says in the look.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    contrastive: float = 1.0
    entropy: float = 1.0
    temperature: float = 0.05
    bank: int = 2048
    attributes: float = 1.0
    categories: float = 2.0
    similar_attributes: float = 1.0
    category_scale: float = 3.0
    attribute_scale: float = 16.0
    subject_distillation: float = 0.2
    distillation_temperature: float = 0.2
    look_distillation: float = 4.0


class Learner(keras.Model):  # type: ignore[misc]  # Keras ships no types
    """Trunk and heads over uint8 pictures, with every loss; `fit` teaches all tasks at once.

    Outputs, float32: `copy`, (n, 256), `subject`, (n, 64), and `look`, (n, 192), L2 norm 1, the latter two the parts of
    `similar`; `attributes`, (n, 20), logits; `categories` and `similar_attributes`, logits that come from `subject`
    alone and only serve to shape it. What labels teach crowds a part of its own, as it draws together what they do not
    tell apart; beside it the look keeps what the teacher knows of everything else.

    Targets, one row a view: `id` int32, the picture; `companions` int32 (MOST_OTHERS,), the other pictures it is made
    with, -1 where there are fewer; `light` float32, 1 where the view is fit to tell what the picture shows, 0 where an
    edit may have hidden it; `category` int32, -1 unknown; `attributes` float32 (20,), 1, 0 or -1; `teacher` float32
    (192,), the teacher's look of the whole picture.
    """

    def __init__(self, trunk: keras.Model, *, categories: int, weighting: Weighting) -> None:
        super().__init__(name="learner")
        self.trunk = trunk
        self.weighting = weighting
        self.copy_head = keras.layers.Dense(DIM, name="copy_head", dtype="float32")
        self.subject_head = keras.layers.Dense(SUBJECT_DIM, name="subject_head", dtype="float32")
        self.look_head = keras.layers.Dense(LOOK_DIM, name="look_head", dtype="float32")
        self.attributes_head = keras.layers.Dense(len(ATTRIBUTES), name="attributes_head", dtype="float32")
        self.category_proxies = _Cosines(max(categories, 1), name="category_proxies")
        self.attribute_proxies = _Cosines(len(ATTRIBUTES), name="attribute_proxies")
        self.bank = self.add_weight(
            shape=(weighting.bank, DIM), initializer="zeros", trainable=False, dtype="float32", name="bank"
        )
        self.bank_ids = self.add_weight(
            shape=(weighting.bank,), initializer=_nobody, trainable=False, dtype="int32", name="bank_ids"
        )
        self.bank_companions = self.add_weight(
            shape=(weighting.bank, MOST_OTHERS),
            initializer=_nobody,
            trainable=False,
            dtype="int32",
            name="bank_companions",
        )
        self.means = {
            name: keras.metrics.Mean(name)
            for name in (
                "contrastive",
                "entropy",
                "attributes",
                "categories",
                "similar_attributes",
                "subject_distillation",
                "look_distillation",
            )
        }

    def call(self, pictures: Tensor, training: bool | None = None) -> dict[str, Tensor]:
        """Return the outputs for pictures, RGB uint8 (n, side, side, 3)."""
        maps = self.trunk(pictures, training=training)
        gem, average = pool(maps["conv4"], maps["conv5"])
        subject = unit(self.subject_head(average))
        return {
            "copy": unit(self.copy_head(gem)),
            "subject": subject,
            "look": unit(self.look_head(average)),
            "attributes": self.attributes_head(average),
            "categories": self.weighting.category_scale * self.category_proxies(subject),
            "similar_attributes": self.weighting.attribute_scale * self.attribute_proxies(subject),
        }

    def compute_loss(
        self,
        x: Tensor = None,
        y: Mapping[str, Tensor] | None = None,
        y_pred: Mapping[str, Tensor] | None = None,
        sample_weight: Tensor = None,
        training: bool = True,
    ) -> Tensor:
        """Return the weighted sum of all losses, and remember the batch's copies as later negatives.

        Args:
            x, sample_weight: not used; Keras hands them over.
            y: the targets.
            y_pred: the outputs.
            training: whether the batch is learnt from.
        """
        if y is None or y_pred is None:
            raise ContractBroken("expected targets and outputs; received none")
        weighting, copies = self.weighting, y_pred["copy"]
        # Copies, as PyTorch would miss what the bank held when it goes back through the losses.
        bank, bank_ids, bank_companions = (ops.copy(part) for part in (self.bank, self.bank_ids, self.bank_companions))
        ids, companions = y["id"], y["companions"]
        apart = show_nothing_alike(ids, companions, ids, companions)
        bank_apart = show_nothing_alike(ids, companions, bank_ids, bank_companions)
        parts = {
            "contrastive": contrastive(copies, ids, bank, apart, bank_apart, temperature=weighting.temperature),
            "entropy": entropy(copies, bank, apart, bank_apart),
            "attributes": masked_cross_entropy(y_pred["attributes"], y["attributes"], y["light"]),
            "categories": category_cross_entropy(y_pred["categories"], y["category"], y["light"]),
            "similar_attributes": masked_cross_entropy(y_pred["similar_attributes"], y["attributes"], y["light"]),
            "subject_distillation": relational_distillation(
                y_pred["subject"], y["teacher"], y["light"], temperature=weighting.distillation_temperature
            ),
            "look_distillation": cosine_distillation(y_pred["look"], y["teacher"], y["light"]),
        }
        if training:
            self._remember(ops.stop_gradient(copies), ids, companions)
        for name, value in parts.items():
            self.means[name].update_state(value)
        return sum(getattr(weighting, name) * value for name, value in parts.items())

    def _remember(self, copies: Tensor, ids: Tensor, companions: Tensor) -> None:
        """Put a batch before what the bank holds, the oldest falls out."""
        for held, new, dtype in (
            (self.bank, copies, "float32"),
            (self.bank_ids, ids, "int32"),
            (self.bank_companions, companions, "int32"),
        ):
            together = ops.concatenate([ops.cast(new, dtype), ops.convert_to_tensor(held)], axis=0)
            held.assign(together[: self.weighting.bank])

    def heads(self) -> Heads:
        """Return the heads as they are now."""
        return Heads(
            copy=_linear(self.copy_head),
            subject=_linear(self.subject_head),
            look=_linear(self.look_head),
            attributes=_linear(self.attributes_head),
        )

    def set_heads(self, heads: Heads) -> None:
        """Start from these heads; the model must be built."""
        for layer, head in (
            (self.copy_head, heads.copy),
            (self.subject_head, heads.subject),
            (self.look_head, heads.look),
            (self.attributes_head, heads.attributes),
        ):
            layer.kernel.assign(head.matrix)
            layer.bias.assign(head.bias)


class _Cosines(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """Cosines to learnt directions, plus a learnt offset each: what a descriptor must be near to, to count as one."""

    def __init__(self, count: int, *, name: str) -> None:
        super().__init__(name=name, dtype="float32")
        self.count = count

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make directions and offsets for descriptors (n, dim)."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.count), initializer="glorot_uniform", name="kernel")
        self.bias = self.add_weight(shape=(self.count,), initializer="zeros", name="bias")

    def call(self, descriptors: Tensor) -> Tensor:
        """Return cosines plus offsets, (n, count), of descriptors of L2 norm 1."""
        return ops.matmul(descriptors, unit(self.kernel, axis=0)) + self.bias


def pool(conv4: Tensor, conv5: Tensor) -> tuple[Tensor, Tensor]:
    """Return the features of the heads, float32: `gem` (n, 3072) for copies, `average` (n, 2048) for the others.

    `gem` holds the generalised means (Radenović et al., 2018), between average and maximum, of both maps, each of L2
    norm 1; `average` the mean of `conv5`, of L2 norm 1. The graph that serves pools likewise (see graph.py).
    """
    conv4, conv5 = ops.cast(conv4, "float32"), ops.cast(conv5, "float32")
    gem = ops.concatenate([unit(_generalised_mean(conv4)), unit(_generalised_mean(conv5))], axis=1)
    return gem, unit(ops.mean(conv5, axis=(1, 2)))


def _generalised_mean(maps: Tensor) -> Tensor:
    """Return the generalised mean over the places of a map, (n, channels)."""
    return ops.mean(ops.maximum(maps, _EPSILON) ** GEM_POWER, axis=(1, 2)) ** (1 / GEM_POWER)


def unit(vectors: Tensor, axis: int = 1) -> Tensor:
    """Scale vectors to L2 norm 1."""
    return vectors / ops.sqrt(ops.maximum(ops.sum(vectors * vectors, axis=axis, keepdims=True), _EPSILON**2))


def _linear(layer: keras.layers.Dense) -> LinearHead:
    kernel, bias = (np.asarray(ops.convert_to_numpy(array), np.float32) for array in (layer.kernel, layer.bias))
    return LinearHead(kernel, bias)


def _nobody(shape: tuple[int, ...], dtype: str | None = None) -> Tensor:
    """Return the ids of an empty bank."""
    return ops.full(shape, -1, dtype=dtype)
