"""The signature of the package image-match (Wong, Bern and Goldberg, "An image signature for any kind of image", 2002).

It runs as a process of its own, with packages of its own: see `environments`.
"""

import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from errors import EnvironmentFault
from evaluation.baselines import Descriptions
from evaluation.peers.environments import IMAGE_MATCH, must_be_installed, peer_python
from feature_extractor.picture import Picture

LENGTH = 648
"""9 × 9 places, the brightness of each beside that of its eight neighbours."""

_WORKER = Path(__file__).with_name("image_match_worker.py")
_HEADER = struct.Struct("<II")


class ImageMatch:
    """Its 648 values of -2..2; the package's normalised distance ‖a - b‖ / (‖a‖ + ‖b‖), 0..1.

    Its process lives as long as this object; use it as a context manager, or `close` it.
    """

    name = "image-match"
    identity = f"image-match {IMAGE_MATCH.alone}"

    def __init__(self, folder: Path) -> None:
        """Start the process.

        Args:
            folder: where `install_peers` put its environment.
        Raises:
            PartMissing: it is not there.
        """
        python = must_be_installed(peer_python(IMAGE_MATCH, folder))
        command = [str(python), "-P", str(_WORKER)]  # -P: its image_match is the package, not this file
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  # ours

    def __enter__(self) -> "ImageMatch":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.close()

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def describe(self, pictures: Sequence[Picture]) -> NDArray[np.int8]:
        """Return int8 (len(pictures), 648).

        Raises:
            EnvironmentFault: the process ended.
        """
        asked, answered = self._process.stdin, self._process.stdout
        signatures = np.empty((len(pictures), LENGTH), np.int8)
        if asked is None or answered is None:  # never so with the pipes asked for above
            raise EnvironmentFault("expected pipes to image-match; received none")
        for row, picture in enumerate(pictures):
            try:
                asked.write(_HEADER.pack(*picture.shape[:2]) + picture.tobytes())
                asked.flush()
                signature = answered.read(LENGTH)
            except BrokenPipeError:
                signature = b""
            if len(signature) < LENGTH:
                raise EnvironmentFault(f"expected {LENGTH} values of image-match; its process ended")
            signatures[row] = np.frombuffer(signature, np.int8)
        return signatures

    def distance(self, queries: Descriptions, base: Descriptions) -> NDArray[np.float32]:
        """Return the normalised distance, (queries, base); 1 where both are blank."""
        ours, theirs = (rows.astype(np.float32) for rows in (queries, base))
        first, second = ((rows**2).sum(axis=1) for rows in (ours, theirs))
        squared = first[:, None] + second[None] - 2 * (ours @ theirs.T)
        norms = np.sqrt(first)[:, None] + np.sqrt(second)[None]
        return np.where(norms > 0, np.sqrt(np.maximum(squared, 0)) / np.maximum(norms, 1), 1).astype(np.float32)

    def as_vectors(self, descriptions: Descriptions) -> NDArray[np.float32]:
        """Return the signatures as float32."""
        return descriptions.astype(np.float32)
