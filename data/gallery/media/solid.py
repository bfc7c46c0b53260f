"""3D: solids given by distance functions, seen by sphere tracing (Hart, 1996), on a floor under one soft lamp.

Coordinates are right-handed with y up; the floor is y = 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from data.gallery.colour import Colour
from data.gallery.noise import to_image

_BAND = 60
_STEPS = 28
_SHADOW_STEPS = 11
_PENUMBRA = 7.0
_CORNERS = ((-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25))
"""Where the four rays of a pixel on an edge go through it."""

Vectors = NDArray[np.float32]
"""float32 (3, n): contiguous coordinates, so that a sweep over one of them is fast."""
Values = NDArray[np.float32]
"""float32 (n,)."""
Numbers = NDArray[np.int64]
"""int64 (n,): which samples."""


@dataclass(frozen=True, slots=True)
class Solid:
    """One body.

    Attributes:
        kind: ball, egg, block, drum, cone, ring, rod or gable.
        centre: its middle; size: egg, block and gable: half extents; ball: radius; drum, rod: radius, half height;
            cone: lower radius, half height, upper radius; ring: radius of the circle, radius of the tube.
        colour: its paint; turn: yaw, pitch and roll in radians.
        gloss: 0 clay to 1 lacquer; metal: mirrors in its own colour.
        glow: light of its own.
    """

    kind: str
    centre: tuple[float, float, float]
    size: tuple[float, ...]
    colour: Colour
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gloss: float = 0.35
    metal: bool = False
    glow: float = 0.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Where solids stand and how they are seen.

    Attributes:
        eye, target: of the camera; view: height of the picture at distance 1.
        lamp: direction towards the lamp; key: its colour and strength.
        sky, floor: paints of the background's upper end and of the floor.
    """

    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    sky: Colour
    floor: Colour
    lamp: tuple[float, float, float] = (-0.5, 0.85, 0.45)
    key: tuple[float, float, float] = (2.3, 2.15, 1.9)
    view: float = 0.7


def render(solids: Sequence[Solid], stage: Stage, width: int, height: int) -> Image.Image:
    """Return the solids on their stage, RGB (height, width)."""
    camera = _Camera(stage, width, height)
    picture = np.empty((height, width, 3), np.float32)
    owner = np.empty((height, width), np.int32)
    for top in range(0, height, _BAND):
        # In bands, so that a sweep over the rays stays within the processor's cache.
        rows, columns = np.mgrid[top : min(top + _BAND, height), 0:width].astype(np.float32) + np.float32(0.5)
        band = np.s_[top : top + len(rows)]
        colours, seen = _sampled(solids, camera, columns.ravel(), rows.ravel())
        picture[band], owner[band] = colours.T.reshape(*rows.shape, 3), seen.reshape(rows.shape)
    y, x = np.nonzero(_edges(owner))
    corners = np.array(_CORNERS, np.float32) + 0.5
    finer, _ = _sampled(solids, camera, (x + corners[:, :1]).ravel(), (y + corners[:, 1:]).ravel())
    picture[y, x] = finer.reshape(3, len(_CORNERS), len(y)).mean(axis=1).T
    return to_image(picture)


class _Camera:
    """A pinhole camera over a grid of pixels."""

    def __init__(self, stage: Stage, width: int, height: int) -> None:
        self.stage = stage
        self._width, self._height = width, height
        forward = np.subtract(stage.target, stage.eye)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, (0, 1, 0))
        right /= np.linalg.norm(right)
        self._axes = np.stack([right, np.cross(right, forward), forward]).astype(np.float32)  # (3, 3)
        self.eye = np.array(stage.eye, np.float32)

    def rays(self, x: Values, y: Values) -> Vectors:
        """Return unit vectors from the eye through points of the picture, in pixels."""
        scale = np.float32(self.stage.view / self._height)
        across, upward = (x - self._width / 2) * scale, (self._height / 2 - y) * scale
        rays = self._axes[2][:, None] + self._axes[0][:, None] * across + self._axes[1][:, None] * upward
        unit: Vectors = (rays / np.sqrt((rays * rays).sum(axis=0))).astype(np.float32)
        return unit

    def box(self, balls: Sequence[tuple[NDArray[np.float64], float]]) -> tuple[float, float, float, float] | None:
        """Return a rectangle (left, top, right, bottom) that holds balls (centre, radius); None if it is all."""
        sides: list[tuple[float, float, float, float]] = []
        for centre, radius in balls:
            x, y, z = (self._axes @ (centre - self.eye)).tolist()
            if z <= radius * 1.1:
                return None
            # The outline of a ball seen off the axis is a little larger than its radius over its distance.
            spread = radius / np.sqrt(z * z - radius * radius) * 1.25
            sides.append((x / z - spread, -y / z - spread, x / z + spread, -y / z + spread))
        scale = self._height / self.stage.view
        left, top = (min(side[axis] for side in sides) * scale for axis in (0, 1))
        right, bottom = (max(side[axis] for side in sides) * scale for axis in (2, 3))
        return left + self._width / 2, top + self._height / 2, right + self._width / 2, bottom + self._height / 2


def _within(x: Values, y: Values, box: tuple[float, float, float, float] | None) -> Numbers:
    if box is None:
        return np.arange(len(x))
    left, top, right, bottom = box
    return np.flatnonzero((x >= left) & (x <= right) & (y >= top) & (y <= bottom))


def _edges(owner: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return the pixels whose right or lower neighbour shows another body, and those neighbours."""
    edges = np.zeros(owner.shape, np.bool_)
    across, down = owner[:, 1:] != owner[:, :-1], owner[1:] != owner[:-1]
    edges[:, 1:] |= across
    edges[:, :-1] |= across
    edges[1:] |= down
    edges[:-1] |= down
    return edges


def _sampled(solids: Sequence[Solid], camera: _Camera, x: Values, y: Values) -> tuple[Vectors, NDArray[np.int32]]:
    """Return sRGB (3, n) seen at points of the picture, and the number of the solid seen (-2 floor, -1 none)."""
    rays = camera.rays(x, y)
    depth = np.full(len(x), np.inf, np.float32)
    owner = np.full(len(x), -1, np.int32)
    for number, solid in enumerate(solids):
        seen = _within(x, y, camera.box([(np.array(solid.centre), _reach(solid))]))
        if len(seen):
            hit, reach = _march(solid, camera.eye, rays[:, seen], depth[seen])
            depth[seen[hit]], owner[seen[hit]] = reach, number
    down = np.flatnonzero(rays[1] < -1e-4)
    reach = -camera.eye[1] / rays[1, down]
    lower = reach < depth[down]
    depth[down[lower]], owner[down[lower]] = reach[lower], -2
    return _shaded(solids, camera, (x, y), rays, depth=depth, owner=owner), owner


def _reach(solid: Solid) -> float:
    """Return the radius of a ball about the centre that holds the solid."""
    size = solid.size
    if solid.kind in {"ball", "egg"}:
        return max(size)
    if solid.kind in {"ring", "rod"}:
        return size[0] + size[1]
    if solid.kind == "cone":
        return float(np.hypot(max(size[0], size[2]), size[1]))
    return float(np.sqrt(sum(part**2 for part in size)))


def _local(solid: Solid) -> NDArray[np.float32]:
    """Return the matrix (3, 3) that takes directions of the world into the solid's own frame."""
    yaw, pitch, roll = solid.turn
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    inverse: NDArray[np.float32] = (about_y @ about_x @ about_z).T.astype(np.float32)
    return inverse


def _distance(solid: Solid, place: Vectors) -> Values:
    """Return the distance of places, in the solid's own frame, from its surface (after Quilez's collection)."""
    x, y, z = place
    size = [np.float32(part) for part in solid.size]
    if solid.kind == "ball":
        found = np.sqrt(x * x + y * y + z * z) - size[0]
    elif solid.kind == "egg":
        a, b, c = size
        near = np.sqrt((x / a) ** 2 + (y / b) ** 2 + (z / c) ** 2)
        slope = np.sqrt((x / a**2) ** 2 + (y / b**2) ** 2 + (z / c**2) ** 2)
        found = near * (near - 1) / np.maximum(slope, 1e-6)
    elif solid.kind == "block":
        soft = min(size) * np.float32(0.16)
        dx, dy, dz = np.abs(x) - size[0] + soft, np.abs(y) - size[1] + soft, np.abs(z) - size[2] + soft
        outside = np.sqrt(np.maximum(dx, 0) ** 2 + np.maximum(dy, 0) ** 2 + np.maximum(dz, 0) ** 2)
        found = outside + np.minimum(np.maximum(dx, np.maximum(dy, dz)), 0) - soft
    elif solid.kind == "drum":
        soft = min(size) * np.float32(0.12)
        dr, dy = np.sqrt(x * x + z * z) - size[0] + soft, np.abs(y) - size[1] + soft
        found = np.minimum(np.maximum(dr, dy), 0) + np.sqrt(np.maximum(dr, 0) ** 2 + np.maximum(dy, 0) ** 2) - soft
    elif solid.kind == "cone":
        low, half, top = size
        radius = np.sqrt(x * x + z * z)
        slope = (low - top) / (2 * half)
        side = (radius - (low + top) / 2 + y * slope) / np.sqrt(1 + slope * slope)
        found = np.maximum(side, np.abs(y) - half)
    elif solid.kind == "ring":
        found = np.sqrt((np.sqrt(x * x + z * z) - size[0]) ** 2 + y * y) - size[1]
    elif solid.kind == "rod":
        radius, half = size
        along = y - np.clip(y, -half, half)
        found = np.sqrt(x * x + along * along + z * z) - radius
    else:
        a, b, c = size
        steep = np.sqrt(4 * b * b + a * a)
        found = np.maximum(np.maximum((np.abs(x) * 2 * b + (y - b) * a) / steep, -y - b), np.abs(z) - c)
    distance: Values = found.astype(np.float32)
    return distance


def _march(solid: Solid, eye: NDArray[np.float32], rays: Vectors, nearest: Values) -> tuple[Numbers, Values]:
    """Return which rays from the eye meet the solid nearer than `nearest`, and how far they go."""
    turn = _local(solid)
    origin = turn @ (eye - np.array(solid.centre, np.float32))
    ways = turn @ rays
    reach = np.float32(_reach(solid))
    middle = -(origin @ ways)
    gap = reach * reach - (origin @ origin - middle * middle)
    live = np.flatnonzero((gap > 0) & (middle > 0))
    half = np.sqrt(gap[live])
    along = np.maximum(middle[live] - half, 0)
    limit = np.minimum(middle[live] + half, nearest[live])
    ways, close = ways[:, live], np.float32(0.0025) * reach + np.float32(0.0008)
    met: list[Numbers] = []
    far: list[Values] = []
    for turns in range(_STEPS):
        step = _distance(solid, origin[:, None] + ways * along)
        arrived = step < close
        along = along + step
        if turns % 3 == 2 or turns == _STEPS - 1:
            # Arrived and lost rays leave the sweep together, every third step: sorting them out costs a step too.
            met.append(live[arrived & (along < limit)])
            far.append(along[arrived & (along < limit)])
            on = ~arrived & (along < limit)
            live, along, limit, ways = live[on], along[on], limit[on], ways[:, on]
    return np.concatenate(met), np.concatenate(far)


def _normals(solid: Solid, place: Vectors) -> Vectors:
    """Return outward normals in the world at places of the solid's surface, by differences."""
    turn = _local(solid)
    local = turn @ (place - np.array(solid.centre, np.float32)[:, None])
    if solid.kind == "ball":
        total = local
    else:
        small = np.float32(0.004) * np.float32(max(_reach(solid), 0.05))
        total = np.zeros_like(local)
        for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
            way = np.array(corner, np.float32)[:, None]
            total += way * _distance(solid, local + way * small)
    normals: Vectors = turn.T @ (total / np.maximum(np.sqrt((total * total).sum(axis=0)), 1e-9))
    return normals


def _shadow_box(solid: Solid, camera: _Camera, lamp: NDArray[np.float32]) -> tuple[float, float, float, float] | None:
    """Return the rectangle of the picture in which a solid may darken anything."""
    reach, centre = _reach(solid), np.array(solid.centre)
    length = (centre[1] + reach) / float(lamp[1])
    landing = centre - lamp * length
    return camera.box([(centre, 2.2 * reach), (landing, reach * 1.25 + length / _PENUMBRA)])


def _shade_of(solid: Solid, place: Vectors, lamp: NDArray[np.float32]) -> tuple[Numbers, Values, Values]:
    """Return which places a solid darkens, the share of the lamp's light they keep, and of the sky's.

    Shadows soften with distance by the narrowest passage of the ray (Quilez, 2010).
    """
    off = place - np.array(solid.centre, np.float32)[:, None]
    along = lamp @ off
    square = (off * off).sum(axis=0)
    reach = np.float32(_reach(solid))
    wide = reach + np.maximum(-along, 0) / np.float32(_PENUMBRA)
    touched = np.flatnonzero(
        (square < 4.4 * reach * reach) | ((along < reach) & (square - along * along < wide * wide))
    )
    turn = _local(solid)
    local, ray = turn @ off[:, touched], (turn @ lamp)[:, None]
    here = _distance(solid, local)
    open_sky = np.clip(0.5 + 0.5 * here / (0.6 * reach), 0.42, 1)
    lit = np.ones(len(touched), np.float32)
    gone = np.maximum(-along[touched] - reach * 1.2, 0.03 * reach + 0.012)
    for _ in range(_SHADOW_STEPS):
        left = _distance(solid, local + ray * gone)
        lit = np.minimum(lit, 0.5 + 0.5 * np.float32(_PENUMBRA) * left / gone)
        gone = gone + np.maximum(np.abs(left), 0.04 * reach)
    lit = np.clip(lit, 0, 1)
    return touched, lit * lit * (3 - 2 * lit), open_sky


def _shaded(
    solids: Sequence[Solid],
    camera: _Camera,
    spots: tuple[Values, Values],
    rays: Vectors,
    *,
    depth: Values,
    owner: NDArray[np.int32],
) -> Vectors:
    """Return sRGB of all rays, (3, n)."""
    stage = camera.stage
    lamp = np.array(stage.lamp, np.float32)
    lamp /= np.linalg.norm(lamp)
    sky, floor, key = _linear(stage.sky), _linear(stage.floor), np.array(stage.key, np.float32)[:, None]
    rise = np.clip(rays[1] * 1.6 + 0.15, 0, 1)
    result = (floor * 0.55 + sky * 0.45) * (1 - rise) + sky * rise
    found = np.flatnonzero(owner != -1)
    x, y, who, far = spots[0][found], spots[1][found], owner[found], depth[found]
    rays = rays[:, found]
    place = camera.eye[:, None] + rays * np.minimum(far, 400)
    normal = np.zeros_like(place)
    normal[1] = 1
    paint = np.repeat(floor, len(found), axis=1)
    gloss, metal, glow = (np.zeros(len(found), np.float32) for _ in range(3))
    lit, open_sky = np.ones(len(found), np.float32), np.ones(len(found), np.float32)
    for number, solid in enumerate(solids):
        own = np.flatnonzero(who == number)
        if len(own):
            normal[:, own] = _normals(solid, place[:, own])
            paint[:, own] = _linear(solid.colour)
            gloss[own], metal[own], glow[own] = solid.gloss, float(solid.metal), solid.glow
        if solid.glow:
            continue
        near = _within(x, y, _shadow_box(solid, camera, lamp))
        # A convex body does not shadow itself: its normal does. Beyond 30 nothing is sharp enough to show it.
        near = near[(who[near] != number) & (far[near] < 30)]
        if len(near):
            touched, keeps, sees = _shade_of(solid, place[:, near], lamp)
            lit[near[touched]] *= keeps
            open_sky[near[touched]] *= sees
    facing = np.clip(lamp @ normal, 0, 1) * lit
    upward = (0.5 + 0.5 * normal[1]) * open_sky
    diffuse = key * facing * 0.62 + sky * upward * 0.75 + floor * (1 - upward) * 0.32
    slant = (rays * normal).sum(axis=0)
    mirror = rays - 2 * slant * normal
    around = sky * np.clip(0.55 + 0.6 * mirror[1], 0.1, 1.2) + floor * np.clip(-mirror[1], 0, 1) * 0.5
    # A wide lamp box stands in for the studio that lacquer reflects.
    softbox = np.clip((lamp @ mirror - 0.86) * 14, 0, 1) * lit
    shine = np.where(metal > 0, 0.75, gloss * (0.05 + 0.6 * (1 - np.clip(-slant, 0, 1)) ** 4))
    tint = np.where(metal > 0, paint, 1.0)
    colour = paint * (diffuse * (1 - shine) + glow) + tint * (
        around * shine * open_sky + softbox * (0.25 + gloss) * gloss * 1.3
    )
    haze = np.where(who == -2, 1 - np.exp(-((np.minimum(far, 400) / 16) ** 2)), 0)
    result[:, found] = colour * (1 - haze) + result[:, found] * haze
    return _displayed(result)


def _linear(colour: Colour) -> Vectors:
    """Return linear light of a paint, (3, 1)."""
    return (np.array(colour, np.float32) ** np.float32(2.2))[:, None]


def _displayed(linear: Vectors) -> Vectors:
    """Return sRGB after a filmic curve (Narkowicz, 2015), which lets highlights end gently."""
    bright = linear * np.float32(0.8)
    curve = bright * (2.51 * bright + 0.03) / (bright * (2.43 * bright + 0.59) + 0.14)
    shown: Vectors = (np.clip(curve, 0, 1) ** np.float32(1 / 2.2)).astype(np.float32)
    return shown
