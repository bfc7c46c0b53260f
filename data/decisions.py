"""What people decided: that a pair is no copy, or that a copy is licensed or their own; remembered, and undone.

A decision is on a pair of pictures, on all that comes from some places, or on a collection. The nearer one counts: a
pair before its places, these before the collection. Nothing is ever removed: a decision stands until it is undone, or
until another is taken on the same thing, and both stay in the history.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import aliased

from data.batch_insert import Counter, ids_of
from data.database import reading, write
from data.id_lists import among
from data.row_values import GREATEST, digest_of, keepable, keepable_or_none, plain_ids
from data.tables import DecisionKind, DecisionRow, DecisionScope, ImageRow, SourceRow
from errors import BadInput, NotFound

KINDS: tuple[DecisionKind, ...] = ("not_a_copy", "licensed", "mine")
SCOPES: tuple[DecisionScope, ...] = ("pair", "source", "collection")
"""The nearest first."""
State = Literal["standing", "undone", "all"]
MOST_NOTE_CHARACTERS = 2000
MOST_PLACE_CHARACTERS = 2000
MOST_SOURCE_DECISIONS = 500
"""On places, that stand at a time: every search holds the places of its hits against all of them."""
_AT_ONCE = 500
"""Rows that an export reads at a time."""


@dataclass(frozen=True, slots=True)
class PictureKey:
    """What a picture is known by, whether it is in the catalogue or not.

    Attributes:
        sha256, pixel_sha256: hexadecimal; pixel_sha256 may be None.
    """

    sha256: str
    pixel_sha256: str | None

    @property
    def key(self) -> bytes:
        """32 bytes that are equal for files with equal pixels: to save a picture anew makes no other picture of it."""
        return digest_of(self.pixel_sha256 or self.sha256)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is decided on.

    Attributes:
        pair: the two pictures, the one that was searched with first; else None.
        place: what the places begin with, or the name of the collection; else None.
    """

    scope: DecisionScope
    pair: tuple[PictureKey, PictureKey] | None = None
    place: str | None = None

    @classmethod
    def of_pair(cls, first: PictureKey, second: PictureKey) -> Self:
        """Return two pictures; which of them is named first makes no difference to what is found later.

        Raises:
            BadInput: a hash is none.
        """
        return cls("pair", pair=(first, second))

    @classmethod
    def of_source(cls, text: str) -> Self:
        """Return all that was seen at a host or in a folder.

        Args:
            text: a host, the address of a folder, or the beginning of a path; `photos.zip!` is a folder too. http and
                https are the same.
        Raises:
            BadInput: there is nothing in it, or too much.
        """
        place = _bare(text.strip())
        if not place.strip("/!"):
            raise BadInput(f"expected a host or a folder; received {text[:80]!r}")
        if not place.endswith(("/", "!")):
            place += "/"
        return cls("source", place=_bounded(place, "a host or a folder"))

    @classmethod
    def of_collection(cls, name: str) -> Self:
        """Return the pictures of a collection, those too that are added to it later.

        Raises:
            BadInput: it has no name, or too long a one.
        """
        if not name:
            raise BadInput("expected the name of a collection; received none")
        return cls("collection", place=_bounded(name, "the name of a collection"))

    @property
    def digest(self) -> bytes:
        """32 bytes that tell it from every other subject."""
        if self.pair is not None:
            said = b"".join(sorted(picture.key for picture in self.pair))
        else:
            said = (self.place or "").encode()
        return hashlib.sha256(self.scope.encode() + b"\0" + said).digest()


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided.

    Attributes:
        note: in the words of whoever decided, or None.
        evidence: what was measured of a pair at that moment (search.decide); empty where nothing was.
        undone_by, undone_at: None while it stands.
    """

    id: int
    kind: DecisionKind
    subject: Subject
    note: str | None
    evidence: Mapping[str, Any] = field(repr=False)
    decided_by: str
    decided_at: datetime
    undone_by: str | None
    undone_at: datetime | None

    @property
    def stands(self) -> bool:
        """Whether it counts."""
        return self.undone_at is None

    @property
    def refutes(self) -> bool:
        """Whether it says that what looks like a copy is none."""
        return self.kind == "not_a_copy"


class Decisions:
    """The decisions of a catalogue; threads may share one.

    Nothing is remembered between two calls: every process sees a decision as soon as it is taken. Every method raises
    CatalogueUnavailable when the database cannot answer.
    """

    def __init__(self, database: Engine) -> None:
        """Keep the database.

        Args:
            database: of an open catalogue (data.catalogue.Catalogue.database).
        """
        self._database = database

    def decide(
        self,
        kind: DecisionKind,
        subject: Subject,
        by: str,
        *,
        note: str | None = None,
        evidence: Mapping[str, Any] | None = None,
    ) -> Decision:
        """Note a decision, which takes the place of the one that stood on the same thing, and return it.

        Where the same was decided already, that is returned and nothing noted.

        Args:
            by: who decided.
            note: why, in words.
            evidence: what was measured of a pair, as plain JSON values.
        Raises:
            BadInput: the note is too long, there are too many decisions on places, or equal pixels are to be no copy.
            ContractBroken: the evidence is longer than what is kept.
        """
        if note is not None and len(note) > MOST_NOTE_CHARACTERS:
            raise BadInput(f"expected a note of at most {MOST_NOTE_CHARACTERS:,} characters; received {len(note):,}")
        if kind == "not_a_copy" and subject.pair is not None and len({picture.key for picture in subject.pair}) == 1:
            raise BadInput(
                "expected pictures that differ; pictures with the same pixels are copies",
                remedy="Say whose it is: licensed, or mine.",
            )
        moment, words = datetime.now(UTC), keepable_or_none(note.strip() or None if note is not None else None)
        row = _row(kind=kind, subject=subject, by=keepable(by), note=words, evidence=evidence or {}, moment=moment)

        def decide(connection: Connection) -> int:
            Counter(connection)  # takes the lock: of two decisions on one thing the later one stands
            stood = connection.execute(_STANDING_ON, {"subject": subject.digest}).one_or_none()
            if stood is not None and (stood.kind, stood.note) == (kind, words):
                return int(stood.id)
            if stood is not None:
                connection.execute(_undo(stood.id, row["decided_by"], moment))
            elif subject.scope == "source" and connection.execute(_COUNT_SOURCES).scalar_one() >= MOST_SOURCE_DECISIONS:
                raise BadInput(
                    f"expected at most {MOST_SOURCE_DECISIONS:,} decisions on places; there are as many already",
                    remedy="Undo some, or decide on a host instead of its folders.",
                )
            row["id"] = 1 + (connection.execute(select(func.max(DecisionRow.id))).scalar() or 0)
            connection.execute(insert(DecisionRow).values(row))
            return int(row["id"])

        return self.get(write(self._database, decide))

    def undo(self, decision_id: int, by: str) -> Decision:
        """Take a decision back, and return it; one that was undone before stays as it is.

        Raises:
            NotFound: there is none of this number.
        """
        moment, who = datetime.now(UTC), keepable(by)
        if 0 < decision_id <= GREATEST:
            write(self._database, lambda connection: connection.execute(_undo(decision_id, who, moment)))
        return self.get(decision_id)

    def get(self, decision_id: int) -> Decision:
        """Return a decision.

        Raises:
            NotFound: there is none of this number.
        """
        if 0 < decision_id <= GREATEST:
            with reading(self._database) as connection:
                row = connection.execute(_ALL.where(DecisionRow.id == decision_id)).one_or_none()
            if row is not None:
                return _decision(row)
        raise NotFound(
            f"there is no decision {decision_id}", remedy="See which there are: `python3 index.py decide list`."
        )

    def newest(
        self,
        *,
        kind: DecisionKind | None = None,
        scope: DecisionScope | None = None,
        state: State = "standing",
        before_id: int = GREATEST,
        limit: int = 50,
    ) -> tuple[Decision, ...]:
        """Return decisions, the newest first.

        Args:
            kind, scope: only such; None for all.
            state: whether they stand.
            before_id: only those with a smaller number.
            limit: at most so many.
        """
        statement = _ALL.where(DecisionRow.id < min(before_id, GREATEST), *_conditions(kind, scope, state))
        statement = statement.order_by(DecisionRow.id.desc()).limit(limit)
        with reading(self._database) as connection:
            return tuple(map(_decision, connection.execute(statement)))

    def count(
        self, *, kind: DecisionKind | None = None, scope: DecisionScope | None = None, state: State = "standing"
    ) -> int:
        """Return how many decisions `newest` would show on all pages."""
        statement = select(func.count()).select_from(DecisionRow).where(*_conditions(kind, scope, state))
        with reading(self._database) as connection:
            return connection.execute(statement).scalar_one()

    def history(self) -> Iterator[Decision]:
        """Yield every decision, the undone ones too, in the order in which they were taken, from one state."""
        with reading(self._database) as connection:
            after_id = 0
            statement = _ALL.where(DecisionRow.id > bindparam("after_id")).order_by(DecisionRow.id).limit(_AT_ONCE)
            while rows := connection.execute(statement, {"after_id": after_id}).all():
                after_id = rows[-1].id
                yield from map(_decision, rows)

    def of_hits(self, query: PictureKey, ids: Collection[int]) -> dict[int, Decision]:
        """Return what stands on the hits of a query, by their ids, in one statement; most have nothing.

        Places count where every place at which the picture was seen is decided on: a picture that is licensed at one
        host and seen at another is not settled by that.

        Args:
            query: what was searched with.
            ids: of pictures of the catalogue.
        """
        if not ids:
            return {}
        with reading(self._database) as connection:
            rows = connection.execute(_OF_HITS, {"key": query.key, "ids": plain_ids(ids)}).all()
        found: dict[int, list[Decision]] = {}
        for row in rows:
            found.setdefault(row.image_id, []).append(_decision(row))
        return {image_id: _nearest(decisions) for image_id, decisions in found.items()}

    def image_ids(self, hashes: Iterable[str]) -> dict[str, int]:
        """Return the ids of those of these files (sha256, hexadecimal) that are in the catalogue."""
        with reading(self._database) as connection:
            found = ids_of(connection, [digest_of(each) for each in hashes])
        return {digest.hex(): image_id for digest, image_id in found.items()}


def place_of(locator: str) -> str:
    """Return a locator as decisions on places see it: `example.org/works/1.jpg`, or a path as it is."""
    return _bare(locator)


def _bare(text: str) -> str:
    """Return an address without its scheme, its host in small letters; anything else as it is."""
    for scheme in ("https://", "http://"):
        if text[: len(scheme)].lower() == scheme:
            host, slash, rest = text[len(scheme) :].partition("/")
            return f"{host.lower()}{slash}{rest}"
    return text


def _bounded(place: str, what: str) -> str:
    if len(place) > MOST_PLACE_CHARACTERS:
        raise BadInput(f"expected {what} of at most {MOST_PLACE_CHARACTERS:,} characters; received {len(place):,}")
    return keepable(place)


def _row(
    *, kind: DecisionKind, subject: Subject, by: str, note: str | None, evidence: Mapping[str, Any], moment: datetime
) -> dict[str, Any]:
    """Return the columns of a decision, but for its id."""
    first, second = subject.pair or (None, None)
    return {
        "kind": kind,
        "scope": subject.scope,
        "subject": subject.digest,
        "first_sha256": digest_of(first.sha256) if first is not None else None,
        "first_key": first.key if first is not None else None,
        "second_sha256": digest_of(second.sha256) if second is not None else None,
        "second_key": second.key if second is not None else None,
        "place": subject.place,
        "note": note,
        "evidence": json.dumps(evidence, allow_nan=False, separators=(",", ":")) if evidence else None,
        "decided_by": by,
        "decided_at": moment,
    }


def _decision(row: Row[*tuple[Any, ...]]) -> Decision:
    """Return a row as a decision."""
    pair = None
    if row.scope == "pair":
        pair = _picture(row.first_sha256, row.first_key), _picture(row.second_sha256, row.second_key)
    return Decision(
        id=row.id,
        kind=row.kind,
        subject=Subject(row.scope, pair=pair, place=row.place),
        note=row.note,
        evidence=json.loads(row.evidence) if row.evidence else {},
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        undone_by=row.undone_by,
        undone_at=row.undone_at,
    )


def _picture(sha256: bytes, key: bytes) -> PictureKey:
    """Return a picture of a pair; where its pixels are not known its key is the digest of the file."""
    return PictureKey(sha256.hex(), key.hex() if key != sha256 else None)


def _nearest(decisions: Iterable[Decision]) -> Decision:
    """Return which of several decisions on one hit counts: the nearest; of places a licence before a refusal."""
    # A picture seen at two places, of which one shows no copies and the other is licensed, is a copy all the same.
    return min(decisions, key=lambda one: (SCOPES.index(one.subject.scope), one.refutes, -one.id))


def _conditions(kind: DecisionKind | None, scope: DecisionScope | None, state: State) -> Iterator[ColumnElement[bool]]:
    """Yield what a list of decisions is narrowed by."""
    if kind is not None:
        yield DecisionRow.kind == kind
    if scope is not None:
        yield DecisionRow.scope == scope
    if state != "all":
        yield DecisionRow.undone_at.is_(None) if state == "standing" else DecisionRow.undone_at.is_not(None)


def _undo(decision_id: int, by: str, moment: datetime) -> Any:  # noqa: ANN401 - SQLAlchemy's own type has no short name
    """Return the statement that takes back a decision, where it stands."""
    return (
        update(DecisionRow)
        .where(DecisionRow.id == decision_id, DecisionRow.undone_at.is_(None))
        .values(undone_by=by, undone_at=moment)
    )


# Statements are built once: SQLAlchemy spends more time on building one than SQLite on answering it.
_COLUMNS = (
    DecisionRow.id,
    DecisionRow.kind,
    DecisionRow.scope,
    DecisionRow.first_sha256,
    DecisionRow.first_key,
    DecisionRow.second_sha256,
    DecisionRow.second_key,
    DecisionRow.place,
    DecisionRow.note,
    DecisionRow.evidence,
    DecisionRow.decided_by,
    DecisionRow.decided_at,
    DecisionRow.undone_by,
    DecisionRow.undone_at,
)
_ALL = select(*_COLUMNS)
_STANDS = DecisionRow.undone_at.is_(None)
_STANDING_ON = select(DecisionRow.id, DecisionRow.kind, DecisionRow.note).where(
    DecisionRow.subject == bindparam("subject"), _STANDS
)
_COUNT_SOURCES = select(func.count()).select_from(DecisionRow).where(DecisionRow.scope == "source", _STANDS)


def _place_in_sql(locator: Any) -> ColumnElement[str]:  # noqa: ANN401 - a column of the table or of its alias
    """Return `_bare` of a locator in SQL; hosts are as the source wrote them, which is in small letters."""
    return case(
        (func.substr(locator, 1, 8) == "https://", func.substr(locator, 9)),
        (func.substr(locator, 1, 7) == "http://", func.substr(locator, 8)),
        else_=locator,
    )


def _covers(decision: Any, source: Any) -> ColumnElement[bool]:  # noqa: ANN401 - tables or their aliases
    """Return whether a decision on places stands and is about this source."""
    return and_(
        decision.scope == "source",
        decision.undone_at.is_(None),
        func.substr(_place_in_sql(source.locator), 1, func.length(decision.place)) == decision.place,
    )


_KEY = func.coalesce(ImageRow.pixel_sha256, ImageRow.sha256)
_OTHER_SOURCE, _OTHER_DECISION = aliased(SourceRow), aliased(DecisionRow)
_SEEN_ELSEWHERE = exists().where(
    _OTHER_SOURCE.image_id == SourceRow.image_id, ~exists().where(_covers(_OTHER_DECISION, _OTHER_SOURCE))
)
_HITS = select(ImageRow.id.label("image_id"), *_COLUMNS)
_OF_HITS = union_all(
    *(
        _HITS.join(DecisionRow, theirs == _KEY).where(
            among(ImageRow.id, "ids"), DecisionRow.scope == "pair", _STANDS, ours == bindparam("key")
        )
        for ours, theirs in (
            (DecisionRow.first_key, DecisionRow.second_key),
            (DecisionRow.second_key, DecisionRow.first_key),
        )
    ),
    select(SourceRow.image_id, *_COLUMNS)
    .distinct()
    .join(DecisionRow, _covers(DecisionRow, SourceRow))
    .where(among(SourceRow.image_id, "ids"), ~_SEEN_ELSEWHERE),
    _HITS.join(DecisionRow, DecisionRow.place == ImageRow.collection).where(
        among(ImageRow.id, "ids"), DecisionRow.scope == "collection", _STANDS
    ),
)
