"""The statements of a search by words, for SQLite (FTS5) and PostgreSQL (tsvector)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from data.tables import (
    AttributeNameRow,
    CarriedRow,
    FacetRow,
    FacetValueRow,
    ImageRow,
    ImageWordsRow,
)
from data.word_match import fts5_any, fts5_match, tsquery, tsquery_any
from data.word_query import Chosen, WordQuery
from data.word_rows import facet_digest

MOST_FACETS = 12
"""Of a kind that are counted, the most frequent: a table may bring a collection a row."""
MOST_ATTRIBUTES = 60

# Of the fields title, attributes, filing and place. A word of the title says most; where a picture was seen, least.
_BM25: ColumnElement[float] = literal_column("bm25(word_index, 8.0, 4.0, 3.0, 1.0)")
_RANK_WEIGHTS: ColumnElement[Any] = literal_column(
    "'{0.12, 0.38, 0.5, 1.0}'::float4[]"
)  # PostgreSQL's order is D, C, B, A
_INDEX = table("word_index", column("rowid", Integer))
_VECTOR = literal_column("image_words.vector", TSVECTOR)

Meant = Sequence[tuple[Sequence[str], bool]]
"""Names of attributes of which a picture carries one, and whether it must not; each line must hold."""


_CARRIER_COUNTS = select(CarriedRow.attribute, func.count().label("number"))


def found_ids(query: WordQuery, meant: Meant, *, is_server: bool) -> Select[Any]:
    """Return the statement that selects the pictures of a question, as its one column `id`.

    Args:
        query: the question.
        meant: by its attributes.
        is_server: of PostgreSQL, not of SQLite.
    """
    if query.wanted:
        base = _with_words(query, is_server=is_server)
    else:
        base = select(ImageRow.id.label("id"))
        if query.unwanted:
            base = base.where(ImageRow.id.not_in(_with_any(query, is_server=is_server)))
    image_id = base.selected_columns[0]
    for number, chosen in enumerate(query.chosen):
        of_value = select(FacetRow.image_id).where(FacetRow.value.in_(_values(chosen, number)))
        base = base.where(_holds(query, image_id, of_value, FacetRow.image_id, is_excluded=chosen.is_excluded))
    for number, (names, is_excluded) in enumerate(meant):
        wanted: BindParameter[str] = bindparam(f"names{number}", list(names), expanding=True)
        attributes = select(AttributeNameRow.id).where(AttributeNameRow.name.in_(wanted))
        carriers = select(CarriedRow.image_id).where(CarriedRow.attribute.in_(attributes))
        base = base.where(_holds(query, image_id, carriers, CarriedRow.image_id, is_excluded=is_excluded))
    days = []
    if query.since is not None:
        days.append(ImageRow.added_at >= query.since)
    if query.before is not None:
        days.append(ImageRow.added_at < query.before)
    if days and query.wanted:
        return base.where(exists().where(ImageRow.id == image_id, *days))
    return base.where(*days)


def page_of(found: Select[Any], query: WordQuery, page: int, page_size: int, *, is_server: bool) -> Select[Any]:
    """Return the statement that selects a page of what was found: the best first, equals by id, else the newest."""
    image_id = found.selected_columns[0]
    order: tuple[ColumnElement[Any], ...]
    if not query.wanted:
        order = (image_id.desc(),)
    elif is_server:
        # 1: a match in a long text counts for less, by the logarithm of its length.
        order = (func.ts_rank(_RANK_WEIGHTS, _VECTOR, _tsquery(query), 1).desc(), image_id)
    else:
        order = (_BM25, image_id)
    return found.order_by(*order).limit(page_size).offset((page - 1) * page_size)


def counts_of(found: CTE | None) -> Any:  # noqa: ANN401 - a compound of three selects
    """Return the statement that counts what was found: all of it under '', and the most frequent of each kind.

    Args:
        found: ids in a column `id`; None for all there are, which are counted in a tenth of the time.
    """
    of_values, of_carriers = select(FacetRow.value, func.count().label("number")), _CARRIER_COUNTS
    if found is not None:
        of_values = of_values.where(FacetRow.image_id.in_(select(found.c.id)))
        of_carriers = of_carriers.where(CarriedRow.image_id.in_(select(found.c.id)))
    per_value = of_values.group_by(FacetRow.value).subquery()
    place = func.row_number().over(
        partition_by=FacetValueRow.kind, order_by=(per_value.c.number.desc(), FacetValueRow.id)
    )
    named = (
        select(FacetValueRow.kind, FacetValueRow.name, per_value.c.number, place.label("place"))
        .join(per_value, per_value.c.value == FacetValueRow.id)
        .subquery()
    )
    per_attribute = (
        of_carriers.group_by(CarriedRow.attribute)
        .order_by(func.count().desc(), CarriedRow.attribute)
        .limit(MOST_ATTRIBUTES)
        .subquery()
    )
    everything = ImageRow if found is None else found
    return union_all(
        select(literal("").label("kind"), literal("").label("name"), func.count().label("number")).select_from(
            everything
        ),
        select(named.c.kind, named.c.name, named.c.number).where(named.c.place <= MOST_FACETS),
        select(literal("attribute"), AttributeNameRow.name, per_attribute.c.number).join(
            per_attribute, per_attribute.c.attribute == AttributeNameRow.id
        ),
    )


def _with_words(query: WordQuery, *, is_server: bool) -> Select[Any]:
    """Return the statement that selects the pictures with all wanted terms and without the others."""
    if is_server:
        return select(ImageWordsRow.image_id.label("id")).where(_VECTOR.op("@@")(_tsquery(query)))
    match = text("word_index MATCH :match").bindparams(match=fts5_match(query.wanted, query.unwanted))
    return select(_INDEX.c.rowid.label("id")).select_from(_INDEX).where(match)


def _with_any(query: WordQuery, *, is_server: bool) -> Select[Any]:
    """Return the statement that selects the pictures with any unwanted term."""
    if is_server:
        unwanted = cast(bindparam("unwanted", tsquery_any(query.unwanted)), TSQUERY)
        return select(ImageWordsRow.image_id).where(_VECTOR.op("@@")(unwanted))
    match = text("word_index MATCH :unwanted").bindparams(unwanted=fts5_any(query.unwanted))
    return select(_INDEX.c.rowid).select_from(_INDEX).where(match)


def _tsquery(query: WordQuery) -> ColumnElement[Any]:
    return cast(bindparam("match", tsquery(query.wanted, query.unwanted)), TSQUERY)


def _values(chosen: Chosen, number: int) -> Select[Any]:
    """Return the statement that selects the facet values that are meant."""
    if chosen.is_exact:
        digest: BindParameter[bytes] = bindparam(f"digest{number}", facet_digest(chosen.kind, chosen.name))
        return select(FacetValueRow.id).where(FacetValueRow.digest == digest)
    name = chosen.name
    # The name itself, or one that goes on with another word: '!' follows the blank in the order of bytes.
    goes_on = and_(FacetValueRow.folded >= f"{name} ", FacetValueRow.folded < f"{name}!")
    return select(FacetValueRow.id).where(FacetValueRow.kind == chosen.kind, or_(FacetValueRow.folded == name, goes_on))


def _holds(
    query: WordQuery,
    image_id: ColumnElement[int],
    ids: Select[Any],
    of_row: Any,  # noqa: ANN401 - a mapped attribute, of whichever table
    *,
    is_excluded: bool,
) -> ColumnElement[bool]:
    """Return the condition that a picture is among some, asked of each found one, or of all at once.

    SQLite does as it is told: where words leave few, a look for each costs least; where nothing was narrowed before, a
    list of all does.
    """
    if query.wanted:
        one = exists(ids.where(of_row == image_id))
        return ~one if is_excluded else one
    return image_id.not_in(ids) if is_excluded else image_id.in_(ids)
