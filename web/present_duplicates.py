"""The duplicates as a page: every word that the signed-in read about them."""

from collections.abc import Iterator, Mapping, Sequence

from flask import url_for

from data.decisions import Decision
from data.duplicate_groups import DuplicateRun, Group, Member
from data.records import Image
from search.words import count
from web import words
from web.cards import picture_card
from web.contexts import DuplicateCard, DuplicateGroupView, DuplicatesContext
from web.links import compare_href
from web.present_decisions import pair_controls

KIND_TEXTS = {"head": "Stands for the group", "same_pixels": "Same pixels", "copy": "Copy"}
NO_RUN = "Nothing was looked for yet. The owner runs `python3 index.py duplicates`, and this page shows what it found."


def duplicates_context(
    run: DuplicateRun | None,
    groups: Sequence[Group],
    images: Mapping[int, Image],
    decided: Mapping[tuple[int, int], Decision],
    *,
    page: int,
    page_size: int,
    most_members: int,
    change: int,
) -> DuplicatesContext:
    """Return a page of groups.

    Args:
        run: the last one; None where there was none.
        groups: of this page.
        images: rows of their pictures by id; what was removed since is not among them.
        decided: what stands on a head and another picture of its group, by their ids.
        page: 1-based.
        page_size: groups a page.
        most_members: of a group that are shown.
        change: of the catalogue, now.
    """
    if run is None:
        return DuplicatesContext("Duplicates", "", "", NO_RUN, (), None, None, "")
    pages = max(1, -(-run.groups // page_size))
    within = "" if run.collection is None else f" in the collection {words.shorten(run.collection, 60)}"
    return DuplicatesContext(
        headline=f"{count(run.groups, 'group')} of duplicates" if run.groups else "No duplicates",
        run_text=(
            f"Found on {words.day(run.made_at)} among {count(run.pictures, 'picture')}{within}. Every picture of a "
            "group is proven against the one that stands for it."
        ),
        stale_text=(
            f"The catalogue has had {count(change - run.change, 'change')} since; "
            "`python3 index.py duplicates` looks again."
            if change > run.change
            else ""
        ),
        nothing_text="" if groups else ("There is no such page." if run.groups else "No picture is there twice."),
        groups=tuple(
            _group(group, number, images, decided, page=page, most_members=most_members)
            for number, group in enumerate(groups, (page - 1) * page_size + 1)
        ),
        previous_href=url_for("duplicates.list_groups", page=min(page - 1, pages)) if page > 1 else None,
        next_href=url_for("duplicates.list_groups", page=page + 1) if page < pages else None,
        page_text=f"Page {page:,} of {pages:,}" if pages > 1 else "",
    )


def _group(
    group: Group,
    number: int,
    images: Mapping[int, Image],
    decided: Mapping[tuple[int, int], Decision],
    *,
    page: int,
    most_members: int,
) -> DuplicateGroupView:
    shown = group.members[:most_members]
    gone = sum(member.image_id not in images for member in shown)
    rest = len(group.members) - len(shown)
    notes = [
        *([f"{count(gone, 'picture was', 'pictures were')} removed since."] if gone else []),
        *([f"{rest:,} more are not shown; the command names all."] if rest else []),
    ]
    back = {"to": "duplicates", "page": page, "group": number}
    return DuplicateGroupView(
        number=number,
        title=f"Group {number:,}: {count(len(group.members), 'picture')}",
        members=tuple(_cards(group, shown, images, decided, back)),
        gone_text=" ".join(notes),
    )


def _cards(
    group: Group,
    shown: Sequence[Member],
    images: Mapping[int, Image],
    decided: Mapping[tuple[int, int], Decision],
    back: Mapping[str, object],
) -> Iterator[DuplicateCard]:
    head = group.members[0].image_id
    for member in shown:
        image = images.get(member.image_id)
        if image is None:
            continue
        is_pair = member.image_id != head and head in images
        yield DuplicateCard(
            card=picture_card(image),
            kind_text=KIND_TEXTS[member.kind],
            sentence=member.what,
            marks=tuple(
                text
                for text, holder in (("Biggest", group.biggest), ("Oldest here", group.oldest))
                if holder == member.image_id
            ),
            compare_href=compare_href(head, member.image_id) if is_pair else "",
            controls=pair_controls(
                decided.get((head, member.image_id)),
                member.image_id,
                {**back, "image": head},
                is_same=member.kind == "same_pixels",
            )
            if is_pair
            else None,
        )
