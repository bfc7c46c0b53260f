"""Decisions for the command line and for export: a record for JSON, cells for CSV, lines for people."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from data.decisions import Decision
from data.tables import DecisionKind

KIND_WORDS: Mapping[DecisionKind, str] = {"not_a_copy": "not a copy", "licensed": "licensed", "mine": "mine"}
COLUMNS = (
    "id", "kind", "scope", "first_sha256", "first_pixel_sha256", "second_sha256", "second_pixel_sha256", "place",
    "note", "decided_by", "decided_at", "undone_by", "undone_at",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def decision_record(decision: Decision) -> dict[str, Any]:
    """Return a decision as plain JSON values, without its evidence."""
    first, second = decision.subject.pair or (None, None)
    return {
        "id": decision.id,
        "kind": decision.kind,
        "scope": decision.subject.scope,
        "first_sha256": first.sha256 if first is not None else None,
        "first_pixel_sha256": first.pixel_sha256 if first is not None else None,
        "second_sha256": second.sha256 if second is not None else None,
        "second_pixel_sha256": second.pixel_sha256 if second is not None else None,
        "place": decision.subject.place,
        "note": decision.note,
        "decided_by": decision.decided_by,
        "decided_at": decision.decided_at.isoformat(),
        "undone_by": decision.undone_by,
        "undone_at": decision.undone_at.isoformat() if decision.undone_at is not None else None,
    }


def decision_words(decision: Decision) -> str:
    """Return what was decided and on what, in words: 'licensed, as all of example.org/'."""
    kind, subject = KIND_WORDS[decision.kind], decision.subject
    if subject.scope == "pair":
        return kind
    of = "all of" if subject.scope == "source" else "the collection"
    return f"{kind}, as {of} {subject.place}"


def decision_line(decision: Decision) -> str:
    """Return a decision as one line."""
    subject = decision.subject
    if subject.pair is not None:
        what = " and ".join(picture.sha256[:12] for picture in subject.pair)
    else:
        what = f"{subject.scope} {subject.place}"
    line = f"{decision.id:>6}  {KIND_WORDS[decision.kind]:<10}  {what}  {decision.decided_by}, {_day(decision)}"
    if decision.undone_at is not None:
        line += f"  (undone by {decision.undone_by}, {decision.undone_at:%Y-%m-%d})"
    return f"{line}  {' '.join(decision.note.split())}" if decision.note else line


def json_export(decisions: Iterable[Decision]) -> Iterator[str]:
    """Yield decisions as pieces of a JSON array, undone ones too, with the evidence of each."""
    opening = "["
    for decision in decisions:
        yield f"{opening}\n{_json(decision_record(decision) | {'evidence': dict(decision.evidence)})}"
        opening = ","
    yield "[]\n" if opening == "[" else "\n]\n"


def csv_export(decisions: Iterable[Decision]) -> Iterator[str]:
    """Yield decisions as lines of CSV, a header first.

    A cell that a spreadsheet would take for a formula begins with an apostrophe; programs read the JSON.
    """
    yield _csv_line(COLUMNS)
    for decision in decisions:
        record = decision_record(decision)
        yield _csv_line([_cell(record[name]) for name in COLUMNS])


def evidence_export(decisions: Iterable[Decision]) -> Iterator[str]:
    """Yield what a calibration of verdicts can learn from, a line of JSON for each decision on a pair that stands.

    Each is an object: `decision` its number, `is_copy` whether the two are copies of one picture ('not a copy' says
    no, 'licensed' and 'mine' say of a copy whose it is), `decided_at`, `query_sha256`, `picture_sha256`, and
    `evidence`, what was measured when it was decided, as search.decide.pair_evidence describes it. Pairs that were not
    measured are left out.
    """
    for decision in decisions:
        if decision.stands and decision.subject.pair is not None and decision.evidence:
            query, picture = decision.subject.pair
            yield _json({
                "decision": decision.id,
                "is_copy": not decision.refutes,
                "decided_at": decision.decided_at.isoformat(),
                "query_sha256": query.sha256,
                "picture_sha256": picture.sha256,
                "evidence": dict(decision.evidence),
            }) + "\n"  # fmt: skip


def _day(decision: Decision) -> str:
    return f"{decision.decided_at:%Y-%m-%d}"


def _json(record: object) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv_line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()
