"""Local features of a picture: where its corners and blobs are and what each looks like, in a few kilobytes.

Detector and descriptor are SIFT (Lowe, 2004), described as RootSIFT (Arandjelović and Zisserman, 2012) and projected
onto principal components (Ke and Sukthankar, 2004) kept in eight bits. The components are learnt from descriptors and
their mirror images together, so each is either the same or the opposite in a mirror: the descriptors of a mirrored
picture follow from those of the picture by changing signs, and nothing need be detected or kept twice.
"""

import struct
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from errors import ContractBroken
from feature_extractor.picture import Picture


@dataclass(frozen=True, slots=True)
class Detail:
    """How closely a picture is looked at.

    Attributes:
        most: features at most.
        longest_px: longer side at which it is looked at; larger pictures are reduced to it.
        least_px: smaller pictures are enlarged to it, as SIFT sees nothing in a thumbnail of 96 px.
    """

    most: int
    longest_px: int
    least_px: int


OF_CATALOGUE = Detail(most=170, longest_px=320, least_px=320)
"""Features that are kept: 7,831 bytes. Small ones would be lost in copies that are smaller than their original."""
OF_QUERY = Detail(most=500, longest_px=320, least_px=320)
"""A query is asked against few pictures at a time, and the part of it that matters may be small. At 400 px it would
take half as long again, and as many of 444 edited copies would be proven."""
DIM = 40
"""Numbers a descriptor: they hold nine tenths of the variance of the 128 of SIFT."""
METHOD = "sift-40-1"
"""Name of what is computed here; features of another name are not compared with these."""
BASIS = Path(__file__).parent / "models" / "sift-basis.npz"

_CONTRAST = 0.02  # half of the usual threshold: soft and grey pictures would else have few features
_EDGE = 15
_CELLS = 6
_STEP = 0.35 / 127  # of the components: hardly one in a thousand is beyond ±0.35
_HEADER = struct.Struct("<BHII")
_FORMAT = 1
_SIZE_STEPS = 16  # an octave of sizes
_LEAST_SIZE = 0.25
_ROW = np.dtype([("x", "<u2"), ("y", "<u2"), ("size", "u1"), ("angle", "u1")])


@dataclass(frozen=True, slots=True)
class Keypoints:
    """The local features of a picture.

    Attributes:
        width, height: px of the upright picture that `places` count in.
        places: float32 (n, 2), x and y in px; pixel centres are whole numbers.
        sizes: float32 (n,), diameter of what each looked at, in px.
        angles: float32 (n,), where each points, 0..360 degrees, clockwise from the right.
        descriptors: float32 (n, 40), compared by Euclidean distance.
    """

    width: int
    height: int
    places: NDArray[np.float32]
    sizes: NDArray[np.float32]
    angles: NDArray[np.float32]
    descriptors: NDArray[np.float32]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.places)

    def mirrored(self) -> Self:
        """Return the features of the picture mirrored left to right, in the same order."""
        places = self.places.copy()
        places[:, 0] = self.width - 1 - places[:, 0]
        return replace(
            self, places=places, angles=(180 - self.angles) % 360, descriptors=self.descriptors * _basis().parity
        )

    def pack(self) -> bytes:
        """Return them as bytes, 46 a feature and 11 more."""
        rows = np.zeros(len(self), _ROW)
        extent = np.array([self.width, self.height], np.float32)
        # Places are kept as shares of the picture's sides, edge to edge.
        shares = np.round(np.clip((self.places + 0.5) / extent, 0, 1) * 65535)
        rows["x"], rows["y"] = shares[:, 0], shares[:, 1]
        rows["size"] = np.round(
            np.clip(np.log2(np.maximum(self.sizes, _LEAST_SIZE) / _LEAST_SIZE) * _SIZE_STEPS, 0, 255)
        )
        rows["angle"] = np.round(self.angles * (256 / 360)).astype(np.int64) % 256
        steps = np.round(np.clip(self.descriptors / _STEP, -127, 127)).astype(np.int8)
        return b"".join((_HEADER.pack(_FORMAT, len(self), self.width, self.height), rows.tobytes(), steps.tobytes()))

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Return what was packed, as precisely as it was kept.

        Raises:
            ContractBroken: these are not the bytes of packed features.
        """
        if len(data) < _HEADER.size:
            raise ContractBroken(f"expected packed local features; received {len(data)} bytes")
        form, count, width, height = _HEADER.unpack_from(data)
        if form != _FORMAT or len(data) != _HEADER.size + count * (_ROW.itemsize + DIM):
            raise ContractBroken(f"expected local features of format {_FORMAT}; received {form}, {len(data)} bytes")
        rows = np.frombuffer(data, _ROW, count, _HEADER.size)
        steps = np.frombuffer(data, np.int8, count * DIM, _HEADER.size + count * _ROW.itemsize)
        shares = np.stack([rows["x"], rows["y"]], axis=1).astype(np.float32) / np.float32(65535)
        return cls(
            width=width,
            height=height,
            places=shares * np.array([width, height], np.float32) - np.float32(0.5),
            sizes=np.float32(_LEAST_SIZE) * np.exp2(rows["size"].astype(np.float32) / _SIZE_STEPS),
            angles=rows["angle"].astype(np.float32) * np.float32(360 / 256),
            descriptors=steps.reshape(count, DIM).astype(np.float32) * np.float32(_STEP),
        )


def detect(picture: Picture, detail: Detail) -> Keypoints:
    """Return the best local features of a picture, spread over it.

    Args:
        picture: RGB uint8, (height, width, 3).
        detail: how closely to look.
    Returns:
        Features in px of the picture as it was given, the best first; none of a picture without corners. Large ones
        are preferred, since they survive reduction, and no part of the picture has many before others have some.
    """
    places, sizes, angles, responses, root = describe_raw(picture, detail)
    height, width = picture.shape[:2]
    shares = np.asarray(places / np.array([width, height], np.float32), np.float32)
    chosen = _spread(shares, np.asarray(responses * np.sqrt(sizes), np.float32))[: detail.most]
    return Keypoints(width, height, places[chosen], sizes[chosen], angles[chosen], _basis().project(root[chosen]))


_Raw = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


def describe_raw(picture: Picture, detail: Detail) -> _Raw:
    """Return all features: places (n, 2), sizes, angles and responses (n,), RootSIFT (n, 128) of L2 norm 1."""
    height, width = picture.shape[:2]
    longest = max(height, width)
    scale = min(max(longest, detail.least_px), detail.longest_px) / longest
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    if scale != 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    found, sift = cv2.SIFT_create(  # type: ignore[attr-defined]  # its stubs lack it
        nfeatures=0, nOctaveLayers=3, contrastThreshold=_CONTRAST, edgeThreshold=_EDGE, sigma=1.6
    ).detectAndCompute(grey, None)
    if not found:
        none = np.zeros(0, np.float32)
        return np.zeros((0, 2), np.float32), none, none, none, np.zeros((0, 128), np.float32)
    rows = np.array([(*one.pt, one.size, one.angle, one.response) for one in found], np.float32)  # (n, 5)
    ratio = np.array([width / grey.shape[1], height / grey.shape[0]], np.float32)
    places = (rows[:, :2] + np.float32(0.5)) * ratio - np.float32(0.5)
    root = np.sqrt(sift / np.maximum(sift.sum(axis=1, keepdims=True), 1e-6))
    return places, rows[:, 2] / scale, rows[:, 3] % 360, rows[:, 4], root.astype(np.float32)


def mirror_sift(sift: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return SIFT descriptors, (n, 128), as they are in a mirror.

    Of their 4 x 4 cells, seen along the feature's own direction, the rows change sides, and the eight directions in
    each turn the other way.
    """
    cells = sift.reshape(-1, 4, 4, 8)[:, ::-1]
    return np.ascontiguousarray(cells[..., [0, 7, 6, 5, 4, 3, 2, 1]].reshape(-1, 128))


@dataclass(frozen=True, slots=True)
class Basis:
    """What descriptors are projected onto.

    Attributes:
        mean: float32 (128,).
        components: float32 (128, 40), orthonormal columns.
        parity: float32 (40,), 1 where a component is the same in a mirror, -1 where it is the opposite.
    """

    mean: NDArray[np.float32]
    components: NDArray[np.float32]
    parity: NDArray[np.float32]

    def project(self, root: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the components, float32 (n, 40), of RootSIFT descriptors (n, 128)."""
        return np.asarray((root - self.mean) @ self.components, np.float32)


def mirror_parity() -> NDArray[np.float32]:
    """Return what each component of a descriptor is multiplied by in a mirror, float32 (40,): 1 or -1."""
    return _basis().parity


def fit_basis(root: NDArray[np.float32]) -> Basis:
    """Return the 40 leading components of RootSIFT descriptors (n, 128) and of their mirror images."""
    mirrored = mirror_sift(root)
    mean = (root.mean(axis=0) + mirrored.mean(axis=0)) / 2
    # Half the sum is the same in a mirror and half the difference the opposite: both have components of their own.
    found: list[tuple[float, float, NDArray[np.float64]]] = []
    for parity, part in ((1.0, (root + mirrored) / 2 - mean), (-1.0, (root - mirrored) / 2)):
        values, vectors = np.linalg.eigh(part.T.astype(np.float64) @ part / len(part))
        found += [(float(value), parity, vectors[:, column]) for column, value in enumerate(values)]
    found.sort(key=lambda component: -component[0])
    best = found[:DIM]
    return Basis(
        mean=mean.astype(np.float32),
        components=np.stack([vector for _, _, vector in best], axis=1).astype(np.float32),
        parity=np.array([parity for _, parity, _ in best], np.float32),
    )


@cache
def _basis() -> Basis:
    """Return the basis that ships; read once."""
    with np.load(BASIS, allow_pickle=False) as arrays:
        return Basis(arrays["mean"], arrays["components"].astype(np.float32), arrays["parity"])


def _spread(shares: NDArray[np.float32], worth: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return an order of features that takes the best of each cell, then the second of each, and so on.

    Args:
        shares: float32 (n, 2), places as shares of the picture's sides.
        worth: float32 (n,).
    """
    column, row = np.clip((shares * _CELLS).astype(np.intp), 0, _CELLS - 1).T
    cell = row * _CELLS + column
    order = np.lexsort((-worth, cell))  # by cell, the best first
    starts = np.searchsorted(cell[order], np.arange(_CELLS * _CELLS))
    turn = np.empty(len(worth), np.intp)
    turn[order] = np.arange(len(worth)) - starts[cell[order]]
    return np.lexsort((-worth, turn))
