"""The part of the JSON API that deals in PDQ hashes: pictures are found and shared without the pictures."""

from dataclasses import asdict

from apiflask import APIBlueprint
from flask import Response

from data.hash_lists import BadLine, ListedHash, read_elements
from data.hashes import Hashes
from search.hash_export import hash_lines
from web.api_answers import answer_document, problems
from web.documents import ImageDocument
from web.hash_documents import (
    MATCHES_TOLD,
    PAGE,
    HashAnswerDocument,
    HashDocument,
    HashMatchDocument,
    HashPageDocument,
    HashPageParameters,
    HashQuery,
    RejectedHashDocument,
    SharedHashDocument,
)
from web.parts import get_parts
from web.searches import parse_collection

api_hashes = APIBlueprint("api_hashes", __name__, url_prefix="/api/v1", tag="hashes")


@api_hashes.post("/hashes/search")
@api_hashes.input(HashQuery, location="json", arg_name="query")
@api_hashes.output(HashAnswerDocument)
@api_hashes.doc(operation_id="searchHashes", responses=problems(400, 413, 415, 422, 429, 503))
def search_hashes(query: HashQuery) -> Response:
    """Search with PDQ hashes, without the pictures that they were made of."""
    parts = get_parts()
    read = list(read_elements(query.hashes, min_quality=0))
    listed = [one for one in read if isinstance(one, ListedHash)]
    found = list(parts.hashes.search([one.pdq for one in listed], query.max_distance, most=MATCHES_TOLD))
    images = parts.engine.catalogue.images(sorted({image_id for near in found for image_id in near.ids}))
    hashes = [
        HashDocument(
            hash=one.pdq.hex(),
            total=near.total,
            matches=[
                HashMatchDocument(distance=distance, image=ImageDocument.of(images[image_id]))
                for image_id, distance in zip(near.ids, near.distances, strict=True)
                if image_id in images  # removed since
            ],
        )
        for one, near in zip(listed, found, strict=True)
    ]
    rejected = [RejectedHashDocument(**asdict(one)) for one in read if isinstance(one, BadLine)]
    return answer_document(HashAnswerDocument(hashes=hashes, rejected=rejected, searched=parts.hashes.count()))


@api_hashes.get("/hashes")
@api_hashes.input(HashPageParameters, location="query", arg_name="parameters")
@api_hashes.output(HashPageDocument)
@api_hashes.doc(operation_id="listHashes", responses=problems(422, 429, 503))
def list_hashes(parameters: HashPageParameters) -> Response:
    """Tell the PDQ hashes of the catalogue, a page at a time, to share them."""
    engine = get_parts().engine
    page = Hashes(engine.catalogue.database).page(
        after_id=parameters.after_id, limit=PAGE, collection=parse_collection(parameters.collection)
    )
    lines = hash_lines(page, engine.thumbnails, engine.limits)
    hashes = [
        SharedHashDocument(hash=line.hash, quality=line.quality, id=line.image_id, sha256=line.sha256) for line in lines
    ]
    return answer_document(
        HashPageDocument(hashes=hashes, next_after_id=hashes[-1].id if len(hashes) == PAGE else None)
    )
