"""What an engine said of edited copies and of strangers, for people and for programs."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from errors import BadInput
from evaluation.edit_truth import KEPT_SHARE, ROTATION_DEG
from evaluation.markdown import percent, table, three
from evaluation.reliability import BINS, Reliability
from search.answer import Verdict

ABSENT = "absent"
"""In place of a verdict: the answer does not show the original at all."""
_PROVEN = frozenset(verdict.value for verdict in Verdict if verdict.is_proven)


@dataclass(frozen=True, slots=True)
class EditVerdicts:
    """What was said of the copies that one edit made; everything but the names is a number of copies.

    Attributes:
        edit, family, intensity: as in evaluation.attacks.Edit.
        copies: that were searched with.
        verdicts: on the original, or on a known copy of it if that is surer: the value of a Verdict, or ABSENT.
        first: no picture that the copy does not contain stands before the original among the copies of the answer.
        judged: the original itself is proven, so that a transform is told.
        rotation_judged: of these, those whose edit turns by one angle.
        mirrored_right, rotation_right, kept_right: of these, told right.
        transform_right: of these, all that can be judged is told right.
        wrong: at least one picture is said to be proven that the copy does not contain.
        in_part: a part of the copy alone led to the original. Reports of before there were such searches lack it.
    """

    edit: str
    family: str
    intensity: str
    copies: int
    verdicts: Mapping[str, int]
    first: int
    judged: int
    mirrored_right: int
    rotation_right: int
    rotation_judged: int
    kept_right: int
    transform_right: int
    wrong: int
    in_part: int = 0

    @property
    def confirmed(self) -> int:
        """Copies whose original is proven."""
        return sum(number for verdict, number in self.verdicts.items() if verdict in _PROVEN)

    @property
    def probable(self) -> int:
        """Copies whose original is called a copy, and not proven."""
        return self.verdicts.get(Verdict.UNCONFIRMED.value, 0)


@dataclass(frozen=True, slots=True)
class StrangerVerdicts:
    """What was said of pictures of one kind whose copies, they themselves among them, count as not being there.

    Attributes:
        kind: set and folder.
        searched: how many there are.
        examined: of these, those where geometry looked at what was nearest.
        probable: something is called a copy, and nothing proven.
        wrong: something is said to be proven.
        parted: parts of it were searched too. Reports of before there were such searches lack it.
    """

    kind: str
    searched: int
    examined: int
    probable: int
    wrong: int
    parted: int = 0


@dataclass(frozen=True, slots=True)
class PeerVerdicts:
    """What another method alone says of the same queries.

    Attributes:
        name: of the method.
        most: distance up to which it speaks of a copy.
        found: by edit, copies whose original is within that distance.
        first: by edit, copies whose original is nearest, however far; one as near that is no copy counts against it.
        claimed: strangers of which it calls something a copy.
    """

    name: str
    most: float
    found: Mapping[str, int]
    first: Mapping[str, int]
    claimed: int


@dataclass(frozen=True, slots=True)
class WrongClaim:
    """A picture that an answer called a proven copy, and that the query does not contain as far as anyone knows.

    Attributes:
        query: name of the picture, before it was edited.
        edit: that made the query; '' where it is a stranger, as it came.
        claimed: name of the picture of the sample, or id and place of another one of the catalogue.
        verdict, score: of the hit.
        agreement, inliers: of its proof; None where it has none.
    """

    query: str
    edit: str
    claimed: str
    verdict: str
    score: float
    agreement: float | None
    inliers: int | None


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of searches, all steps together and that of geometry alone; making the queries is not among them."""

    searches: int
    median_ms: float
    p99_ms: float
    geometry_median_ms: float
    geometry_p99_ms: float

    @classmethod
    def of(cls, steps_ms: Sequence[Mapping[str, float]]) -> "Times":
        """Return them for the steps of at least one search."""
        total = [sum(steps.values()) for steps in steps_ms]
        geometry = [steps["geometry"] for steps in steps_ms]
        return cls(len(steps_ms), *_middle_and_slowest(total), *_middle_and_slowest(geometry))


def _middle_and_slowest(values: Sequence[float]) -> tuple[float, float]:
    return float(np.median(values)), float(np.percentile(values, 99))


@dataclass(frozen=True, slots=True)
class VerdictReport:
    """What an engine says, end to end.

    Attributes:
        edits: one each, in the order of the grid.
        strangers: one a kind.
        wrong: claims of both, those on copies first.
        copy_times, stranger_times: of their searches.
        originals: pictures that were edited.
        others: pictures of the catalogue that compositions were made with; saying so of a copy is right.
        catalogue: pictures that were searched.
        model_id: of the model that described them.
        seed: of every choice; the edits have their own.
        seconds: the whole measurement took.
        reliability: how the probabilities come true that were told of hits that are called copies: of 'all', and by
            verdict; equal files and pixels are not among them. Empty where no calibration was at hand.
        peers: other methods, asked the same.
        known_copies: names of pictures that were searched with and of others that are copies of them as they come.
    """

    edits: tuple[EditVerdicts, ...]
    strangers: tuple[StrangerVerdicts, ...]
    wrong: tuple[WrongClaim, ...]
    copy_times: Times
    stranger_times: Times
    originals: int
    others: int
    catalogue: int
    model_id: str
    seed: int
    seconds: float
    known_copies: tuple[tuple[str, str], ...]
    reliability: Mapping[str, Reliability] = field(default_factory=dict)
    peers: tuple[PeerVerdicts, ...] = ()

    @classmethod
    def from_record(cls, record: object) -> "VerdictReport":
        """Return the report that was written as such a record.

        Raises:
            BadInput: it is no such record.
        """
        try:
            return TypeAdapter(cls).validate_python(record)
        except ValidationError as exc:
            raise BadInput(
                f"expected a report of `evaluate verdicts --json`; received {exc.error_count()} things that are not",
                remedy="Make it again with that command.",
            ) from exc

    @classmethod
    def read(cls, path: Path) -> "VerdictReport":
        """Return the report that a file holds.

        Raises:
            BadInput: it is no such report.
        """
        try:
            return cls.from_record(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as exc:
            raise BadInput(f"expected what `evaluate verdicts --json` printed in {path}; received {exc!r}") from exc

    def to_record(self) -> dict[str, Any]:
        """Return the report as plain JSON values: counts, milliseconds, names."""
        return asdict(self)

    def to_markdown(self) -> str:
        """Return the report as Markdown: copies by edit, strangers by kind, times, what was claimed wrongly."""
        parts = (self._copies(), self._strangers(), self._peers(), self._reliability(), self._times(), self._wrong())
        return "\n\n".join(text for part in parts if (text := "\n".join(part)))

    def _copies(self) -> Iterator[str]:
        measured = (
            f"Verdicts in % of {self.originals:,} originals for each edit, searched among {self.catalogue:,} pictures "
            f"(model {self.model_id[:12]}, seed {self.seed}, {self.seconds:.0f} s): the original is proven; it is "
            "called a copy and not proven; it stands first; a part of the copy alone led to it; another picture is "
            "said to be proven. Of the proven, told "
            f"right: mirrored or not, rotation within {ROTATION_DEG:g}°, area kept within {KEPT_SHARE:.2f} of the "
            "whole, all three; and all three of all copies."
        )
        heads = ["edit", "intensity", "proven", "probable", "first", "in part", "wrong"]
        heads += ["mirrored", "rotation", "kept", "all three", "of all"]
        rows = [[one.edit, one.intensity, *_shares([one])] for one in self.edits]
        rows.append(["**all**", "all copies pooled", *_shares(self.edits)])
        yield from (measured, "", *table(heads, rows, words=2))

    def _strangers(self) -> Iterator[str]:
        yield "Pictures whose copies do not count as being there: examined, searched by parts, and called copies."
        yield ""
        rows = [_stranger_cells(one.kind, [one]) for one in self.strangers]
        rows.append(_stranger_cells("**all**", self.strangers))
        yield from table(["strangers", "searched", "examined, %", "by parts, %", "probable", "wrong"], rows)

    def _peers(self) -> Iterator[str]:
        if not self.peers:
            return
        within = ", ".join(f"{one.name} within {one.most:g}" for one in self.peers)
        yield (
            f"The same queries by other methods alone ({within}): copies called so, in %; of all, those whose original "
            "comes first; and strangers of which something is called a copy."
        )
        yield ""
        rows = []
        for one in self.edits:
            others = (_share(peer.found[one.edit], one.copies) for peer in self.peers)
            rows.append([one.edit, _share(one.confirmed, one.copies), *others])
        copies = sum(one.copies for one in self.edits)
        proven = _share(sum(one.confirmed for one in self.edits), copies)
        rows.append(["**all**", proven, *(_share(sum(peer.found.values()), copies) for peer in self.peers)])
        first = _share(sum(one.first for one in self.edits), copies)
        rows.append(["**first**", first, *(_share(sum(peer.first.values()), copies) for peer in self.peers)])
        wrong = sum(one.wrong for one in self.strangers)
        rows.append(["**strangers**, a number", f"{wrong:,}", *(f"{peer.claimed:,}" for peer in self.peers)])
        yield from table(["edit", "Retrace proves", *(peer.name for peer in self.peers)], rows)

    def _reliability(self) -> Iterator[str]:
        if not self.reliability:
            return
        yield (
            "How sure the engine was of what it calls a copy, and how often it was one: the expected calibration error "
            f"over at most {BINS} bins of equal numbers of hits, and the Brier score. Equal files and pixels are left "
            "out, as they are certain; a copy that nobody knows of counts as none."
        )
        yield ""
        rows = [
            [kind, f"{one.pairs:,}", percent(one.true), percent(_mean_told(one)), three(one.error), three(one.brier)]
            for kind, one in self.reliability.items()
        ]
        yield from table(["called", "hits", "copies, %", "told, %", "calibration error", "Brier"], rows)

    def _times(self) -> Iterator[str]:
        yield "Milliseconds of a search, all steps, and of its geometry alone."
        yield ""
        rows = [
            [
                name,
                f"{times.searches:,}",
                *(
                    f"{value:.1f}"
                    for value in (times.median_ms, times.p99_ms, times.geometry_median_ms, times.geometry_p99_ms)
                ),
            ]
            for name, times in (("copies", self.copy_times), ("strangers", self.stranger_times))
        ]
        heads = ["queries", "searches", "median", "p99", "geometry, median", "geometry, p99"]
        yield from table(heads, rows)

    def _wrong(self) -> Iterator[str]:
        yield f"Said to be proven wrongly: {len(self.wrong)}."
        for one in self.wrong:
            made = f" by {one.edit}" if one.edit else ""
            proof = "" if one.agreement is None else f", agreement {one.agreement:.2f}, {one.inliers} inliers"
            yield f"- {one.query}{made} → {one.claimed}: {one.verdict}, score {one.score:.2f}{proof}"
        if self.known_copies:
            yield ""
            yield f"Known copies among the pictures, counted as right: {len(self.known_copies)}."
            yield from (f"- {query} = {other}" for query, other in self.known_copies)


def _mean_told(reliability: Reliability) -> float:
    """Return the mean of the probabilities that were told."""
    return sum(one.pairs * one.told for one in reliability.bins) / reliability.pairs


def _shares(edits: Iterable[EditVerdicts]) -> list[str]:
    """Return the cells of a row over some edits, in percent."""
    chosen = tuple(edits)
    copies, judged = sum(one.copies for one in chosen), sum(one.judged for one in chosen)
    right = sum(one.transform_right for one in chosen)
    return [
        *(
            _share(sum(getattr(one, name) for one in chosen), copies)
            for name in ("confirmed", "probable", "first", "in_part", "wrong")
        ),
        _share(sum(one.mirrored_right for one in chosen), judged),
        _share(sum(one.rotation_right for one in chosen), sum(one.rotation_judged for one in chosen)),
        _share(sum(one.kept_right for one in chosen), judged),
        _share(right, judged),
        _share(right, copies),
    ]


def _stranger_cells(name: str, strangers: Iterable[StrangerVerdicts]) -> list[str]:
    chosen = tuple(strangers)
    searched = sum(one.searched for one in chosen)
    return [
        name,
        f"{searched:,}",
        _share(sum(one.examined for one in chosen), searched),
        _share(sum(one.parted for one in chosen), searched),
        f"{sum(one.probable for one in chosen):,}",
        f"{sum(one.wrong for one in chosen):,}",
    ]


def _share(part: int, whole: int) -> str:
    """Return a share in percent; a dash where there is nothing to take it of."""
    return percent(part / whole) if whole else "–"
