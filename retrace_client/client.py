"""The client: a method for each thing that the API does."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

from retrace_client.answers import Added, Answer, Hash, Image, Raw, SharedHash, Status
from retrace_client.errors import AnswerUnreadable
from retrace_client.options import About, SearchOptions
from retrace_client.transport import Patience, Transport, document_of

_Read = TypeVar("_Read")
_API = "api/v1"
_BYTES = {"Content-Type": "application/octet-stream"}


class Retrace:
    """A site of Retrace; threads may share one. Use it in a `with` block, or close it.

    Every method raises the errors of retrace_client.errors: Unreachable where there is no answer, RequestRefused where
    it is no, AnswerUnreadable where what answers is no Retrace.
    """

    def __init__(
        self,
        address: str,
        *,
        token: str | None = None,
        timeout_s: float = 60.0,
        retries: int = 2,
        longest_wait_s: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Name the site; nothing is connected to yet.

        Args:
            address: such as 'http://127.0.0.1:8080'.
            token: from `index.py token add`; None where the site wants none.
            timeout_s: for a connection, and between two pieces of an answer.
            retries: how often a request is sent again that the site had no time for (429 and 503), after as long as it
                asked.
            longest_wait_s: before one is sent again; where the site asks for more, the request fails at once.
            sleep: waits so many seconds.
        """
        self._transport = Transport(address, token, Patience(timeout_s, retries, longest_wait_s), sleep=sleep)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        """Return the client itself, closed at the end of the block."""
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    # Searching

    def search_bytes(self, data: bytes, **options: Unpack[SearchOptions]) -> Answer:
        """Search with the bytes of a picture file."""
        return self._search("POST", f"{_API}/search", options, content=data, headers=_BYTES)

    def search_file(self, path: str | os.PathLike[str], **options: Unpack[SearchOptions]) -> Answer:
        """Search with a picture file of this machine.

        Raises:
            OSError: it cannot be read.
        """
        return self.search_bytes(Path(path).read_bytes(), **options)

    def search_url(self, url: str, **options: Unpack[SearchOptions]) -> Answer:
        """Search with the picture behind an address, which the site fetches."""
        return self._search("POST", f"{_API}/search", options, json={"url": url})

    def search_image(self, image_id: int, **options: Unpack[SearchOptions]) -> Answer:
        """Search with a picture of the catalogue, which is left out of the answer."""
        return self._search("GET", f"{_API}/images/{image_id:d}/search", options)

    # Pictures of the catalogue

    def image(self, image_id: int) -> Image:
        """Return what is known of a picture."""
        return _read(Image.of, self._transport.document("GET", f"{_API}/images/{image_id:d}"))

    def add_bytes(self, data: bytes, *, name: str = "", **about: Unpack[About]) -> Added:
        """Add a picture from its bytes; the same file is added once, however often it is sent.

        Args:
            data: of the file.
            name: of the file, which is kept where no `source` is given.
            about: what is known of it.
        """
        return self._add(files={"file": (name or "picture", data)}, data=dict(about))

    def add_file(self, path: str | os.PathLike[str], **about: Unpack[About]) -> Added:
        """Add a picture file of this machine.

        Raises:
            OSError: it cannot be read.
        """
        return self.add_bytes(Path(path).read_bytes(), name=Path(path).name, **about)

    def add_url(self, url: str, **about: Unpack[About]) -> Added:
        """Add the picture behind an address, which the site fetches."""
        return self._add(json={"url": url, **about})

    def remove(self, image_id: int) -> None:
        """Remove a picture, with all that is kept of it."""
        self._transport.send("DELETE", f"{_API}/images/{image_id:d}")

    # Hashes

    def search_hashes(self, hashes: Sequence[str], *, max_distance: int = 31) -> tuple[Hash, ...]:
        """Return the pictures near to some PDQ hashes, without the pictures that these were made of.

        Args:
            hashes: 64 hexadecimal digits each, at most 100. What is no hash is left out of what comes back.
            max_distance: in how many of 256 bits a picture's hash may differ, 0..64.
        """
        body = {"hashes": list(hashes), "max_distance": max_distance}
        document = self._transport.document("POST", f"{_API}/hashes/search", json=body)
        return _read(lambda raw: tuple(Hash.of(one) for one in raw["hashes"]), document)

    def hashes(self, *, collection: str | None = None) -> Iterator[SharedHash]:
        """Yield the PDQ hashes of the catalogue, or of one collection, in order of id; fetched a page at a time."""
        after_id: int | None = 0
        while after_id is not None:
            params = {"after_id": after_id, "collection": collection or ""}
            document = self._transport.document("GET", f"{_API}/hashes", params=params)
            yield from _read(lambda raw: [SharedHash.of(one) for one in raw["hashes"]], document)
            after_id = _read(lambda raw: raw["next_after_id"], document)

    # The site

    def status(self) -> Status:
        """Return what the site holds and accepts."""
        return _read(Status.of, self._transport.document("GET", f"{_API}/status"))

    def _search(self, method: str, path: str, options: SearchOptions, **parts: Any) -> Answer:  # noqa: ANN401
        """Return the answer to a search."""
        return _read(Answer.of, self._transport.document(method, path, params=dict(options), **parts))

    def _add(self, **parts: Any) -> Added:  # noqa: ANN401 - as httpx takes them
        """Return what became of a picture."""
        response = self._transport.send("POST", f"{_API}/images", **parts)
        image = _read(Image.of, document_of(response))
        return Added(image, created=response.status_code == HTTPStatus.CREATED)


def _read(read: Callable[[Raw], _Read], document: Mapping[str, Any]) -> _Read:
    """Return a document as its dataclass.

    Raises:
        AnswerUnreadable: it lacks what that needs.
    """
    try:
        return read(document)
    except (KeyError, TypeError, ValueError) as exc:
        raise AnswerUnreadable(f"the answer is not as this client knows it: {type(exc).__name__} {exc}") from exc
