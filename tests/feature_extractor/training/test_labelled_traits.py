from pathlib import Path

import pytest

from errors import SourceUnreadable
from feature_extractor.training.labelled_traits import measure_labelled, rows_of
from tests.feature_extractor.training.few_pictures import draw_labelled
from tests.feature_extractor.training.test_picture_traits import MODEL

pytestmark = pytest.mark.model


def test_a_picture_of_a_needed_split_that_is_gone_stops_the_check(tmp_path: Path) -> None:
    labelled = draw_labelled(tmp_path / "labelled")
    labelled[0].path.unlink()
    traits = measure_labelled(labelled, MODEL, store=tmp_path / "store", needed=("val",))
    assert [bool(fault) for fault in traits.faults] == [True] + [False] * 5
    with pytest.raises(SourceUnreadable, match=r"a\.png"):
        measure_labelled(labelled, MODEL, store=tmp_path / "store")
    labelled[-1].path.unlink()
    with pytest.raises(SourceUnreadable, match=r"z\.png"):
        measure_labelled(labelled, MODEL, store=tmp_path / "store", needed=("val",))


def test_rows_are_those_of_the_split(tmp_path: Path) -> None:
    labelled = draw_labelled(tmp_path)
    assert rows_of(labelled[::-1], "train") == [3, 4, 5]
    assert rows_of(labelled, "test") == []
