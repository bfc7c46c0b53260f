"""A batch is made of edited copies and of pictures that the catalogue lacks, and its findings are judged by that."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from data.records import SourceRecord
from errors import BadInput
from evaluation.batch_speed import BatchOrder, BatchRun, BatchSpeed, measure_batch
from evaluation.experiments.machine import Machine
from evaluation.own_batch import OTHERS, make_own_batch
from search.open_engine import EngineSource, close_engine
from search.query import Engine
from settings import ROOT, read_settings
from tests.engines import LIMITS, draw, encode, make_engine, offer

HELD, COPIES, OWN = 24, 4, 10

RUN = BatchRun(
    seconds=20.0, searching_s=16.0, workers=2, steps_s={"describe": 18.0, "copies": 2.0}, cpu_s=38, peak_mb=700
)
SPEED = BatchSpeed(
    machine=Machine("A processor", 2, {}),
    catalogue=13_160,
    own=1000,
    longer_side_px=250,
    strangers="held out",
    copies=50,
    proven=45,
    probable=2,
    missed=("000007.jpg: crop_15",),
    wrong=(),
    doubtful=("000009.webp (stranger): 12",),
    known=0,
    unread=0,
    is_same=True,
    page_bytes=1_500_000,
    csv_bytes=20_000,
    json_bytes=40_000,
    runs=(RUN, replace(RUN, seconds=25.0, searching_s=20.0), replace(RUN, seconds=40.0, searching_s=38.0)),
)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    records = [offer(encode(draw(seed, 160, 120)), f"https://example.org/{seed}.png") for seed in range(HELD)]
    engine = make_engine(tmp_path_factory.mktemp("held"), records)
    yield engine
    close_engine(engine)


def strangers(first: int, number: int) -> Iterator[SourceRecord]:
    """Pictures of which the catalogue has those under HELD, and one that is none."""
    yield offer(b"no picture", "https://example.org/none.jpg")
    yield from (
        offer(encode(draw(seed, 160, 120)), f"https://example.org/{seed}.png") for seed in range(first, first + number)
    )


def test_a_batch_is_copies_and_what_the_catalogue_lacks(held: Engine, tmp_path: Path) -> None:
    made = make_own_batch(
        held.catalogue,
        held.thumbnails,
        strangers(HELD - 2, OWN),
        tmp_path,
        model_id=held.extractor.model_id,
        limits=LIMITS,
        own=OWN,
        copies=COPIES,
        seed=3,
    )
    files = {path.name for path in tmp_path.iterdir()}
    assert (len(files), made.files, made.left_out) == (OWN, OWN, 3)
    assert set(made.copies) <= files
    assert len({copy.edit for copy in made.copies.values()}) == len(made.copies) == COPIES
    assert all(copy.image_id in copy.shown for copy in made.copies.values())
    known = {path.read_bytes() for path in tmp_path.iterdir()} & {encode(draw(seed, 160, 120)) for seed in range(HELD)}
    assert not known


def test_too_few_pictures_are_said_to_be_too_few(held: Engine, tmp_path: Path) -> None:
    for own, copies, words in (
        (OWN, COPIES, "does not have; found 3"),
        (HELD, HELD - OTHERS + 1, "catalogue of at least"),
    ):
        with pytest.raises(BadInput, match=words):
            make_own_batch(
                held.catalogue,
                held.thumbnails,
                strangers(HELD, 3),
                tmp_path,
                model_id=held.extractor.model_id,
                limits=LIMITS,
                own=own,
                copies=copies,
                seed=3,
            )


def test_the_median_run_tells_the_rate() -> None:
    assert (SPEED.per_second, SPEED.searching_per_second) == (40.0, 50.0)
    assert list(SPEED.steps_ms().items()) == [("describe", 18.0), ("copies", 2.0)]
    told = "\n".join(SPEED.lines())
    assert "40.0 pictures a second" in told
    assert "missed: 000007.jpg: crop_15" in told
    assert "Every run found the same." in told
    assert "RUNS DIFFER" in "\n".join(replace(SPEED, is_same=False).lines())


def test_what_is_held_out_is_drawn_and_must_leave_enough(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number}.png").write_bytes(b"unread")
    order = BatchOrder(str(tmp_path), (), own=12, share=0.25)
    assert order.copies == 3
    assert len(order.held_out()) == 25
    assert order.held_out() == order.held_out() != replace(order, seed=1).held_out()
    assert replace(order, strangers=("elsewhere",)).held_out() == frozenset()
    with pytest.raises(BadInput, match="at least 72 pictures"):
        replace(order, own=27).held_out()


@pytest.mark.model
@pytest.mark.slow
def test_the_command_itself_is_timed_over_a_catalogue_that_is_kept(tmp_path: Path) -> None:
    for name, first, number in (("mine", 0, 12), ("theirs", 100, 4)):
        (tmp_path / name).mkdir()
        for seed in range(first, first + number):
            (tmp_path / name / f"{seed}.png").write_bytes(encode(draw(seed, 160, 120)))

    def source_in(folder: Path) -> EngineSource:
        settings = read_settings(data_dir=folder, database_url=f"sqlite:///{folder / 'catalogue.sqlite'}")
        return EngineSource.of(settings, threads=0)

    order = BatchOrder(str(tmp_path / "mine"), (str(tmp_path / "theirs"),), own=6, share=0.5, workers=1, runs=1)
    kept, said = tmp_path / "kept", list[str]()
    for runs in (1, 2):
        speed = measure_batch(
            ROOT / "index.py", replace(order, runs=runs), source_in, kept, report=tmp_path / "report", say=said.append
        )
        assert (speed.catalogue, speed.own, speed.copies, len(speed.runs)) == (12, 6, 3, runs)
        assert speed.proven + speed.probable + len(speed.missed) == 3
        assert speed.unread == 0
        assert speed.is_same
        assert all(run.peak_mb > 0 and {"decode", "describe", "copies"} <= set(run.steps_s) for run in speed.runs)
    assert sum("this is kept" in one for one in said) == 1
    assert {path.suffix for path in (tmp_path / "report").iterdir()} == {".html", ".csv", ".json"}
    assert speed.to_record()["per_second"] > 0
