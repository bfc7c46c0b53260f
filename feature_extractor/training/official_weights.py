"""ImageNet weights as Keras publishes them; those of ResNet-50 are for whoever needs other terms than our start's."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
import keras
import numpy as np
from numpy.typing import NDArray

from errors import FetchFailed, ModelUnusable, StorageUnavailable
from feature_extractor.training.network import Variant, build_trunk

OnProgress = Callable[[int, int], None]
"""Told how many bytes are there, of how many."""

_TRIES = 5  # in a row that bring nothing
_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class OfficialWeights:
    """A file of weights that anybody can have.

    Attributes:
        url: where it is.
        digest: of the file, hexadecimal.
        size_bytes: of the file.
        variant: of our network, for the weights of ResNet-50.
        algorithm: of the digest. Keras itself tells MD5 alone, which keeps out damage and not forgery.
    """

    url: str
    digest: str
    size_bytes: int
    variant: Variant = "v1"
    algorithm: Literal["sha256", "md5"] = "sha256"

    @property
    def file(self) -> str:
        """Return the name of the file."""
        return self.url.rpartition("/")[2]


KERAS_RESNET50 = OfficialWeights(
    url="https://storage.googleapis.com/tensorflow/keras-applications/resnet/"
    "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
    digest="66c8b43daff3fcc15bc4f30e3d2a167e21a14d9c9598a5394e5516471f4af504",
    size_bytes=94_765_736,
)
"""What `keras.applications.ResNet50(include_top=False)` loads: trained on ImageNet by He et al. (2015), converted."""


def fetch_official_weights(
    folder: Path, official: OfficialWeights = KERAS_RESNET50, *, on_progress: OnProgress = lambda done, total: None
) -> Path:
    """Return official weights as `load_weights` reads them, fetched and converted where they are not there yet.

    Args:
        folder: of the `.npz`; it also keeps what a stopped download brought, which the next one goes on with.
        official: which.
        on_progress: see OnProgress.
    Raises:
        FetchFailed: the server does not answer, or gives another file.
        ModelUnusable: the file is not of the network's form.
        StorageUnavailable: the folder cannot be written.
    """
    converted = folder / f"{Path(official.file).stem}-{official.digest[:8]}.npz"
    if not converted.is_file():
        fetched = folder / official.file
        try:
            folder.mkdir(parents=True, exist_ok=True)
            download(official, fetched, on_progress=on_progress)
            convert_keras_weights(fetched, converted, official.variant)
            fetched.unlink()
        except OSError as exc:
            raise StorageUnavailable(
                f"expected to write weights to {folder}; received {exc.strerror or exc}",
                remedy="Check that the folder can be written and that the disk has room.",
            ) from exc
    return converted


def download(official: OfficialWeights, target: Path, *, on_progress: OnProgress = lambda done, total: None) -> None:
    """Fetch a file, from where an earlier download stopped, and check it; a connection that is cut is taken up again.

    Args:
        official: the file.
        target: where it goes once it is whole and right; what is not whole yet lies beside it, with `.part`.
        on_progress: see OnProgress.
    Raises:
        FetchFailed: the server does not answer, or gives another file.
    """
    if target.is_file() and _digest(target, official.algorithm) == official.digest:
        return
    partial = target.with_name(f"{target.name}.part")
    useless = 0
    with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=True) as client:
        while (held := _size(partial)) < official.size_bytes:
            try:
                _go_on(client, official, partial, on_progress)
            except httpx.HTTPError as exc:
                useless = 0 if _size(partial) > held else useless + 1
                if useless == _TRIES:
                    raise FetchFailed(
                        f"expected {official.size_bytes:,} bytes from {official.url}; received {_size(partial):,}, "
                        f"then: {exc or type(exc).__name__}",
                        remedy="Run the command again: it goes on where it stopped.",
                    ) from exc
    received = _digest(partial, official.algorithm)
    if received != official.digest:
        partial.unlink()
        raise FetchFailed(
            f"expected {official.file} of {official.algorithm} {official.digest}; received {received}",
            remedy="Run the command again. If it fails again, the file was changed at its source: do not use it.",
        )
    partial.replace(target)


def convert_keras_weights(source: Path, target: Path, variant: Variant = "v1") -> None:
    """Write the weights of `keras.applications.ResNet50` as our network takes them.

    Keras's network was trained on blue, green and red in 0..255; ours is given red, green and blue in 0..1, both less
    the mean of ImageNet: the first kernel is turned round and multiplied, and nothing else changes.

    Args:
        source: HDF5 file without the classifier, as Keras publishes it.
        target: `.npz` file, as `load_weights` reads it.
        variant: whose names the arrays must have.
    Raises:
        ModelUnusable: the file is not of that form.
    """
    theirs = keras.applications.ResNet50(include_top=False, weights=None)
    try:
        theirs.load_weights(source)
    except (OSError, ValueError, KeyError) as exc:
        raise ModelUnusable(
            f"expected weights of keras.applications.ResNet50 in {source.name}; received {exc}",
            remedy="Delete the file and fetch it again.",
        ) from exc
    arrays = named_arrays(theirs)
    if arrays.keys() != named_arrays(build_trunk(variant)).keys():
        raise ModelUnusable(f"expected the arrays of ResNet-50 {variant} in {source.name}; received others")
    arrays["conv1_conv/kernel"] = np.ascontiguousarray(255 * arrays["conv1_conv/kernel"][:, :, ::-1])  # (7, 7, RGB, 64)
    partial = target.with_name(f"{target.name}.part")
    with partial.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # NumPy's stub takes any keyword for allow_pickle
    partial.replace(target)


def named_arrays(model: keras.Model) -> dict[str, NDArray[np.float32]]:
    """Return the arrays of a model by layer and variable, such as `conv1_conv/kernel`."""
    return {
        f"{layer.name}/{variable.name}": np.asarray(keras.ops.convert_to_numpy(variable), np.float32)
        for layer in model.layers
        for variable in layer.weights
    }


def _go_on(client: httpx.Client, official: OfficialWeights, partial: Path, on_progress: OnProgress) -> None:
    """Ask for what is missing of a file and add what comes.

    Raises:
        httpx.HTTPError: the server cannot be had, or the connection was cut.
        FetchFailed: it refuses, or gives something else.
    """
    held = _size(partial)
    # Ranges count bytes of what travels, so nothing may be compressed on the way.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={held}-"} if held else {})
    with client.stream("GET", official.url, headers=headers) as answer:
        if answer.is_server_error:
            answer.raise_for_status()
        if answer.status_code not in {httpx.codes.OK, httpx.codes.PARTIAL_CONTENT}:
            raise FetchFailed(f"expected {official.url}; received status {answer.status_code}")
        goes_on = answer.status_code == httpx.codes.PARTIAL_CONTENT
        if goes_on and not answer.headers.get("Content-Range", "").startswith(f"bytes {held}-"):
            partial.unlink()
            raise FetchFailed(f"expected the rest of {official.url} from byte {held:,}; received another part")
        with partial.open("ab" if goes_on else "wb") as file:
            done = held if goes_on else 0
            for chunk in answer.iter_raw():  # as it comes: what a buffer holds would be lost with the connection
                done += len(chunk)
                if done > official.size_bytes:
                    os.ftruncate(file.fileno(), 0)
                    raise FetchFailed(f"expected {official.size_bytes:,} bytes from {official.url}; received more")
                file.write(chunk)
                on_progress(done, official.size_bytes)
    if _size(partial) == held:
        raise httpx.RemoteProtocolError("nothing came")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
