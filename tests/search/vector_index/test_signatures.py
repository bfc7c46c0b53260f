import numpy as np
import pytest

from search.vector_index.signatures import draw_directions, sign, sign_halves
from tests.vectors import draw_vectors, unit


@pytest.mark.parametrize(("dim", "bits"), [(256, 256), (32, 256), (300, 64)])
def test_directions_are_orthonormal_in_blocks(dim: int, bits: int) -> None:
    directions = draw_directions(dim, bits, seed=1)
    assert directions.shape == (bits, dim)
    for start in range(0, bits, dim):
        block = directions[start : start + dim]
        assert np.allclose(block @ block.T, np.eye(len(block)), atol=1e-5)


def test_the_seed_decides() -> None:
    assert np.array_equal(draw_directions(16, 64, seed=1), draw_directions(16, 64, seed=1))
    assert not np.array_equal(draw_directions(16, 64, seed=1), draw_directions(16, 64, seed=2))


def test_bit_i_of_word_w_is_the_sign_of_projection_64_w_plus_i() -> None:
    projections = np.random.default_rng(3).standard_normal((5, 192)).astype(np.float32)
    words = sign(projections)
    assert words.shape == (3, 5)
    for bit in (0, 1, 63, 64, 130, 191):
        found = (words[bit // 64] >> np.uint64(bit % 64)) & np.uint64(1)
        assert np.array_equal(found.astype(bool), projections[:, bit] > 0)


def test_signing_in_blocks_changes_nothing() -> None:
    directions = draw_directions(32, 256, seed=1)
    halves = draw_vectors(9000, seed=4).astype(np.float16)
    at_once = sign(halves.astype(np.float32) @ directions.T)
    agreeing = sign_halves(halves, directions) == at_once
    assert agreeing.mean() > 0.9999  # a product of another size may round a projection of 0 to the other side


def test_bits_differ_in_proportion_to_the_angle() -> None:
    generator = np.random.default_rng(8)
    one, other = unit(generator.standard_normal((2, 2000, 64)).reshape(-1, 64)).reshape(2, 2000, 64)
    other = unit(other - np.sum(other * one, axis=1, keepdims=True) * one)
    for angle in (0.3, 1.0, 2.0):
        turned = unit(np.cos(angle) * one + np.sin(angle) * other)
        directions = draw_directions(64, 256, seed=2)
        differing = np.bitwise_count(sign(one @ directions.T) ^ sign(turned @ directions.T)).sum(axis=0) / 256
        assert differing.mean() == pytest.approx(angle / np.pi, abs=0.01)
        binomial = np.sqrt(angle / np.pi * (1 - angle / np.pi) / 256)
        assert differing.std() < binomial  # what orthogonal directions are for
