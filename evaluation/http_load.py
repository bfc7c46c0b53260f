"""Measures searches over HTTP: latency with one client, searches a second with several.

Every upload is a different picture: the given pictures are re-encoded as JPEG with the longer side at 640 px, with
a random crop each, before the clock starts. The load generator runs on the same cores as the server, and its share is
in the figures.
"""

import json
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from PIL import Image as PILImage

from errors import BadInput, EnvironmentFault

UPLOAD_SIDE_PX = 640
_BOUNDARY = "retrace-load"
BODY_TYPE = f"multipart/form-data; boundary={_BOUNDARY}"
"""Content type of the bodies that make_uploads makes."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a run of searches took.

    Attributes:
        clients: connections that asked at the same time.
        searches: answered with status 200; any other status fails the run.
        seconds: from the first request to the last answer.
        median_ms, p90_ms, p99_ms, worst_ms: of one search as its client saw it.
        steps_ms: median of each step as the server timed it.
    """

    clients: int
    searches: int
    seconds: float
    median_ms: float
    p90_ms: float
    p99_ms: float
    worst_ms: float
    steps_ms: dict[str, float]

    @property
    def per_second(self) -> float:
        """Searches answered a second."""
        return self.searches / self.seconds


def make_uploads(pictures: Sequence[Path], count: int, *, seed: int = 0) -> list[bytes]:
    """Return multipart bodies with `count` different 640-px JPEG files.

    Args:
        pictures: files to start from; used in a random order, again with another crop when they run out.
        count: how many bodies.
        seed: of order and crops.
    """
    return [make_body(jpeg) for jpeg in make_jpegs(pictures, count, seed=seed)]


def make_jpegs(pictures: Sequence[Path], count: int, *, seed: int = 0) -> list[bytes]:
    """Return `count` different 640-px JPEG files; see make_uploads."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(pictures))
    return [_jpeg(pictures[order[n % len(order)]], rng) for n in range(count)]


def _jpeg(path: Path, rng: np.random.Generator) -> bytes:
    """Return a picture, cropped a little at random, as a JPEG of 640 px."""
    with PILImage.open(path) as opened:
        picture = opened.convert("RGB")
    left, top, right, bottom = rng.uniform(0.0, 0.06, 4) * np.array([picture.width, picture.height] * 2)
    picture = picture.crop((int(left), int(top), picture.width - int(right), picture.height - int(bottom)))
    scale = UPLOAD_SIDE_PX / max(picture.size)
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    out = BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def make_body(jpeg: bytes, *, collection: str | None = None) -> bytes:
    """Return a multipart body with one file and, where it is to be added, the collection that it is put into."""
    said = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="collection"\r\n\r\n{collection}\r\n'
        if collection is not None
        else ""
    )
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="q.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    return (said + head).encode() + jpeg + f"\r\n--{_BOUNDARY}--\r\n".encode()


def measure_load(address: str, bodies: Sequence[bytes], *, clients: int) -> LoadReport:
    """Send every body once to the search API of a server and return what it took.

    Args:
        address: such as 'http://127.0.0.1:8080'; only addresses of this machine are accepted.
        bodies: from make_uploads.
        clients: threads with a connection each.
    Raises:
        BadInput: the address is not of this machine.
        EnvironmentFault: a search was not answered with 200.
    """
    target = urlsplit(address)
    if not socket.gethostbyname(target.hostname or "").startswith("127."):
        raise BadInput(f"expected an address of this machine; received {address}")
    took_ms: list[float] = []
    steps: list[dict[str, float]] = []
    failures: list[str] = []
    todo = iter(bodies)
    lock = threading.Lock()

    def ask() -> None:
        connection = HTTPConnection(target.hostname or "", target.port, timeout=60)
        while True:
            with lock:
                body = next(todo, None)
            if body is None or failures:
                break
            start = time.perf_counter()
            connection.request(
                "POST",
                "/api/v1/search",
                body=body,
                headers={"Content-Type": BODY_TYPE},
            )
            response = connection.getresponse()
            answer = response.read()
            took = (time.perf_counter() - start) * 1e3
            with lock:
                took_ms.append(took)
                if response.status == 200:
                    steps.append(json.loads(answer)["steps_ms"])
                else:
                    failures.append(f"status {response.status}: {answer[:200]!r}")
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    if failures:
        raise EnvironmentFault(failures[0])
    return LoadReport(
        clients=clients,
        searches=len(steps),
        seconds=seconds,
        median_ms=float(np.median(took_ms)),
        p90_ms=float(np.percentile(took_ms, 90)),
        p99_ms=float(np.percentile(took_ms, 99)),
        worst_ms=max(took_ms),
        steps_ms={name: float(np.median([step[name] for step in steps])) for name in steps[0]},
    )
