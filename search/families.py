"""The versions of a picture: its copies in the catalogue, and which of them was made from which."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import combinations
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from data.records import Image
from errors import ContractBroken
from feature_extractor.keypoints import METHOD, Keypoints
from search.alteration import alteration
from search.answer import QueryPicture
from search.examine import BY_FRAMES, judge_gate, see_thumbnail
from search.pairs import ProvenPair, SeenImage, prove_pair
from search.proof import Proof, Seen
from search.query import Engine, nearest_copies, pairs_of, query_from_catalogue
from search.sorting import first_seen
from search.stopwatch import Stopwatch


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a family may cost.

    Attributes:
        members: at most, the picture itself included.
        looked_at: nearest pictures that are laid on it at most.
        pairs: of members, laid on each other at most, beside those with the picture itself.
        seconds: after which no further pair is begun.
    """

    members: int = 24
    looked_at: int = 40
    pairs: int = 120
    seconds: float = 3.0


class Stop(Enum):
    """Why a family may be larger, or better known, than it is shown."""

    MEMBERS = "members"
    """It has as many members as are shown."""
    PAIRS = "pairs"
    """So many pairs were compared as are compared."""
    TIME = "time"
    """It took as long as it may."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Two members proven to be copies of each other, of which one hangs from the other in the tree.

    Attributes:
        parent, child: their ids.
        pair: what proves it, and tells which came first.
        proof: what was done, as if the child had been made from the parent; None where the pixels are the same or that
            way there is no map.
    """

    parent: int
    child: int
    pair: ProvenPair
    proof: Proof | None

    @property
    def is_decided(self) -> bool:
        """Whether the child was made from the parent, as far as the two tell."""
        return self.pair.first == self.parent

    @property
    def is_reversed(self) -> bool:
        """Whether the child came first, and yet hangs from the parent, as that was made from another as well."""
        return self.pair.first == self.child


@dataclass(frozen=True, slots=True)
class Family:
    """A picture and its proven copies.

    Attributes:
        asked: id of the picture; every other member is proven to be a copy of it.
        members: rows by id, the picture itself first, then the nearest first.
        edges: a tree over the members, parents before their children. Each is a proven pair.
        origins: those that nothing is known to come before: one, the likely original; several where it is undecided
            which of them is.
        biggest: most pixels, then most bytes, the least id of equals.
        oldest: first seen; None where several were first seen at the same moment.
        proven, compared: pairs; of: as many as there are among the members.
        stops: why there may be more; empty where all was looked at.
    """

    asked: int
    members: Mapping[int, Image]
    edges: tuple[Edge, ...]
    origins: tuple[int, ...]
    biggest: int
    oldest: int | None
    proven: int
    compared: int
    of: int
    stops: tuple[Stop, ...]

    @property
    def root(self) -> int:
        """Id of the member that the tree hangs from."""
        children = {edge.child for edge in self.edges}
        return next(image_id for image_id in self.members if image_id not in children)

    def children_of(self, image_id: int) -> tuple[Edge, ...]:
        """Return the edges from a member to those that hang from it."""
        return tuple(edge for edge in self.edges if edge.parent == image_id)


def find_family(engine: Engine, image_id: int, watch: Stopwatch, bounds: Bounds = Bounds()) -> Family:
    """Return a picture of the catalogue with its copies there, ordered by what was made from what.

    The copies are found by its own descriptor, and each is proven against it. Then every two of them are compared,
    those with the nearest descriptors first. A line of the tree is drawn between a proven pair alone: of the pairs
    that tell which came first each child takes the parent that it differs least from, and what is left without one
    hangs, undecided, from the member that it differs least from.

    Args:
        engine: the parts.
        image_id: of the picture.
        watch: takes the time of each step.
        bounds: of pictures, pairs and time.
    Raises:
        NotFound: no such picture, or none that the current model has described.
    """
    deadline = monotonic() + bounds.seconds
    query = query_from_catalogue(engine, image_id, watch)
    with watch.step("copies"):
        candidates, vectors = _candidates(engine, query, bounds.looked_at)
    stops: list[Stop] = []
    with watch.step("members"):
        members, pairs = _members(engine, query, candidates, bounds, deadline, stops)
    with watch.step("pairs"):
        seen = {member.image.id: member for member in members}
        images = {image_id: member.image for image_id, member in seen.items()}
        compared = len(members) - 1
        for one, other in _by_nearness(list(seen)[1:], vectors):
            if compared - len(members) + 1 >= bounds.pairs:
                stops.append(Stop.PAIRS)
                break
            if monotonic() >= deadline:
                stops.append(Stop.TIME)
                break
            compared += 1
            pair = prove_pair(seen[one], seen[other], by_frames=False)
            if pair is not None:
                pairs.append(pair)
    edges = grow_tree(images, pairs)
    return Family(
        asked=image_id,
        members=images,
        edges=edges,
        origins=_origins(list(images), edges),
        biggest=max(images, key=lambda one: (*_size(images[one]), -one)),
        oldest=_oldest(images),
        proven=len(pairs),
        compared=compared,
        of=len(images) * (len(images) - 1) // 2,
        stops=tuple(dict.fromkeys(stops)),
    )


def grow_tree(images: Mapping[int, Image], pairs: Sequence[ProvenPair]) -> tuple[Edge, ...]:
    """Return a tree over the members of a family, parents before their children.

    Decided pairs, the least altered first, each give a child its parent, unless it has one or the parent hangs from it
    (a greedy forest: of few members an exact one of least weight looks the same). What is left without a parent hangs,
    undecided, from the member that it differs least from, all but one: the one with the most under it, the biggest or
    the first seen of equals, whose tree all others can be joined to by proven pairs. The tree of the picture that all
    are proven against always can.

    Args:
        images: rows of the members by id.
        pairs: proven ones; each member is in one with the first.
    """
    readings = [edge for pair in pairs for edge in _readings(pair)]
    parents: dict[int, Edge] = {}
    for edge in sorted((edge for edge in readings if edge.is_decided), key=_weight):
        if edge.child not in parents and edge.child not in _above(edge.parent, parents):
            parents[edge.child] = edge
    roots = {one: _above(one, parents)[-1] for one in images}
    under = Counter(roots.values())
    readings.sort(key=lambda edge: (edge.is_reversed, _weight(edge)))
    for top in sorted(
        under,
        key=lambda one: (-under[one], [-side for side in _size(images[one])], first_seen(images[one]), one),
    ):
        whole = _joined(top, roots, parents, readings)
        if whole is not None:
            return tuple(_downward(top, whole))
    raise ContractBroken("expected pairs that join all members of a family; received some that do not")


def _joined(
    top: int, roots: Mapping[int, int], parents: Mapping[int, Edge], readings: Sequence[Edge]
) -> dict[int, Edge] | None:
    """Return the parents of a tree that all others hang from, by proven pairs; None where some cannot.

    Args:
        top: root of that tree.
        roots: of the trees that the members are in.
        parents: edges within the trees, by their child.
        readings: all edges there are, the best first.
    """
    whole, joined = dict(parents), {top}
    while rest := set(roots.values()) - joined:
        edge = next((one for one in readings if one.child in rest and roots[one.parent] in joined), None)
        if edge is None:
            return None
        whole[edge.child] = edge
        joined.add(edge.child)
    return whole


def _candidates(engine: Engine, query: QueryPicture, most: int) -> tuple[list[int], dict[int, NDArray[np.float16]]]:
    """Return the pictures that may be copies, the nearest first, and the descriptors of all and the picture by id."""
    found = [pair for pair in pairs_of(nearest_copies(engine, query)) if pair[0] != query.image_id]
    same = [] if query.pixel_sha256 is None else engine.catalogue.same_pixels(query.pixel_sha256, most + 1)
    gate = judge_gate(np.array([score for _, score in found], np.float32), engine.extractor.copy_threshold)
    near = [image_id for image_id, _ in found] if gate.count else []
    ids = [one for one in dict.fromkeys([*same, *near]) if one != query.image_id][:most]
    rows = engine.catalogue.descriptors_of(ids, "copy", engine.extractor.model_id)
    return ids, dict(zip(rows.ids.tolist(), rows.vectors, strict=True))


def _members(  # noqa: PLR0917 - two of them are what it works with, two its limits
    engine: Engine,
    query: QueryPicture,
    candidates: Sequence[int],
    bounds: Bounds,
    deadline: float,
    stops: list[Stop],
) -> tuple[list[SeenImage], list[ProvenPair]]:
    """Return the picture itself and those candidates that are proven to be copies of it, and the proofs."""
    ids = [query.image_id or 0, *candidates]
    images = engine.catalogue.images(ids)
    features = engine.catalogue.keypoints_of(ids, METHOD)
    asked = _see(engine, images[ids[0]], features)
    members, pairs = [asked], list[ProvenPair]()
    for place, image in enumerate(images[one] for one in candidates if one in images):
        if len(members) >= bounds.members:
            stops.append(Stop.MEMBERS)
            break
        if monotonic() >= deadline:
            stops.append(Stop.TIME)
            break
        candidate = _see(engine, image, features)
        pair = prove_pair(candidate, asked, by_frames=place < BY_FRAMES)
        if pair is not None:
            members.append(candidate)
            pairs.append(pair)
    return members, pairs


def _see(engine: Engine, image: Image, features: Mapping[int, bytes]) -> SeenImage:
    """Return what geometry sees of a picture of the catalogue."""
    kept, pixels = features.get(image.id), see_thumbnail(image.sha256, engine.thumbnails)
    return SeenImage(image, None if kept is None or pixels is None else Seen(Keypoints.unpack(kept), pixels))


def _by_nearness(ids: Sequence[int], vectors: Mapping[int, NDArray[np.float16]]) -> Iterator[tuple[int, int]]:
    """Yield every two of some pictures, those with the nearest descriptors first."""
    wide = {one: vectors[one].astype(np.float32) for one in ids if one in vectors}
    pairs = [(one, other) for one, other in combinations(ids, 2) if one in wide and other in wide]
    yield from sorted(pairs, key=lambda pair: (-float(wide[pair[0]] @ wide[pair[1]]), pair))


def _readings(pair: ProvenPair) -> Iterator[Edge]:
    """Yield a pair as both its edges."""
    for parent, child in ((pair.picture, pair.query), (pair.query, pair.picture)):
        yield Edge(parent, child, pair, pair.read(parent))


def _weight(edge: Edge) -> tuple[float, int, int]:
    """Return by how much the child differs from its parent, then the ids, so that the order is always the same."""
    if edge.pair.is_same_pixels:
        return 0.0, edge.parent, edge.child
    return 1.0 if edge.proof is None else alteration(edge.proof.transform), edge.parent, edge.child


def _above(image_id: int, parents: Mapping[int, Edge]) -> list[int]:
    """Return a member and all above it, the topmost last."""
    line = [image_id]
    while line[-1] in parents:
        line.append(parents[line[-1]].parent)
    return line


def _downward(root: int, parents: Mapping[int, Edge]) -> Iterator[Edge]:
    """Yield the edges of a tree, parents before their children."""
    waiting = [root]
    while waiting:
        above = waiting.pop(0)
        for edge in sorted((edge for edge in parents.values() if edge.parent == above), key=_weight):
            yield edge
            waiting.append(edge.child)


def _origins(ids: Sequence[int], edges: Sequence[Edge]) -> tuple[int, ...]:
    """Return the members that nothing is known to come before."""
    known = {edge.child for edge in edges if edge.is_decided}
    return tuple(one for one in ids if one not in known)


def _oldest(images: Mapping[int, Image]) -> int | None:
    """Return the picture that was first seen; None where that is not one alone."""
    moment = min(first_seen(image) for image in images.values())
    first = [one for one, image in images.items() if first_seen(image) == moment]
    return first[0] if len(first) == 1 else None


def _size(image: Image) -> tuple[int, int]:
    """Return pixels and bytes."""
    return image.width * image.height, image.size_bytes
