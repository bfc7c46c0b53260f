"""Every loss of one seeded batch, labels, bank and all; as a program, it prints them as JSON for whichever backend."""

import json
import sys

import numpy as np
from keras import ops

from feature_extractor.training.losses import (
    Tensor,
    category_cross_entropy,
    contrastive,
    entropy,
    masked_cross_entropy,
    relational_distillation,
    show_nothing_alike,
)

VIEWS, BANK, DIM = 24, 32, 16


def loss_values() -> dict[str, float]:
    """Return each loss by its name, of float32 arrays that are the same everywhere."""
    generator = np.random.default_rng(0)

    def numbers(*shape: int) -> Tensor:
        return ops.convert_to_tensor(9 * generator.standard_normal(shape, np.float32))

    def units(rows: int) -> Tensor:
        vectors = generator.standard_normal((rows, DIM), np.float32)
        return ops.convert_to_tensor(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))

    def integers(low: int, high: int, *shape: int) -> Tensor:
        return ops.convert_to_tensor(generator.integers(low, high, shape, np.int32))

    copies, ids, bank = units(VIEWS), integers(0, VIEWS // 2, VIEWS), units(BANK)
    companions, bank_companions = integers(-1, 9, VIEWS, 2), integers(-1, 9, BANK, 2)
    apart = show_nothing_alike(ids, companions, ids, companions)
    bank_apart = show_nothing_alike(ids, companions, integers(-1, 9, BANK), bank_companions)
    rows, labels = (ops.cast(integers(low, 2, *shape), "float32") for low, shape in ((0, (VIEWS,)), (-1, (VIEWS, 5))))
    values: dict[str, Tensor] = {
        "contrastive": contrastive(copies, ids, bank, apart, bank_apart, temperature=0.05),
        "entropy": entropy(copies, bank, apart, bank_apart),
        "attributes": masked_cross_entropy(numbers(VIEWS, 5), labels, rows),
        "categories": category_cross_entropy(numbers(VIEWS, 7), integers(-1, 7, VIEWS), rows),
        "distillation": relational_distillation(units(VIEWS), units(VIEWS), rows, temperature=0.1),
    }
    return {name: float(ops.convert_to_numpy(value)) for name, value in values.items()}


if __name__ == "__main__":
    json.dump(loss_values(), sys.stdout)
