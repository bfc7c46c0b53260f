"""The pages for people; all of them work without JavaScript."""

from dataclasses import replace

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from errors import NotFound
from search.answer import Answer, Ask
from search.stopwatch import Stopwatch
from search.video_query import search_by_query
from web.cards import picture_card, picture_context
from web.contexts import HomeContext
from web.parts import Parts, get_parts
from web.present import Asked, results_context
from web.present_videos import seen_in_videos
from web.searches import (
    MAX_URL,
    Searched,
    image_of,
    parse_address,
    parse_attributes,
    parse_box,
    parse_collection,
    parse_id,
    parse_page,
    parse_parts,
    parse_sort,
    parse_source,
    parse_verdicts,
    parse_words,
    seal,
    search_address,
    search_image,
    search_sealed,
    search_upload,
    tell_times,
)
from web.security import never_store
from web.signed_in import current_user
from web.site import about_context, collection_lines
from web.small_pictures import send_small
from web.video_contexts import SeenInVideos
from web.video_uploads import begins_as_video, read_picture_upload, search_with_video
from web.videos import show_video_answer

SEEN_IN = 6
"""Videos shown in which a picture is seen."""

pages = Blueprint("pages", __name__)


@pages.get("/")
def home() -> str:
    """Show the form; an address in `url` is only filled in, never fetched before the form is sent."""
    parts = get_parts()
    holdings = parts.holdings()
    parts.videos.look_if_possible()
    context = HomeContext(
        samples=tuple(map(picture_card, holdings.samples)),
        prefilled_url=request.args.get("url", "")[:MAX_URL],
        collections=collection_lines(holdings.counts),
    )
    return render_template("home.html", page=context)


@pages.post("/search")
def search() -> BaseResponse:
    """Search with an uploaded file, an address, or a sealed query of a moment ago; the answer is never stored.

    Words beside a picture narrow the answer; words alone go to the page that searches by them.
    A file may be a video too, where the catalogue holds any.
    """
    # The buttons of a results page say in their address which part of the answer they want.
    parts, form, file, ask = get_parts(), request.form, request.files.get("file"), read_ask()
    if sealed := form.get("sealed", ""):
        return never_store(show_results(search_sealed(parts, sealed, ask), sealed, ask))
    # A form sent without a file has a part all the same: nameless and empty.
    if file is not None and parts.videos.is_searched and begins_as_video(file.stream):
        return never_store(show_video_answer(search_with_video(parts, file.stream), file.filename or "your video"))
    data = read_picture_upload(parts, file.stream) if file is not None else b""
    if file is not None and (data or file.filename):
        searched = search_upload(parts, data, file.filename or "your picture", ask, with_preview=True)
    elif (typed := form.get("words", "").strip()) and not form.get("url", "").strip():
        return redirect(url_for("word_pages.find", words=typed), code=303)
    else:
        searched = search_address(parts, parse_address(form.get("url", "")), ask, with_preview=True)
    return never_store(show_results(searched, seal(parts, searched), ask))


@pages.get("/search")
def search_catalogue() -> BaseResponse:
    """Search with a picture of the catalogue: an address to share; without one, back to the form."""
    text = request.args.get("image", "")
    if not text:
        return redirect(url_for("pages.home"), code=303)
    ask = read_ask()
    return show_results(search_image(get_parts(), parse_id("image", text), ask), "", ask)


@pages.get("/picture/<int:image_id>")
def picture(image_id: int) -> str:
    """Show what is known of a picture of the catalogue."""
    return render_template("picture.html", page=picture_context(image_of(get_parts(), image_id)))


@pages.get("/thumbnail/<string(length=64):sha256>.webp")
def thumbnail(sha256: str) -> Response:
    """Send a thumbnail; the address names the picture's bytes, so that browsers may keep it for ever."""
    data = get_parts().thumbnails.read(sha256)
    if data is None:
        raise NotFound("there is no such picture in the catalogue")
    return send_small(data, sha256)


@pages.get("/about")
def about() -> str:
    """Show what this engine holds, its model, index and limits."""
    parts = get_parts()
    return render_template("about.html", page=about_context(parts, parts.holdings().counts))


@pages.get("/robots.txt")
def robots() -> Response:
    """Keep crawlers away from searches, which cost work and say nothing that is not elsewhere."""
    places = ("search", "words", "compare", "evidence", "family", "sign-in", "api/", "video/*/file", "video/*/download")
    lines = ("User-agent: *", *(f"Disallow: /{place}" for place in places))
    response = Response("".join(f"{line}\n" for line in lines), mimetype="text/plain")
    response.cache_control.public = True
    response.cache_control.max_age = 24 * 3600
    return response


@pages.get("/favicon.ico")
def favicon() -> BaseResponse:
    """Send browsers that ask at this place to the icon."""
    return redirect(url_for("static", filename="icons/favicon.svg"), code=308)


def read_ask() -> Ask:
    """Return which part of an answer the address of the request wants."""
    wanted = request.args
    fields = request.form if request.method == "POST" else wanted
    return Ask(
        copies_page=parse_page("copies_page", wanted.get("copies_page", "")),
        similar_page=parse_page("similar_page", wanted.get("similar_page", "")),
        attributes=parse_attributes(wanted.get("attributes", "")),
        verdicts=parse_verdicts(wanted.get("verdict", "")),
        collection=parse_collection(wanted.get("collection", "")),
        place=parse_source(wanted.get("source", "")),
        words=parse_words(_typed_words()),
        sort=parse_sort(wanted.get("sort", "")),
        show_decided=wanted.get("decided") == "show",
        region=parse_box(wanted.get("region", ""), fields),
        parts=parse_parts(wanted.get("regions", "")),
    )


def _typed_words() -> str:
    """Return the words that an answer is narrowed by.

    They stand in the address, as all that is chosen does; where they were just typed into a form that is posted, they
    are in it. The one form of an upload's answer holds the field at all times: it counts where its own button says so.
    """
    is_typed = request.method == "POST" and (not request.form.get("sealed") or request.args.get("narrow") == "words")
    return request.form.get("words", "") if is_typed else request.args.get("words", "")


def show_results(searched: Searched, sealed: str, ask: Ask) -> Response:
    """Return the page of an answer; `sealed` is '' where the query is a picture of the catalogue."""
    image_id = searched.answer.query.image_id
    image = image_of(get_parts(), image_id) if image_id is not None else None
    asked = Asked(name=searched.name, sealed=sealed, image=image, ask=ask, is_signed_in=current_user() is not None)
    answer, seen = look_in_videos(get_parts(), searched.answer)
    response = make_response(render_template("results.html", page=results_context(answer, asked, seen)))
    response.headers["X-Robots-Tag"] = "noindex"
    return tell_times(response, dict(answer.steps_ms))


def look_in_videos(parts: Parts, answer: Answer) -> tuple[Answer, SeenInVideos | None]:
    """Return an answer with the time that this took, and the videos in which its picture is seen.

    None where the catalogue holds no videos, and of a part of a picture, which is not looked for in them.
    """
    videos = parts.videos.look_if_possible()
    if videos is None or answer.region is not None:
        return answer, None
    watch = Stopwatch()
    with watch.step("videos"):
        hits = search_by_query(videos, answer.query, limit=SEEN_IN)
    seen = seen_in_videos(hits, len(videos.frames))
    return replace(answer, steps_ms={**answer.steps_ms, **watch.steps_ms}), seen
