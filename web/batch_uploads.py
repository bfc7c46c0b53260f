"""Many pictures in one form: how many, and how much of their time a visitor may take."""

from collections.abc import Iterator

from flask import Flask, request
from werkzeug.datastructures import FileStorage

from web.words import shorten

BATCH_ENDPOINT = "batches.search_files"
"""The route that takes many pictures at once. All of them together may be as large as one elsewhere, since they are
held in memory; a script sends them one by one."""
MOST_NAMED = 500
"""Files of a form; those that are not searched with are named."""
MOST_SEARCHED = 64
"""Files of a form that are searched with: a page shows them all."""
MOST_S = 20.0
"""Of searching for one form; proxies wait for a minute."""
LONGEST_NAME = 255
"""Characters of a file's name that are kept."""
_OTHER_FIELDS = 4


def take_many(app: Flask) -> None:
    """Allow a form of many files on the route that takes them; call it before what reads bodies is added."""
    app.before_request(_allow_many)


def _allow_many() -> None:
    """Allow more parts of a form than elsewhere; its size stays what it is."""
    if request.method == "POST" and request.endpoint == BATCH_ENDPOINT:
        request.max_form_parts = MOST_NAMED + _OTHER_FIELDS


def files_of_form() -> Iterator[tuple[str, FileStorage]]:
    """Yield the files of the form with their names, bounded; a field without a file is a part too, and is left out."""
    for number, file in enumerate(request.files.getlist("files"), start=1):
        if file.filename or file.stream.read(1):
            file.stream.seek(0)
            yield shorten(file.filename or f"picture {number}", LONGEST_NAME), file
