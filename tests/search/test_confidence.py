"""How sure a copy is, where a calibration is at hand, and what is done with one that does not fit."""

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from errors import ModelUnusable
from search.answer import Verdict
from search.compare import Known, weigh
from search.confidence import (
    Calibration,
    PairEvidence,
    calibration_file,
    confidence_text,
    is_credible,
    read_calibration,
)
from tests.search.calibrations import MODEL_ID, calibration
from tests.search.evidence.pairs import EXTRACTOR, exhibits


@pytest.fixture(scope="module")
def pair() -> tuple[Known, Known]:
    first, second = exhibits()
    return first.known(), second.known()


def compared(pair: tuple[Known, Known], fitted: Calibration | None) -> float | None:
    return weigh(
        *pair,
        copy_threshold=EXTRACTOR.copy_threshold,
        similar_floor=EXTRACTOR.similar_floor,
        calibration=fitted,
    ).probability


def test_a_proven_copy_is_sure_and_never_certain(pair: tuple[Known, Known]) -> None:
    told = compared(pair, calibration())
    assert told is not None
    assert 0.9 < told <= 0.995


def test_equal_bytes_and_pixels_are_certain(pair: tuple[Known, Known]) -> None:
    assert compared((pair[0], replace(pair[1], sha256=pair[0].sha256)), calibration()) == 1
    nothing = PairEvidence(-1.0, is_laid=False)
    assert {calibration().probability(one, nothing) for one in (Verdict.IDENTICAL, Verdict.SAME_PIXELS)} == {1}


def test_what_is_not_called_a_copy_has_none_and_without_a_calibration_nothing_has(pair: tuple[Known, Known]) -> None:
    assert compared(pair, None) is None
    evidence = PairEvidence(0.99, is_laid=False)
    assert calibration().probability(Verdict.SIMILAR, evidence) is None
    assert calibration().probability(Verdict.DISTANT, evidence) is None


def test_where_nobody_laid_them_on_each_other_the_descriptor_tells_and_where_it_was_in_vain_it_does_not() -> None:
    scores = [0.8, 0.87, 0.95]
    unlaid = [calibration().probability(Verdict.UNCONFIRMED, PairEvidence(one, is_laid=False)) for one in scores]
    assert unlaid == sorted(unlaid, key=lambda one: one or 0)
    assert len(set(unlaid)) == 3
    in_vain = {calibration().probability(Verdict.UNCONFIRMED, PairEvidence(one, is_laid=True)) for one in scores}
    assert in_vain == {0.001}  # no less than the pairs it was fitted on bear


def test_what_geometry_saw_may_leave_nothing_of_what_the_descriptor_says() -> None:
    laid, unlaid = PairEvidence(0.99, is_laid=True), PairEvidence(0.99, is_laid=False)
    assert not is_credible(calibration(), Verdict.UNCONFIRMED, laid)
    assert is_credible(calibration(), Verdict.UNCONFIRMED, unlaid)
    assert is_credible(calibration(), Verdict.IDENTICAL, laid)
    assert is_credible(None, Verdict.UNCONFIRMED, laid)


@pytest.mark.parametrize(
    ("probability", "text"),
    [(1.0, "100 %"), (0.9999, "> 99 %"), (0.995, "> 99 %"), (0.99, "99 %"), (0.978, "98 %"), (0.004, "< 1 %")],
)
def test_only_what_is_certain_reads_so(probability: float, text: str) -> None:
    assert confidence_text(probability) == text


def test_a_calibration_comes_back_as_it_was_written(tmp_path: Path) -> None:
    model = tmp_path / "model.xml"
    calibration_file(model).write_text(calibration().model_dump_json(), encoding="utf-8")
    assert read_calibration(model, MODEL_ID) == calibration()


@pytest.mark.parametrize(
    ("written", "served"), [({}, "1" * 64), ({"method": "another"}, MODEL_ID)], ids=["another model", "another method"]
)
def test_one_of_another_model_or_method_tells_nothing_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, written: dict[str, object], served: str
) -> None:
    model = tmp_path / "model.xml"
    calibration_file(model).write_text(calibration(**written).model_dump_json(), encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert read_calibration(model, served) is None
    assert "no confidence is told" in caplog.text
    assert "index.py calibrate" in caplog.text


def test_none_beside_the_model_tells_nothing(tmp_path: Path) -> None:
    assert read_calibration(tmp_path / "model.xml", MODEL_ID) is None


@pytest.mark.parametrize("data", [b"{", b"{}", b'{"format_version": 2}'])
def test_a_damaged_one_is_refused_with_a_remedy(tmp_path: Path, data: bytes) -> None:
    model = tmp_path / "model.xml"
    calibration_file(model).write_bytes(data)
    with pytest.raises(ModelUnusable, match="expected a calibration") as raised:
        read_calibration(model, MODEL_ID)
    assert "index.py calibrate" in raised.value.remedy


def test_weights_of_unknown_measures_and_such_as_are_no_numbers_are_refused(tmp_path: Path) -> None:
    model = tmp_path / "model.xml"
    for name, value in (("luck", 1), ("agreement", "NaN")):
        record = json.loads(calibration().model_dump_json())
        record["laid"]["of"][name] = value
        calibration_file(model).write_text(json.dumps(record).replace('"NaN"', "NaN"), encoding="utf-8")
        with pytest.raises(ModelUnusable):
            read_calibration(model, MODEL_ID)
