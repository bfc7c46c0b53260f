import sys

import numpy as np
import pytest

from errors import PartMissing
from evaluation.baselines import CopyDescriptor, Method, PDQHash, PHash, SimilarDescriptor
from evaluation.edits.degrading import compress
from tests.evaluation.making import draw_picture
from tests.fake_extractor import FakeExtractor

METHODS: list[Method] = [CopyDescriptor(FakeExtractor()), SimilarDescriptor(FakeExtractor()), PDQHash(), PHash()]
methods = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.identity[:12])


@methods
def test_a_picture_is_nearest_to_itself_and_near_to_its_jpeg(method: Method, rng: np.random.Generator) -> None:
    pictures = [draw_picture(seed) for seed in range(8)]
    base = method.describe(pictures)
    assert len(base) == 8
    itself = method.distance(base, base)
    assert itself.shape == (8, 8)
    assert np.diag(itself) == pytest.approx(0, abs=1e-6)
    assert itself == pytest.approx(itself.T, abs=1e-6)
    copies = method.describe([compress(picture, rng, quality=80) for picture in pictures])
    found = method.distance(copies, base)
    assert (found.argmin(axis=1) == np.arange(8)).all()


@methods
def test_no_pictures_give_no_rows(method: Method) -> None:
    none = method.describe([])
    assert len(none) == 0
    assert method.distance(none, method.describe([draw_picture(1)])).shape == (0, 1)


def test_bits_are_counted(rng: np.random.Generator) -> None:
    hashes = rng.integers(256, size=(5, 32), dtype=np.uint8)
    flipped = hashes.copy()
    flipped[:, 0] ^= 0b1011
    flipped[:, -1] ^= 0b1
    assert np.diag(PDQHash().distance(hashes, flipped)).tolist() == [4.0] * 5
    bits = np.unpackbits(hashes, axis=1)
    expected = (bits[:, None] != bits[None]).sum(axis=2)
    assert np.array_equal(PDQHash().distance(hashes, hashes), expected)


@methods
def test_vectors_tell_the_same_as_distances(method: Method) -> None:
    """Of one length, their nearest are the nearest by the method's own distance."""
    described = method.describe([draw_picture(seed) for seed in range(8)])
    vectors = method.as_vectors(described)
    assert vectors.dtype == np.float32
    assert len(vectors) == 8
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    distances = method.distance(described, described)
    ours = (1 - unit @ unit.T) * np.ptp(distances) / np.ptp(1 - unit @ unit.T)
    assert ours == pytest.approx(distances, abs=float(1e-4 * np.ptp(distances) + 1e-6))


def test_two_outputs_of_a_model_and_two_models_are_told_apart() -> None:
    one, other = FakeExtractor(), FakeExtractor(seed=8)
    identities = [CopyDescriptor(one).identity, SimilarDescriptor(one).identity, CopyDescriptor(other).identity]
    assert len(set(identities)) == 3


def test_where_imagehash_is_missing_it_is_said_before_pictures_are_described(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imagehash", None)  # how Python marks what cannot be imported
    with pytest.raises(PartMissing, match="the package imagehash"):
        PHash()
