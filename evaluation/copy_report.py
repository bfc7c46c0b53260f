"""What a search of edited copies found, for people and for programs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from evaluation.attacks import Edit
from evaluation.markdown import percent, table, three

PAGE = "screenshot_page"
"""The edit in which a picture fills a tenth of a page."""


@dataclass(frozen=True, slots=True)
class EditResult:
    """How well the copies made by one edit are found, by method.

    Attributes:
        edit: the edit.
        recall_at_1: share of the copies whose original is the nearest of the whole base, 0..1.
        recall_at_90: share of the copies found by the lowest threshold at which 90 % of what is found is right, 0..1.
    """

    edit: Edit
    recall_at_1: Mapping[str, float]
    recall_at_90: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class CopyReport:
    """Recall of edited copies, by edit and method.

    Attributes:
        results: one an edit, in the order of the grid.
        micro_ap: by method, over the answers to all copies pooled, so that scores must agree between queries too.
        micro_ap_normalised: likewise, each copy's scores less the mean of those of its nearest background pictures;
            empty where there is no background.
        pooled_recall_at_90, pooled_recall_at_90_normalised: likewise, recall at 90 % precision with one threshold for
            all edits.
        originals: pictures that were edited.
        base_size: pictures searched, the originals among them.
        background: pictures of the base that scores were normalised by; 0: they were not.
        seed: of the edits.
        seconds: the whole measurement took.
        known_copies: names of originals and of pictures of the base that are copies of them as they come, in pairs;
            an answer with either is right. None: nobody looked for them.
    """

    results: tuple[EditResult, ...]
    micro_ap: Mapping[str, float]
    micro_ap_normalised: Mapping[str, float]
    pooled_recall_at_90: Mapping[str, float]
    pooled_recall_at_90_normalised: Mapping[str, float]
    originals: int
    base_size: int
    background: int
    seed: int
    seconds: float
    known_copies: tuple[tuple[str, str], ...] | None = None

    @property
    def recall_at_1(self) -> Mapping[str, float]:
        """Mean over the edits, by method."""
        return {name: float(np.mean([result.recall_at_1[name] for result in self.results])) for name in self.micro_ap}

    @property
    def recall_at_1_without_page(self) -> Mapping[str, float]:
        """Mean over the edits but the screenshot of a page, which a search of regions is for; empty without it."""
        others = [result for result in self.results if result.edit.name != PAGE]
        if len(others) in {0, len(self.results)}:
            return {}
        return {name: float(np.mean([result.recall_at_1[name] for result in others])) for name in self.micro_ap}

    def naming(self, known_copies: tuple[tuple[str, str], ...]) -> "CopyReport":
        """Return the report with the names of what counted as right besides the originals."""
        return replace(self, known_copies=known_copies)

    def to_record(self) -> dict[str, object]:
        """Return the report as plain JSON values, recall as shares."""
        return {
            "edits": {result.edit.name: [result.edit.family, result.edit.intensity] for result in self.results},
            "recall_at_1": {result.edit.name: dict(result.recall_at_1) for result in self.results},
            "recall_at_90_precision": {result.edit.name: dict(result.recall_at_90) for result in self.results},
            "mean_recall_at_1": dict(self.recall_at_1),
            "mean_recall_at_1_without_page": dict(self.recall_at_1_without_page),
            "micro_ap": dict(self.micro_ap),
            "micro_ap_normalised": dict(self.micro_ap_normalised),
            "pooled_recall_at_90_precision": dict(self.pooled_recall_at_90),
            "pooled_recall_at_90_precision_normalised": dict(self.pooled_recall_at_90_normalised),
            "originals": self.originals,
            "base_size": self.base_size,
            "background": self.background,
            "seed": self.seed,
            "seconds": round(self.seconds, 1),
            "known_copies": None if self.known_copies is None else [list(pair) for pair in self.known_copies],
        }

    def to_markdown(self) -> str:
        """Return the report as Markdown: recall@1 with µAP, recall at 90 % precision, known copies."""
        names = list(self.micro_ap)
        heads = ["edit", "intensity", *names]
        measured = (
            f"Recall@1 in % of {self.originals:,} originals for each edit among {self.base_size:,} pictures "
            f"(seed {self.seed}, {self.seconds:.0f} s)."
        )
        lines = [
            measured,
            "",
            *table(heads, [*self._rows("recall_at_1"), *self._last_rows()], words=2),
            "",
            "Recall in % at 90 % precision, with a threshold for each edit, and with one for all.",
            "",
            *table(heads, [*self._rows("recall_at_90"), *self._pooled_rows()], words=2),
        ]
        if self.background:
            normalised = (
                "Normalised: each copy's scores less the mean of those of the three nearest of "
                f"{self.background:,} background pictures, which are part of the base and hold no original and no copy "
                "of one."
            )
            lines += ["", normalised]
        if self.known_copies is not None:
            lines += [
                "",
                f"Known copies of originals in the base, counted as right: {len(self.known_copies)}.",
                *(f"- {original} = {other}" for original, other in self.known_copies),
            ]
        return "\n".join(lines)

    def _rows(self, figure: str) -> list[list[str]]:
        """Return a row an edit of one figure of its results."""
        return [
            [result.edit.name, result.edit.intensity, *map(percent, getattr(result, figure).values())]
            for result in self.results
        ]

    def _last_rows(self) -> list[list[str]]:
        rows = [
            ["**all**", "mean of the edits", *[percent(self.recall_at_1[name]) for name in self.micro_ap]],
            ["**µAP**", "all copies pooled", *[three(value) for value in self.micro_ap.values()]],
        ]
        if without := self.recall_at_1_without_page:
            rows.insert(1, ["**all**", f"without {PAGE}", *map(percent, without.values())])
        if self.background:
            rows.append(["**µAP**", "normalised", *[three(value) for value in self.micro_ap_normalised.values()]])
        return rows

    def _pooled_rows(self) -> list[list[str]]:
        rows = [["**all**", "all copies pooled", *[percent(value) for value in self.pooled_recall_at_90.values()]]]
        if self.background:
            values = self.pooled_recall_at_90_normalised.values()
            rows.append(["**all**", "normalised", *[percent(value) for value in values]])
        return rows
