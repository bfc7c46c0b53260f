"""How well duplicate finders group pictures, ours beside others, for people and for programs."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from evaluation.duplicate_truth import GroupScores, PairScores
from evaluation.markdown import percent, table

WRONG_SHOWN = 20
"""Wrong pairs of a method that are named."""
KNOWN_SHOWN = 100
"""Known copies that Markdown names; JSON names all."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a method took; of the best level of a method it is that of the level as it comes.

    Attributes:
        described: pictures whose describing is counted in `describing_s`: those of earlier runs too, where they were
            kept.
        describing_s: reading, decoding, describing and keeping.
        finding_s: from what is kept to the groups or pairs.
        peak_mb: largest resident memory of one of its processes, MiB.
    """

    described: int
    describing_s: float
    finding_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class FinderScores:
    """What one finder says at one level.

    Attributes:
        name: of the method.
        level: from where on it speaks of copies.
        pairs: ours: all pairs within its groups; others: those that they name.
        groups: ours: its groups; others: those of which the package would keep one picture.
        copies: by edit, edited copies that are paired with their original.
        wrong: names of the first pairs that are no copies as far as anyone knows.
        cost: of the whole.
    """

    name: str
    level: str
    pairs: PairScores
    groups: GroupScores
    copies: Mapping[str, int]
    wrong: tuple[tuple[str, str], ...]
    cost: Cost


@dataclass(frozen=True, slots=True)
class DuplicateReport:
    """What finders say of one pool of pictures.

    Attributes:
        pictures: in the pool, edited copies and all.
        edited: copies made, by edit.
        originals: different pictures that they were made of.
        equal_files: left out of the pool before, as it holds the same bytes.
        left_out: pictures that ours could not take in.
        finders: ours, then each other as it comes and at the level of its best F1 of pairs.
        skipped: names of methods that were not asked, and why.
        known: names of pictures that are copies of each other as they come.
        model_id: of the model that described them.
        cores: of the machine.
        seed: of every choice.
    """

    pictures: int
    edited: Mapping[str, int]
    originals: int
    equal_files: int
    left_out: int
    finders: tuple[FinderScores, ...]
    skipped: Mapping[str, str]
    known: tuple[tuple[str, str], ...]
    model_id: str
    cores: int
    seed: int

    def to_record(self) -> dict[str, Any]:
        """Return the report as plain JSON values: counts and seconds, and the shares that follow from them."""
        record = asdict(self)
        for one, written in zip(self.finders, record["finders"], strict=True):
            written["pairs"] |= {"precision": one.pairs.precision, "recall": one.pairs.recall, "f1": one.pairs.f1}
            written["groups"] |= {
                "precision": one.groups.precision,
                "recall": one.groups.recall,
                "b3_f1": one.groups.b3_f1,
            }
        return record

    def to_markdown(self) -> str:
        """Return the report as Markdown: pairs and groups, what it took, copies by edit, what was said wrongly."""
        parts = (self._scores(), self._costs(), self._copies(), self._wrong(), self._known())
        return "\n\n".join(text for part in parts if (text := "\n".join(part)))

    def _scores(self) -> Iterator[str]:
        copies, asked = sum(self.edited.values()), self.finders[0]
        yield (
            f"Duplicates among {self.pictures:,} pictures, {copies:,} of them edited copies of {self.originals:,} "
            f"photographs (model {self.model_id[:12]}, seed {self.seed}; {self.equal_files:,} files left out as equal "
            f"to others, {self.left_out:,} that could not be taken in). Of pairs, in %: how many of those said are "
            f"right, and how many are said of the {asked.pairs.asked:,} of a copy with its original, with other copies "
            "of it and with what is known to be a copy of either. Groups, in %: those whose pictures all belong "
            f"together; the {asked.groups.asked:,} of the originals that stand whole in one group; and B³ (Bagga and "
            "Baldwin, 1998) over the pictures that are in a group, or should be in one of those. Pictures of the "
            "sample that are known to be copies of each other are right to say and not asked for; others that are, "
            "and nobody knows it, count as wrong. Of imagededup, a pair is what it names, and a group what its "
            "`find_duplicates_to_remove` leaves one picture of, in order of names; the second level is the one of its "
            "best F1, chosen by this very truth."
        )
        yield ""
        heads = ["finder", "level", "pairs", "precision", "recall", "F1", "known"]
        heads += ["groups", "pure, %", "whole, %", "B³ precision", "B³ recall", "B³ F1"]
        rows = []
        for one in self.finders:
            pairs, groups = one.pairs, one.groups
            rows.append(
                [
                    *(one.name, one.level, f"{pairs.said:,}"),
                    *(percent(share) for share in (pairs.precision, pairs.recall, pairs.f1)),
                    f"{pairs.known_found:,} of {pairs.known:,}",
                    f"{groups.said:,}",
                    *(percent(share) for share in (groups.precision, groups.recall)),
                    *(percent(share) for share in (groups.b3_precision, groups.b3_recall, groups.b3_f1)),
                ]
            )
        yield from table(heads, rows, words=2)
        if self.skipped:
            yield ""
            yield from (f"Not asked: {name}: {why}" for name, why in self.skipped.items())

    def _costs(self) -> Iterator[str]:
        yield (
            f"What it took, on {self.cores} cores: seconds of describing so many pictures and of finding among all, "
            "and the peak of resident memory of one process, MiB."
        )
        yield ""
        first = {one.name: one for one in reversed(self.finders)}
        rows = [
            [
                name,
                f"{first[name].cost.described:,}",
                f"{first[name].cost.describing_s:,.1f}",
                f"{first[name].cost.finding_s:,.1f}",
                f"{first[name].cost.peak_mb:,.0f}",
            ]
            for name in dict.fromkeys(one.name for one in self.finders)
        ]
        yield from table(["finder", "described", "describing, s", "finding, s", "peak, MiB"], rows)

    def _copies(self) -> Iterator[str]:
        yield "Edited copies that are paired with their original."
        yield ""
        heads = ["edit", "copies", *(f"{one.name}, {one.level}" for one in self.finders)]
        rows = [
            [edit, f"{number:,}", *(f"{one.copies.get(edit, 0):,}" for one in self.finders)]
            for edit, number in self.edited.items()
        ]
        whole = [sum(one.copies.values()) for one in self.finders]
        rows.append(["**all**", f"{sum(self.edited.values()):,}", *(f"{number:,}" for number in whole)])
        yield from table(heads, rows)

    def _wrong(self) -> Iterator[str]:
        for one in self.finders:
            number = one.pairs.said - one.pairs.right
            shown = f", the first {len(one.wrong):,} of them" if len(one.wrong) < number else ""
            end = ":" if number else "."
            yield f"Said to be copies and not known to be, {one.name}, {one.level}: {number:,}{shown}{end}"
            yield from (f"- {first} = {second}" for first, second in one.wrong)
            yield ""

    def _known(self) -> Iterator[str]:
        if not self.known:
            return
        more = len(self.known) - KNOWN_SHOWN
        yield f"Known copies among the pictures, counted as right: {len(self.known):,}."
        yield from (f"- {one} = {other}" for one, other in self.known[:KNOWN_SHOWN])
        if more > 0:
            yield f"- … and {more:,} more, which --json names."
