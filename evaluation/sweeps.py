"""Edits at rising intensities, for curves: what the grid does at one to three, finer. Nothing is judged by them."""

from collections.abc import Callable
from dataclasses import dataclass

from evaluation.attacks import Composition, Edit
from evaluation.edits.composing import put_onto
from evaluation.edits.degrading import blur, compress
from evaluation.edits.geometric import crop


def _crop(percent: float) -> Composition:
    return lambda pixels, rng, _others: crop(pixels, rng, keep=percent / 100)


def _compress(quality: float) -> Composition:
    return lambda pixels, rng, _others: compress(pixels, rng, quality=round(quality))


def _blur(percent: float) -> Composition:
    return lambda pixels, rng, _others: blur(pixels, rng, share=percent / 100)


def _onto(percent: float) -> Composition:
    return lambda pixels, rng, others: put_onto(pixels, rng, share=percent / 100, others=others)


@dataclass(frozen=True, slots=True)
class Sweep:
    """One edit at several intensities.

    Attributes:
        family: its name.
        axis: what the intensities are, with their unit.
        intensities: from weak to strong.
        change: an intensity to what it does.
    """

    family: str
    axis: str
    intensities: tuple[float, ...]
    change: Callable[[float], Composition]

    def edits(self) -> tuple[Edit, ...]:
        """Return the edit at each intensity."""
        return tuple(
            Edit(self.name(value), self.family, f"{self.axis}: {value:g}", self.change(value))
            for value in self.intensities
        )

    def name(self, intensity: float) -> str:
        """Return the name of the edit at an intensity."""
        return f"sweep_{self.family}_{intensity:g}"


SWEEPS: tuple[Sweep, ...] = (
    Sweep("crop", "% of the area kept", (80, 60, 45, 30, 20, 15, 10), _crop),
    Sweep("jpeg", "JPEG quality", (90, 70, 50, 30, 20, 10, 5), _compress),
    Sweep("blur", "blur, % of the width", (0.5, 1, 2, 3, 4, 6), _blur),
    Sweep("onto", "% of the area, laid onto another picture", (70, 55, 40, 30, 20, 15, 10), _onto),
)
"""Every curve."""


def sweep_edits() -> tuple[Edit, ...]:
    """Return the edits of all sweeps."""
    return tuple(edit for sweep in SWEEPS for edit in sweep.edits())
