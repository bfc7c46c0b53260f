"""What the page of faces works with: opened when somebody first searches by a face, and never where faces are off."""

from collections.abc import Callable
from threading import Lock

from feature_extractor.faces.reader import Reader, open_reader
from settings import Settings
from web.face_seal import FaceSeal


class FaceParts:
    """The reader of faces of a process, and the seal of what it read.

    Attributes:
        seal: for the faces of an upload.
    """

    def __init__(self, settings: Settings, key: bytes, opening: Callable[[], Reader] | None = None) -> None:
        """Keep what is cheap.

        Args:
            settings: of this site.
            key: 32 bytes, for the seal.
            opening: gives a reader; the networks of the settings when left out.
        """
        self.seal = FaceSeal(key)
        self._opening = opening or (lambda: open_reader(settings.face_model, threads=settings.inference_threads))
        self._reader: Reader | None = None
        self._lock = Lock()

    @property
    def reader(self) -> Reader:
        """What reads faces off pictures, opened once for all threads.

        Raises:
            ModelUnusable: a network is absent or damaged.
        """
        with self._lock:
            if self._reader is None:
                self._reader = self._opening()
            return self._reader
