"""Groups of duplicates for the command line: JSON, CSV, lines for people, and what would be removed of them."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from data.catalogue import Catalogue
from data.duplicate_groups import DuplicateRun, Group, Member
from search.words import count

COLUMNS = (
    *("group", "id", "kind", "what_was_done", "score", "width", "height", "size_bytes", "places", "locator", "sha256"),
    *("is_biggest", "is_oldest"),
)


def duplicates_record(run: DuplicateRun, groups: Sequence[Group]) -> dict[str, Any]:
    """Return a run and its groups as plain JSON values."""
    return {"run": run.model_dump(mode="json"), "groups": [group.model_dump(mode="json") for group in groups]}


def duplicates_lines(run: DuplicateRun, groups: Sequence[Group], *, most: int) -> Iterator[str]:
    """Yield a run and its first groups line by line.

    Args:
        most: groups that are shown.
    """
    yield (
        f"{count(run.groups, 'group')} of {run.members:,} pictures that are copies of each other, of "
        f"{count(run.pictures, 'picture')} looked at: {run.proven:,} of {count(run.laid, 'pair')} proven, in "
        f"{run.seconds:,.0f} s."
    )
    if run.same_files:
        yield f"{count(run.same_files, 'picture was', 'pictures were')} seen as the same file at several places."
    for number, group in enumerate(groups[:most], 1):
        yield f"Group {number}: {count(len(group.members), 'picture')}"
        yield from (member_line(group, member) for member in group.members)
    if len(groups) > most:
        yield f"… and {count(len(groups) - most, 'more group')}; --csv or --json names all."


def member_line(group: Group, member: Member) -> str:
    """Return a member as one line."""
    marks = [
        *(["biggest"] if member.image_id == group.biggest else []),
        *(["oldest"] if member.image_id == group.oldest else []),
    ]
    marked = f"  [{', '.join(marks)}]" if marks else ""
    said = f"\n            {member.what}" if member.what else ""
    return f"  {member.image_id:>8}  {member.width} × {member.height}  {member.locator}{marked}{said}"


def csv_pieces(groups: Iterable[Group]) -> Iterator[str]:
    """Yield groups as CSV, a row a member; what a table program would take for a formula is quoted as text."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for number, group in enumerate(groups, 1):
        for one in group.members:
            locator = f"'{one.locator}" if one.locator.startswith(("=", "+", "-", "@")) else one.locator
            writer.writerow([
                *(number, one.image_id, one.kind, one.what, one.score, one.width, one.height, one.size_bytes),
                *(one.places, locator, one.sha256, one.image_id == group.biggest, one.image_id == group.oldest),
            ])  # fmt: skip
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def smaller_members(groups: Iterable[Group], catalogue: Catalogue) -> list[tuple[Group, Member]]:
    """Return the members that a larger one of their group stands for: all but the biggest, of groups it heads.

    Where the biggest is not the head, nothing but the head is proven against it: then the head alone may go. What is
    not in the catalogue any more stands for nothing, and is not named.
    """
    found: list[tuple[Group, Member]] = []
    for group in groups:
        head = group.members[0]
        if head.image_id == group.biggest:
            found += [(group, member) for member in group.members[1:]]
        else:
            found.append((group, head))
    held = catalogue.images([one for group, member in found for one in (group.biggest, member.image_id)])
    return [(group, member) for group, member in found if group.biggest in held and member.image_id in held]
