"""An owner's catalogue so small that geometry looks at all of it; the fake model finds what it may."""

import hashlib
import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.thumbnails import ThumbnailStore
from errors import BadInput, PartMissing, StorageUnavailable
from evaluation.attacks import edits_named
from evaluation.edits.degrading import compress
from evaluation.edits.geometric import crop
from evaluation.hash_search import HashBase, usual_hashes
from evaluation.kinship import Kinship
from evaluation.own_pictures import draw_own_pictures
from evaluation.robustness import measure_robustness
from evaluation.robustness_page import write_report
from evaluation.robustness_report import EditRobustness, HashCounts, RobustnessReport
from evaluation.verdict_report import ABSENT
from search.open_engine import close_engine
from search.query import Engine
from settings import ROOT
from tests.engines import LIMITS, encode, make_engine, offer
from tests.search.calibrations import calibration
from tests.search.known_copies import blots

EDITS = edits_named(["mirror", "jpeg_50", "onto_40"])
STYLES = ROOT / "web" / "static" / "css"
KEPT, GONE, ZIPPED, TWIN, ALIEN, NARROW = "kept.png", "gone.png", "zipped.png", "twin.png", "alien.png", "narrow.png"
BARE = "bare <script>.png"
"""A picture whose thumbnail is lost."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Pictures in files, one of them gone since, one in a zip; a known copy, one that nobody knows, two of no use."""
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(1)
    drawn = {name: blots(seed, 320, 240) for seed, name in enumerate((KEPT, GONE, ZIPPED, BARE))}
    drawn[TWIN] = compress(drawn[KEPT], rng, quality=60)
    drawn[ALIEN] = crop(drawn[ZIPPED], rng, keep=0.8)
    drawn[NARROW] = np.ascontiguousarray(blots(9, 320, 240)[:40])
    files = {name: encode(pixels) for name, pixels in drawn.items()}
    records = []
    for name, data in files.items():
        locator = f"{folder / 'more.zip'}!{name}" if name == ZIPPED else str(folder / name)
        records.append(offer(data, locator, title=name))
        if name == ZIPPED:
            with zipfile.ZipFile(folder / "more.zip", "w") as archive:
                archive.writestr(name, data)
        elif name != GONE:
            (folder / name).write_bytes(data)
    engine = make_engine(tmp_path_factory.mktemp("engine"), records)
    engine.thumbnails.remove(hashlib.sha256(files[BARE]).hexdigest())
    yield engine
    close_engine(engine)


def state_of(engine: Engine) -> tuple[list[str], dict[str, str]]:
    """All rows of the catalogue, and a digest of every thumbnail."""
    path = engine.thumbnails.root.parent / "catalogue.sqlite"
    connection = sqlite3.connect(path)
    rows = list(connection.iterdump())
    connection.close()
    files = sorted(path for path in engine.thumbnails.root.rglob("*") if path.is_file())
    return rows, {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


class Steps:
    """Notes the progress that it is told."""

    def __init__(self) -> None:
        self.told: dict[str, list[tuple[int, int | None]]] = {}

    @contextmanager
    def show(self, title: str) -> Iterator[Callable[[int, int | None], None]]:
        self.told[title] = []
        yield lambda done, total: self.told[title].append((done, total))


@pytest.fixture(scope="module")
def steps() -> Steps:
    return Steps()


@pytest.fixture(scope="module")
def report(engine: Engine, steps: Steps) -> RobustnessReport:
    before = state_of(engine)
    report = measure_robustness(engine, pictures=20, edits=EDITS, progress=steps.show)
    assert state_of(engine) == before, "the catalogue was changed"
    return report


def names(claims: object) -> set[tuple[str, str]]:
    assert isinstance(claims, tuple)
    return {(one.query.name.partition(" · ")[0], one.claimed.name.partition(" · ")[0]) for one in claims}


def test_edited_copies_are_found_and_proven_and_what_was_done_is_told(report: RobustnessReport) -> None:
    assert (report.pictures, report.asked, report.catalogue) == (5, 20, 7)
    for one in report.edits:
        said = one.verdicts
        assert said.copies == one.found == said.confirmed == said.judged == said.transform_right == 5, one
        assert one.share == 1
    assert report.headline == "All 15 edited copies of your pictures are found."
    assert report.weakness == "No edit hides as many as one in ten."


def test_files_and_zips_are_read_again_and_a_thumbnail_stands_in_for_what_is_gone(report: RobustnessReport) -> None:
    assert report.thumbnails == 1
    reasons = {one.picture.name.partition(" · ")[0]: one.reason for one in report.left_out}
    assert reasons.keys() == {NARROW, BARE}
    assert "320 × 40 px" in reasons[NARROW]
    assert "thumbnail is missing" in reasons[BARE]
    assert report.left_out_count == 2


def test_a_known_copy_counts_as_nothing_and_one_nobody_knows_of_is_listed(report: RobustnessReport) -> None:
    assert report.duplicated == 2  # KEPT and its twin
    assert (report.proven, report.probable) == (2, 0)
    assert names(report.claims) == {(ZIPPED, ALIEN), (ALIEN, ZIPPED)}
    assert all(one.verdict == "copy" and one.agreement is not None for one in report.claims)
    # In edited copies they are just as wrong, and the twin is just as right.
    assert names(report.wrong) <= {(ZIPPED, ALIEN), (ALIEN, ZIPPED)}
    assert "2 (40.0 %) are said to have a copy (2 proven)" in report.false_copies


def test_a_share_of_no_mistakes_is_bounded_by_how_many_were_asked(report: RobustnessReport) -> None:
    none = replace(report, proven=0, probable=0, claims=(), pictures=30)
    assert "none is said to have a copy that it has not; at most 10 in 100" in none.false_copies


def test_confidence_is_held_against_what_is_known_and_is_on_the_page(
    engine: Engine, report: RobustnessReport, tmp_path: Path
) -> None:
    assert report.reliability is None
    assert report.thresholds.calibrated_on is None
    sure = measure_robustness(replace(engine, calibration=calibration()), pictures=5, edits=EDITS[:1])
    assert sure.reliability is not None
    assert sure.thresholds.calibrated_on == calibration().fitted.pairs
    told = [one for one in sure.reliability.bins if one.pairs]
    assert sum(one.pairs for one in told) == sure.reliability.pairs >= 5
    assert sure.reliability.true < 1  # the copy that nobody knows of counts as none
    pages = [
        write_report(one, engine.thumbnails, STYLES, tmp_path / name)[0] for one, name in ((report, "a"), (sure, "b"))
    ]
    words = [page.read_text(encoding="utf-8") for page in pages]
    assert "No confidence was told" in words[0]
    assert "calibration error" in words[1]
    assert f'<td class="figure">{told[-1].pairs}</td>' in words[1]
    assert any("calibration error" in line for line in sure.lines())


def test_hashes_find_what_is_compressed_and_nothing_that_is_mirrored(report: RobustnessReport) -> None:
    by_name = {one.verdicts.edit: one.hashes for one in report.edits}
    for name in ("PDQ", "pHash"):
        assert by_name["jpeg_50"][name] == HashCounts(found=5, first=5)
        assert by_name["mirror"][name].found == 0
    assert report.hashed == 6  # all with a thumbnail
    assert set(report.hash_claims) == {"PDQ", "pHash"}
    assert report.thresholds.hash_bits == {"PDQ": 31, "pHash": 10}


def test_progress_counts_the_searches(report: RobustnessReport, steps: Steps) -> None:
    assert steps.told["Hashing thumbnails"] == [(7, 7)]
    assert [done for done, _ in steps.told["Searching"]] == list(range(1, 5 * 4 + 1))


def test_a_seed_gives_the_same_again_and_another_seed_another_order(engine: Engine) -> None:
    once, again = (measure_robustness(engine, pictures=1, edits=EDITS[1:2], seed=1) for _ in range(2))
    assert replace(once, made_at="", seconds=0.0) == replace(again, made_at="", seconds=0.0)

    def order(seed: int) -> list[int]:
        model_id = engine.extractor.model_id
        drawn = draw_own_pictures(engine.catalogue, engine.thumbnails, model_id=model_id, limits=LIMITS, seed=seed)
        return [one.image.id for one in drawn]

    assert order(1) == order(1) != order(2)
    assert sorted(order(2)) == sorted(image.id for image in engine.catalogue.list_images())


def test_hashes_of_a_large_catalogue_are_of_some_of_it(engine: Engine) -> None:
    found = measure_robustness(engine, pictures=1, edits=EDITS[1:2], most_hashed=3)
    assert 2 <= found.hashed <= 3
    assert found.edits[0].hashes["PDQ"] == HashCounts(found=1, first=1)


def test_a_hash_that_cannot_tell_is_not_said_to_have_found(engine: Engine) -> None:
    base = HashBase.of(engine.catalogue, engine.thumbnails, usual_hashes(), seed=0)
    ids = {image.title: image.id for image in engine.catalogue.list_images()}
    query, other = blots(0, 320, 240), blots(1, 320, 240)
    found = base.find(query, ids[GONE], base.describe(other), lambda _: False)
    assert not any(answer.is_found or answer.is_first for answer in found.values())
    twins = base.find(query, ids[KEPT], base.describe(query), lambda image_id: image_id == ids[TWIN])
    assert all(answer.is_found and answer.is_first for answer in twins.values())
    assert base.claims(query, {ids[KEPT]}) == {"PDQ": True, "pHash": True}  # the twin
    assert base.claims(query, {ids[KEPT], ids[TWIN]}) == {"PDQ": False, "pHash": False}


def test_kin_is_found_out_pair_by_pair(engine: Engine) -> None:
    kinship = Kinship(engine.catalogue, engine.thumbnails)
    ids = {image.title: image.id for image in engine.catalogue.list_images()}
    family = kinship.family_of(ids[KEPT])
    assert ids[KEPT] in family
    assert ids[TWIN] in family
    assert ids[GONE] not in family
    assert ids[BARE] not in family
    assert 10**6 not in family


def test_a_stop_reaches_every_thread_and_writes_nothing(engine: Engine) -> None:
    @contextmanager
    def stop_at_third(title: str) -> Iterator[Callable[[int, int | None], None]]:
        def advance(done: int, total: int | None) -> None:
            if title == "Searching" and done == 3:
                raise KeyboardInterrupt

        yield advance

    before = state_of(engine)
    with pytest.raises(KeyboardInterrupt):
        measure_robustness(engine, pictures=20, edits=EDITS, progress=stop_at_third)
    assert state_of(engine) == before


def test_a_catalogue_without_two_pictures_to_edit_is_refused(tmp_path: Path) -> None:
    engine = make_engine(tmp_path, [offer(encode(blots(1, 320, 240)), "alone.png")])
    try:
        with pytest.raises(BadInput, match=r"found none of 1; there is no other picture to lay it onto: alone\.png"):
            measure_robustness(engine, edits=EDITS)
    finally:
        close_engine(engine)


class Loaded(HTMLParser):
    """Everything that a page would load, its scripts, and its words."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.tags: set[str] = set()
        self.handlers: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [value or "" for name, value in attrs if name in {"src", "href", "srcset", "action"}]
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name == "style"]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_stands_alone_and_says_what_matters_first(
    report: RobustnessReport, engine: Engine, tmp_path: Path
) -> None:
    page, figure, numbers = write_report(report, engine.thumbnails, STYLES, tmp_path / "new" / "out")
    assert [path.name for path in sorted(page.parent.iterdir())] == sorted(one.name for one in (page, figure, numbers))
    assert [path.name for path in page.parent.parent.iterdir()] == ["out"], "nothing is left beside it"
    text = page.read_text(encoding="utf-8")
    read = Loaded()
    read.feed(text)
    assert read.loads
    assert all(where.startswith("data:") for where in read.loads)
    assert all(where.startswith('"data:') for where in text.split("url(")[1:])
    assert read.tags.isdisjoint({"script", "link", "iframe"})
    assert not read.handlers
    assert text.index(f"<h1>{report.headline}</h1>") < text.index(report.weakness) < text.index("<table")
    assert "bare <script>.png" in read.words
    assert all(one.query.name in read.words for one in report.claims)
    without_pictures = len(text) - sum(map(len, read.loads))
    assert without_pictures < 200_000
    with Image.open(figure) as opened:
        assert min(opened.size) >= 400
    record = json.loads(numbers.read_text(encoding="utf-8"))
    assert record["headline"] == report.headline
    assert record["edits"][0]["verdicts"]["copies"] == 5


def test_a_picture_marked_as_mature_or_gone_is_named_and_not_shown(
    report: RobustnessReport, engine: Engine, tmp_path: Path
) -> None:
    claim = report.claims[0]
    hidden = replace(claim, query=replace(claim.query, mature=True), claimed=replace(claim.claimed, sha256="0" * 64))
    page, _, _ = write_report(replace(report, claims=(hidden,), wrong=()), engine.thumbnails, STYLES, tmp_path)
    text = page.read_text(encoding="utf-8")
    assert text.count("not shown") == 2
    assert "data:image/webp" not in text


def test_what_cannot_be_written_leaves_the_earlier_report(
    report: RobustnessReport, engine: Engine, tmp_path: Path
) -> None:
    written = write_report(report, engine.thumbnails, STYLES, tmp_path / "out")
    before = [path.read_bytes() for path in written]
    other = replace(report, pictures=4)
    with pytest.raises(PartMissing, match=r"tokens\.css"):
        write_report(other, engine.thumbnails, tmp_path / "no-styles", tmp_path / "out")
    assert [path.read_bytes() for path in written] == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    with pytest.raises(StorageUnavailable, match="cannot be written"):
        write_report(other, engine.thumbnails, STYLES, written[0] / "below-a-file")
    write_report(other, ThumbnailStore(tmp_path / "none"), STYLES, tmp_path / "out")
    assert [path.read_bytes() for path in written] != before


def changed(one: EditRobustness, found: int, copies: int) -> EditRobustness:
    said = replace(one.verdicts, copies=copies, verdicts={"copy": found, ABSENT: copies - found})
    return replace(one, verdicts=said)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (0, "None of 1,000 edited copies"),
        (1, "Fewer than 1 in 100 edited copies"),
        (934, "93 in 100 edited copies"),
        (999, "More than 99 in 100 edited copies"),
        (1000, "All 1,000 edited copies"),
    ],
)
def test_the_headline_never_rounds_to_all_or_nothing(report: RobustnessReport, found: int, words: str) -> None:
    one = changed(report.edits[0], found, 1000)
    assert replace(report, edits=(one,)).headline == f"{words} of your pictures are found."


def test_edits_that_hide_a_picture_are_named_the_worst_first(report: RobustnessReport) -> None:
    mirror, jpeg, onto = report.edits
    found = replace(report, edits=(changed(mirror, 8, 10), changed(jpeg, 4, 10), changed(onto, 1, 10)))
    assert found.weakness == (
        "These edits hide a picture more often than not: onto, 40 % of the area (10 % found); jpeg, quality 50 (40 %). "
        "This edit hides one in ten or more: mirror, left to right (80 % found)."
    )
    lines = list(found.lines())
    assert lines[0] == found.headline
    assert any(line.startswith("| onto_40 | 40 % of the area | 10.0 | 10.0 |") for line in lines)
