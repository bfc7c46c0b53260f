"""The JSON API, version 1: the same searches for programs. Free of cookies."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

from errors import BadRequest, ContractBroken, NotFound, UploadMissing
from search.answer import Ask, SearchParts
from search.regions import parse_region
from search.stopwatch import Stopwatch
from web.api_answers import TOKEN_SCHEME, answer_document, problems
from web.api_images import ADD_BODY
from web.documents import (
    AnswerDocument,
    ImageDocument,
    ProblemKindDocument,
    SearchParameters,
    StatusDocument,
)
from web.errors import problem_kinds
from web.parts import get_parts
from web.present_words import AskedWords
from web.searches import (
    MAX_URL,
    Searched,
    image_of,
    parse_address,
    parse_attributes,
    parse_collection,
    parse_source,
    parse_verdicts,
    parse_words,
    search_address,
    search_image,
    search_upload,
    tell_times,
)
from web.security import never_store
from web.word_documents import WordParameters, WordsDocument

api = APIBlueprint("api", __name__, url_prefix="/api/v1", tag="search")

METHODS = ("get", "post", "delete")
"""Those that OpenAPI describes here."""
COLLECTIONS_TOLD = 100
"""Collections that the status names: a table may bring a collection a row."""

_UPLOAD_FIELDS = {
    "file": {"type": "string", "format": "binary", "description": "The picture."},
    "url": {"type": "string", "maxLength": MAX_URL, "description": "Address of the picture, where there is no file."},
}
SEARCH_BODY: dict[str, Any] = {
    "required": True,
    "description": "The picture, in one of three ways.",
    "content": {
        "multipart/form-data": {"schema": {"type": "object", "properties": _UPLOAD_FIELDS}},
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"url": {"type": "string", "minLength": 1, "maxLength": MAX_URL}},
                "required": ["url"],
                "additionalProperties": False,
            }
        },
        "image/*": {"schema": {"type": "string", "format": "binary"}},
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    },
}
_BINARY = {"type": "string", "format": "binary"}
VIDEO_SEARCH_BODY: dict[str, Any] = {
    "required": True,
    "description": "The video or the picture, in one of two ways; what it is its bytes tell.",
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"file": _BINARY | {"description": "The video or the picture."}},
                "required": ["file"],
            }
        },
        "video/*": {"schema": _BINARY},
        "image/*": {"schema": _BINARY},
        "application/octet-stream": {"schema": _BINARY},
    },
}


@api.post("/search")
@api.input(SearchParameters, location="query", arg_name="parameters")
@api.output(AnswerDocument)
@api.doc(operation_id="search", responses=problems(400, 413, 415, 422, 429, 503, 504))
def search(parameters: SearchParameters) -> Response:
    """Search with a picture.

    Send a form with `file` or `url`, JSON with `url`, or the bytes of the picture themselves. Nothing of it is kept.
    """
    parts, ask = get_parts(), _ask(parameters)
    if request.mimetype == "multipart/form-data":
        if (file := request.files.get("file")) is not None:
            searched = search_upload(parts, file.stream.read(), "", ask)
        else:
            searched = search_address(parts, parse_address(request.form.get("url", "")), ask)
    elif request.is_json:
        searched = search_address(parts, _address_of_json(request.get_json()), ask)
    elif request.mimetype.startswith("image/") or request.mimetype == "application/octet-stream":
        data = request.get_data(cache=False)
        if not data:
            raise UploadMissing("the body of the request is empty")
        searched = search_upload(parts, data, "", ask)
    else:
        raise UnsupportedMediaType
    return never_store(_answer(searched))


@api.get("/images/<int:image_id>")
@api.output(ImageDocument)
@api.doc(operation_id="getImage", responses=problems(404, 503))
def get_image(image_id: int) -> Response:
    """Tell what is known of a picture of the catalogue."""
    return answer_document(ImageDocument.of(image_of(get_parts(), image_id)))


@api.get("/images")
@api.input(WordParameters, location="query", arg_name="parameters")
@api.output(WordsDocument)
@api.doc(operation_id="findImages", responses=problems(400, 422, 429, 503))
def find_images(parameters: WordParameters) -> Response:
    """Find pictures of the catalogue by words, and tell by what they can be narrowed."""
    query = AskedWords(
        words=parameters.words,
        collection=parameters.collection,
        licence=parameters.licence,
        source=parameters.source,
        year=parameters.year,
        attributes=parameters.attributes,
        since=parameters.since,
        before=parameters.before,
    ).question()
    watch = Stopwatch()
    with watch.step("words"):
        found = get_parts().engine.catalogue.words.find(query, page=parameters.page, page_size=parameters.page_size)
    return tell_times(answer_document(WordsDocument.of(found)), watch.steps_ms)


@api.get("/images/<int:image_id>/search")
@api.input(SearchParameters, location="query", arg_name="parameters")
@api.output(AnswerDocument)
@api.doc(operation_id="searchImage", responses=problems(400, 404, 422, 429, 503))
def search_image_of_catalogue(image_id: int, parameters: SearchParameters) -> Response:
    """Search with a picture of the catalogue, which is left out of the answer."""
    return _answer(search_image(get_parts(), image_id, _ask(parameters)))


@api.get("/status")
@api.output(StatusDocument)
@api.doc(operation_id="getStatus", responses=problems(503))
def status() -> Response:
    """Tell what this engine holds and what it accepts."""
    parts = get_parts()
    engine, settings, counts = parts.engine, parts.settings, parts.holdings().counts
    collections = counts.largest_collections(COLLECTIONS_TOLD)
    return answer_document(
        StatusDocument(
            version=parts.version,
            images=counts.images,
            searchable=len(engine.copies),
            change=engine.catalogue.last_change(),
            index_change=engine.copies.status.change,
            model_id=engine.extractor.model_id,
            copy_threshold=engine.extractor.copy_threshold,
            similar_floor=engine.extractor.similar_floor,
            collections=collections,
            other_collections=len(counts.collections) - len(collections),
            videos=parts.videos.counts.videos,
            max_upload_bytes=settings.max_upload_bytes,
            max_video_bytes=settings.max_video_bytes,
            max_pixels=settings.max_pixels,
            fetches_urls=settings.fetch_urls,
            rate_limit=settings.rate_limit,
        )
    )


@api.get("/problems/<name>")
@api.output(ProblemKindDocument)
@api.doc(operation_id="getProblem", responses=problems(404))
def problem(name: str) -> Response:
    """Explain a kind of error, as its `type` names it."""
    kind = problem_kinds().get(name)
    if kind is None:
        raise NotFound(
            f"there is no kind of problem called {name[:60]!r}", remedy="Take the name from the `type` of an error."
        )
    return answer_document(ProblemKindDocument(type=f"/api/v1/problems/{name}", **kind._asdict()))


def describe_bodies(spec: dict[Any, Any] | str) -> dict[Any, Any] | str:
    """Add what no decorator can say to the OpenAPI description: bodies of one of several types, a second answer."""
    if isinstance(spec, str):  # the library hands over text where YAML is wished for, which is not so here
        raise ContractBroken(f"expected the description as a dict; received {type(spec).__name__}")
    spec["paths"]["/api/v1/search"]["post"]["requestBody"] = SEARCH_BODY
    adding = spec["paths"]["/api/v1/images"]["post"]
    adding["requestBody"] = ADD_BODY
    adding["responses"]["200"]["content"] = adding["responses"]["201"]["content"]
    is_required = get_parts().settings.api_tokens == "required"
    for operation in (one for methods in spec["paths"].values() for name, one in methods.items() if name in METHODS):
        # What changes the catalogue has said so itself; elsewhere a token may be shown.
        operation.setdefault("security", [{TOKEN_SCHEME: []}] if is_required else [{}, {TOKEN_SCHEME: []}])
    spec["paths"]["/api/v1/videos/search"]["post"]["requestBody"] = VIDEO_SEARCH_BODY
    return spec


def _ask(parameters: SearchParameters) -> Ask:
    """Return what of the answer is wanted."""
    return Ask(
        copies_page=parameters.copies_page,
        similar_page=parameters.similar_page,
        page_size=parameters.page_size,
        attributes=parse_attributes(parameters.attributes),
        verdicts=parse_verdicts(parameters.verdict),
        collection=parse_collection(parameters.collection),
        place=parse_source(parameters.source),
        words=parse_words(parameters.words),
        sort=parameters.sort,
        show_decided=parameters.show_decided,
        region=parse_region(parameters.region) if parameters.region else None,
        parts=SearchParts(parameters.regions),
    )


def _address_of_json(body: object) -> str:
    """Return the address in a JSON body."""
    if not isinstance(body, dict) or set(body) != {"url"} or not isinstance(body["url"], str):
        raise BadRequest('expected JSON such as {"url": "https://…"}', remedy="Send an object with `url` alone.")
    return parse_address(body["url"])


def _answer(searched: Searched) -> Response:
    """Return the answer to a search as a document, with its times."""
    document = AnswerDocument.of(searched.answer, get_parts().engine.extractor.model_id)
    return tell_times(answer_document(document), dict(searched.answer.steps_ms))
