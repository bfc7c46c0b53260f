"""What people decided of pairs, as a calibration learns from it: the measures kept with each decision, and a weight."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import log1p
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from data.decisions import Decisions
from errors import BadInput
from evaluation.calibration_pairs import MeasuredPairs
from search.answer import Verdict
from search.confidence import METHOD
from search.decision_report import evidence_export

MOST_DECISIONS = 100_000
"""On pairs, that are learnt from at once."""
MOST_LINE_BYTES = 32_000
"""Of an export, which keeps at most 8,000 characters of evidence a line."""
METHOD_BEFORE_IT_WAS_KEPT = "sift-40-1 cells-1 confidence-1"
"""How pairs were judged while decisions did not say so."""
_SHA256 = r"^[0-9a-f]{64}$"
_COPIES = frozenset(verdict.value for verdict in Verdict if verdict.is_copy)


class _Kept(BaseModel):
    """A part of what was kept; what is not weighed is passed over."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class _Map(_Kept):
    inliers: int = Field(ge=0)
    of: int = Field(ge=0)
    is_best: bool


class _Features(_Kept):
    features: int = Field(ge=0)


class _Evidence(_Kept):
    """See search.decide.pair_evidence."""

    model_id: str = Field(pattern=_SHA256)
    method: str = METHOD_BEFORE_IT_WAS_KEPT
    shown: str | None
    copy_score: float | None = Field(ge=-1.001, le=1.001)
    is_same_file: bool
    is_same_pixels: bool
    agreement_share: float | None = Field(ge=0, le=1)
    cells: int | None = Field(ge=0)
    maps: tuple[_Map, ...]
    query: _Features
    picture: _Features


class DecidedPair(_Kept):
    """A line of `decide export --evidence`."""

    is_copy: bool
    decided_at: AwareDatetime
    query_sha256: str = Field(pattern=_SHA256)
    picture_sha256: str = Field(pattern=_SHA256)
    evidence: _Evidence

    @property
    def pair(self) -> frozenset[str]:
        """The two pictures, whichever was searched with."""
        return frozenset((self.query_sha256, self.picture_sha256))

    def measures(self) -> tuple[float, float, float, float]:
        """Return what is weighed, in the order of `calibration_pairs.MEASURES`; see search.confidence.PairEvidence."""
        kept = self.evidence
        best = next((one for one in kept.maps if one.is_best), None)
        if kept.agreement_share is None or kept.cells is None or best is None:
            return kept.copy_score or 0.0, 0.0, 0.0, 0.0
        return kept.copy_score or 0.0, kept.agreement_share, best.inliers / max(best.of, 1), log1p(kept.cells)

    @property
    def is_laid(self) -> bool:
        """Whether geometry had something of both to look at."""
        return bool(self.evidence.maps) or min(self.evidence.query.features, self.evidence.picture.features) > 0


@dataclass(frozen=True, slots=True)
class DecidedPairs:
    """Decisions that can be learnt from.

    Attributes:
        pairs: measured; of one group where they share pictures, over however many steps.
        newest: when the last of them was taken; None where there is none.
        left_out: why others cannot be learnt from, and how many.
    """

    pairs: MeasuredPairs
    newest: datetime | None
    left_out: dict[str, int]


def parse_lines(lines: Iterable[str], where: str) -> Iterator[DecidedPair]:
    """Yield the decisions of an export.

    Args:
        lines: as `decide export --evidence` writes them.
        where: they come from, for the message.
    Raises:
        BadInput: a line is none, or there are too many.
    """
    remedy = "Write such a file with `python3 index.py decide export --evidence -o pairs.jsonl`."
    for number, line in enumerate(lines, start=1):
        if number > MOST_DECISIONS:
            raise BadInput(f"expected at most {MOST_DECISIONS:,} decisions on pairs in {where}; there are more")
        try:
            yield DecidedPair.model_validate_json(line)
        except ValidationError as exc:
            first = exc.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise BadInput(
                f"expected what was measured of a decision in line {number:,} of {where}; "
                f"received {first['msg']}{f' ({place})' if place else ''}",
                remedy=remedy,
            ) from exc


def read_export(path: Path) -> Iterator[DecidedPair]:
    """Yield the decisions that a file holds.

    Raises:
        BadInput: it cannot be read, or a line of it is no decision.
    """
    try:
        with path.open("rb") as file:
            yield from parse_lines(_bounded_lines(file, path), str(path))
    except OSError as exc:
        raise BadInput(f"expected decisions in {path}; received {exc.strerror}") from exc


def read_catalogue(decisions: Decisions, left_out: Counter[str]) -> Iterator[DecidedPair]:
    """Yield what stands on pairs of a catalogue, and count what else stands and cannot be learnt from."""
    rules = decisions.count(scope="source") + decisions.count(scope="collection")
    if rules:
        left_out["on places and collections: they say whose copies are, not what two pictures show"] += rules
    unmeasured = decisions.count(scope="pair")
    for one in parse_lines(evidence_export(decisions.history()), "the catalogue"):
        unmeasured -= 1
        yield one
    if unmeasured > 0:
        left_out["without anything measured"] += unmeasured


def learnable(
    decisions: Iterable[DecidedPair], *, model_id: str, per_search: float, left_out: Counter[str] | None = None
) -> DecidedPairs:
    """Return what can be learnt from decisions.

    A decision counts as much as a search of the sample, that is as the pairs that one gave; those on the hits of one
    query share that, as they are no more independent than the candidates of a search. Of two on one pair the later
    counts. Equal files and pixels teach nothing, and what another model or method measured is not comparable.

    Args:
        decisions: on pairs.
        model_id: of the model whose calibration learns.
        per_search: pairs that a search of the sample gave.
        left_out: what whoever reads them leaves out, once all are read; it is added to.
    """
    newest: dict[frozenset[str], DecidedPair] = {}
    left_out = Counter() if left_out is None else left_out
    for one in decisions:
        if (known := newest.get(one.pair)) is not None:
            left_out["decided anew since, or twice"] += 1
            if known.decided_at >= one.decided_at:
                continue
        newest[one.pair] = one
    kept: list[DecidedPair] = []
    for one in newest.values():
        if one.evidence.is_same_file or one.evidence.is_same_pixels:
            left_out["equal files or pixels, which are certain"] += 1
        elif (one.evidence.model_id, one.evidence.method) != (model_id, METHOD):
            left_out["measured by another model or method"] += 1
        elif one.evidence.copy_score is None:
            left_out["without a score of the descriptors"] += 1
        else:
            kept.append(one)
    asked = Counter(one.query_sha256 for one in kept)
    pairs = MeasuredPairs(
        measures=np.array([one.measures() for one in kept], np.float32).reshape(-1, 4),
        is_laid=np.array([one.is_laid for one in kept], bool),
        is_shown=np.array([one.evidence.shown in _COPIES for one in kept], bool),
        is_copy=np.array([one.is_copy for one in kept], bool),
        group=_groups(kept),
        weight=np.array([per_search / asked[one.query_sha256] for one in kept], np.float64),
    )
    return DecidedPairs(pairs, max((one.decided_at for one in kept), default=None), dict(left_out))


def _groups(decisions: Iterable[DecidedPair]) -> NDArray[np.int64]:
    """Return a number for each decision, equal where pictures lead from one to the other."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while (above := parent.setdefault(name, name)) != name:
            parent[name] = parent[above]  # half the way to the top, for the next who asks
            name = parent[name]
        return name

    listed = list(decisions)
    for one in listed:
        parent[root(one.query_sha256)] = root(one.picture_sha256)
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(root(one.query_sha256), len(numbers)) for one in listed], np.int64)


def _bounded_lines(file: BinaryIO, path: Path) -> Iterator[str]:
    """Yield lines that are not empty, none of them longer than what an export writes."""
    while line := file.readline(MOST_LINE_BYTES + 1):
        if len(line) > MOST_LINE_BYTES:
            raise BadInput(f"expected lines of at most {MOST_LINE_BYTES:,} bytes in {path}; received a longer one")
        if line.strip():
            yield line.decode("utf-8", errors="replace")
