"""The pictures of the catalogue as a source of records: as they are shown, with what is labelled of them."""

from collections.abc import Iterator
from functools import partial

from data.catalogue import Catalogue
from data.records import SourceRecord
from data.thumbnails import ThumbnailStore
from errors import SourceUnreadable

_PAGE = 500


def read_catalogue(catalogue: Catalogue, thumbnails: ThumbnailStore) -> Iterator[SourceRecord]:
    """Yield every picture of a catalogue in order of id; its bytes are its thumbnail, as originals may be gone.

    Pictures added meanwhile may be among them.
    """
    after_id = 0
    while images := catalogue.list_images(after_id=after_id, limit=_PAGE):
        for image in images:
            yield SourceRecord(
                locator=f"catalogue!{image.sha256}",
                read=partial(_read, thumbnails, image.sha256),
                title=image.title,
                licence=image.licence,
                project=image.project,
                collection=image.collection,
                labels=image.labels,
                mature=image.mature,
            )
        after_id = images[-1].id


def _read(thumbnails: ThumbnailStore, sha256: str) -> bytes:
    data = thumbnails.read(sha256)
    if data is None:
        raise SourceUnreadable(f"expected a thumbnail of {sha256}; there is none", remedy="Find out with `check`.")
    return data
