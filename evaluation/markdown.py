"""Tables of reports, as Markdown."""

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> list[str]:
    """Return the lines of a table.

    Args:
        heads: of the columns.
        rows: as many cells each.
        words: columns, from the left, that hold words; the others hold numbers and stand to the right.
    """
    marks = ["---"] * words + ["---:"] * (len(heads) - words)
    return [f"| {' | '.join(cells)} |" for cells in (heads, marks, *rows)]


def percent(share: float) -> str:
    """Return a share of 0..1 in percent, with one decimal."""
    return f"{100 * share:.1f}"


def three(value: float) -> str:
    """Return a figure with three decimals."""
    return f"{value:.3f}"
