"""Two pictures of the catalogue proven to be copies of each other, read in both directions."""

from dataclasses import dataclass, replace

import numpy as np

from data.records import Image
from search.geometry import Alignment, project
from search.precedence import FileSize, Precedence, Side, clues_of, decide
from search.proof import Proof, Seen, propose, prove
from search.verdict import is_convincing


@dataclass(frozen=True, slots=True)
class SeenImage:
    """A picture of the catalogue and what geometry sees of it; None where features or thumbnail are missing."""

    image: Image
    seen: Seen | None


@dataclass(frozen=True, slots=True)
class ProvenPair:
    """Two proven copies.

    Attributes:
        picture, query: their ids.
        is_same_pixels: proven by their pixels, without geometry.
        forward: as if the query had been made from the picture; backward: the other way round. At least one convinces;
            None where there is no map that way, and where the pixels are the same.
        precedence: which came first.
    """

    picture: int
    query: int
    is_same_pixels: bool
    forward: Proof | None
    backward: Proof | None
    precedence: Precedence

    @property
    def first(self) -> int | None:
        """Id of the one that came first; None where that is undecided."""
        return {"picture": self.picture, "query": self.query, None: None}[self.precedence.first]

    def read(self, first: int) -> Proof | None:
        """Return what was done to one of the two to make the other; None where that way there is no map."""
        return self.forward if first == self.picture else self.backward


def prove_pair(picture: SeenImage, query: SeenImage, *, by_frames: bool = True) -> ProvenPair | None:
    """Return two pictures of the catalogue as proven copies; None where nothing proves it.

    A map between them holds both ways. It is tried as if the query had been made from the picture, and turned round
    as if the picture had been made from the query: what is small in the other is told better from there.

    Args:
        picture, query: the two.
        by_frames: whether they are laid frame on frame too, where their local features agree on nothing.
    """
    one, other = picture.image, query.image
    if one.pixel_sha256 is not None and one.pixel_sha256 == other.pixel_sha256:
        return ProvenPair(one.id, other.id, True, None, None, Precedence(None, ()))
    if picture.seen is None or query.seen is None:
        return None
    forward = prove(
        picture.seen, query.seen, propose(picture.seen.keypoints, query.seen.keypoints, by_frames=by_frames)
    )
    if forward is None:
        return None
    backward = prove(query.seen, picture.seen, [_turned_round(forward.alignment, query.seen, picture.seen)])
    if not any(proof is not None and is_convincing(proof) for proof in (forward, backward)):
        return None
    sides = Side(_file_size(one), picture.seen.pixels), Side(_file_size(other), query.seen.pixels)
    precedence = decide(
        clues_of(forward, sides[0], sides[1]), () if backward is None else clues_of(backward, sides[1], sides[0])
    )
    return ProvenPair(one.id, other.id, False, forward, backward, precedence)


def _file_size(image: Image) -> FileSize:
    """Return what a row tells of its file."""
    return FileSize(image.width, image.height, image.size_bytes, image.format)


def _turned_round(alignment: Alignment, picture: Seen, query: Seen) -> Alignment:
    """Return a map from the query to the picture as one from the picture to the query."""
    matrix = np.asarray(np.linalg.inv(alignment.matrix), np.float64)
    mapped = project(matrix, picture.keypoints.places)
    size = np.array([query.keypoints.width, query.keypoints.height])
    inside = ((mapped > -0.5) & (mapped < size - 0.5)).all(axis=1)
    return replace(
        alignment, matrix=matrix, of=int(inside.sum()), pairs=np.ascontiguousarray(alignment.pairs[:, [2, 3, 0, 1]])
    )
