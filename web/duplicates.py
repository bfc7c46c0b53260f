"""The groups of duplicates that the last run of the command found, for the signed-in to look through and decide on."""

from flask import Blueprint, Response, make_response, render_template, request

from data.decisions import Decision, PictureKey
from data.duplicate_groups import DuplicateGroups
from web.parts import get_parts
from web.present_duplicates import duplicates_context
from web.searches import parse_id
from web.signed_in import require_user

PAGE_SIZE = 10
MOST_PAGES = 1_000_000
MOST_MEMBERS = 60
"""Of one group that a page shows; the command names all."""

duplicates = Blueprint("duplicates", __name__)


@duplicates.get("/duplicates")
def list_groups() -> Response:
    """Show a page of groups, the largest first."""
    require_user()
    parts = get_parts()
    engine = parts.engine
    page = min(max(parse_id("page", request.args.get("page", "1")), 1), MOST_PAGES)
    found = DuplicateGroups(parts.settings.data_dir).read((page - 1) * PAGE_SIZE, PAGE_SIZE)
    groups = [] if found is None else found[1]
    shown = [group.members[:MOST_MEMBERS] for group in groups]
    images = engine.catalogue.images([member.image_id for members in shown for member in members])
    decided: dict[tuple[int, int], Decision] = {}
    for members in shown:
        if (head := images.get(members[0].image_id)) is not None:
            others = [member.image_id for member in members[1:]]
            of_hits = engine.decisions.of_hits(PictureKey(head.sha256, head.pixel_sha256), others)
            decided |= {(head.id, other): decision for other, decision in of_hits.items()}
    context = duplicates_context(
        None if found is None else found[0],
        groups,
        images,
        decided,
        page=page,
        page_size=PAGE_SIZE,
        most_members=MOST_MEMBERS,
        change=engine.copies.status.change,
    )
    return make_response(render_template("duplicates.html", page=context))
