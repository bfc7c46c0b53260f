"""Times a search with many pictures of one's own: the real command, in a process of its own, over a kept catalogue.

The catalogue is described once and kept; a second measurement begins with the searches. The pictures of one's own are
edited copies of some of the catalogue's, among strangers. What is timed is all that an owner waits for, from command
to written report: opening model and indexes, describing, searching, proving, and the report.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from data.catalogue import Catalogue
from data.migrate import upgrade
from data.records import SourceRecord
from data.sources import count_source, open_source
from data.thumbnails import ThumbnailStore
from errors import BadInput, EnvironmentFault
from evaluation.experiments.machine import Machine, this_machine
from evaluation.markdown import table
from evaluation.own_batch import OwnBatch, is_known_copy, make_own_batch
from evaluation.process_memory import watching_memory
from feature_extractor.decode import decode
from feature_extractor.model_file import read_metadata
from search.answer import Verdict
from search.ingest import ingest
from search.open_engine import EngineSource, open_intake

Advance = Callable[[int, int | None], None]
_SPARE = 16
"""Pictures held out beyond those wanted: some may be of the same bytes as others, or not decode."""
_DESCRIBED = "described.json"
"""Says in the folder of a kept catalogue that it is complete."""


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """What is measured.

    Attributes:
        what: the catalogue's pictures, anything that `add` takes.
        strangers: pictures that are not in it, likewise, taken in this order; none: some of `what` are held out.
        own: pictures of one's own; share: of edited copies among them, 0..1.
        workers: processes; None: as the command chooses.
        runs: how often all of them are searched with, each time anew.
        seed: of every choice.
        limit_s: for one run.
    """

    what: str
    strangers: tuple[str, ...]
    own: int = 1000
    share: float = 0.05
    workers: int | None = None
    runs: int = 3
    seed: int = 20170509
    limit_s: float = 3600.0

    @property
    def copies(self) -> int:
        """How many edited copies are made."""
        return round(self.own * self.share)

    def held_out(self) -> frozenset[int]:
        """Return the places of the pictures that are kept out of the catalogue; none where strangers are named.

        Raises:
            BadInput: there are too few, or only reading them would tell how many there are.
        """
        if self.strangers:
            return frozenset()
        total, wanted = count_source(self.what), self.own - self.copies + _SPARE
        if total is None:
            raise BadInput(
                f"expected pictures that can be counted; {self.what} is only read through",
                remedy="Unpack it, or name --strangers.",
            )
        if total < 2 * wanted:
            raise BadInput(
                f"expected at least {2 * wanted:,} pictures, as {wanted:,} are held out; found {total:,}",
                remedy="Name more pictures, fewer --own, or --strangers.",
            )
        return frozenset(np.random.default_rng(self.seed).permutation(total)[:wanted].tolist())


@dataclass(frozen=True, slots=True)
class BatchRun:
    """What one run of the command took.

    Attributes:
        seconds: from the command to the end of its process.
        searching_s: of that, from the first file that was read to the last answer.
        workers: processes that searched.
        steps_s: seconds of each step, of all processes together, waiting for a core included.
        cpu_s: computing time of all processes together, opening and report included; other programs hardly move it.
        peak_mb: most that all processes held at a time, proportional set size, MiB.
    """

    seconds: float
    searching_s: float
    workers: int
    steps_s: Mapping[str, float]
    cpu_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class BatchSpeed:
    """What searching with a batch takes, and what came of it.

    Attributes:
        machine: that measured; catalogue: pictures searched; own: pictures searched with.
        longer_side_px: of half of one's own it is no longer than this.
        strangers: where they are from, in words.
        copies: that were made; proven, probable: of these, by what was said of the picture that was edited.
        missed: the others, as 'file: edit'.
        wrong: what is said to be proven, or probable in `doubtful`, of a picture that the file does not show.
        known: what is said of pictures that are copies of the file as they come.
        unread: files that could not be searched with.
        is_same: every run found the same.
        page_bytes, csv_bytes, json_bytes: of the report.
        runs: one after another.
    """

    machine: Machine
    catalogue: int
    own: int
    longer_side_px: int
    strangers: str
    copies: int
    proven: int
    probable: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]
    doubtful: tuple[str, ...]
    known: int
    unread: int
    is_same: bool
    page_bytes: int
    csv_bytes: int
    json_bytes: int
    runs: tuple[BatchRun, ...]

    @property
    def per_second(self) -> float:
        """Pictures of one's own a second of the whole command, the median of the runs."""
        return self.own / median(run.seconds for run in self.runs)

    @property
    def searching_per_second(self) -> float:
        """Likewise, without the opening and the report."""
        return self.own / median(run.searching_s for run in self.runs)

    def to_record(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        rates = {"per_second": self.per_second, "searching_per_second": self.searching_per_second}
        return asdict(self) | rates

    def lines(self) -> Iterator[str]:
        """Yield the figures as Markdown."""
        yield (
            f"{self.own:,} pictures of one's own (half of them of at most {self.longer_side_px} px) against "
            f"{self.catalogue:,}; {self.copies} are edited copies, the others {self.strangers}. {self.machine.words()}."
        )
        yield ""
        yield (
            f"{self.per_second:.1f} pictures a second, from the command to the written report; "
            f"{self.searching_per_second:.1f} without opening and report (medians of {len(self.runs)})."
        )
        yield (
            f"{self.proven} copies proven, {self.probable} only probable, {len(self.missed)} missed; of others "
            f"{len(self.wrong)} said to be proven, {len(self.doubtful)} probable; {self.known} that are copies as they "
            f"come; {self.unread} files not read. {'Every run found the same.' if self.is_same else 'RUNS DIFFER.'}"
        )
        sizes = (self.page_bytes, self.csv_bytes, self.json_bytes)
        yield f"Report: page {sizes[0] / 1e6:.2f} MB, CSV {sizes[1] / 1e6:.2f} MB, JSON {sizes[2] / 1e6:.2f} MB."
        yield ""
        heads = ("run", "workers", "seconds", "a second", "searching", "computing", "peak memory")
        yield from table(
            heads,
            [
                (
                    str(number),
                    str(run.workers),
                    f"{run.seconds:.1f} s",
                    f"{self.own / run.seconds:.1f}",
                    f"{run.searching_s:.1f} s",
                    f"{run.cpu_s:.1f} s",
                    f"{run.peak_mb:.0f} MiB",
                )
                for number, run in enumerate(self.runs, 1)
            ],
        )
        yield ""
        yield from table(
            ("step", "a picture, median of runs"),
            [(step, f"{took_ms:.2f} ms of a worker") for step, took_ms in self.steps_ms().items()],
        )
        for title, those in (("missed", self.missed), ("wrong", self.wrong), ("doubtful", self.doubtful)):
            for one in those:
                yield f"  {title}: {one}"

    def steps_ms(self) -> dict[str, float]:
        """Return what each step took a picture of one's own, ms of a worker, the median of the runs, longest first."""
        steps = dict.fromkeys(step for run in self.runs for step in run.steps_s)
        took = {step: 1e3 * median(run.steps_s.get(step, 0.0) for run in self.runs) / self.own for step in steps}
        return dict(sorted(took.items(), key=lambda step: -step[1]))


def measure_batch(
    entry: Path,
    order: BatchOrder,
    source_in: Callable[[Path], EngineSource],
    kept: Path,
    *,
    report: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
    advance: Advance = lambda *_: None,
) -> BatchSpeed:
    """Describe a catalogue, or take the kept one, make pictures of one's own, and search with them.

    Args:
        entry: index.py.
        order: what is measured.
        source_in: gives where the parts of an engine in a data folder come from, its index of our own.
        kept: folder of the catalogues, one in a folder each; each can be deleted at any time.
        report: folder that the report of the last run is put into; None: it goes with the rest.
        say: told what happens; advance: told how many pictures are described.
    Raises:
        BadInput: there are too few pictures.
        EnvironmentFault: the command fails, or takes too long.
    """
    out = order.held_out()
    home = kept / _name_of(order, source_in(kept))
    source = source_in(home)
    _describe(order, out, source, home, say=say, advance=advance)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="retrace-batch-")))
        catalogue = stack.enter_context(Catalogue.open(source.catalogue_url))
        thumbnails = ThumbnailStore(source.thumbnail_dir)
        own = folder / "own"
        own.mkdir()
        say(f"Making {order.own:,} pictures, {order.copies} of them edited copies")
        batch = make_own_batch(
            catalogue,
            thumbnails,
            stack.enter_context(_Strangers(order, out, source)),
            own,
            model_id=read_metadata(source.model).model_id,
            limits=source.limits,
            own=order.own,
            copies=order.copies,
            seed=order.seed,
        )
        runs, records = [], []
        for number in range(order.runs):
            page = folder / f"report-{number}.html"
            run, record = _run(entry, order, own, page, _environment(home, source))
            say(f"run {number + 1}: {run.seconds:.1f} s, {order.own / run.seconds:.1f} a second")
            runs.append(run)
            records.append(record)
        files = [page.with_suffix(suffix) for suffix in (".html", ".csv", ".json")]
        if report is not None:
            report.mkdir(parents=True, exist_ok=True)
            for file in files:
                shutil.copy(file, report / f"report{file.suffix}")
        judged = _Judged.of(batch, records[-1]["findings"], thumbnails, source)
        return BatchSpeed(
            machine=this_machine(),
            catalogue=catalogue.counts().images,
            own=order.own,
            longer_side_px=batch.longer_side_px,
            strangers=f"of {', '.join(Path(one).name for one in order.strangers)}" if order.strangers else "held out",
            copies=len(batch.copies),
            proven=judged.proven,
            probable=judged.probable,
            missed=judged.missed,
            wrong=judged.wrong,
            doubtful=judged.doubtful,
            known=judged.known,
            unread=len(records[-1]["unread"]),
            is_same=len({_findings_of(record) for record in records}) == 1,
            page_bytes=files[0].stat().st_size,
            csv_bytes=files[1].stat().st_size,
            json_bytes=files[2].stat().st_size,
            runs=tuple(runs),
        )


def _name_of(order: BatchOrder, source: EngineSource) -> str:
    """Return a name for a catalogue that differs where its pictures or their descriptors may."""
    held_out = [] if order.strangers else [order.own, order.copies, order.seed]
    said = [str(Path(order.what).resolve()), count_source(order.what), held_out, read_metadata(source.model).model_id]
    return sha256(json.dumps(said).encode()).hexdigest()[:16]


def _describe(
    order: BatchOrder,
    out: frozenset[int],
    source: EngineSource,
    home: Path,
    *,
    say: Callable[[str], None],
    advance: Advance,
) -> None:
    """Make the catalogue; one that is complete is left as it is, and one that was stopped goes on."""
    if (home / _DESCRIBED).is_file():
        return
    home.mkdir(parents=True, exist_ok=True)
    say("Describing the catalogue: this is kept")
    upgrade(source.catalogue_url)
    total = count_source(order.what)
    with open_source(order.what, max_bytes=source.limits.max_bytes) as records, open_intake(source) as intake:
        tally = ingest(
            intake,
            (record for place, record in enumerate(records) if place not in out),
            on_progress=lambda so_far: advance(so_far.added + so_far.known + so_far.failed, total),
            on_failure=lambda failure: say(f"left out: {failure.locator}: {failure.reason}"),
        )
    (home / _DESCRIBED).write_text(json.dumps(asdict(tally)), encoding="utf-8")


class _Strangers:
    """Offers strangers, one after another, unread; closed at the end of a block."""

    def __init__(self, order: BatchOrder, out: frozenset[int], source: EngineSource) -> None:
        self._order = order
        self._out = out
        self._max_bytes = source.limits.max_bytes
        self._stack = ExitStack()

    def __enter__(self) -> Iterator[SourceRecord]:
        names = self._order.strangers or (self._order.what,)
        opened = [self._stack.enter_context(open_source(one, max_bytes=self._max_bytes)) for one in names]
        if self._order.strangers:
            return chain.from_iterable(opened)
        return (record for place, record in enumerate(opened[0]) if place in self._out)

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _environment(home: Path, source: EngineSource) -> dict[str, str]:
    return {
        **os.environ,
        "RETRACE_DATA_DIR": str(home),
        "RETRACE_DATABASE_URL": source.catalogue_url,
        "RETRACE_INDEX_URL": source.index_url,
    }


def _run(
    entry: Path, order: BatchOrder, own: Path, page: Path, environment: Mapping[str, str]
) -> tuple[BatchRun, dict[str, Any]]:
    """Search with a folder by the command; return what it took and what it told."""
    workers = [] if order.workers is None else ["--workers", str(order.workers)]
    began, computed = time.perf_counter(), _computing_s()
    with subprocess.Popen(  # noqa: S603 - our own program with our own arguments
        [sys.executable, entry, "search", own, "--report", page, "--json", *workers],
        env=environment,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            with watching_memory(process.pid) as peak:
                told, _ = process.communicate(timeout=order.limit_s)
        except subprocess.TimeoutExpired as exc:
            raise EnvironmentFault(
                f"the search was not done after {order.limit_s:.0f} s", remedy="Allow it more with --limit."
            ) from exc
        finally:
            process.kill()
    seconds = time.perf_counter() - began
    if process.returncode not in {0, 1}:  # 1: nothing was found
        raise EnvironmentFault("`search` failed; what it complained of stands above")
    record: dict[str, Any] = json.loads(told)
    took = record["took"]
    cpu_s = _computing_s() - computed
    return BatchRun(seconds, took["seconds"], took["workers"], took["steps_s"], cpu_s, peak.mb), record


def _computing_s() -> float:
    """Return the computing time of all processes that this one started, and theirs, that have ended."""
    told = resource.getrusage(resource.RUSAGE_CHILDREN)
    return told.ru_utime + told.ru_stime


def _findings_of(record: Mapping[str, Any]) -> frozenset[tuple[str, int, str, float | None]]:
    """Return what a run found, in whatever order."""
    return frozenset(
        (Path(one["mine"]).name, one["theirs_id"], one["verdict"], one["confidence"]) for one in record["findings"]
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """What was found, by what is true; see BatchSpeed."""

    proven: int
    probable: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]
    doubtful: tuple[str, ...]
    known: int

    @classmethod
    def of(
        cls,
        batch: OwnBatch,
        findings: Sequence[Mapping[str, Any]],
        thumbnails: ThumbnailStore,
        source: EngineSource,
    ) -> "_Judged":
        """Judge findings of a report, as its JSON tells them."""
        said: dict[str, list[Verdict]] = {}
        claims: dict[bool, list[str]] = {True: [], False: []}
        known = 0
        for one in findings:
            name, image_id, verdict = Path(one["mine"]).name, int(one["theirs_id"]), Verdict(one["verdict"])
            copy = batch.copies.get(name)
            if copy is not None and image_id == copy.image_id:
                said.setdefault(name, []).append(verdict)
            elif copy is not None and image_id in copy.shown:
                continue
            elif is_known_copy(
                decode((batch.folder / name).read_bytes(), source.limits).pixels,
                thumbnails.read(one["theirs_sha256"]),
            ):
                known += 1
            else:
                edit = "stranger" if copy is None else copy.edit
                claims[verdict.is_proven].append(f"{name} ({edit}): {one['source'] or image_id}")
        proven = sum(any(verdict.is_proven for verdict in verdicts) for verdicts in said.values())
        return cls(
            proven=proven,
            probable=len(said) - proven,
            missed=tuple(f"{name}: {copy.edit}" for name, copy in sorted(batch.copies.items()) if name not in said),
            wrong=tuple(claims[True]),
            doubtful=tuple(claims[False]),
            known=known,
        )
