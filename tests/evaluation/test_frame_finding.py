"""Where edits paste a picture is found out, and what is found of it is counted."""

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from errors import BadInput
from evaluation.attacks import Edit, edits_named
from evaluation.edits.canvas import resize
from evaluation.frame_finding import PASTED, TRIED, FrameReport, changed, measure_frames, place_of
from feature_extractor.training.sample import LabelledPicture
from search.frames import RULE, FrameRule
from tests.search.composed import photograph

OTHERS = [photograph(seed, 240, 200) for seed in range(40, 44)]


@pytest.mark.parametrize("edit", edits_named(PASTED), ids=lambda edit: edit.name)
def test_the_place_of_a_pasted_picture_is_where_it_lies(edit: Edit) -> None:
    picture = photograph(1, 300, 200)
    page = edit.apply(picture, 5, OTHERS)
    place = place_of(edit, (300, 200), 5, OTHERS)
    height, width = page.shape[:2]
    left, right = (round(share * width) for share in (place.left, place.right))
    top, bottom = (round(share * height) for share in (place.top, place.bottom))

    def alike(aside: int) -> float:
        cut = page[top + 8 : bottom - 8, left + 8 + aside : right - 8 + aside]
        shown = picture[:, ::-1] if edit.name == "mixed_onto" else picture
        expected = resize(shown, (right - left, bottom - top))[8:-8, 8:-8]
        return float(np.corrcoef(cut.ravel(), expected.ravel())[0, 1])

    assert alike(0) > 0.93
    assert alike(0) > max(alike(-3), alike(3))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledPicture]:
    folder = tmp_path_factory.mktemp("sample")
    made = []
    for number in range(44):
        kind, split = ("photos/varied", "train") if number < 38 else ("pacs/photo", "train" if number < 42 else "val")
        path = folder / f"{number}.png"
        Image.fromarray(photograph(number, 240, 180)).save(path)
        made.append(LabelledPicture(path, f"{kind}/{number}.png", split, number, ()))
    return made


@pytest.fixture(scope="module")
def report(pictures: Sequence[LabelledPicture]) -> FrameReport:
    return measure_frames(pictures, originals=2, plain=4)


def test_pasted_pictures_are_found_and_photographs_hold_none(report: FrameReport) -> None:
    [trial] = report.trials
    assert [one.edit for one in trial.edits] == [*PASTED, ""]
    assert [one.pictures for one in trial.edits] == [2] * len(PASTED) + [4]
    assert trial.found > 0.6
    assert trial.parts_of_plain == 0
    assert all(one.found <= one.framed <= one.pictures and one.framed <= one.parts for one in trial.edits)


def test_a_sweep_tries_each_threshold_and_a_rule_that_takes_nothing_finds_nothing(
    pictures: Sequence[LabelledPicture], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluation.frame_finding.TRIED", {"least_evidence": (1.1,), "flat": (RULE.flat,)})
    found = measure_frames(pictures, originals=1, plain=1, sweep=True)
    assert [(one.name, one.value) for one in found.trials] == [("", 0.0), ("least_evidence", 1.1), ("flat", RULE.flat)]
    assert [one.found for one in found.trials] == [found.trials[0].found, 0, found.trials[0].found]
    assert "| least_evidence 1.1 | 0.0 |" in found.to_markdown()


def test_what_a_sweep_tries_are_thresholds_other_than_those_in_force() -> None:
    for name, values in TRIED.items():
        for value in values:
            assert changed(RULE, name, value) != RULE
    assert isinstance(RULE, FrameRule)


def test_too_few_pictures_of_train_are_refused(pictures: Sequence[LabelledPicture]) -> None:
    with pytest.raises(BadInput, match="pictures of train"):
        measure_frames(pictures, originals=30)
    with pytest.raises(BadInput, match="expected 90 pictures of train"):
        measure_frames(pictures, originals=1, plain=90)
