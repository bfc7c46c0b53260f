"""Sends small pictures whose address names what they show, so that it never shows anything else."""

from flask import Response, make_response, request

YEAR_S = 365 * 24 * 3600


def send_small(data: bytes, sha256: str) -> Response:
    """Return a thumbnail or a strip, which browsers may keep for ever.

    Args:
        data: of the WebP file.
        sha256: of what it shows.
    """
    response = make_response(data)
    response.mimetype = "image/webp"
    response.cache_control.public = True
    response.cache_control.max_age = YEAR_S
    response.cache_control.immutable = True
    response.set_etag(sha256)
    response.make_conditional(request)
    return response
