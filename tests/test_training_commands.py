"""`train` and `export`, run as people run them."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import index
from tests.feature_extractor.training.drawn_sample import draw_sample
from tests.feature_extractor.training.tiny_training import write_start

RECIPE = {
    "first_trained": 5,
    "dtype": "float32",
    "phases": [{"epochs": 1, "side": 32}],
    "steps": 2,
    "pairs": 3,
    "singles": 2,
    "weighting": {"bank": 16},
}


@pytest.fixture(autouse=True)
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder of its own."""
    monkeypatch.setenv("RETRACE_DATA_DIR", str(tmp_path / "instance"))


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(index.main, [str(word) for word in words], catch_exceptions=False)


@pytest.mark.slow
@pytest.mark.model
def test_a_bam_file_trains_and_a_second_run_has_nothing_left_to_do(tmp_path: Path) -> None:
    draw_sample(tmp_path / "data", pictures=96)
    (tmp_path / "data" / "pacs" / "0001.png").unlink()
    (tmp_path / "recipe.json").write_text(json.dumps(RECIPE))
    start = write_start(tmp_path / "start.npz")
    asked: list[str | Path] = [
        "--data",
        tmp_path / "data" / "bam_sample.sqlite",
        "--start",
        start,
        "--recipe",
        tmp_path / "recipe.json",
    ]
    ended = run("train", *asked, "--out", tmp_path / "out", "--workers", "1", "--json")
    assert ended.exit_code == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert 0 < told["pictures"] < 96
    assert "0001.png" in ended.stderr
    assert [Path(figure).is_file() for figure in told["figures"]] == [True, True]
    with np.load(told["weights"]) as weights:
        assert "copy_head/matrix" in weights.files
    log = (tmp_path / "out" / "log.csv").read_text()
    again = run("train", *asked, "--out", tmp_path / "out", "--json")
    assert json.loads(again.stdout) == told
    assert (tmp_path / "out" / "log.csv").read_text() == log


def test_what_cannot_be_used_is_said_in_one_line(tmp_path: Path) -> None:
    np.savez(tmp_path / "start.npz", other=np.zeros(1))
    ended = run("export", "--weights", tmp_path / "start.npz", "--data", tmp_path / "start.npz", "--out", "model.xml")
    assert ended.exit_code == 3
    assert "start.npz" in ended.stderr
    draw_sample(tmp_path / "data", pictures=12)
    ended = run("export", "--weights", tmp_path / "start.npz", "--data", tmp_path / "data", "--out", "model.xml")
    assert ended.exit_code == 4
    assert "differing" in ended.stderr
    ended = run("export", "--weights", tmp_path / "start.npz", "--data", "catalogue", "--out", "model.xml")
    assert ended.exit_code == 4
    assert "make setup" in ended.stderr
    ended = run("export", "--weights", tmp_path / "start.npz", "--data", tmp_path / "none", "--out", "model.xml")
    assert ended.exit_code == 3
    ended = run("train", "--start", tmp_path / "none.npz", "--data", tmp_path / "data", "--out", tmp_path / "out")
    assert ended.exit_code == 3
    assert "none.npz" in ended.stderr
    assert not (tmp_path / "out").exists()


def test_an_odd_recipe_is_bad_input_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "recipe.json").write_text('{"speed": 3}')
    asked: list[str | Path] = [
        "--data",
        tmp_path,
        "--start",
        "official",
        "--out",
        tmp_path / "out",
        "--recipe",
        tmp_path / "recipe.json",
    ]
    ended = run("train", *asked)
    assert ended.exit_code == 3
    assert "speed" in ended.stderr
    assert not (tmp_path / "instance").exists()
