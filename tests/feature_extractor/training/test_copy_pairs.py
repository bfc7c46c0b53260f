import numpy as np
import pytest

from feature_extractor.training import copy_pairs
from feature_extractor.training.copy_pairs import CopyRule, careful_rule, find_copies, find_copies_among, find_nearest
from feature_extractor.training.picture_traits import Traits

GENERATOR = np.random.default_rng(5)


def made(*, hashes: np.ndarray, copy: np.ndarray, mirrored: np.ndarray | None = None) -> Traits:
    """Traits of pictures that nobody drew."""
    n = len(hashes)
    names = tuple(f"picture {row}" for row in range(n))
    unit = (copy / np.linalg.norm(copy, axis=1, keepdims=True)).astype(np.float32)
    reverse = GENERATOR.integers(0, 2**64, (n, 4), np.uint64) if mirrored is None else mirrored
    return Traits(names, names, ("",) * n, np.full((n, 2), 100, np.int32), hashes, reverse, unit)


def random_traits(n: int) -> Traits:
    return made(
        hashes=GENERATOR.integers(0, 2**64, (n, 4), np.uint64), copy=GENERATOR.standard_normal((n, 256), np.float32)
    )


def bend(vectors: np.ndarray, cosine: float) -> np.ndarray:
    """Return unit vectors at a cosine to unit vectors."""
    away = GENERATOR.standard_normal(vectors.shape)
    away -= (away * vectors).sum(axis=1, keepdims=True) * vectors
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    return np.asarray(cosine * vectors + np.sqrt(1 - cosine**2) * away)


def flip(hashes: np.ndarray, bits: int) -> np.ndarray:
    """Return hashes that differ in a number of bits."""
    flat = np.unpackbits(hashes.view(np.uint8), axis=1)
    for row in flat:
        row[GENERATOR.permutation(256)[:bits]] ^= 1
    return np.packbits(flat, axis=1).view(np.uint64)


RULE = CopyRule(bits=40, share=0.45, cosine=0.6, cosine_alone=0.9)


@pytest.mark.parametrize(
    ("bits", "cosine", "found"), [(40, 0.61, True), (41, 0.61, False), (40, 0.59, False), (128, 0.91, True)]
)
def test_hash_and_descriptor_together_or_the_descriptor_alone(bits: int, cosine: float, found: bool) -> None:
    some = random_traits(7)
    others = made(hashes=flip(some.hashes, bits), copy=bend(some.copy, cosine))
    pairs = find_copies(some, others, RULE)
    assert pairs.rows.tolist() == ([[row, row] for row in range(7)] if found else [])
    if found and bits <= 40:  # else the mirror image may be the nearer by chance
        assert set(pairs.bits.tolist()) == {bits}
        np.testing.assert_allclose(pairs.cosine, cosine, atol=1e-3)


def test_a_mirror_image_is_a_copy() -> None:
    some = random_traits(3)
    others = made(hashes=some.mirrored, copy=bend(some.copy, 0.7), mirrored=some.hashes)
    assert find_copies(some, others, RULE).rows.tolist() == [[0, 0], [1, 1], [2, 2]]


def test_drawings_are_compared_by_the_bits_that_are_set() -> None:
    lines = np.zeros((2, 4), np.uint64)
    lines[:, 0] = [0b111111110000, 0b000000001111]  # 12 of 256 bits differ: all that are set
    drawings = made(hashes=lines, copy=np.ones((2, 256)), mirrored=lines)
    careful = careful_rule(2)  # no descriptor is enough
    assert find_copies_among(drawings, careful).rows.tolist() == []
    lines[:, 0] = [0b111111110000, 0b111111111000]
    assert find_copies_among(drawings, careful).rows.tolist() == [[0, 1]]


def test_plain_pictures_are_no_copies_by_their_hash() -> None:
    plain = made(hashes=np.zeros((3, 4), np.uint64), copy=np.eye(3, 256), mirrored=np.zeros((3, 4), np.uint64))
    assert len(find_copies_among(plain, careful_rule(0.7))) == 0


def test_the_careful_rule_needs_either() -> None:
    some = random_traits(4)
    by_hash = made(hashes=flip(some.hashes, 60), copy=bend(some.copy, 0.0))
    by_descriptor = made(hashes=GENERATOR.integers(0, 2**64, (4, 4), np.uint64), copy=bend(some.copy, 0.75))
    for others in (by_hash, by_descriptor):
        assert find_copies(some, others, careful_rule(0.7)).rows.tolist() == [[row, row] for row in range(4)]


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    some, others = random_traits(23), random_traits(11)
    loose = CopyRule(bits=120, share=0.6, cosine=-0.2, cosine_alone=0.1)
    whole, nearest = find_copies(some, others, loose), find_nearest(some, others)
    assert 0 < len(whole) < 23 * 11
    monkeypatch.setattr(copy_pairs, "_BLOCK_PAIRS", 35)
    assert find_copies(some, others, loose).rows.tolist() == whole.rows.tolist()
    assert find_nearest(some, others).rows.tolist() == nearest.rows.tolist()
    np.testing.assert_array_equal(nearest.rows[:, 1], (some.copy @ others.copy.T).argmax(axis=1))


def test_nothing_has_no_copies() -> None:
    none, some = random_traits(3).take([]), random_traits(3)
    for pairs in (find_copies(none, some, RULE), find_copies(some, none, RULE), find_nearest(none, some)):
        assert pairs.rows.shape == (0, 2)
