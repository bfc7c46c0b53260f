import numpy as np
import pytest

from evaluation.attacks import GRID
from evaluation.baselines import CopyDescriptor, Method, PDQHash, PHash
from evaluation.copies import CopyReport, measure_copies
from tests.evaluation.making import draw_picture
from tests.fake_extractor import FakeExtractor

EASY = [edit for edit in GRID if edit.name in {"jpeg_50", "blur_1", "grey"}]
HARD = [edit for edit in GRID if edit.name in {"turn_180", "onto_15"}]
OTHERS = [draw_picture(seed) for seed in range(900, 903)]


@pytest.fixture(scope="module")
def report() -> CopyReport:
    originals = [draw_picture(seed) for seed in range(20)]
    distractors = (draw_picture(seed) for seed in range(20, 120))
    methods: list[Method] = [CopyDescriptor(FakeExtractor()), PDQHash(), PHash()]
    return measure_copies(methods, originals, distractors, OTHERS, edits=EASY + HARD)


def test_easy_copies_are_found_and_hard_ones_are_not(report: CopyReport) -> None:
    assert (report.originals, report.base_size) == (20, 120)
    found = {result.edit.name: result.recall_at_1 for result in report.results}
    for name in ("PDQ", "pHash"):
        assert found["jpeg_50"][name] == found["blur_1"][name] == 1.0
        assert found["turn_180"][name] < 0.2
        assert found["onto_15"][name] < 0.3
        assert 0.4 < report.recall_at_1[name] < 0.8
        assert 0.4 < report.micro_ap[name] < 0.8


def test_the_table_has_a_row_an_edit_and_a_column_a_method(report: CopyReport) -> None:
    lines = report.to_markdown().splitlines()
    assert "20 originals" in lines[0]
    assert "120 pictures" in lines[0]
    assert [line.count("|") for line in lines[2:]] == [6] * (2 + len(EASY + HARD) + 2)
    assert lines[2] == "| edit | intensity | Retrace | PDQ | pHash |"
    assert lines[4].startswith("| jpeg_50 | quality 50 | ")
    assert lines[4].endswith(" | 100.0 | 100.0 |")


def test_a_copy_that_was_there_before_counts_as_right() -> None:
    """The same picture twice in the base: without being told, a tie stands against the method."""
    originals = [draw_picture(seed) for seed in range(4)]
    twins = [draw_picture(0)]
    jpeg = [edit for edit in GRID if edit.name == "jpeg_50"]
    alone = measure_copies([PDQHash()], originals, twins, [], edits=jpeg)
    told = measure_copies([PDQHash()], originals, twins, [], edits=jpeg, also_right={0: [4]})
    assert alone.recall_at_1["PDQ"] == 0.75
    assert told.recall_at_1["PDQ"] == told.micro_ap["PDQ"] == 1.0
    assert alone.micro_ap["PDQ"] < 1.0


def test_progress_is_told_and_nothing_to_measure_is_refused() -> None:
    told: list[str] = []
    measure_copies([PDQHash()], [draw_picture(1)], [], OTHERS, edits=EASY, on_progress=told.append)
    assert told == ["describe the base", *(edit.name for edit in EASY)]
    with pytest.raises(ValueError, match="at least one original"):
        measure_copies([PDQHash()], [], [draw_picture(1)], OTHERS, edits=EASY)


def test_a_report_repeats(report: CopyReport) -> None:
    originals = [draw_picture(seed) for seed in range(20)]
    distractors = [draw_picture(seed) for seed in range(20, 120)]
    again = measure_copies([PDQHash()], originals, distractors, OTHERS, edits=HARD)
    first = {result.edit.name: result.recall_at_1["PDQ"] for result in report.results}
    assert all(result.recall_at_1["PDQ"] == first[result.edit.name] for result in again.results)
    assert np.isfinite(again.seconds)
