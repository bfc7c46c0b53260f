"""Numbers with their nouns, for pages and command line alike."""


def count(number: int, one: str, many: str | None = None) -> str:
    """Return '1 copy', '2 copies', '13,160 pictures'."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def clock(ms: int) -> str:
    """Return a time of a video as people write it: '0:07.4', '1:02:03.0'."""
    seconds, tenths = divmod(round(ms / 100), 10)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}.{tenths}" if hours else f"{minutes}:{seconds:02}.{tenths}"
