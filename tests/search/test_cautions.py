"""What there is to see to: each thing told, with what to do, and nothing told where all is well."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data.last_backup import LastBackup
from data.regions import RegionShelf
from data.watch_records import QueueFacts
from errors import CatalogueUnavailable
from search.cautions import Caution, DiskSpace, FoundRecall, find_cautions
from search.live_index import LiveIndex
from search.open_engine import close_engine
from search.picture_regions import PictureRegions
from search.query import Engine
from search.stock import Stock, take_stock
from tests.engines import draw, encode, make_engine, offer
from tests.fake_extractor import FakeExtractor
from tests.search.calibrations import calibration

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
DISK = DiskSpace(total=10**12, free=5 * 10**11)
WHY = "The agency looks for pictures of its own models."


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    records = [offer(encode(draw(seed)), f"/srv/{seed}.png", collection="works") for seed in range(4)]
    engine = make_engine(tmp_path / "instance", records)
    yield replace(engine, calibration=calibration(model_id=engine.extractor.model_id))
    close_engine(engine)


@pytest.fixture
def stock(engine: Engine) -> Stock:
    return take_stock(engine.catalogue)


def backup(engine: Engine, *, days: int = 1, change: int | None = None) -> LastBackup:
    last = engine.catalogue.last_change() if change is None else change
    return LastBackup(name="a.tar", created_at=NOW - timedelta(days=days), images=4, last_change=last)


def cautions(engine: Engine, stock: Stock, **changed: object) -> tuple[Caution, ...]:
    given: dict[str, object] = {"recall": {}, "disk": DISK, "backup": backup(engine), "now": NOW}
    return find_cautions(engine, stock, **(given | changed))  # type: ignore[arg-type]


def one(engine: Engine, stock: Stock, **changed: object) -> Caution:
    [found] = cautions(engine, stock, **changed)
    assert found.remedy
    return found


def test_where_all_is_well_nothing_is_told(engine: Engine, stock: Stock) -> None:
    assert cautions(engine, stock) == ()


def test_an_empty_catalogue_needs_no_backup(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "empty", [])
    try:
        found = cautions(replace(engine, calibration=calibration()), take_stock(engine.catalogue), backup=None)
    finally:
        close_engine(engine)
    assert found == ()


def test_pictures_that_the_model_in_use_has_not_described(engine: Engine, stock: Stock) -> None:
    other = replace(engine, extractor=FakeExtractor(seed=8))
    assert one(other, stock).what == "4 pictures not described by the model in use: no search finds them."


def test_a_calibration_that_is_missing(engine: Engine, stock: Stock) -> None:
    found = one(replace(engine, calibration=None), stock)
    assert "another model" in found.what
    assert "calibrate" in found.remedy


def test_parts_that_are_searched_and_not_described(engine: Engine, stock: Stock) -> None:
    regions = PictureRegions(RegionShelf(engine.catalogue.database), engine.copies)
    assert one(replace(engine, regions=regions), stock).what.startswith("4 pictures without described parts")


def test_an_index_that_cannot_look_at_the_catalogue(
    engine: Engine, stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> int:
        raise CatalogueUnavailable("the disk is away: /srv/private")

    with monkeypatch.context() as patch:
        patch.setattr(type(engine.catalogue), "last_change", fail)
        with pytest.raises(CatalogueUnavailable):
            engine.copies.catch_up()
    found = one(engine, stock)
    assert found.what.startswith("The index of copies could not look")
    assert "/srv/private" not in found.what + found.remedy


def test_an_index_that_stopped_following(engine: Engine, stock: Stock) -> None:
    class Stopped(LiveIndex):
        is_ready = False

    similars = engine.similars
    stopped = Stopped(similars.feed, similars.identity, similars._home)
    stopped.open()
    assert one(replace(engine, similars=stopped), stock).what.startswith("The index of similar works does not follow")


@pytest.mark.parametrize(
    ("found", "wanted", "is_told"), [(930, 1_000, False), (1_860, 2_000, True), (1_960, 2_000, False)]
)
def test_recall_below_what_is_aimed_at(engine: Engine, stock: Stock, found: int, wanted: int, *, is_told: bool) -> None:
    told = cautions(engine, stock, recall={"copy": FoundRecall(found, wanted)})
    assert bool(told) is is_told
    if told:
        assert told[0].what == "Searches find 93.0% of the nearest copies; the index aims at 99.0%."


@pytest.mark.parametrize(
    ("free", "is_told"), [(0, True), (5 * 10**8, True), (10**10, True), (3 * 10**10, False), (5 * 10**11, False)]
)
def test_a_disk_that_is_nearly_full(engine: Engine, stock: Stock, free: int, *, is_told: bool) -> None:
    assert bool(cautions(engine, stock, disk=DiskSpace(10**12, free))) is is_told


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (QueueFacts(0, 5, 2, None, 0), "2 deliveries of findings given up."),
        (QueueFacts(1, 0, 0, NOW - timedelta(hours=5), 0), "1 delivery of findings waiting, the oldest for 5 hours."),
        (QueueFacts(0, 0, 0, None, 2_000), "2,000 changes still to be compared with what is watched."),
    ],
)
def test_findings_that_are_stuck(engine: Engine, stock: Stock, facts: QueueFacts, said: str) -> None:
    assert one(engine, replace(stock, deliveries=facts)).what == said


def test_findings_on_their_way_are_nothing_to_see_to(engine: Engine, stock: Stock) -> None:
    facts = QueueFacts(waiting=3, delivered=5, given_up=0, oldest_at=NOW - timedelta(minutes=5), behind=40)
    assert cautions(engine, replace(stock, deliveries=facts)) == ()


def test_pictures_that_were_not_looked_at_for_faces(engine: Engine) -> None:
    engine.catalogue.faces.allow("works", WHY)
    found = one(engine, take_stock(engine.catalogue))
    assert found == Caution(
        "4 pictures of the collection works not looked at for faces.", "`python3 index.py faces add works` does."
    )


def test_a_backup_that_is_missing_or_old(engine: Engine, stock: Stock) -> None:
    assert one(engine, stock, backup=None).what == "No backup of this catalogue is known."
    old = one(engine, stock, backup=backup(engine, days=30, change=1)).what
    assert old == "The last backup is 30 days old; the catalogue has had 3 changes since."
    assert cautions(engine, stock, backup=backup(engine, days=30)) == ()
    assert cautions(engine, stock, backup=backup(engine, days=2, change=1)) == ()
