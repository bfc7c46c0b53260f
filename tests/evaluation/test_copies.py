import json
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from evaluation.attacks import GRID, Edit, edits_named
from evaluation.baselines import CopyDescriptor, Cosine, Method, PDQHash, PHash
from evaluation.copies import Base, describe_all, measure_copies
from evaluation.copy_report import CopyReport
from evaluation.sweeps import SWEEPS, sweep_edits
from feature_extractor.picture import Picture
from tests.evaluation.making import draw_picture
from tests.fake_extractor import FakeExtractor

EASY = [edit for edit in GRID if edit.name in {"jpeg_50", "blur_1", "grey"}]
HARD = [edit for edit in GRID if edit.name in {"turn_180", "onto_15"}]
OTHERS = [draw_picture(seed) for seed in range(900, 903)]


def measure(
    methods: list[Method],
    originals: list[Picture],
    distractors: list[Picture],
    edits: Sequence[Edit],
    *,
    also_right: Mapping[int, Collection[int]] | None = None,
    background: Sequence[int] = (),
) -> CopyReport:
    """Measure with a base of originals, then distractors."""
    described = describe_all(methods, [*originals, *distractors])
    base = Base(described, range(len(originals)), also_right or {}, background)
    return measure_copies(methods, originals, base, OTHERS, edits=edits)


@pytest.fixture(scope="module")
def report() -> CopyReport:
    originals = [draw_picture(seed) for seed in range(20)]
    distractors = [draw_picture(seed) for seed in range(20, 120)]
    methods: list[Method] = [CopyDescriptor(FakeExtractor()), PDQHash(), PHash()]
    return measure(methods, originals, distractors, EASY + HARD, background=range(20, 120))


def test_easy_copies_are_found_and_hard_ones_are_not(report: CopyReport) -> None:
    assert (report.originals, report.base_size) == (20, 120)
    found = {result.edit.name: result.recall_at_1 for result in report.results}
    for name in ("PDQ", "pHash"):
        assert found["jpeg_50"][name] == found["blur_1"][name] == 1.0
        assert found["turn_180"][name] < 0.2
        assert found["onto_15"][name] < 0.3
        assert 0.4 < report.recall_at_1[name] < 0.8
        assert 0.4 < report.micro_ap[name] < 0.8


def test_recall_at_a_precision_is_no_more_than_what_is_found(report: CopyReport) -> None:
    """A right answer that is not even the first of its query may pass a threshold, but few do."""
    for result in report.results:
        for name in report.micro_ap:
            assert 0 <= result.recall_at_90[name] <= 1
    found = {result.edit.name: result.recall_at_90 for result in report.results}
    assert found["jpeg_50"]["PDQ"] == 1.0
    assert found["turn_180"]["PDQ"] < 0.2
    for name in ("PDQ", "pHash"):
        assert 0.4 < report.pooled_recall_at_90[name] < 0.8


def test_normalisation_lowers_copies_that_are_near_to_everything() -> None:
    """Two kinds of queries: beside crowded ones, a plain threshold takes the crowd; less their crowd, it does not."""
    pictures = [draw_picture(seed) for seed in range(10)]
    tight = (
        np.tile(np.eye(1, 8, dtype=np.float32), (20, 1))
        + np.linspace(0, 0.3, 20, dtype=np.float32)[:, None] * (np.eye(8, dtype=np.float32)[np.arange(20) % 8])
    )
    loose = np.linalg.qr(np.random.default_rng(0).normal(size=(8, 8)))[0].astype(np.float32)
    method = Planned(np.concatenate([tight[:5], loose[:5]]))
    base = Base({"planned": np.concatenate([method.copies * 0.98, tight[5:]])}, range(10), background=range(10, 25))
    report = measure_copies([method], pictures, base, OTHERS, edits=EASY[:1])
    assert report.background == 15
    assert report.micro_ap_normalised["planned"] > report.micro_ap["planned"]


def test_without_a_background_nothing_is_normalised() -> None:
    alone = measure([PDQHash()], [draw_picture(1)], [draw_picture(2)], EASY[:1], background=[1])
    assert (alone.background, alone.micro_ap_normalised) == (0, {})
    assert "normalised" not in alone.to_markdown().lower()


def test_the_tables_have_a_row_an_edit_and_a_column_a_method(report: CopyReport) -> None:
    lines = report.to_markdown().splitlines()
    assert "20 originals" in lines[0]
    assert "120 pictures" in lines[0]
    rows = [line for line in lines if line.startswith("|")]
    edits = len(EASY + HARD)
    assert [line.count("|") for line in rows] == [6] * ((2 + edits + 3) + (2 + edits + 2))
    assert rows[0] == rows[2 + edits + 3] == "| edit | intensity | Retrace | PDQ | pHash |"
    assert rows[2].startswith("| jpeg_50 | quality 50 | ")
    assert rows[2].endswith(" | 100.0 | 100.0 |")
    assert "100 background pictures" in report.to_markdown()


def test_the_mean_without_the_page_stands_beside_the_mean(report: CopyReport) -> None:
    assert report.recall_at_1_without_page == {}
    with_page = measure([PDQHash()], [draw_picture(1)], [draw_picture(2)], edits_named(["jpeg_50", "screenshot_page"]))
    assert with_page.recall_at_1_without_page == {"PDQ": 1.0}
    assert "| **all** | without screenshot_page | 100.0 |" in with_page.to_markdown()


def test_known_copies_are_listed_by_name(report: CopyReport) -> None:
    assert "Known copies" not in report.to_markdown()
    assert report.to_record()["known_copies"] is None
    named = report.naming((("a.png", "b.png"),))
    assert "- a.png = b.png" in named.to_markdown()
    assert named.to_record()["known_copies"] == [["a.png", "b.png"]]
    assert json.loads(json.dumps(named.to_record())) == named.to_record()
    assert "counted as right: 0." in report.naming(()).to_markdown()


def test_a_copy_that_was_there_before_counts_as_right() -> None:
    """The same picture twice in the base: without being told, a tie stands against the method."""
    originals = [draw_picture(seed) for seed in range(4)]
    twins = [draw_picture(0)]
    jpeg = [edit for edit in GRID if edit.name == "jpeg_50"]
    alone = measure([PDQHash()], originals, twins, jpeg)
    told = measure([PDQHash()], originals, twins, jpeg, also_right={0: [4]})
    assert alone.recall_at_1["PDQ"] == 0.75
    assert told.recall_at_1["PDQ"] == told.micro_ap["PDQ"] == 1.0
    assert alone.micro_ap["PDQ"] < 1.0


def test_progress_is_told_and_nothing_to_measure_is_refused() -> None:
    told: list[str] = []
    base = Base(describe_all([PDQHash()], [draw_picture(1)]), [0])
    measure_copies([PDQHash()], [draw_picture(1)], base, OTHERS, edits=EASY, on_progress=told.append)
    assert told == [edit.name for edit in EASY]
    with pytest.raises(ValueError, match="at least one original"):
        measure_copies([PDQHash()], [], base, OTHERS, edits=EASY)


def test_an_original_is_edited_alike_whichever_others_are() -> None:
    """Its number is its row of the base, not its place among the originals."""
    pictures = [draw_picture(seed) for seed in range(12)]
    described = describe_all([PDQHash()], pictures)
    random_edit = [edit for edit in GRID if edit.name == "crop_30"]
    shown = []
    for rows in ([5, 9], [2, 5, 9, 11]):
        recorder = Recorder()
        originals = [pictures[row] for row in rows]
        measure_copies([recorder], originals, Base(described, rows), OTHERS, edits=random_edit)
        shown.append(recorder.seen)
    some, more = shown
    assert np.array_equal(some[0], more[1])
    assert np.array_equal(some[1], more[2])


def test_a_report_repeats(report: CopyReport) -> None:
    originals = [draw_picture(seed) for seed in range(20)]
    distractors = [draw_picture(seed) for seed in range(20, 120)]
    again = measure([PDQHash()], originals, distractors, HARD)
    first = {result.edit.name: result.recall_at_1["PDQ"] for result in report.results}
    assert all(result.recall_at_1["PDQ"] == first[result.edit.name] for result in again.results)
    assert np.isfinite(again.seconds)


def test_sweeps_grow_stronger_and_leave_the_grid_alone() -> None:
    edits = sweep_edits()
    names = [edit.name for edit in edits]
    assert len(set(names)) == len(names)
    assert not set(names) & {edit.name for edit in GRID}
    assert names == [sweep.name(value) for sweep in SWEEPS for value in sweep.intensities]
    picture = draw_picture(3)
    crops = [edit.apply(picture, 0, []).size for edit in edits if edit.family == "crop"]
    assert crops == sorted(crops, reverse=True)
    blurs = [np.diff(edit.apply(picture, 0, []).astype(int), axis=1).std() for edit in edits if edit.family == "blur"]
    assert blurs == sorted(blurs, reverse=True)
    sizes = [edit.apply(picture, 0, OTHERS).size for edit in edits if edit.family == "onto"]
    assert sizes == sorted(sizes)


class Planned(Cosine):
    """Describes copies as planned, in order."""

    name = identity = "planned"

    def __init__(self, copies: NDArray[np.float32]) -> None:
        self.copies = np.asarray(copies / np.linalg.norm(copies, axis=1, keepdims=True))

    def describe(self, pictures: Sequence[Picture]) -> NDArray[np.float32]:
        return np.asarray(self.copies[: len(pictures)])


class Recorder(PDQHash):
    """Keeps what it was shown."""

    def __init__(self) -> None:
        self.seen: list[Picture] = []

    def describe(self, pictures: Sequence[Picture]) -> NDArray[np.uint8]:
        self.seen += pictures
        return super().describe(pictures)
