"""Are people found by their faces? Whole pictures, crops, aligned crops and the descriptor of faces, side by side."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from errors import BadInput, PictureError, SourceUnreadable
from evaluation.identification import Estimate, Identification, Ranked, difference, estimate, identify, rank, roc
from evaluation.markdown import percent, table, three
from feature_extractor.decode import decode
from feature_extractor.descriptors import Extractor
from feature_extractor.faces.alignment import SIDE_PX, align
from feature_extractor.faces.describer import FaceDescriber
from feature_extractor.faces.detector import Face, FaceDetector
from feature_extractor.picture import Limits, Picture
from feature_extractor.preprocess import INPUT_SIDE, preprocess
from feature_extractor.training.face_descriptor import central_face
from feature_extractor.training.face_people import FacePicture, read_face_pictures
from search.vector_index.contract import IndexIdentity
from search.vector_index.lsh import LSHIndex

VIEWS = ("whole", "crop", "aligned")
FACE = "face descriptor"
"""Of the aligned crop, by the network that `faces add` describes with."""
SEED = 20160424
_LIMITS = Limits(max_bytes=16 * 2**20, max_pixels=64_000_000)
_NEAREST = 20
_FEWEST = 10


@dataclass(frozen=True, slots=True)
class FaceReport:
    """What was measured.

    Attributes:
        pictures, people: of the whole folder.
        detected: share of the pictures in which a face lies over the centre; with an interval over people.
        asked, asked_people: queries, and whose they are: of people that nothing was learnt from.
        among: pictures that each is asked among, itself too.
        best_at_5: the precision at 5 that knowing everything would reach, as many have fewer than five others.
        figures: by method and view, such as 'similar, crop'.
        gains: what a method finds more than another, in mAP and precision at 5, pairs of names joined by ' over '.
        curves: by method: shares of false and of right pairs above thresholds.
        index_agreement: share of the 20 nearest by Euclidean distance that the index returns.
        index_is_exact: whether it scored everything to get there.
        model_id: of the network that describes faces.
    """

    pictures: int
    people: int
    detected: Estimate
    asked: int
    asked_people: int
    among: int
    best_at_5: float
    figures: Mapping[str, Identification]
    gains: Mapping[str, Mapping[str, Estimate]]
    curves: Mapping[str, tuple[list[float], list[float]]]
    index_agreement: float
    index_is_exact: bool
    model_id: str

    def to_record(self) -> dict[str, object]:
        """Return the report as plain JSON values."""
        return asdict(self)

    def to_markdown(self) -> str:
        """Return the figures as tables."""
        told = (
            f"{self.pictures:,} pictures of {self.people:,} people; the face in the middle of the picture is found in "
            f"{_in_percent(self.detected)} % of them. Asked: {self.asked:,} pictures of {self.asked_people} people "
            f"that nothing was learnt from, each among {self.among - 1:,} others. Intervals hold 95 % of "
            "resamples of the people."
        )
        ceiling = (
            f"P@5 of one who knows everything: {three(self.best_at_5)}, as not everybody has five other pictures; P@k: "
            "k is as many as there are right ones."
        )
        lines = [
            told,
            "",
            *table(
                ["descriptor, view", "P@1", "P@5", "P@k", "mAP", "AUC", "found at 1 % false"],
                [
                    [
                        name,
                        *(
                            _with_interval(one)
                            for one in (
                                found.precision_at_1,
                                found.precision_at_5,
                                found.precision_at_all,
                                found.mean_average_precision,
                                found.auc,
                            )
                        ),
                        f"{percent(found.found_at_1_percent)} %",
                    ]
                    for name, found in self.figures.items()
                ],
            ),
            "",
            ceiling,
            "",
            "What one finds more than the other, person by person:",
            "",
            *table(
                ["", "mAP", "P@5"],
                [
                    [name, *(_with_interval(gain[words], sign="+") for words in ("mAP", "P@5"))]
                    for name, gain in self.gains.items()
                ],
            ),
            "",
            f"Of the 20 nearest by Euclidean distance the index returns {percent(self.index_agreement)} %"
            + (
                "; it scores everything while faces are so few, and keeps them as float16."
                if self.index_is_exact
                else "."
            ),
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A picture of a person that is measured: its three views, and the face as the descriptor of faces takes it."""

    person: str
    views: Mapping[str, Picture]
    face: Picture


def measure_faces(
    folder: Path,
    extractor: Extractor,
    detector: FaceDetector,
    describer: FaceDescriber,
    *,
    seed: int = SEED,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> FaceReport:
    """Find the faces of all pictures of a folder like LFW, and ask for each picture of the people that are measured.

    The face of a picture is the one nearest to its centre; where none is found, the middle of the picture stands for
    it. Each picture is asked for among all others of people that are measured, those who have one picture too.

    Args:
        folder: as `read_face_pictures` reads it.
        extractor: the model that describes pictures.
        detector, describer: what `faces add` uses.
        seed: of the resamples.
        on_progress: called with the number of pictures done and in all.
    Raises:
        BadInput: too few people are measured.
        SourceUnreadable: the pictures cannot be read.
    """
    pictures = read_face_pictures(folder)
    seen: list[_Seen] = []
    hits: dict[str, list[bool]] = {}
    for number, one in enumerate(pictures, start=1):
        pixels = _read(one)
        height, width = pixels.shape[:2]
        face = central_face(detector.find(pixels), width, height)
        hits.setdefault(one.person, []).append(face is not None and _covers_centre(face, width, height))
        if one.is_test:
            aligned = preprocess(_middle_of(pixels), SIDE_PX) if face is None else align(pixels, face.landmarks)
            seen.append(_Seen(one.person, _views_of(pixels, face), aligned))
        on_progress(number, len(pictures))
    people = [one.person for one in seen]
    counts = {person: people.count(person) for person in people}
    asked = [person for person in people if counts[person] > 1]
    if len(set(asked)) < _FEWEST:
        raise BadInput(f"expected {_FEWEST} people with two pictures or more to measure; received {len(set(asked))}")

    described = _describe(seen, extractor, describer)
    ranked = {name: rank(vectors, people) for name, vectors in described.items()}
    agreement, is_exact = _compare_index(described[FACE], describer)
    return FaceReport(
        pictures=len(pictures),
        people=len(hits),
        detected=estimate(np.array([np.mean(each) for each in hits.values()]), seed=seed),
        asked=len(asked),
        asked_people=len(set(asked)),
        among=len(people),
        best_at_5=float(np.mean([min(5, counts[person] - 1) / 5 for person in dict.fromkeys(asked)])),
        figures={name: identify(one, seed=seed) for name, one in ranked.items()},
        gains=_gains(ranked, seed=seed),
        curves={name: _listed(roc(ranked[name])) for name in (*(f"similar, {view}" for view in VIEWS), FACE)},
        index_agreement=agreement,
        index_is_exact=is_exact,
        model_id=describer.model_id,
    )


def _read(one: FacePicture) -> Picture:
    try:
        return decode(one.path.read_bytes(), _LIMITS).pixels
    except (OSError, PictureError) as exc:
        raise SourceUnreadable(f"{one.path.name}: {exc}") from exc


def _covers_centre(face: Face, width: int, height: int) -> bool:
    left, top, right, bottom = face.box
    return left <= width / 2 <= right and top <= height / 2 <= bottom


def _views_of(picture: Picture, face: Face | None) -> dict[str, Picture]:
    """Return the whole picture, its face cut out and its face aligned, as the networks take them."""
    if face is None:
        middle = preprocess(_middle_of(picture))
        return {"whole": preprocess(picture), "crop": middle, "aligned": middle}
    left, top, right, bottom = (round(edge) for edge in face.box)
    crop = np.ascontiguousarray(picture[top : bottom + 1, left : right + 1])
    return {
        "whole": preprocess(picture),
        "crop": preprocess(crop),
        "aligned": align(picture, face.landmarks, INPUT_SIDE),
    }


def _middle_of(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    return np.ascontiguousarray(picture[height // 4 : height - height // 4, width // 4 : width - width // 4])


def _describe(seen: Sequence[_Seen], extractor: Extractor, describer: FaceDescriber) -> dict[str, NDArray[np.float32]]:
    described: dict[str, NDArray[np.float32]] = {}
    for view in VIEWS:
        told = extractor.describe([one.views[view] for one in seen])
        described[f"similar, {view}"] = told.similar
        described[f"copy, {view}"] = told.copy
    described = {name: described[name] for name in sorted(described, key=lambda name: name.split(",")[0], reverse=True)}
    described[FACE] = describer.describe([one.face for one in seen])
    return described


def _gains(ranked: Mapping[str, Ranked], *, seed: int) -> dict[str, dict[str, Estimate]]:
    pairs = (
        ("similar, crop", "similar, whole"),
        ("similar, aligned", "similar, crop"),
        ("similar, aligned", "similar, whole"),
        (FACE, "similar, aligned"),
        (FACE, "similar, whole"),
    )
    return {
        f"{one} over {other}": {
            words: difference(ranked[one], ranked[other], name, seed=seed)
            for words, name in (("mAP", "ap"), ("P@5", "at_5"))
        }
        for one, other in pairs
    }


def _compare_index(vectors: NDArray[np.float32], describer: FaceDescriber) -> tuple[float, bool]:
    """Return which share of the nearest by Euclidean distance the index that serves finds, and whether it is exact."""
    index = LSHIndex(IndexIdentity(describer.model_id, "face", describer.dim))
    index.add(np.arange(len(vectors), dtype=np.int64), vectors)
    found = index.search(vectors, _NEAREST)
    shares = []
    for row, vector in enumerate(vectors):
        nearest = np.argsort(np.linalg.norm(vectors - vector, axis=1), kind="stable")[:_NEAREST]
        shares.append(len(set(nearest.tolist()) & set(found.ids[row].tolist())) / len(nearest))
    return float(np.mean(shares)), found.report.exact


def _listed(curve: tuple[NDArray[np.float64], NDArray[np.float64]]) -> tuple[list[float], list[float]]:
    false_share, found = curve
    return false_share.round(6).tolist(), found.round(6).tolist()


def _with_interval(one: Estimate, sign: str = "") -> str:
    shown = (f"{value:{sign}.3f}" for value in (one.value, one.low, one.high))
    value, low, high = shown
    return f"{value} ({low} to {high})"


def _in_percent(one: Estimate) -> str:
    return f"{percent(one.value)} ({percent(one.low)} to {percent(one.high)})"
