"""Trees and flowers. Trees stand on (0, 0) and are about 1 high; blossoms are about 1 across around (0, 0)."""

from collections.abc import Callable

import numpy as np

from data.gallery.colour import Colour, mix, shade, vary
from data.gallery.scene import Area, Line, Mark, Points, blob, ellipse, limb, place, points, rotate, smooth


def round_tree(rng: np.random.Generator, leaf: Colour, bark: Colour) -> list[Mark]:
    """Return a broad-leaved tree with a crown of several clumps, lit from the upper left."""
    trunk = limb([(0, 0), (0.01, -0.25), (rng.uniform(-0.05, 0.05), -0.6)], [0.13, 0.075, 0.03])
    marks: list[Mark] = [Area(trunk, bark, shade(bark, -0.2), grain=1.5)]
    for side in (-1, 1):
        branch = limb([(0, -0.28), (side * 0.1, -0.4), (side * 0.2, -0.52)], [0.05, 0.035, 0.015])
        marks.append(Area(branch, bark, grain=1.2))
    ring = np.linspace(0, 2 * np.pi, 8, endpoint=False) + rng.uniform(0, 1)
    clumps = [(0.24 * np.cos(t), -0.66 + 0.2 * np.sin(t), rng.uniform(0.14, 0.2)) for t in ring]
    clumps += [(rng.uniform(-0.1, 0.1), rng.uniform(-0.75, -0.6), rng.uniform(0.18, 0.23)) for _ in range(3)]
    for x, y, size in sorted(clumps, key=lambda clump: clump[1] + clump[0] * 0.4, reverse=True):
        paint = vary(rng, shade(leaf, -0.25 + 0.5 * (-y - 0.4) - 0.15 * x), 0.015)
        marks.append(
            Area(blob(rng, x, y, size, size * 0.82), shade(paint, 0.1), shade(paint, -0.15), contour=0.7, grain=2.2)
        )
    return marks


def conifer(rng: np.random.Generator, leaf: Colour, bark: Colour) -> list[Mark]:
    """Return a fir with hanging tiers."""
    marks: list[Mark] = [Area(limb([(0, 0), (0, -0.4)], [0.07, 0.04]), bark, grain=1.5)]
    tiers = int(rng.integers(5, 8))
    for tier in range(tiers):
        low, share = -0.1 - 0.74 * tier / tiers, 1 - tier / tiers
        wide, rise = 0.09 + 0.24 * share, 0.16 + 0.12 * share
        sag = [(step / 4 * 2 - 1, 0.025 * (1 if step % 2 else -0.6)) for step in range(5)]
        foot = [(x * wide, low + y + 0.03 * (1 - abs(x))) for x, y in sag]
        paint = shade(leaf, -0.22 + 0.3 * tier / tiers)
        marks.append(
            Area(
                points([(0, low - rise), *foot[::-1]]), shade(paint, 0.08), shade(paint, -0.18), contour=0.8, grain=1.1
            )
        )
    return marks


def poplar(rng: np.random.Generator, leaf: Colour, bark: Colour) -> list[Mark]:
    """Return a slender poplar or cypress."""
    body = smooth([0, -1.0, 0.09, -0.7, 0.13, -0.38, 0.07, -0.1, -0.07, -0.1, -0.13, -0.38, -0.08, -0.72])
    body = body * (1 + rng.uniform(-0.07, 0.07, len(body)))[:, None]
    lit = smooth([-0.02, -0.93, 0.0, -0.6, -0.02, -0.25, -0.09, -0.38, -0.06, -0.7])
    return [
        Area(limb([(0, 0), (0, -0.2)], [0.05, 0.04]), bark),
        Area(body, shade(leaf, -0.1), shade(leaf, -0.3), grain=1.5),
        Area(lit, shade(leaf, 0.14), contour=0, grain=1.5),
    ]


def bare_tree(rng: np.random.Generator, bark: Colour, *, depth: int = 6, lean: float = 0.0) -> list[Mark]:
    """Return a leafless tree grown by repeated forking."""
    marks: list[Mark] = []

    def grow(foot: tuple[float, float], angle: float, length: float, wide: float, left: int) -> None:
        x, y = foot
        bend = angle + rng.uniform(-0.2, 0.2)
        middle = (x + length * 0.5 * np.sin(bend), y - length * 0.5 * np.cos(bend))
        x, y = x + length * np.sin(angle), y - length * np.cos(angle)
        start = (middle[0] * 2 - x, middle[1] * 2 - y)
        if left > 3:
            marks.append(
                Area(limb([start, middle, (x, y)], [wide, wide * 0.8, wide * 0.62]), bark, contour=0.6, grain=1.5)
            )
        else:
            marks.append(Line(points([start, middle, (x, y)]), bark, wide, wide * 0.6))
        if left:
            spread = rng.uniform(0.3, 0.55)
            for turn in (-spread, spread * rng.uniform(0.7, 1.2)) + ((0.05,) if left % 2 else ()):
                grow(
                    (x, y),
                    angle * 0.92 + turn + rng.normal(0, 0.1),
                    length * rng.uniform(0.66, 0.82),
                    wide * 0.6,
                    left - 1,
                )

    grow((0, 0), lean, 0.27, 0.085, depth)
    return marks


def birch(rng: np.random.Generator, *, height: float = 1.6) -> list[Mark]:
    """Return a birch trunk that leaves the picture at the top, with its dark scars."""
    bend = rng.uniform(-0.06, 0.06)
    trunk = limb([(0, 0.02), (bend, -height / 2), (bend * 1.5, -height)], [0.075, 0.06, 0.045])
    marks: list[Mark] = [Area(trunk, (0.94, 0.93, 0.9), (0.8, 0.79, 0.78), grain=1.5)]
    for _ in range(int(height * 14)):
        y = rng.uniform(-height, -0.03)
        middle = bend * (-y / height) * 1.5
        side, long = rng.choice([-1, 1]), rng.uniform(0.015, 0.04)
        scar = points(
            [middle + side * 0.033, y - 0.006, middle + side * (0.033 - long), y, middle + side * 0.033, y + 0.008]
        )
        marks.append(Area(scar, (0.16, 0.15, 0.17), contour=0))
    return marks


def palm(rng: np.random.Generator, leaf: Colour, bark: Colour) -> list[Mark]:
    """Return a leaning palm."""
    lean = rng.uniform(0.12, 0.3) * rng.choice([-1, 1])
    marks: list[Mark] = [
        Area(
            limb([(0, 0), (lean * 0.35, -0.4), (lean, -0.78)], [0.075, 0.05, 0.04]), bark, shade(bark, -0.2), grain=0.2
        )
    ]
    for angle in np.linspace(-2.9, 0.1, 9) + rng.uniform(-0.15, 0.15, 9):
        reach = rng.uniform(0.3, 0.42)
        tip = (lean + reach * np.cos(angle), -0.78 + reach * np.sin(angle) * 0.6 + 0.16)
        middle = (lean + reach * 0.55 * np.cos(angle), -0.78 + reach * 0.75 * np.sin(angle) * 0.75 - 0.03)
        paint = vary(rng, shade(leaf, 0.1 * np.sin(-angle)), 0.02)
        marks.append(
            Area(limb([(lean, -0.78), middle, tip], [0.03, 0.085, 0.008]), paint, contour=0.7, grain=float(angle))
        )
        marks.append(Line(smooth([(lean, -0.78), middle, tip], closed=False), shade(leaf, -0.35), 0.008, 0.003))
    for offset in (-0.03, 0.02):
        marks.append(Area(ellipse(lean + offset, -0.75, 0.03, 0.034), shade(bark, -0.35), contour=0.6))
    return marks


def daisy(rng: np.random.Generator, petal: Colour, heart: Colour, *, petals: int = 13) -> list[Mark]:
    """Return a daisy or sunflower seen from the front."""
    marks: list[Mark] = []
    for ring, (reach, wide) in enumerate(((0.5, 0.105), (0.43, 0.09))):
        for turn in np.arange(petals) * 2 * np.pi / petals + ring * np.pi / petals:
            leaf = smooth(
                [
                    0.1,
                    0,
                    reach * 0.6,
                    -wide,
                    reach * 0.93,
                    -wide * 0.45,
                    reach,
                    0,
                    reach * 0.9,
                    wide * 0.5,
                    reach * 0.6,
                    wide,
                ]
            )
            angle = float(turn + rng.normal(0, 0.06))
            paint = vary(rng, shade(petal, -0.14 + 0.18 * ring), 0.015)
            marks.append(Area(rotate(leaf, angle), paint, contour=0.5, grain=angle))
    marks.append(Area(ellipse(0, 0, 0.17, 0.17), heart, shade(heart, -0.3)))
    for step in range(34):
        # Seeds stand a golden angle apart (Vogel, 1979).
        turn, reach = step * 2.39996, 0.025 * np.sqrt(step + 0.5)
        seed = ellipse(reach * np.cos(turn), reach * np.sin(turn), 0.013, 0.013, sides=8)
        marks.append(Area(seed, shade(heart, 0.25 if step % 3 else -0.4), contour=0))
    return marks


def poppy(rng: np.random.Generator, petal: Colour) -> list[Mark]:
    """Return a poppy, four broad petals about a dark heart."""
    marks: list[Mark] = []
    for turn, tone in ((0.4, -0.22), (3.5, -0.16), (1.9, -0.04), (5.0, 0.06)):
        leaf = smooth(
            [0, 0, -0.28, -0.16, -0.3, -0.42, -0.1, -0.52, 0.06, -0.48, 0.16, -0.53, 0.33, -0.38, 0.28, -0.14]
        )
        leaf = leaf * (1 + rng.uniform(-0.05, 0.05, leaf.shape))
        paint = shade(petal, tone)
        marks.append(Area(rotate(leaf, turn), paint, shade(paint, -0.12), contour=0.8, grain=turn + 1.5))
    marks.append(Area(ellipse(0, 0, 0.12, 0.115), (0.12, 0.1, 0.14)))
    for turn in np.linspace(0, 2 * np.pi, 16, endpoint=False):
        marks.append(
            Area(
                ellipse(0.165 * np.cos(turn), 0.16 * np.sin(turn), 0.014, 0.014, sides=8), (0.2, 0.17, 0.22), contour=0
            )
        )
    marks.append(Area(ellipse(0, 0, 0.055, 0.05), (0.55, 0.62, 0.35), contour=0.4))
    return marks


def tulip(rng: np.random.Generator, petal: Colour) -> list[Mark]:
    """Return a tulip's cup from the side, its stem beginning at (0, .5)."""
    wide = rng.uniform(0.92, 1.1)
    back = smooth(points([-0.12, -0.3, -0.04, -0.52, 0.06, -0.5, 0.14, -0.28, 0, 0.2]) * (wide, 1))
    side = smooth(
        points([0, 0.48, -0.28, 0.36, -0.36, 0.05, -0.3, -0.4, -0.24, -0.5, -0.1, -0.24, 0.02, 0.1]) * (wide, 1)
    )
    front = smooth(points([0, 0.48, -0.2, 0.3, -0.2, -0.02, 0.0, -0.36, 0.2, -0.02, 0.2, 0.3]) * (wide, 1))
    return [
        Area(back, shade(petal, -0.25), grain=1.5),
        Area(side, shade(petal, -0.08), shade(petal, -0.2), grain=1.4),
        Area(side * (-1, 1), shade(petal, -0.16), shade(petal, -0.25), grain=1.7),
        Area(front, shade(petal, 0.14), shade(petal, -0.08), grain=1.5),
    ]


def rose(rng: np.random.Generator, petal: Colour) -> list[Mark]:
    """Return a full rose from above: petals in a spiral."""
    marks: list[Mark] = []
    for step in range(19):
        share = 1 - step / 19
        turn, reach = step * 2.39996 + rng.normal(0, 0.1), 0.27 * share
        size = 0.1 + 0.17 * share
        x, y = reach * np.cos(turn), reach * np.sin(turn)
        leaf = ellipse(x, y, size, size * 1.25, angle=turn) * (1 + rng.uniform(-0.02, 0.02, (48, 2)))
        paint = vary(rng, shade(petal, 0.26 * share - 0.26 + 0.12 * (step % 2)), 0.012)
        marks.append(Area(leaf, paint, shade(paint, -0.14), contour=0.7, grain=turn))
    return marks


def leaf(length: float, angle: float, paint: Colour, *, wide: float = 0.3) -> list[Mark]:
    """Return a pointed leaf that grows from (0, 0) in a direction, with its middle rib."""
    half = smooth([0, 0, 0.3, -0.5 * wide, 0.65, -0.42 * wide, 1, 0, 0.65, 0.42 * wide, 0.3, 0.5 * wide])
    rib = smooth([0, 0, 0.5, -0.02, 0.92, 0], closed=False)
    return [
        Area(rotate(half * length, angle), paint, contour=0.8, grain=angle + 0.4),
        Line(rotate(rib * length, angle), shade(paint, -0.3), 0.025 * length, 0.008 * length),
    ]


def stem(course: Points, paint: Colour, width: float) -> Mark:
    """Return a green stem along a course."""
    return Line(smooth(course, closed=False), paint, width, width * 0.7)


Blossom = Callable[[np.random.Generator, Colour], list[Mark]]


def blossom(kind: str) -> Blossom:
    """Return the way to draw one kind of blossom: daisy, sunflower, poppy, tulip or rose."""
    hearts = {"daisy": (0.93, 0.72, 0.2), "sunflower": (0.32, 0.2, 0.12)}
    if kind in hearts:
        return lambda rng, petal: daisy(rng, petal, hearts[kind], petals=13 if kind == "daisy" else 19)
    kinds: dict[str, Blossom] = {"poppy": poppy, "tulip": tulip, "rose": rose}
    return kinds[kind]


def potted(
    rng: np.random.Generator, kind: str, petals: tuple[Colour, ...], leaf_paint: Colour, *, stems: int = 7
) -> list[Mark]:
    """Return flowers on stems that fan out from (0, 0), about 1 high: put a vase in front of their feet."""
    marks: list[Mark] = []
    flowers: list[Mark] = []
    draw = blossom(kind)
    for step in range(stems):
        fan = (step - (stems - 1) / 2) / max(stems - 1, 1) * 1.9 + rng.normal(0, 0.07)
        reach = rng.uniform(0.62, 0.92) * (1 - 0.12 * abs(fan))
        tip = np.array([np.sin(fan) * reach * 0.78, -np.cos(fan) * reach])
        marks.append(
            stem(
                np.stack([np.array([fan * 0.05, 0]), tip * 0.5 + np.array([fan * -0.02, 0]), tip]),
                shade(leaf_paint, -0.2),
                0.018,
            )
        )
        for share in rng.uniform(0.25, 0.7, 2):
            spot = tip * share
            side = fan + rng.choice([-1, 1]) * rng.uniform(0.5, 1.1) - np.pi / 2
            marks += place(leaf(rng.uniform(0.18, 0.28), side, vary(rng, leaf_paint, 0.03)), spot[0], spot[1], 1)
        paint = mix(petals[step % len(petals)], petals[(step + 1) % len(petals)], rng.uniform(0, 0.2))
        flowers += place(draw(rng, paint), tip[0], tip[1], rng.uniform(0.26, 0.34), angle=fan * 0.5)
    return marks + flowers
