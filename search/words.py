"""Numbers with their nouns, for pages and command line alike."""


def count(number: int, one: str, many: str | None = None) -> str:
    """Return '1 copy', '2 copies', '13,160 pictures'."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
