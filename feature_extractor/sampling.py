"""Chooses the frames of a video that are worth describing."""

import numpy as np

from feature_extractor.video import GreyFrame, Sampling


class FrameChooser:
    """Decides, frame by frame in the order of showing, by what `Sampling` says."""

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling
        self._due = 0  # place of the next frame of the steady rate
        self._kept_ms = 0
        self._before: GreyFrame | None = None

    def wants(self, ms: int, grey: GreyFrame) -> bool:
        """Return whether to keep a frame.

        Args:
            ms: when it is shown; not less than that of the frame before.
            grey: its small grey version, of which the chooser keeps hold.
        """
        step_ms = 1000 / self._sampling.per_second
        is_due = ms >= self._due * step_ms
        wanted = is_due or (self._is_cut(grey) and ms - self._kept_ms >= self._sampling.least_gap_ms)
        if is_due:  # the grid stays where it is, whatever scenes begin between
            self._due = int(ms // step_ms) + 1
        if wanted:
            self._kept_ms = ms
        self._before = grey
        return wanted

    def _is_cut(self, grey: GreyFrame) -> bool:
        return self._before is not None and mean_difference(self._before, grey) >= self._sampling.cut_levels


def mean_difference(first: GreyFrame, second: GreyFrame) -> float:
    """Return by how many levels of 0..255 two small grey frames differ in the mean."""
    return float(np.abs(first.astype(np.int16) - second.astype(np.int16)).mean())
