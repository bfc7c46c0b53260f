from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

from errors import ContractBroken
from feature_extractor.descriptors import ATTRIBUTES, DIM
from feature_extractor.training.augment import MOST_OTHERS
from feature_extractor.training.heads import LOOK_DIM, SUBJECT_DIM, Heads, LinearHead
from feature_extractor.training.learner import Learner, Weighting
from feature_extractor.training.losses import (
    category_cross_entropy,
    contrastive,
    cosine_distillation,
    entropy,
    masked_cross_entropy,
    relational_distillation,
    show_nothing_alike,
)
from feature_extractor.training.network import BatchNorm, build_trunk

WEIGHTING = Weighting(
    contrastive=1.0,
    entropy=2.0,
    attributes=3.0,
    categories=4.0,
    similar_attributes=5.0,
    subject_distillation=6.0,
    look_distillation=7.0,
    bank=7,
)


def small_trunk() -> keras.Model:
    pictures = keras.Input((16, 16, 3), dtype="uint8", name="pictures")
    x = keras.layers.Rescaling(1 / 255)(pictures)
    conv4 = keras.layers.Conv2D(6, 3, strides=2, activation="relu", name="conv4_conv")(x)
    conv5 = keras.layers.Conv2D(5, 3, strides=2, activation="relu", name="conv5_conv")(conv4)
    return keras.Model(pictures, {"conv4": conv4, "conv5": conv5})


@pytest.fixture
def learner() -> Learner:
    keras.utils.set_random_seed(0)
    made = Learner(small_trunk(), categories=3, weighting=WEIGHTING)
    made(np.zeros((1, 16, 16, 3), np.uint8))
    return made


def batch(seed: int, views: int = 4) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], dict[str, np.ndarray[Any, Any]]]:
    generator = np.random.default_rng(seed)
    attributes = generator.integers(-1, 2, (views, len(ATTRIBUTES))).astype(np.float32)
    teacher = generator.standard_normal((views, LOOK_DIM)).astype(np.float32)
    return generator.integers(0, 256, (views, 16, 16, 3), np.uint8), {
        "id": (10 * seed + np.arange(views) % (views // 2)).astype(np.int32),
        # The last view is made with a picture of the batch before.
        "companions": np.where(np.arange(views * MOST_OTHERS) == views * MOST_OTHERS - 1, 10 * (seed - 1), -1)
        .reshape(views, MOST_OTHERS)
        .astype(np.int32),
        "light": (np.arange(views) < views // 2).astype(np.float32),
        "category": (np.arange(views) % 3).astype(np.int32),
        "attributes": attributes,
        "teacher": teacher / np.linalg.norm(teacher, axis=1, keepdims=True),
    }


def as_array(tensor: Any) -> np.ndarray[Any, Any]:
    return np.asarray(ops.convert_to_numpy(tensor))


def parts_of(outputs: Mapping[str, Any], targets: Mapping[str, Any], bank: tuple[Any, ...]) -> dict[str, float]:
    """Every loss, told by the functions alone."""
    copies, ids, companions = outputs["copy"], targets["id"], targets["companions"]
    apart = show_nothing_alike(ids, companions, ids, companions)
    held, *whose = bank
    bank_apart = show_nothing_alike(ids, companions, *whose)
    found = {
        "contrastive": contrastive(copies, ids, held, apart, bank_apart, temperature=WEIGHTING.temperature),
        "entropy": entropy(copies, held, apart, bank_apart),
        "attributes": masked_cross_entropy(outputs["attributes"], targets["attributes"], targets["light"]),
        "categories": category_cross_entropy(outputs["categories"], targets["category"], targets["light"]),
        "similar_attributes": masked_cross_entropy(
            outputs["similar_attributes"], targets["attributes"], targets["light"]
        ),
        "subject_distillation": relational_distillation(
            outputs["subject"], targets["teacher"], targets["light"], temperature=WEIGHTING.distillation_temperature
        ),
        "look_distillation": cosine_distillation(outputs["look"], targets["teacher"], targets["light"]),
    }
    return {name: float(as_array(value)) for name, value in found.items()}


def test_outputs_have_their_shapes_and_norms(learner: Learner) -> None:
    outputs = {name: as_array(value) for name, value in learner(batch(0)[0]).items()}
    assert {name: value.shape for name, value in outputs.items()} == {
        "copy": (4, DIM),
        "subject": (4, SUBJECT_DIM),
        "look": (4, LOOK_DIM),
        "attributes": (4, len(ATTRIBUTES)),
        "categories": (4, 3),
        "similar_attributes": (4, len(ATTRIBUTES)),
    }
    for name in ("copy", "subject", "look"):
        np.testing.assert_allclose(np.linalg.norm(outputs[name], axis=1), 1, atol=1e-5)


def test_the_loss_is_the_weighted_sum_of_its_parts_and_each_is_told(learner: Learner) -> None:
    earlier, earlier_targets = batch(1)
    learner.compute_loss(y=earlier_targets, y_pred=learner(earlier))
    pictures, targets = batch(2)
    outputs = learner(pictures)
    bank = tuple(as_array(part).copy() for part in (learner.bank, learner.bank_ids, learner.bank_companions))
    learner.reset_metrics()
    loss = float(as_array(learner.compute_loss(y=targets, y_pred=outputs)))
    expected = parts_of(outputs, targets, bank)
    told = {name: float(as_array(mean.result())) for name, mean in learner.means.items()}
    assert told == pytest.approx(expected, rel=1e-4)
    assert loss == pytest.approx(sum(getattr(WEIGHTING, name) * value for name, value in expected.items()), rel=1e-4)


def test_the_bank_keeps_the_latest_and_the_oldest_fall_out(learner: Learner) -> None:
    assert as_array(learner.bank_ids).tolist() == [-1] * 7
    copies = []
    for seed in (1, 2, 3):
        pictures, targets = batch(seed)
        outputs = learner(pictures)
        copies.append(as_array(outputs["copy"]))
        learner.compute_loss(y=targets, y_pred=outputs)
    assert as_array(learner.bank_ids).tolist() == [30, 31, 30, 31, 20, 21, 20]
    np.testing.assert_array_equal(as_array(learner.bank), np.concatenate([copies[2], copies[1]])[:7])
    assert as_array(learner.bank_companions).max(axis=1).tolist() == [-1, -1, -1, 20, -1, -1, -1]


def test_a_batch_that_is_only_measured_is_not_remembered(learner: Learner) -> None:
    pictures, targets = batch(1)
    learner.compute_loss(y=targets, y_pred=learner(pictures), training=False)
    assert as_array(learner.bank_ids).tolist() == [-1] * 7


def test_a_step_moves_what_learns_and_lowers_the_loss(learner: Learner) -> None:
    learner.compile(optimizer=keras.optimizers.Adam(1e-2), jit_compile=False)
    pictures, targets = batch(1)
    told = [learner.train_on_batch(pictures, targets, return_dict=True)["categories"] for _ in range(30)]
    assert told[-1] < 0.5 * told[0]
    assert set(as_array(learner.bank_ids).tolist()) == {10, 11}


def test_heads_go_in_and_come_out(learner: Learner) -> None:
    generator = np.random.default_rng(0)
    heads = Heads(
        *(
            LinearHead(*(generator.random(shape, np.float32) for shape in ((inputs, outputs), (outputs,))))
            for inputs, outputs in ((11, DIM), (5, SUBJECT_DIM), (5, LOOK_DIM), (5, len(ATTRIBUTES)))
        )
    )
    learner.set_heads(heads)
    for name in ("copy", "subject", "look", "attributes"):
        np.testing.assert_array_equal(getattr(learner.heads(), name).matrix, getattr(heads, name).matrix)
        np.testing.assert_array_equal(getattr(learner.heads(), name).bias, getattr(heads, name).bias)


def test_a_loss_without_targets_is_our_mistake(learner: Learner) -> None:
    with pytest.raises(ContractBroken, match="targets"):
        learner.compute_loss(y=None, y_pred=learner(batch(0)[0]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("batch_norm", "learning"),
    [("frozen", set()), ("affine", {"gamma", "beta"}), ("trained", {"gamma", "beta"})],
)
def test_only_training_from_nothing_touches_the_statistics_of_batch_normalisation(
    batch_norm: BatchNorm, learning: set[str]
) -> None:
    trunk = build_trunk("v1.5", side=32, batch_norm=batch_norm, first_trained=5)
    normalisations = [layer for layer in trunk.layers if isinstance(layer, keras.layers.BatchNormalization)]
    trained = [layer for layer in normalisations if layer.name.startswith("conv5")]
    assert {variable.name for layer in trained for variable in layer.trainable_variables} == learning
    assert not [layer for layer in normalisations if layer not in trained and layer.trainable_variables]
    before = [as_array(layer.moving_mean).copy() for layer in normalisations]
    trunk(np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8), training=True)
    moved = {
        layer.name[:5]
        for layer, mean in zip(normalisations, before, strict=True)
        if not np.array_equal(as_array(layer.moving_mean), mean)
    }
    assert moved == ({"conv5"} if batch_norm == "trained" else set())
