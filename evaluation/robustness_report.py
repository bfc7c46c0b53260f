"""How robust an engine is on its owner's pictures, for people and for programs; the sentence that matters first."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from evaluation.attacks import edit_words
from evaluation.edit_truth import KEPT_SHARE, ROTATION_DEG
from evaluation.markdown import percent, table
from evaluation.reliability import Reliability
from evaluation.robustness_confidence import confidence_lines
from evaluation.verdict_report import EditVerdicts
from search.words import count

OWN = "Retrace"
HEADS = ("found", "proven", "first", "in part", "wrong", "told right")
"""What is told of each edit."""
_HIDES = 0.5
_HIDES_SOME = 0.9
_NAMED_AT_MOST = 8
_CLAIMS_AT_MOST = 20
"""Claims, and pictures left out, that lines for people name one by one."""


@dataclass(frozen=True, slots=True)
class Named:
    """A picture of the catalogue as its owner knows it.

    Attributes:
        name: title and place.
        mature: marked as such, and not to be shown unasked.
    """

    id: int
    name: str
    sha256: str
    mature: bool


@dataclass(frozen=True, slots=True)
class LeftOutPicture:
    """A picture that was drawn and could not be taken, and why."""

    picture: Named
    reason: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A picture that an answer called a copy, and that the query does not show as far as anyone knows.

    Attributes:
        query: what was searched with.
        edit: that was made of it; '' where it was searched as it is, while it itself was left out of the answer.
        claimed: what was called a copy.
        verdict, score: of the hit.
        agreement, inliers: of its proof; None where it has none.
    """

    query: Named
    edit: str
    claimed: Named
    verdict: str
    score: float
    agreement: float | None
    inliers: int | None


@dataclass(frozen=True, slots=True)
class HashCounts:
    """Copies that a hash finds: called a copy at its usual distance, and standing first whatever the distance."""

    found: int
    first: int


@dataclass(frozen=True, slots=True)
class EditRobustness:
    """What came of the copies that one edit made.

    Attributes:
        verdicts: what the engine said.
        hashes: by the name of each hash.
    """

    verdicts: EditVerdicts
    hashes: Mapping[str, HashCounts]

    @property
    def found(self) -> int:
        """Copies whose original is among the copies of the answer, proven or probable."""
        return self.verdicts.confirmed + self.verdicts.probable

    @property
    def share(self) -> float:
        """Share that is found, 0..1."""
        return self.found / self.verdicts.copies

    @property
    def words(self) -> str:
        """What the edit does, for people."""
        return f"{edit_words(self.verdicts.edit)}, {self.verdicts.intensity}"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What was in force.

    Attributes:
        copy_score: least cosine of a probable copy.
        similar_score: least cosine of a similar work.
        examined: pictures that geometry looks at in one search, at most.
        agrees: least share of cells that agree which proves a copy by itself.
        agrees_with_features: least sum of that share and of the local features in their places that proves one.
        least_confidence: of what geometry laid on a query without a proof, to be called a probable copy.
        calibrated_on: pairs that the confidence was fitted on; None where none is told.
        decisions: of people, that it learnt from.
        plain_under: PDQ quality, 0..100, under which a picture is too plain to judge.
        index_recall: least share of the true neighbours that the index told to expect; None where it told nothing.
        hash_bits: by the name of each hash, bits that may differ.
    """

    copy_score: float
    similar_score: float
    examined: int
    agrees: float
    agrees_with_features: float
    least_confidence: float
    calibrated_on: int | None
    decisions: int
    plain_under: int
    index_recall: float | None
    hash_bits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RobustnessReport:
    """What an engine says of edited copies of the pictures it holds.

    Attributes:
        edits: one each, in the order of the grid; at least one, each with at least one copy.
        pictures: that were edited, and searched with as they are.
        asked: pictures that were wanted.
        thumbnails: of the edited, those of which only the thumbnail was at hand.
        plain: of the edited, those too plain to judge.
        left_out: some of those drawn that could not be taken.
        left_out_count: all of them.
        others: pictures that compositions were made with.
        claims: some of what was called a copy of pictures as they are.
        proven, probable: pictures as they are of which a copy was said to be proven; of which one was called probable
            and none proven.
        parted: pictures as they are of which parts were searched too.
        reliability: how the confidence comes true, of copies and of pictures as they are; None where none was told.
        duplicated: pictures as they are of which known copies were found, which count as nothing.
        hash_claims: pictures of which a hash claims a copy, by the name of the hash.
        wrong: some of the pictures that were said to be proven and are not in an edited copy; `edits` counts all.
        catalogue: pictures that the engine searched.
        hashed: pictures that the hashes searched.
        thresholds: in force.
        model_id: of the model that described the pictures.
        made_at: ISO 8601, UTC.
        seed: of every choice; the edits have their own.
        seconds: the measurement took.
    """

    edits: tuple[EditRobustness, ...]
    pictures: int
    asked: int
    thumbnails: int
    plain: int
    left_out: tuple[LeftOutPicture, ...]
    left_out_count: int
    others: int
    claims: tuple[Claim, ...]
    proven: int
    probable: int
    parted: int
    reliability: Reliability | None
    duplicated: int
    hash_claims: Mapping[str, int]
    wrong: tuple[Claim, ...]
    catalogue: int
    hashed: int
    thresholds: Thresholds
    model_id: str
    made_at: str
    seed: int
    seconds: float

    @property
    def copies(self) -> int:
        """Edited copies that were searched with."""
        return self.total(lambda one: one.verdicts.copies)

    @property
    def found(self) -> int:
        """Edited copies whose original is found."""
        return self.total(lambda one: one.found)

    @property
    def hash_names(self) -> tuple[str, ...]:
        """Names of the hashes."""
        return tuple(self.hash_claims)

    def total(self, part: Callable[[EditRobustness], int]) -> int:
        """Return the sum of some number over all edits."""
        return sum(part(one) for one in self.edits)

    @property
    def headline(self) -> str:
        """How many edited copies are found, in a sentence."""
        verb = "is" if self.copies == 1 else "are"
        return f"{_in_hundred(self.found, self.copies)} of your pictures {verb} found."

    @property
    def weakness(self) -> str:
        """Which edits hide a picture, in a sentence or two."""
        ranked = sorted(self.edits, key=lambda one: one.share)
        hiding = [one for one in ranked if one.share < _HIDES]
        hiding_some = [one for one in ranked if _HIDES <= one.share < _HIDES_SOME]
        words = []
        if hiding:
            words.append(f"{_these(hiding)} a picture more often than not: {_listed(hiding)}.")
        if hiding_some:
            words.append(f"{_these(hiding_some)} one in ten or more: {_listed(hiding_some)}.")
        return " ".join(words) or "No edit hides as many as one in ten."

    @property
    def false_copies(self) -> str:
        """How many pictures without a copy were said to have one, in a sentence."""
        claimed = self.proven + self.probable
        asked = f"{count(self.pictures, 'picture')}, each searched while it was left out of the answer"
        if not claimed:
            most = round(100 * (1 - 0.05 ** (1 / self.pictures)))  # of 95 in 100 such draws none would show it
            return f"Of {asked}, none is said to have a copy that it has not; at most {most} in 100 would be, at 95 %."
        said = f"{claimed} ({percent(claimed / self.pictures)} %) {'is' if claimed == 1 else 'are'} said to have a copy"
        said += f" ({self.proven} proven)"
        return f"Of {asked}, {said}. Look at {'it' if claimed == 1 else 'them'}: your collection may hold true copies."

    @property
    def margin(self) -> int:
        """Percentage points by which the share of one edit may be off, at 95 %, at most."""
        return round(100 * 1.96 * sqrt(0.25 / self.pictures))

    @property
    def basis(self) -> str:
        """What the numbers stand on, in sentences."""
        drawn, ways = count(self.pictures, "picture"), count(len(self.edits), "way")
        words = [
            f"{drawn}, drawn at random from your {self.catalogue:,}, each edited in {ways} and searched for among all.",
            f"The share of one edit may be off by {self.margin} points, as it stands on no more pictures than these.",
        ]
        if self.thumbnails:
            whole = "all" if self.thumbnails == self.pictures else f"{self.thumbnails:,}"
            words.append(
                f"Of {whole} of them only the thumbnail (384 px) was at hand, and was edited in place of the file."
            )
        if self.plain:
            verb = "shows" if self.plain == 1 else "show"
            words.append(f"{self.plain:,} of them {verb} so little that only an identical picture is called a copy.")
        if self.duplicated:
            words.append(
                f"{self.duplicated:,} of them {'has' if self.duplicated == 1 else 'have'} known copies in the "
                "catalogue; finding those is right."
            )
        if self.left_out_count:
            words.append(f"{self.left_out_count:,} more {'was' if self.left_out_count == 1 else 'were'} left out.")
        return " ".join(words)

    def to_record(self) -> dict[str, Any]:
        """Return the report as plain JSON values: sentences, counts, shares of 0..1, names."""
        return {
            "headline": self.headline,
            "weakness": self.weakness,
            "false_copies": self.false_copies,
            "found_share": round(self.found / self.copies, 4),
            **asdict(self),
        }

    def lines(self) -> Iterator[str]:
        """Yield the report line by line, for a terminal: the sentences, a table, what was claimed."""
        yield from (self.headline, self.weakness, "", self.false_copies)
        yield from _claim_lines(self.claims, self.proven + self.probable)
        yield from ("", self.basis, "")
        yield from self._table()
        yield ""
        yield from confidence_lines(self.reliability)
        if self.wrong:
            yield from ("", f"Said to be proven and not in the copy: {len(self.wrong)} listed.")
            yield from _claim_lines(self.wrong, len(self.wrong))
        if self.left_out:
            yield from ("", f"Left out: {self.left_out_count:,}.")
            yield from (f"- {one.picture.name}: {one.reason}" for one in self.left_out[:_CLAIMS_AT_MOST])

    def _table(self) -> list[str]:
        """Return a Markdown table, in percent: by edit and for all."""
        heads = ["edit", "intensity", *HEADS]
        heads += [f"{name} {what}" for name in self.hash_names for what in ("found", "first")]
        rows = [[one.verdicts.edit, one.verdicts.intensity, *self.cells([one])] for one in self.edits]
        rows.append(["**all**", "all copies pooled", *self.cells(self.edits)])
        told = (
            "In %; in part: a part of the copy led to its original; wrong: another picture is said to be proven; told "
            f"right: of the proven, mirrored or not, rotation within {ROTATION_DEG:g}°, area kept within "
            f"{KEPT_SHARE:.2f} of the whole."
        )
        return [*table(heads, rows, words=2), "", told]

    def cells(self, edits: Iterable[EditRobustness]) -> list[str]:
        """Return shares in percent over some edits: those of HEADS, then of each hash: found, first."""
        chosen = tuple(edits)
        copies = sum(one.verdicts.copies for one in chosen)
        judged = sum(one.verdicts.judged for one in chosen)
        right = sum(one.verdicts.transform_right for one in chosen)
        return [
            percent(sum(one.found for one in chosen) / copies),
            percent(sum(one.verdicts.confirmed for one in chosen) / copies),
            percent(sum(one.verdicts.first for one in chosen) / copies),
            percent(sum(one.verdicts.in_part for one in chosen) / copies),
            percent(sum(one.verdicts.wrong for one in chosen) / copies),
            percent(right / judged) if judged else "–",
            *(
                percent(sum(getattr(one.hashes[name], what) for one in chosen) / copies)
                for name in self.hash_names
                for what in ("found", "first")
            ),
        ]


def _in_hundred(part: int, whole: int) -> str:
    """Return 'All 12', 'None', or '93 in 100' and 'edited copies'; never 100 or 0 where it is not so."""
    if part == whole:
        return f"All {whole:,} edited copies" if whole > 1 else "The one edited copy"
    if not part:
        return f"None of {whole:,} edited copies" if whole > 1 else "Not even the one edited copy"
    rounded = round(100 * part / whole)
    if 0 < rounded < 100:
        return f"{rounded} in 100 edited copies"
    return "More than 99 in 100 edited copies" if rounded else "Fewer than 1 in 100 edited copies"


def _these(edits: Sequence[EditRobustness]) -> str:
    return "This edit hides" if len(edits) == 1 else "These edits hide"


def _listed(edits: Sequence[EditRobustness]) -> str:
    shares = [f"{round(100 * one.share)} %" for one in edits[:_NAMED_AT_MOST]]
    shares[0] += " found"
    named = [f"{one.words} ({share})" for one, share in zip(edits, shares, strict=False)]
    rest = len(edits) - len(named)
    return "; ".join(named) + (f" and {rest} more" if rest else "")


def _claim_lines(claims: Sequence[Claim], total: int) -> Iterator[str]:
    """Yield the first claims, a line each, and how many there are beside them."""
    for one in claims[:_CLAIMS_AT_MOST]:
        made = f", {one.edit}" if one.edit else ""
        proof = "" if one.agreement is None else f", agreement {one.agreement:.2f}, {one.inliers} inliers"
        yield f"- {one.query.name}{made} → {one.claimed.name} ({one.claimed.id}): {one.verdict}, {one.score:.2f}{proof}"
    if total > _CLAIMS_AT_MOST:
        yield "… the JSON lists more."
