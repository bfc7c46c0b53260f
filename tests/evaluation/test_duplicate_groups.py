"""A drawn sample with edited copies in it, put in a catalogue of its own; the fake model finds what it may."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from commands import main
from data.decisions import Decisions
from errors import BadInput, EnvironmentFault
from evaluation.attacks import edits_named
from evaluation.duplicate_groups import Described, measure_duplicates, take_pool_in
from evaluation.duplicate_pool import DuplicatePool, make_pool
from evaluation.duplicate_report import DuplicateReport
from evaluation.edits.degrading import compress
from evaluation.peers.imagededup import PHASH, DedupFindings
from feature_extractor.training.sample import LabelledPicture
from search.open_engine import close_engine, open_indexes
from search.query import Engine
from tests.engines import encode, engine_source, make_intake
from tests.feature_extractor.training.drawn_sample import draw_sample
from tests.search.known_copies import blots

EDITS = edits_named(["jpeg_50", "thumbnail_96", "collage"])
PHOTOGRAPHS = [f"photos/houses/{number}.png" for number in range(3)]
SKETCHES = [f"pacs/sketch/{number}.png" for number in range(3)]
GROUNDS = [f"art/oil/{number}.png" for number in range(11)]
TWIN, EQUAL, LENT = "pacs/photo/twin.png", "pacs/photo/equal.png", "art/oil/lent.png"
"""A copy of the first sketch as it comes, the bytes of the second, and a copy of the third among what is lent."""
COPIES = 6


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledPicture]:
    folder = tmp_path_factory.mktemp("sample")
    files = {
        name: encode(blots(seed, 320, 240)) for seed, name in enumerate((*GROUNDS, *PHOTOGRAPHS, *SKETCHES), start=38)
    }
    rng = np.random.default_rng(2)
    for name, seed in ((TWIN, 52), (LENT, 54)):
        files[name] = encode(compress(blots(seed, 320, 240), rng, quality=60))
    files[EQUAL] = files[SKETCHES[1]]
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return [
        LabelledPicture(folder / name, name, "val", number, ())
        for number, name in enumerate((*GROUNDS, LENT, *SKETCHES, TWIN, EQUAL, *PHOTOGRAPHS))
    ]


def pool_in(folder: Path, sample: list[LabelledPicture], **changes: Any) -> DuplicatePool:
    return make_pool(sample, folder, **{"copies": COPIES, "pictures": None, "edits": EDITS, "seed": 5} | changes)


@pytest.fixture(scope="module")
def pool(sample: list[LabelledPicture], tmp_path_factory: pytest.TempPathFactory) -> DuplicatePool:
    return pool_in(tmp_path_factory.mktemp("pools"), sample)


def measure(pool: DuplicatePool, folder: Path, **others: Any) -> tuple[Described, DuplicateReport]:
    """Take a pool in and measure it, as the command does."""
    intake = make_intake(folder)
    described = take_pool_in(intake, pool, folder / "described.json")
    copies, similars = open_indexes(engine_source(folder), intake.catalogue, intake.extractor.model_id)
    engine = Engine(
        extractor=intake.extractor,
        catalogue=intake.catalogue,
        thumbnails=intake.thumbnails,
        copies=copies,
        similars=similars,
        decisions=Decisions(intake.catalogue.database),
        limits=intake.limits,
    )
    try:
        return described, measure_duplicates(engine, pool, described, **others)
    finally:
        close_engine(engine)


def test_a_pool_holds_links_and_copies_of_which_no_two_are_equal(
    pool: DuplicatePool, sample: list[LabelledPicture]
) -> None:
    assert sorted(str(path.relative_to(pool.pictures)) for path in pool.pictures.rglob("*.png")) == list(pool.names)
    assert [copy.edit for copy in pool.made] == [edit.name for edit in EDITS] * 2
    assert len({(copy.edit, copy.original) for copy in pool.made}) == COPIES
    assert {copy.original for copy in pool.made} <= set(PHOTOGRAPHS)
    assert pool.known == ((SKETCHES[0], TWIN),)
    assert pool.equal_files == 1
    assert EQUAL not in pool.names
    assert not any(name.startswith("art/") for name in pool.names)
    by_name = {picture.name: picture for picture in sample}
    assert all((pool.pictures / name).samefile(by_name[name].path) for name in SKETCHES)


def test_a_pool_that_was_made_is_read_again(pool: DuplicatePool, sample: list[LabelledPicture]) -> None:
    steps: list[tuple[int, int]] = []
    again = pool_in(pool.folder.parent, sample, on_progress=lambda *step: steps.append(step))
    assert again == pool
    assert steps == []
    assert pool_in(pool.folder.parent, sample, seed=6).folder != pool.folder


def test_one_that_was_stopped_on_the_way_is_made_anew(tmp_path: Path, sample: list[LabelledPicture]) -> None:
    first = pool_in(tmp_path, sample)
    (first.folder / "pool.json").unlink()
    (first.pictures / "edited" / "left.png").touch()
    assert pool_in(tmp_path, sample) == first
    assert not (first.pictures / "edited" / "left.png").exists()


def test_fewer_pictures_are_drawn_and_too_few_refused(tmp_path: Path, sample: list[LabelledPicture]) -> None:
    drawn = pool_in(tmp_path, sample, pictures=6, copies=1, edits=EDITS[:1])
    assert len(drawn.names) + drawn.equal_files == 7
    with pytest.raises(BadInput, match="expected at most 9 copies, 3 of each of 3 photographs"):
        pool_in(tmp_path, sample, copies=10)
    with pytest.raises(BadInput, match="there are no more of them") as raised:
        pool_in(tmp_path, sample, copies=3, edits=EDITS[2:])  # eleven grounds are for two, LENT not among them
    assert "fewer copies" in raised.value.remedy


def test_groups_are_held_against_the_truth(pool: DuplicatePool, tmp_path: Path) -> None:
    described, report = measure(pool, tmp_path)
    assert (described.pictures, described.left_out) == (len(pool.names), 0)
    (ours,) = report.finders
    assert ours.name == "Retrace"
    # The fake model knows a picture compressed or smaller again, and not one of four in a collage.
    assert ours.copies == {"jpeg_50": 2, "thumbnail_96": 2}
    assert (ours.pairs.precision, ours.groups.precision, ours.wrong) == (1, 1, ())
    assert (ours.pairs.known, ours.pairs.known_found) == (1, 1)
    rows, truth = pool.rows(), pool.truth()
    seen = [rows[copy.name] for copy in pool.made if copy.edit != "collage"]
    seen += [rows[name] for name in {copy.original for copy in pool.made if copy.edit != "collage"}]
    sizes = np.bincount(truth.families[seen])
    assert ours.pairs.found == (sizes * (sizes - 1) // 2).sum()
    assert ours.groups.said == (sizes > 1).sum() + 1
    assert ours.cost.described == report.pictures == len(pool.names)
    assert ours.cost.peak_mb > 0


def test_what_is_in_the_catalogue_is_not_described_again(pool: DuplicatePool, tmp_path: Path) -> None:
    first, report = measure(pool, tmp_path)
    second, again = measure(pool, tmp_path)
    assert second == first
    assert [one.pairs for one in again.finders] == [one.pairs for one in report.finders]
    (tmp_path / "described.json").write_text("[]")
    with pytest.raises(BadInput, match="seconds of earlier runs"):
        measure(pool, tmp_path)


def test_another_finder_is_judged_as_it_comes_and_at_its_best(pool: DuplicatePool, tmp_path: Path) -> None:
    rows = pool.rows()
    # It takes each copy for its original at 4 bits, and all sketches for each other at 8.
    hashes = np.array([0x0123456789ABCDEF * (number + 1) % 2**64 for number in range(len(rows))], np.uint64)
    for copy in pool.made:
        hashes[rows[copy.name]] = hashes[rows[copy.original]] ^ np.uint64(0b1111)
    for number, name in enumerate(SKETCHES):
        hashes[rows[name]] = np.uint64(0xFFFF0000FFFF0000 ^ (0b1111 << (4 * number)))
    found = DedupFindings(pool.names, np.zeros((0, 2), np.int64), hashes, 1.25, 0.5, 64.0)
    found = replace(found, pairs=found.pairs_from(PHASH.level))
    _, report = measure(pool, tmp_path, others=[(PHASH, found)], skipped={"other": "not installed."})
    usual, best = report.finders[1:]
    assert (usual.level, best.level) == ("at most 10 of 64 bits", "at most 4 of 64 bits (best F1)")
    assert usual.pairs.said - usual.pairs.right == 3
    assert set(usual.wrong) == {(SKETCHES[0], SKETCHES[1]), (SKETCHES[0], SKETCHES[2]), (SKETCHES[1], SKETCHES[2])}
    assert (best.pairs.precision, best.pairs.recall) == (1, 1)
    assert best.copies == {edit.name: 2 for edit in EDITS}
    assert (usual.groups.said - usual.groups.pure, best.groups.recall) == (1, 1)
    assert usual.cost == best.cost
    lines = report.to_markdown().splitlines()
    assert any(line.startswith("| imagededup PHash | at most 10 of 64 bits | ") for line in lines)
    assert f"| imagededup PHash | {len(pool.names)} | 1.2 | 0.5 | 64 |" in lines
    assert "| jpeg_50 | 2 | 2 | 2 | 2 |" in lines
    assert f"- {SKETCHES[0]} = {TWIN}" in lines
    assert "Not asked: other: not installed." in lines
    record = report.to_record()
    assert json.loads(json.dumps(record, allow_nan=False))["finders"][2]["pairs"]["f1"] == 1

    with pytest.raises(EnvironmentFault, match="and differs in"):
        measure(pool, tmp_path, others=[(PHASH, replace(found, names=pool.names[1:]))])


@pytest.mark.model
def test_the_command_tells_what_is_not_installed_and_describes_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_sample(tmp_path / "sample", pictures=60)
    monkeypatch.setenv("RETRACE_DATA_DIR", str(tmp_path / "instance"))
    words = ["evaluate", "duplicates", str(tmp_path / "sample"), "--copies", "2", "--edit", "jpeg_50"]
    first = CliRunner().invoke(main, [*words, "--json"], catch_exceptions=False)
    assert first.exit_code == 0, first.output
    told = json.loads(first.stdout)
    assert told["pictures"] == 42
    assert told["edited"] == {"jpeg_50": 2}
    assert [one["name"] for one in told["finders"]] == ["Retrace"]
    assert set(told["skipped"]) == {"imagededup PHash", "imagededup CNN, MobileNetV2"}
    second = CliRunner().invoke(main, [*words, "--baseline", "none"], catch_exceptions=False)
    cost = told["finders"][0]["cost"]
    assert f"| Retrace | 42 | {cost['describing_s']:,.1f} | " in second.stdout
    assert "Not asked" not in second.stdout
