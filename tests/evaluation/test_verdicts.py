"""A drawn sample in a catalogue so small that geometry looks at all of it; the fake model finds what it may."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from errors import BadInput, BadRequest, SourceUnreadable
from evaluation.attacks import edits_named
from evaluation.baselines import CopyDescriptor, PDQHash, PHash
from evaluation.edits.degrading import compress
from evaluation.edits.geometric import crop
from evaluation.held_sample import HeldSample
from evaluation.known_copies import make_small
from evaluation.reliability_figure import draw_reliability
from evaluation.verdict_peers import Peers, ask_peers_beside
from evaluation.verdict_report import ABSENT, EditVerdicts, VerdictReport
from evaluation.verdicts import measure_verdicts
from feature_extractor.picture import Picture
from feature_extractor.training.sample import LabelledPicture
from search.open_engine import close_engine
from search.query import Engine
from tests.engines import encode, make_engine, offer
from tests.search.calibrations import calibration
from tests.search.known_copies import blots

EDITS = edits_named(["crop_60", "mirror", "onto_40"])
NAMES = ("photos/houses/1.png", "photos/varied/2.png", "pacs/photo/3.png", "pacs/photo/4.png", "art/oil/5.png")
TWIN = "art/oil/5.png"
"""In train, and a copy of the first photograph as it comes."""
ALIEN = "somewhere/else.png"
"""In the catalogue alone, and a part of the first stranger of pacs, which nobody knows."""


def draw_all() -> dict[str, Picture]:
    rng = np.random.default_rng(1)
    drawn = {name: blots(seed, 320, 240) for seed, name in enumerate(NAMES)}
    drawn[TWIN] = compress(drawn["photos/houses/1.png"], rng, quality=60)
    drawn[ALIEN] = crop(drawn["pacs/photo/3.png"], rng, keep=0.8)
    return drawn


@pytest.fixture(scope="module")
def drawn() -> dict[str, Picture]:
    return draw_all()


@pytest.fixture(scope="module")
def pictures(drawn: dict[str, Picture], tmp_path_factory: pytest.TempPathFactory) -> list[LabelledPicture]:
    folder = tmp_path_factory.mktemp("sample")
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(encode(drawn[name]))
    return [
        LabelledPicture(folder / name, name, "train" if name == TWIN else "val", number, ())
        for number, name in enumerate(NAMES)
    ]


@pytest.fixture(scope="module")
def engine(drawn: dict[str, Picture], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    records = [offer(encode(pixels), name) for name, pixels in drawn.items()]
    engine = make_engine(tmp_path_factory.mktemp("engine"), records)
    yield engine
    close_engine(engine)


@pytest.fixture(scope="module")
def small(drawn: dict[str, Picture]) -> np.ndarray:
    return make_small(drawn[name] for name in NAMES)


@pytest.fixture(scope="module")
def steps() -> list[tuple[int, int]]:
    return []


@pytest.fixture(scope="module")
def report(
    engine: Engine, pictures: list[LabelledPicture], small: np.ndarray, steps: list[tuple[int, int]]
) -> VerdictReport:
    return measure_verdicts(
        engine,
        HeldSample.find(engine.catalogue, pictures),
        small,
        strangers=3,
        edits=EDITS,
        on_progress=lambda done, total: steps.append((done, total)),
    )


def test_copies_are_proven_and_what_was_done_is_told(report: VerdictReport) -> None:
    assert [one.edit for one in report.edits] == [edit.name for edit in EDITS]
    assert (report.originals, report.others) == (2, 2)
    for one in report.edits:
        assert one.copies == one.confirmed == one.judged == one.first == 2, one
        assert one.mirrored_right == one.rotation_right == one.rotation_judged == one.kept_right == 2, one
        assert one.transform_right == 2
        assert sum(one.verdicts.values()) == one.copies
    assert report.copy_times.searches == 6
    assert 0 < report.copy_times.geometry_median_ms < report.copy_times.median_ms <= report.copy_times.p99_ms


def test_neither_a_known_copy_nor_what_a_composition_contains_is_wrong(report: VerdictReport) -> None:
    assert report.known_copies == (("photos/houses/1.png", TWIN),)
    assert {one.edit: one.wrong for one in report.edits} == dict.fromkeys([edit.name for edit in EDITS], 0)


def test_a_stranger_is_left_out_of_its_answer_and_a_copy_nobody_knows_of_is_listed(report: VerdictReport) -> None:
    kinds = {one.kind: one for one in report.strangers}
    assert {kind: one.searched for kind, one in kinds.items()} == {"photos/houses": 1, "pacs": 2}
    assert kinds["photos/houses"].wrong == kinds["photos/houses"].probable == 0  # but for itself and its twin
    assert kinds["pacs"].wrong == 1
    assert all(one.examined == one.searched for one in report.strangers)
    (claim,) = report.wrong
    assert (claim.query, claim.edit, claim.verdict) == ("pacs/photo/3.png", "", "copy")
    assert claim.claimed.endswith(ALIEN)
    assert claim.agreement is not None
    assert claim.agreement > 0.5
    assert claim.inliers is not None


def test_what_is_not_known_to_be_contained_is_wrong(
    engine: Engine, pictures: list[LabelledPicture], small: np.ndarray
) -> None:
    unlike = small.copy()
    unlike[NAMES.index(TWIN)] = 0  # so that nobody takes the twin for a copy
    found = measure_verdicts(
        engine, HeldSample.find(engine.catalogue, pictures), unlike, originals=1, strangers=1, edits=EDITS[1:2], seed=3
    )
    assert (found.originals, found.known_copies) == (1, ())
    assert ("photos/houses/1.png", "", TWIN) in {(one.query, one.edit, one.claimed) for one in found.wrong}
    assert found.strangers[0].wrong == 1


def test_other_methods_are_asked_the_same(
    engine: Engine, pictures: list[LabelledPicture], small: np.ndarray, drawn: dict[str, Picture]
) -> None:
    held = HeldSample.find(engine.catalogue, pictures)
    methods = (PDQHash(), PHash())
    kept = {method.name: method.describe([drawn[name] for name in NAMES]) for method in methods}
    peers = Peers.over(held, methods, kept)
    edits = edits_named(["jpeg_50", "mirror"])
    found = measure_verdicts(engine, held, small, strangers=3, edits=edits, peers=peers)
    assert [peer.name for peer in found.peers] == ["PDQ", "pHash"]
    for peer in found.peers:
        assert peer.found == {"jpeg_50": 2, "mirror": 0}
        assert peer.first["jpeg_50"] == 2
        assert peer.claimed == 0  # the twin is known, and no two others look alike
    lines = found.to_markdown().split("\n")
    assert "| edit | Retrace proves | PDQ | pHash |" in lines
    assert "| jpeg_50 | 100.0 | 100.0 | 100.0 |" in lines
    assert VerdictReport.from_record(json.loads(json.dumps(found.to_record()))) == found

    earlier = replace(found, peers=found.peers[:1])  # PDQ alone; pHash is asked later, without the engine
    later = Peers.over(held, methods[1:], kept)
    steps: list[tuple[int, int]] = []
    size = len(engine.copies)
    beside = ask_peers_beside(earlier, held, small, later, catalogue=size, on_progress=lambda *step: steps.append(step))
    assert beside == found
    assert steps == [(done, 7) for done in range(1, 8)]
    with pytest.raises(BadInput, match="expected the pictures that the report is of") as raised:
        ask_peers_beside(earlier, held, small, later, catalogue=size + 1)
    assert "leave out --beside" in raised.value.remedy


def test_a_method_that_nobody_says_a_distance_of_is_refused(engine: Engine, pictures: list[LabelledPicture]) -> None:
    held = HeldSample.find(engine.catalogue, pictures)
    with pytest.raises(BadInput, match="received Retrace"):
        Peers.over(held, [CopyDescriptor(engine.extractor)], {})


def test_confidence_is_held_against_the_truth(
    engine: Engine, pictures: list[LabelledPicture], small: np.ndarray, tmp_path: Path
) -> None:
    held = HeldSample.find(engine.catalogue, pictures)
    sure = replace(engine, calibration=calibration())
    found = measure_verdicts(sure, held, small, strangers=3, edits=EDITS[:1])
    assert set(found.reliability) == {"all", "copy"}
    told = found.reliability["copy"]
    assert told.pairs == 5  # two originals, the twin of one, once more as a stranger's, and what nobody knew of
    assert told.true == 0.8
    assert found.to_markdown().count("| copy | 5 | 80.0 |") == 1
    assert draw_reliability(found, tmp_path).stat().st_size > 1_000
    with pytest.raises(BadInput, match="without probabilities"):
        draw_reliability(replace(found, reliability={}), tmp_path)


def test_progress_counts_every_search(report: VerdictReport, steps: list[tuple[int, int]]) -> None:
    assert report.seconds > 0
    assert steps == [(done, 9) for done in range(1, 10)]


def test_missing_pictures_are_named_with_the_command_that_adds_them(
    pictures: list[LabelledPicture], engine: Engine, tmp_path: Path
) -> None:
    other = tmp_path / "photos" / "houses" / "new.png"
    other.parent.mkdir(parents=True)
    other.write_bytes(encode(blots(77, 64, 64)))
    absent = replace(pictures[0], path=other, name="photos/houses/new.png")
    with pytest.raises(BadRequest, match=r"1 are not in it, such as photos/houses/new\.png") as raised:
        HeldSample.find(engine.catalogue, [*pictures, absent])
    assert raised.value.remedy.endswith(f"index.py add {tmp_path / 'photos'}")
    with pytest.raises(SourceUnreadable, match="gone"):
        HeldSample.find(engine.catalogue, [replace(absent, path=tmp_path / "gone.png")])


@pytest.mark.parametrize(("originals", "strangers"), [(3, 1), (None, 4)])
def test_too_few_pictures_are_refused(
    engine: Engine, pictures: list[LabelledPicture], small: np.ndarray, originals: int | None, strangers: int
) -> None:
    held = HeldSample.find(engine.catalogue, pictures)
    with pytest.raises(BadInput, match="expected"):
        measure_verdicts(engine, held, small, originals=originals, strangers=strangers, edits=EDITS)


def test_a_report_comes_back_from_json_and_makes_tables(report: VerdictReport) -> None:
    assert VerdictReport.from_record(json.loads(json.dumps(report.to_record()))) == report
    with pytest.raises(BadInput, match="expected a report"):
        VerdictReport.from_record({"edits": []})
    lines = report.to_markdown().splitlines()
    assert (
        "| mirror | left to right | 100.0 | 0.0 | 100.0 | 0.0 | 0.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 |" in lines
    )
    parted = sum(one.parted for one in report.strangers) / 3
    assert f"| **all** | 3 | 100.0 | {100 * parted:.1f} | 0 | 1 |" in lines
    assert any(line.startswith("- pacs/photo/3.png → picture ") for line in lines)


def test_shares_of_nothing_are_a_dash_and_of_some_add_up(report: VerdictReport) -> None:
    missed = EditVerdicts(
        edit="perspective",
        family="perspective",
        intensity="",
        copies=2,
        verdicts={"unconfirmed": 1, ABSENT: 1},
        first=1,
        judged=0,
        mirrored_right=0,
        rotation_right=0,
        rotation_judged=0,
        kept_right=0,
        transform_right=0,
        wrong=0,
    )
    lines = replace(report, edits=(*report.edits[:1], missed)).to_markdown().splitlines()
    assert "| perspective |  | 0.0 | 50.0 | 50.0 | 0.0 | 0.0 | – | – | – | – | 0.0 |" in lines
    pooled = next(line for line in lines if line.startswith("| **all** | all copies"))
    assert pooled.split(" | ")[2:] == [
        "50.0",
        "25.0",
        "75.0",
        "0.0",
        "0.0",
        "100.0",
        "100.0",
        "100.0",
        "100.0",
        "50.0 |",
    ]
