"""The part of the JSON API that changes the catalogue: for programs whose token may write."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request, url_for
from werkzeug.exceptions import UnsupportedMediaType

from data.records import SourceRecord
from errors import BadRequest, NotFound, UploadMissing
from search.ingest import Intake, ingest_one
from search.removal import remove_images
from search.words import is_web_address
from web.api_answers import TOKEN_SCHEME, answer_document, problems
from web.documents import ImageDocument
from web.parts import Parts, get_parts
from web.searches import MAX_COLLECTION, MAX_URL, check_id, image_of, parse_address
from web.tokens import require_writing_token

api_images = APIBlueprint("api_images", __name__, url_prefix="/api/v1", tag="images")

MAX_TITLE = 1000
MAX_LICENCE = 500
MAX_FILENAME = 200
"""Characters of what is kept of a file's name."""
FIELDS: Mapping[str, int] = {
    "url": MAX_URL,
    "title": MAX_TITLE,
    "collection": MAX_COLLECTION,
    "source": MAX_URL,
    "backlink": MAX_URL,
    "licence": MAX_LICENCE,
}
"""What may be said of a picture, and in how many characters."""

_MEANINGS = {
    "url": "Address of the picture, where there is no file.",
    "title": "What it is called.",
    "collection": "What it is grouped by.",
    "source": "Address where the picture itself was seen; that of `url` when left out.",
    "backlink": "Address of the page that shows it.",
    "licence": "Under which terms it stands.",
}
_PROPERTIES = {
    name: {"type": "string", "maxLength": FIELDS[name], "description": meaning} for name, meaning in _MEANINGS.items()
}
ADD_BODY: dict[str, Any] = {
    "required": True,
    "description": "The picture and what is known of it.",
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "file": {"type": "string", "format": "binary", "description": "The picture."},
                    **_PROPERTIES,
                },
            }
        },
        "application/json": {
            "schema": {
                "type": "object",
                "properties": _PROPERTIES,
                "required": ["url"],
                "additionalProperties": False,
            }
        },
    },
}


@api_images.post("/images")
@api_images.output(ImageDocument, status_code=201, description="Added")
@api_images.doc(
    operation_id="addImage",
    security=TOKEN_SCHEME,
    responses={
        200: {"description": "Known already by its sha256; where it was seen is noted, all else stays as it was"},
        **problems(400, 403, 413, 415, 422, 429, 503, 504),
    },
)
def add_image() -> Response:
    """Add a picture to the catalogue.

    Send a form with `file` or `url`, or JSON with `url`. Kept are what is known of it, its descriptors, local features
    and a thumbnail, never the file itself. It is found by every process within a moment.
    """
    token = require_writing_token()
    parts = get_parts()
    if request.mimetype == "multipart/form-data":
        fields = _fields(request.form.to_dict())
        file = request.files.get("file")
        data, name = (file.stream.read(), file.filename or "") if file is not None else (None, "")
    elif request.is_json:
        body = request.get_json()
        if not isinstance(body, dict):
            raise BadRequest('expected JSON such as {"url": "https://…"}', remedy="Send an object.")
        fields, data, name = _fields(body), None, ""
    else:
        raise UnsupportedMediaType
    if data is None:
        fields["url"] = parse_address(fields.get("url", ""))
        data = parts.fetch(fields["url"])
    if not data:
        raise UploadMissing("the file is empty")
    locator = fields.get("source") or fields.get("url") or _locator_of_file(token.name, name, data)
    return _add(parts, data, locator, fields)


@api_images.delete("/images/<int:image_id>")
@api_images.output({}, status_code=204, description="Removed")
@api_images.doc(operation_id="removeImage", security=TOKEN_SCHEME, responses=problems(403, 404, 429, 503))
def remove_image(image_id: int) -> Response:
    """Remove a picture from the catalogue, with all that is kept of it."""
    require_writing_token()
    engine = get_parts().engine
    if not remove_images(engine.catalogue, engine.thumbnails, [check_id(image_id)]):
        raise NotFound(f"there is no picture {image_id} in the catalogue", remedy="It may have been removed already.")
    return Response(status=204)


def _add(parts: Parts, data: bytes, locator: str, fields: Mapping[str, str]) -> Response:
    """Take a picture in, as `add` does, and answer with its row."""
    engine = parts.engine
    record = SourceRecord(
        locator=locator,
        read=lambda: data,
        title=fields.get("title"),
        licence=fields.get("licence"),
        collection=fields.get("collection"),
        backlink=fields.get("backlink"),
    )
    intake = Intake(engine.extractor, engine.catalogue, engine.thumbnails, engine.limits, workers=1)
    tally = ingest_one(intake, record)
    digest = sha256(data).hexdigest()
    image_id = engine.catalogue.same_file(digest)
    if image_id is None:
        raise NotFound("the picture was removed by somebody else while it was added", remedy="Send it again.")
    response = answer_document(ImageDocument.of(image_of(parts, image_id)), 201 if tally.added else 200)
    response.headers["Location"] = url_for("api.get_image", image_id=image_id)
    return response


def _fields(given: Mapping[str, object]) -> dict[str, str]:
    """Return what is said of the picture, trimmed; what is empty counts as not said.

    Raises:
        BadRequest: a field is unknown, no text, too long, or no address where there should be one.
    """
    if unknown := sorted(set(given) - set(FIELDS)):
        raise BadRequest(
            f"expected the fields file, {', '.join(FIELDS)}; received {unknown[0][:60]!r}", remedy="Leave it out."
        )
    fields: dict[str, str] = {}
    for name, value in given.items():
        if not isinstance(value, str):
            raise BadRequest(f"expected {name} as text; received {type(value).__name__}")
        if len(value) > FIELDS[name]:
            raise BadRequest(f"expected {name} of at most {FIELDS[name]} characters; received {len(value)}")
        if text := value.strip():
            fields[name] = text
    for name in ("source", "backlink"):
        # Paths would be those of this server, which commands of the owner may open.
        if name in fields and not is_web_address(fields[name]):
            raise BadRequest(
                f"expected {name} as an http or https address; received {fields[name][:60]!r}", remedy="Leave it out."
            )
    return fields


def _locator_of_file(token: str, name: str, data: bytes) -> str:
    """Return where a file that came without an address is said to come from: the token, and what it was called."""
    called = name.replace("\\", "/").rpartition("/")[2].strip()[-MAX_FILENAME:]
    return f"api:{token}/{called or sha256(data).hexdigest()[:16]}"
