"""Search by a face, for the signed-in, in collections for which the owner said why. Of a query nothing is kept."""

from dataclasses import replace

from flask import Blueprint, Response, make_response, render_template, request

from errors import BadRequest, FileTooLarge, UploadMissing
from feature_extractor.preview import preview_size
from search.faces.query import LIMIT, QueryFace, best_of_pictures, check_searchable, nearest_faces, read_faces
from search.stopwatch import Stopwatch
from web import metrics
from web.face_seal import PREVIEW_SIDE_PX, SealedFaces, small_picture
from web.parts import Parts, get_parts
from web.present_faces import MOST_FACES, FacesFound, faces_context
from web.searches import parse_collection, tell_times
from web.security import never_store
from web.signed_in import require_user

FACES_A_PICTURE = 3
"""Faces looked at for each picture that is shown, as some pictures hold several that are near."""

face_pages = Blueprint("face_pages", __name__)


@face_pages.get("/faces")
def show() -> Response:
    """Show the form, and which collections have faces switched on; or how to switch them on."""
    require_user()
    consents = get_parts().engine.catalogue.faces.consents()
    return never_store(make_response(render_template("faces.html", page=faces_context(consents, None, None))))


@face_pages.post("/faces")
def search() -> Response:
    """Find the faces of an upload, or go on with those of a moment ago, and show who is nearest to one of them."""
    require_user()
    parts, watch = get_parts(), Stopwatch()
    catalogue = parts.engine.catalogue
    collection = parse_collection(request.form.get("collection", ""))
    # Before the networks are loaded: where faces are off none is looked for.
    check_searchable(catalogue, collection)
    seen = _faces_of_request(parts, collection, watch)
    reader, chosen = parts.faces.reader, _chosen(len(seen.faces))
    found = FacesFound(seen, "", chosen, (), reader.same_person)
    if chosen is not None:
        with watch.step("nearest"):
            [answer] = nearest_faces(
                catalogue, reader, [seen.faces[chosen]], limit=FACES_A_PICTURE * LIMIT, collection=collection
            )
        sealed = parts.faces.seal.close(seen, reader.model_id)
        found = replace(found, sealed=sealed, hits=best_of_pictures(answer.hits, LIMIT))
    metrics.observe_face_search(watch.steps_ms, is_found=any(hit.is_same_person for hit in found.hits))
    context = faces_context(catalogue.faces.consents(), collection, found)
    answered = make_response(render_template("faces.html", page=context))
    return never_store(tell_times(answered, dict(watch.steps_ms)))


def _faces_of_request(parts: Parts, collection: str | None, watch: Stopwatch) -> SealedFaces:
    """Return the faces that the form brings, the largest first.

    Raises:
        SealBroken: they were sealed too long ago, or not here.
        UploadMissing, PictureError: there is no picture, or none that can be read.
    """
    if sealed := request.form.get("sealed", ""):
        with watch.step("unseal"):
            return parts.faces.seal.open(sealed, parts.faces.reader.model_id)
    file = request.files.get("file")
    most = parts.settings.max_upload_bytes
    data = file.stream.read(most + 1) if file is not None else b""
    if file is None or not data:
        raise UploadMissing("no file was given", remedy="Choose a picture file.")
    if len(data) > most:
        raise FileTooLarge(f"expected a picture of at most {most:,} bytes; received more")
    with watch.step("faces"):
        decoded, faces = read_faces(
            parts.engine.catalogue, parts.faces.reader, data, parts.engine.limits, collection=collection
        )
    height, width = decoded.pixels.shape[:2]
    largest = sorted(faces, key=lambda face: _area(face, width, height), reverse=True)
    with watch.step("preview"):
        preview = small_picture(decoded.pixels)
    small = preview_size(width, height, PREVIEW_SIDE_PX)
    return SealedFaces(
        file.filename or "your picture",
        preview,
        *small,
        tuple(largest[:MOST_FACES]),
        left_out=max(0, len(faces) - MOST_FACES),
    )


def _area(face: QueryFace, width: int, height: int) -> float:
    left, top, right, bottom = face.box
    return (right - left) * width * (bottom - top) * height


def _chosen(faces: int) -> int | None:
    """Return the place of the face that the address names, the largest where it names none; None without faces.

    Raises:
        BadRequest: the picture has no such face.
    """
    text = request.args.get("face", "1")
    if not faces:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= faces):
        raise BadRequest(f"expected face in 1..{faces}; received {text[:20]!r}", remedy="Choose one of the faces.")
    return int(text) - 1
