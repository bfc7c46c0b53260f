"""Arrays that are made once and kept in files; a file can be deleted at any time."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from errors import StorageUnavailable

Array = NDArray[np.generic]


def read_or_make(path: Path, make: Callable[[], Array]) -> Array:
    """Return the array in a file; where it is not there, make and write it.

    Raises:
        StorageUnavailable: it cannot be written.
    """
    if not path.is_file():
        array, part = make(), path.with_suffix(".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                np.save(file, array, allow_pickle=False)
            part.replace(path)
        except OSError as exc:
            raise StorageUnavailable(f"{path} cannot be written: {exc.strerror}") from exc
    return np.asarray(np.load(path, allow_pickle=False))
