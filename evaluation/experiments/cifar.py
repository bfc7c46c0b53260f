"""The CIFAR-10 experiment: embed the train pictures, ask with unseen ones."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from PIL import Image

from errors import BadInput
from evaluation.attacks import GRID, Edit
from evaluation.experiments.class_folders import ClassPictures, find_pictures
from evaluation.experiments.cosine_overlap import Overlap, measure_overlap
from evaluation.experiments.embeddings import WORDS, Advance, Embedding, describe_all, describe_kept
from evaluation.experiments.index_trial import IndexTrial, try_indexes
from evaluation.experiments.label_agreement import (
    METRICS,
    NEIGHBOURS,
    Agreement,
    Classes,
    Metric,
    Places,
    measure_agreement,
    nearest,
)
from evaluation.experiments.machine import Machine, this_machine
from evaluation.experiments.reduction import DIMENSIONS, Reduction
from evaluation.report_file import read_report
from feature_extractor.backbones import Backbone, Features, scale_to_unit
from feature_extractor.picture import Picture
from search.vector_index.milvus.address import MilvusAddress

EDITED = 40
"""Pictures that are edited."""
ENLARGED_PX = 128
"""Shorter side of a picture before it is edited: the edits are made for 64 px and more."""
_SEED = 20170509
_OTHERS = 8
INDEX_DIM = 256
"""Length of the vectors that indexes are tried with, as of the descriptors they hold."""


@dataclass(frozen=True, slots=True)
class EmbeddingFigures:
    """How good the vectors of one output of one network are.

    Attributes:
        length: of a vector.
        by_metric: agreement by cosine, Euclidean distance and dot product, on the vectors as the network gives them.
        by_dimensions: precision at 10 by cosine after principal components learnt on the base.
        overlap: of cosines of pairs.
    """

    length: int
    by_metric: Mapping[Metric, Agreement]
    by_dimensions: Mapping[int, float]
    overlap: Overlap


@dataclass(frozen=True, slots=True)
class CifarReport:
    """What the experiment found.

    Attributes:
        base, queries: pictures searched among, and asked with.
        side_px: shorter side of the first picture asked with.
        edited: pictures that were edited, each by every edit.
        figures: by embedding, in the order measured.
        indexed: the embedding that the indexes were tried with.
        indexes: what each did.
        ms_a_picture: by network, of decoding and describing.
        absent: networks that are known and were not measured, with the reason.
        machine: where.
    """

    base: int
    queries: int
    side_px: int
    edited: int
    figures: Mapping[str, EmbeddingFigures]
    indexed: str
    indexes: tuple[IndexTrial, ...]
    ms_a_picture: Mapping[str, float]
    absent: Mapping[str, str]
    machine: Machine

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return what `write` wrote.

        Raises:
            BadInput: the file is no such report.
        """
        return read_report(cls, path, command="experiment cifar")

    def to_record(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def measure_cifar(
    backbones: Mapping[str, Backbone],
    folder: Path,
    cache: Path,
    *,
    absent: Mapping[str, str],
    milvus: MilvusAddress | None = None,
    edited: int = EDITED,
    edits: Sequence[Edit] = GRID,
    advance: Advance = lambda *_: None,
) -> CifarReport:
    """Embed the train part, ask with the unseen part, and compare networks, metrics, dimensions and indexes.

    Args:
        backbones: by the name that tables show; the indexes are tried with the first output of the first.
        folder: with `train` and `test`, folders or zip archives of a folder a class.
        cache: folder of what networks saw; it can be deleted at any time.
        absent: networks that cannot be measured here, with the reason.
        milvus: where the third index is; None: a file of Milvus Lite.
        edited: pictures that are edited.
        edits: what is done to each.
        advance: told of each pass.
    Raises:
        SourceUnreadable: the pictures cannot be read.
        BadInput: there are fewer than ten to search among.
    """
    base, asked = find_pictures(folder, "train"), find_pictures(folder, "test")
    if len(base.names) < NEIGHBOURS:
        raise BadInput(f"expected at least {NEIGHBOURS} pictures in {base.place}; received {len(base.names)}")
    edited = min(edited, len(asked.names))
    order = np.random.default_rng(_SEED).permutation(len(asked.names))  # the first of the queries are edited
    originals = _read_rows(asked, order[: edited + _OTHERS])
    embeddings: list[Embedding] = []
    times: dict[str, float] = {}
    for name, backbone in backbones.items():
        of_base = describe_kept(backbone, base, cache, advance=advance)
        of_asked = describe_kept(backbone, asked, cache, advance=advance)
        copies = _edited_copies(backbone, originals, edited, edits, advance)
        times[name] = of_base.ms_a_picture
        for output in of_base.outputs:
            queries = of_asked.outputs[output][order]
            embeddings.append(Embedding(f"{name} {WORDS[output]}", of_base.outputs[output], queries, copies[output]))
    classes = asked.classes[order]
    indexed = embeddings[0]
    reduction = Reduction.learn(indexed.base, INDEX_DIM)
    base_vectors, query_vectors = (
        scale_to_unit(reduction.apply(one, INDEX_DIM)) for one in (indexed.base, indexed.queries)
    )
    return CifarReport(
        base=len(base.names),
        queries=len(asked.names),
        side_px=min(originals[0].shape[:2]),
        edited=edited,
        figures={one.name: _measure(one, base.classes, classes, edits) for one in embeddings},
        indexed=f"{indexed.name}, {base_vectors.shape[1]} principal components",
        indexes=try_indexes(base_vectors, query_vectors, base.classes, classes, milvus=milvus),
        ms_a_picture=times,
        absent=absent,
        machine=this_machine(),
    )


def _measure(
    embedding: Embedding,
    kept: Classes,
    asked: Classes,
    edits: Sequence[Edit],
) -> EmbeddingFigures:
    by_metric = {
        metric: measure_agreement(nearest(embedding.queries, embedding.base, metric), asked, kept) for metric in METRICS
    }
    reduction = Reduction.learn(embedding.base, max(DIMENSIONS))
    by_dimensions = {}
    for dimensions in DIMENSIONS:
        if dimensions <= embedding.length:
            queries, base = (reduction.apply(one, dimensions) for one in (embedding.queries, embedding.base))
            found = measure_agreement(nearest(queries, base, "cosine"), asked, kept)
            by_dimensions[dimensions] = found.precision_at_10
    overlap = measure_overlap(embedding, asked, kept, tuple(edit.name for edit in edits))
    return EmbeddingFigures(embedding.length, by_metric, by_dimensions, overlap)


def _read_rows(pictures: ClassPictures, rows: Places) -> list[Picture]:
    """Return the pixels of some pictures, in the order of the rows."""
    names = tuple(pictures.names[row] for row in rows)
    return list(replace(pictures, names=names, classes=pictures.classes[rows]).read())


def _edited_copies(
    backbone: Backbone, pictures: Sequence[Picture], edited: int, edits: Sequence[Edit], advance: Advance
) -> dict[str, Features]:
    """Return what a network sees in edited copies of the first pictures, by output, (edits, edited, length)."""
    enlarged = [_enlarge(picture) for picture in pictures]
    copies = (
        edit.apply(enlarged[number], number, [one for place, one in enumerate(enlarged) if place != number])
        for edit in edits
        for number in range(edited)
    )
    found = describe_all(backbone, copies, total=len(edits) * edited, advance=advance)
    return {name: rows.reshape(len(edits), edited, -1) for name, rows in found.items()}


def _enlarge(picture: Picture) -> Picture:
    """Return a picture whose shorter side is ENLARGED_PX at least."""
    height, width = picture.shape[:2]
    scale = max(1.0, ENLARGED_PX / min(height, width))
    size = (round(width * scale), round(height * scale))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))
