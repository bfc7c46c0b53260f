"""Headers that tell browsers what a page of this site may do, and for how long it may be kept."""

from flask import Flask, Response, request

CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'none'",
    "script-src 'self'",
    "connect-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "media-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
))  # fmt: skip

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Same-origin rather than none: the check of forms over https reads the referrer.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # For browsers that do not know frame-ancestors.
    "X-Frame-Options": "DENY",
}


def protect(app: Flask) -> None:
    """Send the headers with every answer of the application, errors too."""
    app.after_request(_add_headers)


def never_store(response: Response) -> Response:
    """Forbid keeping the answer to an upload anywhere between the visitor's eyes and this server."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _add_headers(response: Response) -> Response:
    """Add what the answer does not say itself."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.method == "POST" or response.status_code >= 400:
        never_store(response)
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "private, no-cache"
    return response
