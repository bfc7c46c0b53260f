"""`calibrate` without a sample, run as people run it, beside a model that is described and never opened."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands import main
from evaluation.calibration_pairs import pairs_file, write_pairs
from feature_extractor.descriptors import ATTRIBUTES
from feature_extractor.model_file import ModelMetadata, hash_model
from search.confidence import calibration_file, read_calibration
from tests.engines import make_intake
from tests.evaluation.decisions import decisions, sample


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a model with the pairs of a calibration beside it, and an empty catalogue."""
    model = tmp_path / "model.xml"
    model.write_text("<net/>")
    model.with_suffix(".bin").write_bytes(b"weights")
    model_id, xml_sha256, bin_sha256 = hash_model(model)
    described = ModelMetadata(
        model_id=model_id,
        xml_sha256=xml_sha256,
        bin_sha256=bin_sha256,
        attributes_taught=ATTRIBUTES,
        copy_threshold=0.8,
        similar_floor=0.4,
        provenance={},
        measured={},
    )
    model.with_suffix(".json").write_text(described.model_dump_json())
    write_pairs(sample(model_id=model_id), model)
    monkeypatch.setenv("RETRACE_MODEL", str(model))
    monkeypatch.setenv("RETRACE_DATA_DIR", str(tmp_path))
    make_intake(tmp_path).catalogue.close()
    return model


def run(*words: str, status: int = 0) -> Result:
    shown = CliRunner().invoke(main, ["calibrate", *words], catch_exceptions=False)
    assert shown.exit_code == status, shown.output
    return shown


def exported(model: Path, lines: list[str]) -> Path:
    path = model.with_name("decided.jsonl")
    path.write_text("".join(f"{line}\n".replace("a" * 64, hash_model(model)[0]) for line in lines))
    return path


def test_decisions_of_a_file_are_learnt_and_forgotten_again(model: Path) -> None:
    model_id = hash_model(model)[0]
    run()
    alone = read_calibration(model, model_id)
    shown = run("--evidence", str(exported(model, decisions())))
    assert "200 decisions (" in shown.stdout
    assert "and on 200 decisions." in shown.stdout
    assert "log loss" in shown.stdout
    learnt = read_calibration(model, model_id)
    assert alone is not None
    assert learnt is not None
    assert learnt.laid != alone.laid
    assert learnt.fitted.decisions is not None
    assert json.loads(calibration_file(model).read_text())["fitted"]["decisions"]["decisions"] == 200
    run()
    assert read_calibration(model, model_id) == alone


def test_few_decisions_leave_the_calibration_alone(model: Path) -> None:
    record = json.loads(run("--evidence", str(exported(model, decisions(20))), "--json").stdout)
    assert record["weighed"]["decisions"] == 20
    assert record["weighed"]["is_changed"] is False
    assert "laid" not in record
    assert not calibration_file(model).exists()
    assert "0 decisions" in run("--decisions").stdout
    assert not calibration_file(model).exists()


def test_bad_input_and_absent_pairs_are_told(model: Path) -> None:
    told = run("--evidence", str(exported(model, [line.replace("true", "false") for line in decisions()])), status=3)
    assert "of each kind" in told.stderr
    assert run("--evidence", str(model), status=3).stderr.startswith("retrace: expected what was measured")
    pairs_file(model).unlink()
    assert "calibrate --sample" in run("--decisions", status=4).stderr
