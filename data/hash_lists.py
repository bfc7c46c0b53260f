"""Lists of PDQ hashes as platforms share them: CSV and JSON in, CSV and JSON out.

CSV has a line a hash, with or without a head: a column `hash` (or `pdq`, `pdq_hash`, `signal`, `hashValue`) and, where
it is told, `quality`; without a head these are the first two. The tools of PDQ write it so. JSON is an array of
objects with such fields, or of hashes alone; or an object that holds that array in one of its fields.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TextIO

from errors import SourceUnreadable

HASH_DIGITS = 64
WHOLE_JSON_BYTES = 256 * 1024 * 1024
"""JSON is read whole; about two million hashes."""
LONGEST_LINE = 64 * 1024
"""Characters of a line of CSV."""
SHOWN = 80
"""Characters of a bad line that are told."""
_HASH_NAMES = ("hash", "pdq", "pdq_hash", "signal", "hashvalue", "hash_value", "value")
_QUALITY_NAMES = ("quality", "pdq_quality")

ListFormat = Literal["csv", "json"]


@dataclass(frozen=True, slots=True)
class ListedHash:
    """A hash of a list.

    Attributes:
        place: line of a CSV file or element of a JSON array, from 1.
        pdq: 32 bytes.
        quality: 0..100; None where the list does not tell it.
    """

    place: int
    pdq: bytes
    quality: int | None


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no hash to go by, and why."""

    place: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class HashLine:
    """A hash to share.

    Attributes:
        hash: 64 hexadecimal digits.
        quality: 0..100; None where it cannot be told.
        sha256: hexadecimal, of the file it was made of.
    """

    hash: str
    quality: int | None
    image_id: int
    sha256: str


def parse_hash(text: str) -> bytes | None:
    """Return the 32 bytes of a hash in hexadecimal; None where it is none."""
    digits = text.strip()
    if len(digits) != HASH_DIGITS or not digits.isascii():
        return None
    try:
        pdq = bytes.fromhex(digits)
    except ValueError:
        return None
    return pdq if len(pdq) == HASH_DIGITS // 2 else None


def format_of(path: Path) -> ListFormat:
    """Return how a list is written, by the end of its name.

    Raises:
        SourceUnreadable: the name says nothing of it.
    """
    match path.suffix.lower():
        case ".csv" | ".txt":
            return "csv"
        case ".json":
            return "json"
        case _:
            raise SourceUnreadable(
                f"expected a list called .csv or .json; received {path.name}", remedy="Give the file such a name."
            )


def read_list(path: Path, *, min_quality: int) -> Iterator[ListedHash | BadLine]:
    """Yield every line of a list, in order: as a hash, or with the reason why it is none to go by.

    Args:
        path: of a .csv or .json file.
        min_quality: a hash whose quality is told and lower is none to go by.
    Raises:
        SourceUnreadable: the file cannot be read, or is no such list.
    """
    kind = format_of(path)
    try:
        # What is no UTF-8 is a bad line, and not the end of the list.
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            yield from _read_csv(file, min_quality) if kind == "csv" else _read_json(path, file, min_quality)
    except OSError as exc:
        raise SourceUnreadable(f"{path}: {exc.strerror}") from exc


def read_elements(elements: Iterable[object], *, min_quality: int) -> Iterator[ListedHash | BadLine]:
    """Yield the elements of a JSON array, in order, as `read_list` does."""
    for place, element in enumerate(elements, 1):
        if isinstance(element, Mapping):
            fields = {str(name).lower(): value for name, value in element.items()}
            text = next((fields[name] for name in _HASH_NAMES if name in fields), "")
            quality = next((fields[name] for name in _QUALITY_NAMES if name in fields), None)
        else:
            text, quality = element, None
        shown = text if isinstance(text, str) and text else json.dumps(element, ensure_ascii=False, default=str)
        yield _listed(place, text if isinstance(text, str) else "", quality, shown, min_quality)


def write_list(file: TextIO, kind: ListFormat, lines: Iterable[HashLine]) -> int:
    """Write hashes to share and return how many; the columns are hash, quality, id and sha256."""
    written = 0
    if kind == "csv":
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["hash", "quality", "id", "sha256"])
        for line in lines:
            writer.writerow([line.hash, "" if line.quality is None else line.quality, line.image_id, line.sha256])
            written += 1
        return written
    file.write("[")
    for line in lines:
        record = {"hash": line.hash, "quality": line.quality, "id": line.image_id, "sha256": line.sha256}
        file.write(("," if written else "") + "\n  " + json.dumps(record))
        written += 1
    file.write("\n]\n" if written else "]\n")
    return written


def _read_csv(file: TextIO, min_quality: int) -> Iterator[ListedHash | BadLine]:
    """Yield the lines of a CSV file; a line is a line, as no hash needs a field of several."""
    hash_at, quality_at = 0, 1
    place = 0
    while line := file.readline(LONGEST_LINE + 1):
        place += 1
        if len(line) > LONGEST_LINE:
            while line and not line.endswith("\n"):
                shown, line = line[:SHOWN], file.readline(LONGEST_LINE)
            yield BadLine(place, shown, f"expected a line of at most {LONGEST_LINE} characters")
            continue
        fields = next(csv.reader([line.rstrip("\r\n")]), [])
        if not any(field.strip() for field in fields):
            continue
        names = [field.strip().lower() for field in fields]
        if place == 1 and (found := [name for name in _HASH_NAMES if name in names]):
            hash_at = names.index(found[0])
            quality_at = next((names.index(name) for name in _QUALITY_NAMES if name in names), len(names))
            continue
        text = fields[hash_at] if hash_at < len(fields) else ""
        quality = fields[quality_at].strip() if quality_at < len(fields) else ""
        yield _listed(place, text, quality or None, line.rstrip("\r\n"), min_quality)


def _read_json(path: Path, file: TextIO, min_quality: int) -> Iterator[ListedHash | BadLine]:
    """Yield the elements of a JSON file.

    Raises:
        SourceUnreadable: it is too large, no JSON, or holds no array.
    """
    if path.stat().st_size > WHOLE_JSON_BYTES:
        raise SourceUnreadable(
            f"expected JSON of at most {WHOLE_JSON_BYTES // 2**20} MiB; {path.name} is larger",
            remedy="Write it as CSV, which is read line by line.",
        )
    try:
        document: Any = json.load(file)
    except (ValueError, RecursionError) as exc:
        raise SourceUnreadable(f"{path.name} is no JSON: {exc}") from exc
    arrays = [document] if isinstance(document, list) else []
    if isinstance(document, dict):
        arrays = [value for value in document.values() if isinstance(value, list)]
    if len(arrays) != 1:
        raise SourceUnreadable(f"expected one array of hashes in {path.name}; received {len(arrays)}")
    yield from read_elements(arrays[0], min_quality=min_quality)


def _listed(place: int, text: str, quality: object, shown: str, min_quality: int) -> ListedHash | BadLine:
    """Return a line as a hash, or why it is none to go by."""
    shown = shown[:SHOWN]
    pdq = parse_hash(text)
    if pdq is None:
        return BadLine(place, shown, f"expected a hash of {HASH_DIGITS} hexadecimal digits")
    known: int | None = None
    if quality is not None:
        try:
            # Some programs write 100.0; what is not a number at all is refused with the others.
            known = round(float(str(quality)))
        except (ValueError, OverflowError):
            known = -1
        if isinstance(quality, bool) or not 0 <= known <= 100:
            return BadLine(place, shown, "expected a quality of 0 to 100")
        if known < min_quality:
            return BadLine(place, shown, f"quality {known} is under {min_quality}: such a hash says nothing")
    return ListedHash(place, pdq, known)
