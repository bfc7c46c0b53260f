"""What the template of a batch receives, as in web.contexts: frozen dataclasses, all decisions taken."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from web.contexts import PictureCard


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A finding, or a file that could not be searched with.

    Attributes:
        mine: name of the visitor's file; mine_src: a small version, `data:`, or '' where none is at hand.
        mine_width, mine_height: px of that version.
        card: of the picture that was found; None where the file could not be searched with, which `problem` tells.
        verdict: names the style; verdict_text: in words.
        confidence_text: '98 %', or 'similarity 0.87' where nothing tells it.
        more_places: 'and 2 more places', or ''.
        seen_text: when it was first seen, '21 November 2026'; seen_iso for <time>.
    """

    mine: str
    mine_src: str = ""
    mine_width: int = 0
    mine_height: int = 0
    card: "PictureCard | None" = None
    verdict: str = ""
    verdict_text: str = ""
    what: str = ""
    confidence_text: str = ""
    more_places: str = ""
    seen_text: str = ""
    seen_iso: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class BatchDownload:
    """A file of the answer, which the page holds itself: what the link says, its name and its `data:` address."""

    text: str
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class BatchContext:
    """batch.html.

    Attributes:
        headline: what was found in one sentence; '' before anything was searched with.
        basis: among how many it was searched, and when; '' likewise.
        notes: what a reader must know beside the rows, a sentence each.
        rows: in the order of the files, of each the surest first.
        without: names of files that no copy was found of; without_text: how many.
        unasked: files that were not searched with, and why.
        downloads: the rows for table programs and for programs.
        search_href: where a script sends one picture after the other; '' where the API lets no visitor in.
        most_files: that a script takes at once; most_posted: that one form is searched for.
        verdicts: of copies, by their names and in words.
        columns: of a CSV, as the command writes it.
        accept: value of the file field's `accept` attribute.
        blank: a row that a script fills.
    """

    headline: str
    basis: str
    notes: tuple[str, ...]
    rows: tuple[BatchRow, ...]
    without: tuple[str, ...]
    without_text: str
    unasked: tuple[tuple[str, str], ...]
    downloads: tuple[BatchDownload, ...]
    search_href: str
    most_files: int
    most_posted: int
    verdicts: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    accept: str
    blank: BatchRow = BatchRow("")
