"""Sheets of paper in the look of the house: typeface, colours, head and foot, text, tables and pictures."""

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, WrapMode, XPos, YPos
from fpdf.fonts import TTFFont
from PIL import Image

Colour = tuple[int, int, int]

INK: Colour = (23, 23, 23)
QUIET: Colour = (94, 94, 94)
LINE: Colour = (222, 222, 222)
TRACE: Colour = (133, 133, 133)
ACCENT: Colour = (191, 43, 18)

MARGIN = 18.0  # mm, as all lengths here
WIDTH = 210.0 - 2 * MARGIN
GUTTER = 6.0

_BOTTOM = 22.0
_POINT = 25.4 / 72
_LEADING = 1.4  # lines by the size of their type
_LONGEST_CELL = 900  # characters of a cell of a table, spelled out: a third of a page
_FONTS = Path(__file__).parent / "fonts"


@dataclass(frozen=True, slots=True)
class Type:
    """A size of type.

    Attributes:
        points: its size.
        strong: semi-bold.
        colour: of the letters.
    """

    points: float
    strong: bool = False
    colour: Colour = INK

    @property
    def line(self) -> float:
        """Return the height of a line in mm."""
        return self.points * _LEADING * _POINT


class Sheets(FPDF):
    """A4 pages with a head and a foot; text flows, pictures do not.

    Attributes:
        spelled: a character had to be written as its code point, as the typeface lacks it.
    """

    def __init__(self, *, title: str, foot: str, made_at: datetime, maker: str) -> None:
        """Begin a document.

        Args:
            title: of the document.
            foot: at the foot of each page, beside its number.
            made_at: the only time in the file.
            maker: the program, with its version.
        """
        super().__init__(format="A4")
        self.spelled = False
        self._foot = foot
        for style, weight in (("", 400), ("B", 600)):
            self.add_font("Inter", style, _FONTS / f"inter-{weight}.ttf")
        self._glyphs = frozenset(self.fonts["inter"].cmap)  # type: ignore[union-attr]  # of a TrueType font
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(False)
        self.c_margin = 0
        self.set_title(title)
        self.set_lang("en")
        self.set_creator(maker)
        self.set_creation_date(made_at)

    def __enter__(self) -> Self:
        """Return the document itself; leaving the block closes the files of its typeface."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the files that the typeface is read from, which fpdf2 leaves open."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def header(self) -> None:
        """Draw the mark, two frames of which one is the trace of the other, and what this is."""
        self._mark(MARGIN, MARGIN - 6, 5.6)
        self._plain("Retrace", MARGIN + 8, MARGIN - 5.6, Type(10, strong=True))
        self._plain("Evidence of a comparison", MARGIN, MARGIN - 5.4, Type(8, colour=QUIET), align="R")
        self.set_y(MARGIN + 6)

    def footer(self) -> None:
        """Write what the document is and the number of the page."""
        self.set_draw_color(*LINE)
        self.set_line_width(0.2)
        self.line(MARGIN, 297 - 15, MARGIN + WIDTH, 297 - 15)
        self._plain(self._foot, MARGIN, 297 - 13.2, Type(7, colour=QUIET))
        number = f"Page {self.page_no()} of "
        # How many there are is known at the end: room is left for one figure.
        x = MARGIN + WIDTH - self.get_string_width(f"{number}0")
        self._plain(f"{number}{{nb}}", x, 297 - 13.2, Type(7, colour=QUIET))

    def shown(self, text: str) -> str:
        """Return text as the typeface can write it: what it lacks is spelled out, as in [U+65E5 U+672C]."""
        parts: list[str] = []
        missing: list[str] = []
        for character in unicodedata.normalize("NFC", text):
            if ord(character) in self._glyphs or character == "\n":
                if missing:
                    parts.append(f"[{' '.join(missing)}]")
                    missing = []
                parts.append(character)
            else:
                missing.append(f"U+{ord(character):04X}")
                self.spelled = True
        if missing:
            parts.append(f"[{' '.join(missing)}]")
        return "".join(parts)

    def write_lines(
        self, text: str, style: Type, *, x: float = MARGIN, width: float = WIDTH, after: float = 0.0
    ) -> None:
        """Write text from here down, broken into lines where it must be."""
        self._choose(style)
        self.set_x(x)
        self.multi_cell(
            width, style.line, self.shown(text), align="L", wrapmode=WrapMode.WORD, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        self.set_y(self.get_y() + after)

    def height_of(self, text: str, style: Type, width: float) -> float:
        """Return how high a text stands when it is broken to a width."""
        self._choose(style)
        height = self.multi_cell(
            width, style.line, self.shown(text), align="L", dry_run=True, output=MethodReturnValue.HEIGHT
        )
        return float(height) if isinstance(height, int | float) else 0.0

    def make_room(self, height: float) -> None:
        """Go on to a new page where so much does not fit on this one."""
        if self.get_y() + height > 297 - _BOTTOM:
            self.add_page()

    def rule(self, *, after: float = 2.0) -> None:
        """Draw a line across the page."""
        self.set_draw_color(*LINE)
        self.set_line_width(0.2)
        self.line(MARGIN, self.get_y(), MARGIN + WIDTH, self.get_y())
        self.set_y(self.get_y() + after)

    def row(self, label: str, cells: Sequence[str], *, label_width: float = 30.0, strong: bool = False) -> None:
        """Write a row of a table: its label, then cells of equal width."""
        name, value = Type(7.5, colour=QUIET), Type(7.5, strong=strong)
        cells = [_cut(self.shown(cell)) for cell in cells]
        width = (WIDTH - label_width - GUTTER * (len(cells) - 1)) / len(cells)
        heights = [self.height_of(label, name, label_width - 2)]
        heights += [self.height_of(cell, value, width) for cell in cells]
        self.make_room(max(heights) + 1.6)
        top = self.get_y()
        self.write_lines(label, name, width=label_width - 2)
        for place, cell in enumerate(cells):
            self.set_y(top)
            self.write_lines(cell, value, x=MARGIN + label_width + place * (width + GUTTER), width=width)
        self.set_y(top + max(heights) + 0.8)
        self.rule(after=0.8)

    def picture(self, data: bytes, alt: str, *, x: float, y: float, width: float, height: float) -> float:
        """Draw a JPEG as large as a box allows, from its top left corner; return how high it stands."""
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as opened:
            scale = min(width / opened.width, height / opened.height)
            across, down = opened.width * scale, opened.height * scale
        self.image(io.BytesIO(data), x, y, across, down, alt_text=alt)
        return down

    def _choose(self, style: Type) -> None:
        """Write in a size of type from here on."""
        self.set_font("Inter", "B" if style.strong else "", style.points)
        self.set_text_color(*style.colour)

    def _plain(self, text: str, x: float, y: float, style: Type, *, align: str = "L") -> None:
        """Write a line at a place, from there to the right margin."""
        self._choose(style)
        self.set_xy(x, y)
        self.cell(MARGIN + WIDTH - x, style.line, text, align=align)

    def _mark(self, x: float, y: float, side: float) -> None:
        """Draw the mark of the site in a square."""
        unit = side / 24
        for left, colour in ((8, TRACE), (2, INK)):
            top = 10 - left  # the trace lies behind, up and to the right
            self.set_fill_color(255, 255, 255)
            self.set_draw_color(*colour)
            self.set_line_width(2.4 * unit)
            inset = 1.2
            self.rect(
                x + (left + inset) * unit,
                y + (top + inset) * unit,
                (14 - 2 * inset) * unit,
                (14 - 2 * inset) * unit,
                style="DF",
            )


def _cut(text: str) -> str:
    """Return a text that is no longer than a cell holds."""
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"
