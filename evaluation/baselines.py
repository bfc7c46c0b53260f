"""Ways to describe a picture and to compare descriptions: ours, and those it is measured against."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from errors import PartMissing
from feature_extractor.descriptors import Extractor
from feature_extractor.hashes import PDQ_BYTES, compute_pdq
from feature_extractor.picture import Picture

Descriptions = NDArray[np.generic]  # (n, length), a picture a row


class Method(Protocol):
    """A way to tell how alike two pictures are.

    Attributes:
        name: as tables show it.
        identity: of what it says: two methods of one identity describe a picture alike.
    """

    name: str
    identity: str

    def describe(self, pictures: Sequence[Picture]) -> Descriptions:
        """Return what the method keeps of each picture, (len(pictures), length).

        Args:
            pictures: RGB uint8 arrays, each (height, width, 3).
        """
        ...

    def distance(self, queries: Descriptions, base: Descriptions) -> NDArray[np.float32]:
        """Return how far each query is from each picture of the base, (queries, base); 0 is equal."""
        ...

    def as_vectors(self, descriptions: Descriptions) -> NDArray[np.float32]:
        """Return descriptions as vectors that a linear probe can read, (n, dim)."""
        ...


class Cosine:
    """What methods share whose descriptions are vectors of L2 norm 1: 1 - cosine, 0..2."""

    def distance(self, queries: Descriptions, base: Descriptions) -> NDArray[np.float32]:
        """Return 1 - cosine, (queries, base)."""
        cosines: NDArray[np.float32] = queries.astype(np.float32) @ base.astype(np.float32).T
        return 1 - cosines

    def as_vectors(self, descriptions: Descriptions) -> NDArray[np.float32]:
        """Return the vectors."""
        return descriptions.astype(np.float32)


class ModelDescriptor(Cosine):
    """What the descriptors of a model share.

    Attributes:
        name, identity: see Method.
        extractor: the model.
    """

    def __init__(self, extractor: Extractor, output: str, name: str) -> None:
        self.name = name
        self.identity = output_identity(extractor, output)
        self.extractor = extractor


def output_identity(extractor: Extractor, output: str) -> str:
    """Return the identity of one output of a model: 'copy', 'similar' or 'attributes'."""
    return f"{output} {extractor.model_id}"


class CopyDescriptor(ModelDescriptor):
    """The `copy` descriptor of a model alone, nothing verified: 1 - cosine, 0..2."""

    def __init__(self, extractor: Extractor, *, name: str = "Retrace") -> None:
        super().__init__(extractor, "copy", name)

    def describe(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """Return float32 (len(pictures), 256), L2 norm 1."""
        return self.extractor.describe(pictures).copy


class SimilarDescriptor(ModelDescriptor):
    """The `similar` descriptor of a model: 1 - cosine, 0..2."""

    def __init__(self, extractor: Extractor, *, name: str = "Retrace") -> None:
        super().__init__(extractor, "similar", name)

    def describe(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        """Return float32 (len(pictures), 256), L2 norm 1."""
        return self.extractor.describe(pictures).similar


class Bits:
    """What hashes share: their differing bits, and their bits as -1 and 1."""

    def distance(self, queries: Descriptions, base: Descriptions) -> NDArray[np.float32]:
        """Return differing bits, (queries, base)."""
        ours, theirs = (np.ascontiguousarray(rows, np.uint8).view(np.uint64) for rows in (queries, base))
        found = np.empty((len(ours), len(theirs)), np.float32)
        for row, words in enumerate(ours):  # one query at a time, so that memory stays with the base
            found[row] = np.bitwise_count(theirs ^ words).sum(axis=1, dtype=np.int64)
        return found

    def as_vectors(self, descriptions: Descriptions) -> NDArray[np.float32]:
        """Return the bits, (n, bits), -1 or 1."""
        return np.unpackbits(descriptions.astype(np.uint8), axis=1).astype(np.float32) * 2 - 1


class PDQHash(Bits):
    """PDQ of ThreatExchange (Facebook, 2019): 256 bits, by `pdqhash`; differing bits, 0..256."""

    name = "PDQ"
    identity = "pdq"

    def describe(self, pictures: Sequence[Picture]) -> NDArray[np.uint8]:
        """Return uint8 (len(pictures), 32)."""
        hashes = b"".join(compute_pdq(picture).bits for picture in pictures)
        return np.frombuffer(hashes, np.uint8).reshape(-1, PDQ_BYTES)


class PHash(Bits):
    """The perceptual hash of the lowest 8 x 8 frequencies: 64 bits, by `imagehash`; differing bits, 0..64."""

    name = "pHash"
    identity = "phash"

    def __init__(self) -> None:
        """Find at once what `describe` would find when pictures are read.

        Raises:
            PartMissing: `imagehash` is not installed.
        """
        try:
            import imagehash  # here and not above: serving does not install it
        except ImportError as exc:
            raise PartMissing("expected the package imagehash; it is not installed") from exc
        self._hash = imagehash.phash

    def describe(self, pictures: Sequence[Picture]) -> NDArray[np.uint8]:
        """Return uint8 (len(pictures), 8)."""
        bits = [self._hash(Image.fromarray(picture)).hash.ravel() for picture in pictures]
        return np.packbits(np.array(bits, bool).reshape(-1, 64), axis=1)
