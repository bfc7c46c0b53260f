"""Adds edited copies of watched pictures among others, kills the server on the way, and counts what is told of them."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from data.catalogue import Catalogue
from data.migrate import upgrade
from data.outbox import Outbox
from errors import BadInput, EnvironmentFault
from evaluation.attacks import GRID, Edit
from evaluation.flaky_receiver import FlakyReceiver, flaky_receiver
from feature_extractor.decode import decode
from feature_extractor.picture import Limits, Picture

START_TIMEOUT_S = 120.0
WATCH = "trial"
_OTHERS = 6
"""Pictures that compositions are made with; they are not among those that are added."""
_SIDE_PX = 1600
_LIMITS = Limits(max_bytes=64 * 2**20, max_pixels=64_000_000)
_ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True, slots=True)
class Missed:
    """An edited copy of a watched picture of which nothing was told."""

    watched: str
    edit: str
    picture: str


@dataclass(frozen=True, slots=True)
class WatchTrial:
    """What was told, and how often.

    Attributes:
        added: pictures; copies: edited ones of watched pictures among them.
        found: copies that were found.
        missed: those that were not.
        others: findings that are no copy made here, as 'watched: picture'. The pictures that were given may be alike.
        in_feed: findings in the feed; taken: that the receiver said yes to; both by their ids.
        told_twice: ids that stand twice in the feed, or pairs that have two ids.
        repeated: webhooks of an id that the receiver had already said yes to: it knows them by that.
        refused: webhooks that the receiver answered with an error, or cut off.
        forged: webhooks whose signature or time did not hold.
        kills: how often the server was killed.
        seconds: from the first picture to the last delivery.
    """

    added: int
    copies: int
    found: int
    missed: tuple[Missed, ...]
    others: tuple[str, ...]
    in_feed: int
    taken: int
    told_twice: int
    repeated: int
    refused: int
    forged: int
    kills: int
    seconds: float

    @property
    def is_clean(self) -> bool:
        """Whether all that was found was told, once in each place."""
        told = self.found + len(self.others)
        return self.in_feed == self.taken == told and not self.told_twice and not self.forged

    def lines(self) -> Iterator[str]:
        """Yield the figures as text."""
        yield (
            f"{self.added} pictures added, {self.copies} of them edited copies of watched ones; the server was killed "
            f"{self.kills} times; {self.seconds:.0f} s."
        )
        yield f"{self.found} copies found, {len(self.missed)} missed, {len(self.others)} other findings."
        for missed in self.missed:
            yield f"  missed: {missed.edit} of {missed.watched} ({missed.picture})"
        for other in self.others:
            yield f"  other: {other}"
        yield (
            f"In the feed {self.in_feed}, taken by the webhook {self.taken}; told twice {self.told_twice}; it "
            f"refused or cut off {self.refused}, was sent {self.repeated} again that it had, and {self.forged} forged."
        )


@dataclass(frozen=True, slots=True)
class ChosenPictures:
    """What is watched and what is added.

    Attributes:
        watched, added: folders.
        copies: name of a file in `added` to that of the watched picture it was made of, and the edit.
    """

    watched: Path
    added: Path
    copies: Mapping[str, tuple[str, Edit]]


def run_trial(
    entry: Path,
    pictures: Sequence[Path],
    *,
    copies: int,
    added: int,
    kills: int,
    seed: int,
    limit_s: float,
    say: Callable[[str], None],
) -> WatchTrial:
    """Watch some pictures, add edited copies of them among others while serving, and kill the server on the way.

    All of it happens in a folder of its own, with a catalogue of its own.

    Args:
        entry: index.py.
        pictures: files, more than `added` and a few.
        copies: edited copies, each of another watched picture, by one edit of the grid after another.
        added: pictures that are added, copies included.
        kills: how often the server is killed (kill -9, with its workers), evenly over what is told.
        seed: of what is chosen, and of when the receiver fails.
        limit_s: for all of it, from the first picture.
        say: told what happens.
    Raises:
        BadInput: there are too few pictures.
        EnvironmentFault: server or commands do not do what they should.
    """
    if len(pictures) < added + _OTHERS or copies > added:
        raise BadInput(f"expected at least {added + _OTHERS} pictures; received {len(pictures)}")
    with tempfile.TemporaryDirectory(prefix="retrace-watch-") as name, flaky_receiver(seed) as receiver:
        folder = Path(name)
        trial = _Trial(entry, folder, receiver, limit_s, say)
        drawn = choose_pictures(pictures, folder, copies=copies, added=added, seed=seed)
        return trial.run(drawn, added=added, kills=kills)


class _Trial:
    """The processes of a trial."""

    def __init__(
        self, entry: Path, folder: Path, receiver: FlakyReceiver, limit_s: float, say: Callable[[str], None]
    ) -> None:
        self._entry = entry
        self._receiver = receiver
        self._limit_s = limit_s
        self._say = say
        self._data_dir = folder / "instance"
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port: int = probe.getsockname()[1]
        self._environment = {
            **os.environ,
            "RETRACE_DATA_DIR": str(self._data_dir),
            "RETRACE_DATABASE_URL": f"sqlite:///{self._data_dir / 'catalogue.sqlite'}",
            "RETRACE_WORKERS": "2",
            "RETRACE_SECRET_KEY": "a secret of this trial alone",
        }

    def run(self, drawn: ChosenPictures, *, added: int, kills: int) -> WatchTrial:
        upgrade(self._environment["RETRACE_DATABASE_URL"])
        self._command("watch", "add", str(drawn.watched), "--name", WATCH)
        told = self._command("watch", "hook", WATCH, self._receiver.url, "--allow-private")
        self._receiver.expect(told["secret"])
        feed = self._command("watch", "feed", WATCH)["path"]
        self._say(f"{len(drawn.copies)} pictures are watched; {added} are added")
        started = time.monotonic()
        server = self._serve()
        adding = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
            [sys.executable, self._entry, "add", drawn.added, "--json"],
            env=self._environment,
            stdout=subprocess.DEVNULL,
        )
        killed = 0
        try:
            while True:
                if time.monotonic() - started > self._limit_s:
                    self._say("the time is over")
                    break
                if killed < kills and len(self._receiver.taken) >= (killed + 1) * len(drawn.copies) // (2 * kills + 1):
                    _kill(server)
                    killed += 1
                    self._say(f"killed the server: {len(set(self._receiver.taken))} findings were taken by then")
                    server = self._serve()
                if adding.poll() is not None and self._is_done():
                    break
                time.sleep(0.2)
            seconds = time.monotonic() - started
            if adding.wait():
                raise EnvironmentFault("`add` failed; what it complained of stands above")
            entries = self._feed(feed)
        finally:
            adding.kill()
            adding.wait()
            _kill(server)
        return self._count(drawn, entries, added=added, kills=killed, seconds=seconds)

    def _count(
        self, drawn: ChosenPictures, entries: Sequence[str], *, added: int, kills: int, seconds: float
    ) -> WatchTrial:
        findings = self._command("watch", "findings", "--limit", "10000", may_be_empty=True)
        pairs = [(one["watched"]["name"], Path(one["picture"]["sources"][0]["locator"]).name) for one in findings]
        wanted = {(watched, picture) for picture, (watched, _) in drawn.copies.items()}
        missed = tuple(
            Missed(watched, edit.name, picture)
            for picture, (watched, edit) in drawn.copies.items()
            if (watched, picture) not in pairs
        )
        times = Counter(entries)
        return WatchTrial(
            added=added,
            copies=len(wanted),
            found=len(wanted) - len(missed),
            missed=missed,
            others=tuple(f"{watched}: {picture}" for watched, picture in pairs if (watched, picture) not in wanted),
            in_feed=len(times),
            taken=len(set(self._receiver.taken)),
            told_twice=sum(times.values()) - len(times) + len(pairs) - len(set(pairs)),
            repeated=len(self._receiver.taken) - len(set(self._receiver.taken)),
            refused=self._receiver.refused,
            forged=self._receiver.forged,
            kills=kills,
            seconds=seconds,
        )

    def _is_done(self) -> bool:
        """Return whether all is compared and nothing waits."""
        with Catalogue.open(self._environment["RETRACE_DATABASE_URL"]) as catalogue:
            facts = Outbox(catalogue.database).facts()
        return not facts.behind and not facts.waiting

    def _serve(self) -> subprocess.Popen[bytes]:
        server = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
            [sys.executable, self._entry, "serve", "--host", "127.0.0.1", "--port", str(self._port)],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        started = time.monotonic()
        while b'"ready":true' not in self._get("/readyz").replace(b" ", b""):
            if server.poll() is not None or time.monotonic() - started > START_TIMEOUT_S:
                _kill(server)
                raise EnvironmentFault("the server did not become ready; what it said stands above")
            time.sleep(0.1)
        return server

    def _feed(self, path: str) -> list[str]:
        """Return the ids of the feed's entries, as they stand there."""
        feed = ElementTree.fromstring(self._get(path))  # noqa: S314 - made by our own server
        return [entry.findtext(f"{_ATOM}id") or "" for entry in feed.findall(f"{_ATOM}entry")]

    def _get(self, path: str) -> bytes:
        """Return what the server answers; nothing while it does not."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        except (OSError, HTTPException):
            return b""
        finally:
            connection.close()

    def _command(self, *words: str, may_be_empty: bool = False) -> Any:  # noqa: ANN401 - what each command prints
        """Return what a command prints as JSON."""
        shown = subprocess.run(  # noqa: S603 - our own program with our own arguments
            [sys.executable, self._entry, *words, "--json"],
            env=self._environment,
            stdout=subprocess.PIPE,
            check=False,
        )
        if shown.returncode and not (may_be_empty and shown.returncode == 1):
            raise EnvironmentFault(f"`{' '.join(words[:2])}` failed; what it complained of stands above")
        return json.loads(shown.stdout)


def _kill(server: subprocess.Popen[bytes]) -> None:
    """Kill a server with its workers, and wait until it is gone."""
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def choose_pictures(pictures: Sequence[Path], folder: Path, *, copies: int, added: int, seed: int) -> ChosenPictures:
    """Choose pictures, and write what is watched and what is added to folders."""
    rng = np.random.default_rng(seed)
    chosen = [pictures[number] for number in rng.permutation(len(pictures))[: added + _OTHERS]]
    drawn = ChosenPictures(folder / "watched", folder / "added", {})
    for made in (drawn.watched, drawn.added):
        made.mkdir()
    others = [_pixels(path) for path in chosen[added:]]
    edits = [GRID[number] for number in rng.permutation(len(GRID))]
    places = rng.permutation(added).tolist()
    made_by: dict[str, tuple[str, Edit]] = {}
    for number, path in enumerate(chosen[:added]):
        place = f"{places[number]:04}"
        if number >= copies:
            shutil.copy(path, drawn.added / f"{place}{path.suffix.lower()}")
            continue
        watched = f"{number:04}{path.suffix.lower()}"
        shutil.copy(path, drawn.watched / watched)
        edit = edits[number % len(edits)]
        edited = edit.apply(_pixels(path), number, others)
        Image.fromarray(edited).save(drawn.added / f"{place}.jpg", quality=90)
        made_by[f"{place}.jpg"] = watched, edit
    return ChosenPictures(drawn.watched, drawn.added, made_by)


def _pixels(path: Path) -> Picture:
    """Return a picture, no larger than a web page shows it."""
    picture = Image.fromarray(decode(path.read_bytes(), _LIMITS).pixels)
    picture.thumbnail((_SIDE_PX, _SIDE_PX))
    return np.asarray(picture, np.uint8)
