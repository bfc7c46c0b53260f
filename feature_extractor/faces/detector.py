"""Where the faces of a picture are, by MTCNN (Zhang et al., 2016): proposals, refinement, boxes with five landmarks.

The networks, thresholds and every step between are those of the package `mtcnn` 1.0, so that boxes are equal to its
boxes, without TensorFlow.
"""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from feature_extractor.faces.boxes import Boxes, keep_apart, shift, to_squares
from feature_extractor.faces.networks import MODELS, check_files, compile_network, path_of
from feature_extractor.faces.patches import cut_patches
from feature_extractor.picture import Picture

if TYPE_CHECKING:
    from openvino import CompiledModel

SMALLEST_PX = 20
"""Side of the smallest face that is looked for, in the picture as it is looked at."""
LONGEST_PX = 1024
"""Longer side at which a picture is looked at; larger ones are reduced to it."""
MOST_FACES = 100
"""Faces told of a picture, the surest first."""

_CELL: Final = 12  # px that P-Net sees at a time
_STRIDE: Final = 2
_STEP: Final = 0.709  # of the pyramid: half of the area
_THRESHOLDS: Final = {"p": 0.6, "r": 0.7, "o": 0.8}
_MOST_PROPOSALS: Final = 1_500  # of a level, and of all: LFW has 150; noise and leaves have thousands
_PATCHES_AT_ONCE: Final = 128


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a picture.

    Attributes:
        box: left, top, right, bottom in px of the picture, within it.
        landmarks: float32 (5, 2), x and y in px of: the eye on the left of the picture, the other, the tip of the
            nose, the corner of the mouth on the left, the other. They may lie outside the picture.
        score: 0.8..1, how sure the last network is.
    """

    box: tuple[float, float, float, float]
    landmarks: NDArray[np.float32]
    score: float

    @property
    def width(self) -> float:
        """Width of the box in px."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        """Height of the box in px."""
        return self.box[3] - self.box[1]


class FaceDetector:
    """Finds faces; made by `open_detector`, in the process that uses it (never before a fork)."""

    def __init__(self, proposals: "CompiledModel", refinement: "CompiledModel", output: "CompiledModel") -> None:
        self._proposals = proposals
        self._refinement = refinement
        self._output = output
        self._lock = Lock()  # as of the extractor: OpenVINO is asked by one thread at a time

    def find(self, picture: Picture) -> list[Face]:
        """Return the faces of a picture, the surest first, at most MOST_FACES; safe to call from several threads."""
        height, width = picture.shape[:2]
        reduction = min(1.0, LONGEST_PX / max(height, width))
        if reduction < 1:
            size = (max(1, round(width * reduction)), max(1, round(height * reduction)))
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        seen = (picture.astype(np.float32) - np.float32(127.5)) / np.float32(128)
        with self._lock:
            boxes = self._propose(seen)
            boxes = self._refine(seen, boxes)
            boxes, landmarks, scores = self._finish(seen, boxes)
        seen_height, seen_width = seen.shape[:2]
        boxes = np.clip(boxes, 0, np.array([seen_width - 1, seen_height - 1] * 2))
        scale = np.array([width / seen_width, height / seen_height])
        boxes, landmarks = boxes * np.tile(scale, 2), landmarks * scale
        return [
            Face((box[0], box[1], box[2], box[3]), landmarks[row].astype(np.float32), float(scores[row]))
            for row, box in enumerate(boxes[:MOST_FACES].tolist())
        ]

    def _propose(self, picture: NDArray[np.float32]) -> Boxes:
        """Return squares that may hold a face: P-Net looks at every place of a pyramid of the picture."""
        height, width = picture.shape[:2]
        found, sure = [np.zeros((0, 4))], [np.zeros(0)]
        for scale in _pyramid(min(height, width)):
            level = cv2.resize(picture, (int(width * scale), int(height * scale)), interpolation=cv2.INTER_AREA)
            told = self._proposals(level[None])
            scores = told["scores"][0, :, :, 1]  # (rows, columns)
            rows, columns = np.nonzero(scores > _THRESHOLDS["p"])
            if len(rows) > _MOST_PROPOSALS:
                surest = np.argsort(-scores[rows, columns], kind="stable")[:_MOST_PROPOSALS]
                rows, columns = rows[surest], columns[surest]
            level_scores = scores[rows, columns].astype(np.float64)
            corners = np.stack([columns, rows], axis=1) * _STRIDE
            # From the second pixel to the last: MTCNN counts pixels from 1.
            cells = np.concatenate([corners + 1, corners + _CELL], axis=1)
            boxes = (cells + told["boxes"][0, rows, columns].astype(np.float64) * (_CELL - 1)) / scale
            kept = keep_apart(boxes, level_scores, 0.5, of="union")
            found.append(boxes[kept])
            sure.append(level_scores[kept])
        boxes, scores = np.concatenate(found), np.concatenate(sure)
        if len(boxes) > _MOST_PROPOSALS:
            surest = np.argsort(-scores, kind="stable")[:_MOST_PROPOSALS]
            boxes, scores = boxes[surest], scores[surest]
        return to_squares(boxes[keep_apart(boxes, scores, 0.7, of="union")])

    def _refine(self, picture: NDArray[np.float32], boxes: Boxes) -> Boxes:
        """Return the squares that R-Net holds for faces, moved onto them."""
        told = _ask(self._refinement, picture, boxes, 24)
        scores = told["scores"][:, 1].astype(np.float64)
        boxes = shift(boxes, told["boxes"])
        sure = scores > _THRESHOLDS["r"]
        boxes, scores = boxes[sure], scores[sure]
        return to_squares(boxes[keep_apart(boxes, scores, 0.7, of="union")])

    def _finish(
        self, picture: NDArray[np.float32], boxes: Boxes
    ) -> tuple[Boxes, NDArray[np.float64], NDArray[np.float64]]:
        """Return boxes, landmarks (n, 5, 2) and scores of what O-Net holds for faces."""
        told = _ask(self._output, picture, boxes, 48)
        scores = told["scores"][:, 1].astype(np.float64)
        # All x, then all y, as shares of the square that O-Net was shown.
        shares = told["landmarks"].reshape(-1, 2, 5).transpose(0, 2, 1)  # (n, 5, 2)
        sides = (boxes[:, 2:] - boxes[:, :2] + 1)[:, None]
        landmarks = shares * sides + boxes[:, None, :2] - 1
        boxes = shift(boxes, told["boxes"])
        sure = np.flatnonzero(scores > _THRESHOLDS["o"])
        kept = sure[keep_apart(boxes[sure], scores[sure], 0.7, of="smaller")]
        return boxes[kept], landmarks[kept], scores[kept]


def open_detector(folder: Path = MODELS, *, threads: int) -> FaceDetector:
    """Check the networks, load them and return what finds faces with them.

    Args:
        folder: of the networks.
        threads: CPU cores to use; 0 for all.
    Raises:
        ModelUnusable: a file is absent, damaged or cannot be loaded.
    """
    check_files(folder)
    proposals, refinement, output = (
        compile_network(path_of(folder, name), threads=threads) for name in ("p", "r", "o")
    )
    return FaceDetector(proposals, refinement, output)


def _pyramid(shorter_px: int) -> NDArray[np.float64]:
    """Return the scales at which P-Net looks; none where even the smallest face would not fit."""
    if shorter_px < SMALLEST_PX:
        return np.zeros(0)
    levels = round(np.log(shorter_px / _CELL) / -np.log(_STEP) - 1)  # as many as the package takes
    return _CELL / SMALLEST_PX * _STEP ** np.arange(max(0, levels))


def _ask(
    network: "CompiledModel", picture: NDArray[np.float32], boxes: Boxes, side: int
) -> dict[str, NDArray[np.float32]]:
    """Return what a network says of the parts of a picture under boxes, by name of output."""
    told: dict[str, NDArray[np.float32]] = {
        port.any_name: np.empty((len(boxes), port.partial_shape[1].get_length()), np.float32)
        for port in network.outputs
    }
    for start in range(0, len(boxes), _PATCHES_AT_ONCE):
        rows = slice(start, start + _PATCHES_AT_ONCE)
        answer = network(cut_patches(picture, boxes[rows], side))
        for name, array in told.items():
            array[rows] = answer[name]
    return told
