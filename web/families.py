"""The versions of a picture of the catalogue: which of its copies was made from which."""

from flask import Blueprint, Response, make_response, render_template

from search.families import find_family
from search.stopwatch import Stopwatch
from web.parts import get_parts
from web.present_family import family_context
from web.searches import check_id, tell_times

families = Blueprint("families", __name__)


@families.get("/family/<int:image_id>")
def family(image_id: int) -> Response:
    """Show the copies of a picture in the catalogue as a tree, an address to share."""
    watch = Stopwatch()
    found = find_family(get_parts().engine, check_id(image_id), watch)
    response = make_response(render_template("family.html", page=family_context(found, watch.steps_ms)))
    response.headers["X-Robots-Tag"] = "noindex"
    return tell_times(response, dict(watch.steps_ms))
