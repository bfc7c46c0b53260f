"""The pairs of a calibration, written beside its model and read back, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from errors import ModelUnusable
from evaluation.calibration_fit import fit_calibration, tell
from evaluation.calibration_pairs import SamplePairs, pairs_file, read_pairs, write_pairs
from feature_extractor.model_file import read_metadata
from search.confidence import read_calibration
from settings import ROOT
from tests.evaluation.decisions import MODEL_ID, sample

SHIPPED = ROOT / "feature_extractor" / "models" / "retrace-resnet50-int8.xml"


def test_what_was_written_is_read_back_and_gives_the_same_weights(tmp_path: Path) -> None:
    model, made = tmp_path / "model.xml", sample()
    assert write_pairs(made, model) == pairs_file(model)
    found = read_pairs(model, MODEL_ID)
    assert found.origin == made.origin
    assert np.array_equal(found.pairs.measures, made.pairs.measures)
    assert np.array_equal(found.pairs.group, made.pairs.group)
    assert fit_calibration(found) == fit_calibration(made)
    first = pairs_file(model).read_bytes()
    write_pairs(made, model)
    assert pairs_file(model).read_bytes() == first  # so that a fit that changed nothing changes no file


def test_pairs_of_another_model_or_method_are_refused(tmp_path: Path) -> None:
    model = tmp_path / "model.xml"
    write_pairs(sample(), model)
    with pytest.raises(ModelUnusable, match="those of aaaaaaaaaaaa"):
        read_pairs(model, "b" * 64)
    write_pairs(sample(method="another"), model)
    with pytest.raises(ModelUnusable, match="and another"):
        read_pairs(model, MODEL_ID)


def test_absent_and_damaged_pairs_are_refused_and_the_remedy_makes_new_ones(tmp_path: Path) -> None:
    model = tmp_path / "model.xml"
    with pytest.raises(ModelUnusable, match="found none") as raised:
        read_pairs(model, MODEL_ID)
    assert "calibrate --sample" in raised.value.remedy
    made = sample()
    write_pairs(made, model)
    whole = pairs_file(model).read_bytes()
    for damaged in (b"", b"no archive", whole[: len(whole) // 2]):
        pairs_file(model).write_bytes(damaged)
        with pytest.raises(ModelUnusable, match="expected the pairs of a calibration"):
            read_pairs(model, MODEL_ID)
    narrow = replace(made.pairs, measures=made.pairs.measures[:, :3])
    write_pairs(SamplePairs(made.origin, narrow), model)
    with pytest.raises(ModelUnusable, match="other arrays"):
        read_pairs(model, MODEL_ID)


def test_the_shipped_pairs_are_those_of_the_shipped_calibration() -> None:
    model_id = read_metadata(SHIPPED).model_id
    shipped = read_calibration(SHIPPED, model_id)
    assert shipped is not None
    kept = read_pairs(SHIPPED, model_id)
    again = fit_calibration(kept)
    of_both = [(one.pairs, one.shown, one.originals, one.strangers, one.seed) for one in (again.fitted, shipped.fitted)]
    assert of_both[0] == of_both[1]
    # Not equal: since it was fitted seven more of the pairs were seen to be copies.
    apart = np.abs(tell(again.laid, again.unlaid, kept.pairs) - tell(shipped.laid, shipped.unlaid, kept.pairs))
    assert apart.mean() < 0.001
    assert apart[kept.pairs.is_shown].mean() < 0.005
    assert apart.max() < 0.1
