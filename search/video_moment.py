"""The moment of a video that a picture shows, by the pixels of its frames.

Descriptors find the video, and about when; those of neighbouring frames are too near each other to tell the moment,
the more so where the picture was edited. Here frames near the promising times are decoded, the picture is laid on a few
of them by local features, and every frame is compared with it where it lies. As the camera may have moved between, the
picture is laid anew on the frames that come out best, until these stay the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from data.video_records import FrameRange
from errors import BadInput
from feature_extractor.keypoints import OF_QUERY, detect
from feature_extractor.picture import Picture
from feature_extractor.preview import make_preview
from feature_extractor.video import SeekingReader
from search.frame_likeness import ComparedFrames, Grey
from search.frames import find_frames
from search.geometry import Matrix, project, scaling
from search.proof import WORTH_TELLING, Seen, best_of, propose, try_maps

MOST_FRAMES = 300
"""Frames that are compared: twelve seconds at 25 a second."""
MOST_PIXELS = 6e8
"""Of all of these together, as they are stored: 290 frames of 1920 x 1080."""
AROUND_MS = 1000
"""Compared on either side of a kept frame that is near, where a video is too long to be compared whole."""

_SIDE_PX = 320  # at which the picture is laid on frames, as features see no more
_LEAST_PART_PX = 32  # of the picture at that size
_PARTS = 4  # of the picture that straight edges frame, as in collages
_FIRST_LAID = 3  # kept frames that the picture is laid on to begin with
_FIRST_APART_MS = 900
_MORE_LAID = 4
_APART_MS = 300  # nearer to a frame it was laid on a picture is not laid anew
_AS_GOOD = 0.6  # of the worth of the best map: lesser ones are chance
_CONVINCING = 0.75  # worth of a map at which no part of the picture is tried
# Difference of what a frame does not show: about that of pictures that have nothing in common. Of 281 edited frames of
# 36 clips of train 95 % are so told within half a second (by descriptors 75); 84 where only what lies there counts.
_NOT_THERE = 0.6
_ALIKE = 0.01  # more than the least difference, as a share of it, and
_ALIKE_LEVELS = 0.0005  # by how much: with less, two frames cannot be told apart
_SAME_SHAPE = 0.03  # of the logarithm of width by height: rounding when a frame is scaled
_SAME_MS = 1  # times are kept in whole ms
_USUAL_FPS = 25.0  # where a file does not say


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a video.

    Attributes:
        frame, ms: number and time of the frame.
    """

    frame: int
    ms: int


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A frame of the video, grey and small."""

    frame: int
    ms: int
    grey: Grey


@dataclass(frozen=True, slots=True)
class _View:
    """The picture, or a part of it that straight edges frame.

    Attributes:
        seen: as it is laid on frames, its features in its own px.
        grey: the same.
        share: of the picture's area that one of its px is.
    """

    seen: Seen
    grey: Grey
    share: float

    @classmethod
    def of(cls, pixels: Picture, picture: Picture) -> Self:
        """Look at a part of a picture, or at all of it."""
        small = make_preview(pixels, _SIDE_PX)
        share = pixels.size / picture.size / (small.shape[0] * small.shape[1])
        return cls(Seen(detect(small, OF_QUERY), small), _grey(small), share)


@dataclass(frozen=True, slots=True)
class _Laid:
    """How the picture lies on a frame.

    Attributes:
        view: what of it does.
        matrix: from px of the frame to px of the view.
        worth: as of `search.proof.Trial`.
        covers: share of the picture that the frame lies under.
    """

    view: _View
    matrix: Matrix
    worth: float
    covers: float


def find_moment(picture: Picture, reader: SeekingReader, near: Sequence[FrameRange], duration_ms: int) -> Moment | None:
    """Return the moment of a video that a picture shows; None where its frames tell nothing.

    They tell nothing where the picture can be laid on none of them, where reading stops before the likeliest, or where
    they no longer have the times that were kept.

    Args:
        picture: RGB uint8, (height, width, 3).
        reader: the video's file, or the folder of its frames.
        near: stretches that the catalogue keeps of the video, the most like the picture first; one at least.
        duration_ms: of the video.
    """
    fps = reader.info.fps or _USUAL_FPS
    most = int(min(MOST_FRAMES, MOST_PIXELS / (reader.info.width * reader.info.height)))
    frames = _decode(reader, _spans(near, duration_ms, most * 1000 / fps), near, most)
    # Reading that broke off, or ran out of time, before the likeliest frame has nothing to choose from.
    has_nearest = any(abs(frame.ms - near[0].frame_ms) <= _SAME_MS for frame in frames)
    return _Search(picture, frames).run(near) if has_nearest else None


def _spans(near: Iterable[FrameRange], duration_ms: int, most_ms: float) -> list[tuple[int, int]]:
    """Return which times of a video to look at, first and last ms of each, the most promising first."""
    if duration_ms <= most_ms:
        return [(0, duration_ms)]
    around_ms = int(min(AROUND_MS, most_ms / 2))
    spans: list[tuple[int, int]] = []
    for each in near:
        first, last = max(0, each.frame_ms - around_ms), each.frame_ms + around_ms
        touching = [span for span in spans if span[0] <= last and first <= span[1]]
        joined = (min([first, *(span[0] for span in touching)]), max([last, *(span[1] for span in touching)]))
        place = min((spans.index(span) for span in touching), default=len(spans))
        rest = [span for span in spans if span not in touching]
        grown = [*rest[:place], joined, *rest[place:]]
        if sum(last - first for first, last in grown) > most_ms and spans:
            break
        spans = grown
    return spans


def _decode(
    reader: SeekingReader, spans: Iterable[tuple[int, int]], near: Sequence[FrameRange], most: int
) -> list[_Decoded]:
    """Return the frames of some times, in the order of time, as far as they can be had.

    Their numbers are counted from those of the frames that were kept: what is before them is not decoded. Where no kept
    frame has its time any more, the file is not what it was, and what is there tells nothing.
    """
    numbers = {each.frame_ms: each.frame for each in near}
    frames: dict[int, _Decoded] = {}
    for first_ms, last_ms in spans:
        if len(frames) >= most:
            break
        found: list[tuple[int, Grey]] = []
        try:
            for frame in reader.frames_between(first_ms, last_ms):
                found.append((frame.ms, _grey(make_preview(frame.pixels, _SIDE_PX))))
                if len(frames) + len(found) >= most:
                    break
        except BadInput:  # what was decoded before is as good
            pass
        known = (
            numbers[ms + off] - place
            for place, (ms, _) in enumerate(found)
            for off in (0, -_SAME_MS, _SAME_MS)
            if ms + off in numbers
        )
        before = next(known, None)
        if before is not None:
            frames |= {ms: _Decoded(before + place, ms, grey) for place, (ms, grey) in enumerate(found)}
    shape = next(iter(frames.values())).grey.shape if frames else None
    return [frame for _, frame in sorted(frames.items()) if frame.grey.shape == shape]


class _Search:
    """Lays a picture on frames, and compares.

    Attributes:
        frames: in the order of time, of one size.
    """

    def __init__(self, picture: Picture, frames: list[_Decoded]) -> None:
        self.frames = frames
        self._picture = picture
        self._views = [_View.of(picture, picture)]
        self._has_parts = False
        self._ms = np.array([frame.ms for frame in frames])
        self._compared = ComparedFrames.of([frame.grey for frame in frames])
        self._tried: list[int] = []  # places of frames
        self._laid: list[_Laid] = []
        self._whole = _frame_on_frame(self._views[0], frames[0].grey)

    def run(self, near: Sequence[FrameRange]) -> Moment | None:
        """Return the moment; None where the picture can be laid on no frame."""
        for each in near:
            place = int(np.abs(self._ms - each.frame_ms).argmin())
            if len(self._tried) < _FIRST_LAID and self._is_apart(place, _FIRST_APART_MS):
                self._lay(place)
        for _ in range(_MORE_LAID):
            differences = self._differences()
            if differences is None:
                return None
            again = (int(place) for place in np.argsort(differences, kind="stable"))
            apart = next((place for place in again if self._is_apart(place, _APART_MS)), None)
            if apart is None:
                break
            self._lay(apart)
        differences = self._differences()
        if differences is None:
            return None
        least = float(differences.min())
        alike = np.flatnonzero(differences <= (1 + _ALIKE) * least + _ALIKE_LEVELS)
        # Of frames that show the same, as a still does, the one that descriptors tell is as good as any.
        best = self.frames[int(alike[np.abs(self._ms[alike] - near[0].frame_ms).argmin()])]
        return Moment(best.frame, best.ms)

    def _is_apart(self, place: int, apart_ms: int) -> bool:
        """Return whether a frame is apart from all that the picture was laid on."""
        return all(abs(self._ms[place] - self._ms[tried]) >= apart_ms for tried in self._tried)

    def _lay(self, place: int) -> None:
        """Lay the picture on a frame; the first time also its parts, unless the whole of it convinces."""
        self._tried.append(place)
        grey = self.frames[place].grey
        pixels = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)
        frame = Seen(detect(pixels, OF_QUERY), pixels)
        laid = [each for view in self._views if (each := _lay(frame, view)) is not None]
        if not self._has_parts and not any(each.worth >= _CONVINCING for each in laid):
            self._has_parts = True
            parts = [_View.of(part, self._picture) for part in _parts(self._picture)]
            laid += [each for view in parts if (each := _lay(frame, view)) is not None]
            most = max((each.worth for each in laid), default=0.0)
            # What lies badly on this frame lies badly on the others.
            good = [each.view for each in laid if each.worth >= _AS_GOOD * most]
            self._views = good if most >= WORTH_TELLING else [*self._views, *parts]
        if laid:
            best = max(laid, key=lambda each: each.worth)
            self._laid.append(best)

    def _differences(self) -> NDArray[np.float32] | None:
        """Return by how much each frame differs from the picture, by the map that lays it best; None without maps."""
        most = max((laid.worth for laid in self._laid), default=0.0)
        if most < WORTH_TELLING:
            return None
        good = [laid for laid in self._laid if laid.worth >= _AS_GOOD * most]
        widest = max(laid.covers for laid in good)
        found = []
        for laid in [*good, *self._whole]:
            differences = self._compared.differences(laid.view.grey, laid.matrix)
            if differences is not None:
                # Of a camera that pans, an other frame shows a part of the same just as well: what it lacks counts.
                covered = min(1.0, laid.covers / widest)
                found.append(covered * differences + (1 - covered) * _NOT_THERE)
        return np.asarray(np.min(found, axis=0), np.float32) if found else None


def _frame_on_frame(view: _View, frame: Grey) -> list[_Laid]:
    """Return how a picture lies on frames if it is one of them, scaled or mirrored at most; none of another shape.

    What local features tell is off by a little, by which one frame and the next differ less.
    """
    (height, width), (frame_height, frame_width) = view.grey.shape, frame.shape
    if abs(np.log(width * frame_height / (height * frame_width))) > _SAME_SHAPE:
        return []
    plain = scaling(width / frame_width, height / frame_height)
    mirror = np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]], np.float64)
    return [_Laid(view, matrix, worth=1.0, covers=1.0) for matrix in (plain, mirror @ plain)]


def _lay(frame: Seen, view: _View) -> _Laid | None:
    """Return how a picture lies on a frame; None where no map is found."""
    best = best_of(try_maps(frame, view.seen, propose(frame.keypoints, view.seen.keypoints)))
    if best is None:
        return None
    matrix = best.overlay.matrix
    placed = project(matrix, _corners(frame.pixels)).astype(np.float32)
    area, _ = cv2.intersectConvexConvex(placed, _corners(view.seen.pixels).astype(np.float32))
    return _Laid(view, matrix, best.worth, area * view.share) if area > 0 else None


def _corners(pixels: Picture) -> NDArray[np.float64]:
    """Return the corners of a picture in px, (4, 2), around it."""
    height, width = pixels.shape[:2]
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - 0.5


def _parts(picture: Picture) -> Iterator[Picture]:
    """Yield the parts of a picture that straight edges frame, the surest first."""
    height, width = picture.shape[:2]
    boxes = find_frames(make_preview(picture, _SIDE_PX), least_px=_LEAST_PART_PX)
    for box in boxes[:_PARTS]:
        part = picture[
            round(box.top * height) : round(box.bottom * height), round(box.left * width) : round(box.right * width)
        ]
        yield np.ascontiguousarray(part)


def _grey(pixels: Picture) -> Grey:
    """Return the luminance of a picture."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
