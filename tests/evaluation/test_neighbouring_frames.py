"""What is told of neighbouring frames is true of shots whose frames are known."""

import json
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from errors import BadInput
from evaluation.neighbouring_frames import Likeness, NeighbourReport, measure_neighbours
from search.vector_index.contract import IndexHome
from search.vector_index.open_index import index_home
from tests.evaluation.labelled_clips import write_clips
from tests.fake_extractor import FakeExtractor

CLIPS, FRAMES = 2, 20


def home(directory: Path) -> IndexHome:
    return index_home("exact:", directory, SecretStr(""))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clips(tmp_path_factory.mktemp("clips"), number=CLIPS + 1, frames=FRAMES, val=CLIPS)


@pytest.fixture(scope="module")
def report(folder: Path) -> NeighbourReport:
    return measure_neighbours(folder, FakeExtractor(), home, clips=CLIPS, moments=2)


def test_successive_frames_are_nearer_than_sampled_ones(report: NeighbourReport) -> None:
    assert (report.clips, report.frames, report.plain) == (CLIPS, CLIPS * FRAMES, 0)
    told = {(each.name, each.kind): each for each in report.neighbours}
    assert len(told) == 4
    for kind in ("copy", "similar"):
        every, sampled = told["successive frames", kind], told["successive sampled frames", kind]
        assert every.pairs == CLIPS * (FRAMES - 1) > sampled.pairs > 0
        assert every.median > sampled.median
        assert every.least <= every.p5 <= every.median <= 1.001


def test_sampled_frames_are_their_own_stretch(report: NeighbourReport) -> None:
    told = {each.name: each for each in report.nearest}
    sampled, every = (told[f"{name} to their nearest kept stretch"] for name in ("sampled frames", "every frame"))
    assert (sampled.pairs, every.pairs) == (report.stretches, CLIPS * FRAMES)  # the camera never rests
    assert sampled.least == pytest.approx(1.0, abs=1e-3)
    assert every.least < sampled.least
    assert every.median <= sampled.median


def test_kept_frames_are_found_at_their_own_number(report: NeighbourReport) -> None:
    told = {each.name: each for each in report.found}
    kept = told["a kept frame, by descriptors"]
    assert (kept.frames, kept.right, kept.own, kept.by_pixels) == (report.stretches, *(report.stretches,) * 2, 0)
    for each in told.values():
        assert each.own <= each.beside <= each.right <= each.frames
        assert each.near <= each.right
    assert {each.frames for name, each in told.items() if name.startswith("any")} == {CLIPS * 2}
    assert told["any frame, by pixels"].by_pixels > 0


def test_the_report_is_a_page_and_json(report: NeighbourReport) -> None:
    page = "\n".join(report.lines())
    assert f"{CLIPS} clips, {CLIPS * FRAMES} frames" in page
    assert "any frame, by pixels" in page
    assert json.loads(json.dumps(report.to_record()))["found"][0]["frames"] == report.stretches


def test_percentiles_are_of_the_cosines() -> None:
    told = Likeness.of("pairs", "copy", np.linspace(0, 1, 101).tolist())
    assert told.pairs == 101
    assert [told.median, told.p5, told.least] == pytest.approx([0.5, 0.05, 0.0])


def test_too_few_clips_are_said_to_be_too_few(folder: Path) -> None:
    with pytest.raises(BadInput, match="expected 3 clips of the val part; there are 2"):
        measure_neighbours(folder, FakeExtractor(), home, clips=3, moments=0)
