import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import h5py  # type: ignore[import-untyped]  # ships no types
import keras
import numpy as np
import pytest
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

from errors import FetchFailed, ModelUnusable, StorageUnavailable
from feature_extractor.training.network import build_trunk
from feature_extractor.training.official_weights import (
    KERAS_RESNET50,
    OfficialWeights,
    convert_keras_weights,
    download,
    fetch_official_weights,
)
from feature_extractor.training.weights import load_weights

CONTENT = np.random.default_rng(0).bytes(300_000)


class Shop:
    """What a test server has, how often it cuts a connection, and what it was asked."""

    def __init__(self, content: bytes, *, cuts: int = 0, ranges: bool = True, status: int = 200) -> None:
        self.content = content
        self.cuts = cuts
        self.ranges = ranges
        self.status = status
        self.asked: list[str | None] = []
        self.url = ""


@contextmanager
def serving(shop: Shop) -> Iterator[Shop]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            shop.asked.append(wanted)
            if shop.status != 200:
                self.send_error(shop.status)
                return
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and shop.ranges else 0
            rest = shop.content[start:]
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(shop.content) - 1}/{len(shop.content)}")
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            if shop.cuts:
                shop.cuts -= 1
                rest = rest[: len(rest) // 2]
            self.wfile.write(rest)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        shop.url = f"http://127.0.0.1:{server.server_address[1]}/weights.h5"
        try:
            yield shop
        finally:
            server.shutdown()
            thread.join()


def offer(shop: Shop, content: bytes = CONTENT) -> OfficialWeights:
    return OfficialWeights(shop.url, hashlib.sha256(content).hexdigest(), len(content))


def test_a_connection_that_is_cut_is_taken_up_where_it_ended(tmp_path: Path) -> None:
    told: list[int] = []
    with serving(Shop(CONTENT, cuts=2)) as shop:
        download(offer(shop), tmp_path / "weights.h5", on_progress=lambda done, total: told.append(done))
    assert (tmp_path / "weights.h5").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["weights.h5"]
    assert shop.asked == [None, "bytes=150000-", "bytes=225000-"]
    assert told == sorted(told)
    assert told[-1] == len(CONTENT)


def test_a_later_run_goes_on_with_what_an_earlier_one_brought_and_asks_for_nothing_it_has(tmp_path: Path) -> None:
    (tmp_path / "weights.h5.part").write_bytes(CONTENT[:1000])
    with serving(Shop(CONTENT)) as shop:
        for _ in range(2):
            download(offer(shop), tmp_path / "weights.h5")
    assert shop.asked == ["bytes=1000-"]
    assert (tmp_path / "weights.h5").read_bytes() == CONTENT


def test_a_server_without_ranges_is_asked_for_the_whole(tmp_path: Path) -> None:
    (tmp_path / "weights.h5.part").write_bytes(b"x" * 1000)
    with serving(Shop(CONTENT, ranges=False)) as shop:
        download(offer(shop), tmp_path / "weights.h5")
    assert (tmp_path / "weights.h5").read_bytes() == CONTENT


def test_another_file_is_refused_and_not_kept(tmp_path: Path) -> None:
    with serving(Shop(CONTENT[::-1])) as shop, pytest.raises(FetchFailed, match="sha256"):
        download(offer(shop), tmp_path / "weights.h5")
    assert list(tmp_path.iterdir()) == []


def test_a_longer_file_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    with serving(Shop(CONTENT * 30)) as shop, pytest.raises(FetchFailed, match="received more"):
        download(offer(shop), tmp_path / "weights.h5")
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= len(CONTENT)


@pytest.mark.parametrize(("status", "asked"), [(404, 1), (503, 5)])
def test_a_server_that_refuses_is_named_and_one_that_is_busy_is_asked_again(
    tmp_path: Path, status: int, asked: int
) -> None:
    with serving(Shop(CONTENT, status=status)) as shop, pytest.raises(FetchFailed, match=rf"{status}"):
        download(offer(shop), tmp_path / "weights.h5")
    assert len(shop.asked) == asked


def test_a_server_that_is_not_there_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    gone = OfficialWeights("http://127.0.0.1:1/weights.h5", "0" * 64, 10)
    with pytest.raises(FetchFailed, match=r"127\.0\.0\.1:1") as failed:
        download(gone, tmp_path / "weights.h5")
    assert "again" in failed.value.remedy


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageUnavailable, match="file"):
        fetch_official_weights(tmp_path / "file" / "weights")


def test_the_official_file_is_named_by_its_checksum() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", KERAS_RESNET50.digest)
    assert KERAS_RESNET50.url.startswith("https://")
    assert KERAS_RESNET50.file.endswith("_notop.h5")


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.h5").write_bytes(CONTENT)
    with pytest.raises(ModelUnusable, match=r"other\.h5"):
        convert_keras_weights(tmp_path / "other.h5", tmp_path / "weights.npz")


@pytest.mark.slow
def test_what_is_fetched_and_converted_answers_as_keras_does_at_the_border_too(tmp_path: Path) -> None:
    """Random weights take the official ones' place: what counts is names, order of channels, scale and padding."""
    theirs = keras.applications.ResNet50(include_top=False, weights=None, input_shape=(96, 96, 3))
    generator = np.random.default_rng(1)
    for layer in theirs.layers:
        for variable in layer.weights:
            scale = np.sqrt(2 / np.prod(variable.shape[:-1])) if variable.name == "kernel" else 0.1
            value = generator.normal(0, scale, variable.shape)
            variable.assign(1 + np.abs(value) if variable.name in {"gamma", "moving_variance"} else value)
    with h5py.File(tmp_path / "theirs.h5", "w") as file:  # in the older form, as the published ones are
        save_weights_to_hdf5_group(file, theirs)
    content = (tmp_path / "theirs.h5").read_bytes()
    with serving(Shop(content, cuts=1)) as shop:
        official = offer(shop, content)
        found = fetch_official_weights(tmp_path / "kept", official)
        assert fetch_official_weights(tmp_path / "kept", official) == found
        assert len(shop.asked) == 2
    assert list((tmp_path / "kept").iterdir()) == [found]
    ours = build_trunk("v1", side=96)
    assert load_weights(ours, found) is None
    pictures = generator.integers(0, 256, (2, 96, 96, 3), np.uint8)
    prepared = keras.applications.resnet50.preprocess_input(pictures.astype(np.float32))
    for name, layer in (("conv1_relu", "conv1_relu"), ("conv5_block3_out", "conv5_block3_out")):
        expected = keras.Model(theirs.input, theirs.get_layer(layer).output).predict(prepared, verbose=0)
        received = keras.Model(ours.input, ours.get_layer(name).output).predict(pictures, verbose=0)
        np.testing.assert_allclose(received, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
