"""Addresses of pictures on this site.

A results page holds some hundred of them. Flask's `url_for` is right for any route and takes about 15 µs; these are
written out, and a test holds them to the routes.
"""

from flask import request


def picture_href(image_id: int) -> str:
    """Return the address of a picture's own page."""
    return f"{request.script_root}/picture/{image_id}"


def search_href(image_id: int) -> str:
    """Return the address of a search with a picture of the catalogue."""
    return f"{request.script_root}/search?image={image_id}"


def thumbnail_src(sha256: str) -> str:
    """Return the address of a picture's thumbnail."""
    return f"{request.script_root}/thumbnail/{sha256}.webp"


def compare_href(first: int, second: int, region: str = "") -> str:
    """Return the address of two pictures of the catalogue beside each other, the second as if made from the first.

    Args:
        region: of the second, that was searched with; '' for the whole.
    """
    return f"{request.script_root}/compare?first={first}&second={second}{_of_region(region)}"


def compare_upload_href(image_id: int, region: str = "") -> str:
    """Return the address that a sealed query is posted to, to see it beside a picture of the catalogue.

    Args:
        region: of the upload, that was searched with; '' for the whole.
    """
    return f"{request.script_root}/compare?picture={image_id}{_of_region(region)}"


def _of_region(region: str) -> str:
    """Return what an address says of a region, which is numbers and commas."""
    return f"&region={region}" if region else ""


def family_href(image_id: int) -> str:
    """Return the address of the versions of a picture that the catalogue holds."""
    return f"{request.script_root}/family/{image_id}"


def evidence_href(first: int, second: int) -> str:
    """Return the address of the evidence of two pictures of the catalogue."""
    return f"{request.script_root}/evidence?first={first}&second={second}"


def evidence_upload_href(image_id: int) -> str:
    """Return the address that a sealed query is posted to for the evidence of it and a picture of the catalogue."""
    return f"{request.script_root}/evidence?picture={image_id}"


def video_href(video_id: int, at_ms: int | None = None) -> str:
    """Return the address of a video's own page.

    Args:
        at_ms: time in the video to begin at.
    """
    return f"{request.script_root}/video/{video_id}" + (f"?at={at_ms / 1000:.3f}" if at_ms is not None else "")


def video_file_href(video_id: int, *, as_download: bool = False) -> str:
    """Return the address of a video's file, to be played or to be kept."""
    return f"{request.script_root}/video/{video_id}/{'download' if as_download else 'file'}"


def poster_src(sha256: str) -> str:
    """Return the address of a video's strip of small frames."""
    return f"{request.script_root}/poster/{sha256}.webp"
