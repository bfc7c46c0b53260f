"""`pictures`, `train` and `export`, run as people run them."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from commands import main
from feature_extractor.training.manifest import Reason, read_manifest
from feature_extractor.training.near_val import read_near_val
from feature_extractor.training.sample import read_sample
from tests.feature_extractor.training.drawn_sample import draw_sample
from tests.feature_extractor.training.few_pictures import blobs, save
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
    return CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)


@pytest.mark.model
def test_further_pictures_are_listed_with_what_is_near_val(tmp_path: Path) -> None:
    draw_sample(tmp_path / "data", pictures=48)
    val = next(picture for picture in read_sample(tmp_path / "data") if picture.split == "val")
    save(tmp_path / "found" / "new.png", blobs(20))
    (tmp_path / "found" / "val.png").write_bytes(val.path.read_bytes())
    asked: list[str | Path] = ["--data", tmp_path / "data", "--out", tmp_path / "more.csv", tmp_path / "found"]
    ended = run("pictures", *asked)
    assert ended.exit_code == 0, ended.output
    assert "found: 1 the file of a val picture" in ended.stdout
    assert "more.csv: 1 picture to learn from" in ended.stdout
    found = read_manifest(tmp_path / "more.csv")
    assert [picture.nearest_val for picture in found if picture.reason is Reason.SAME_FILE] == [val.name]
    read_near_val(tmp_path / "near_val.csv")
    told = json.loads(run("pictures", *asked, "--json").stdout)
    assert told["fates"] == {"found": {"kept": 1, "the file of a val picture": 1}}
    (tmp_path / "found" / "new.png").unlink()
    assert run("pictures", *asked).exit_code == 1, "nothing to learn from"


def test_pictures_that_cannot_be_listed_are_said_in_one_line(tmp_path: Path) -> None:
    draw_sample(tmp_path / "data", pictures=12)
    asked: list[str | Path] = ["--data", tmp_path / "data", "--out", tmp_path / "more.csv"]
    assert run("pictures", *asked).exit_code == 2
    (tmp_path / "bare").mkdir()
    ended = run("pictures", *asked, tmp_path / "bare")
    assert (ended.exit_code, "bare; found none" in ended.stderr) == (3, True)
    save(tmp_path / "found" / "new.png", blobs(20))
    ended = run("pictures", *asked, tmp_path / "found", "--model", tmp_path / "none.xml")
    assert (ended.exit_code, "none.json" in ended.stderr) == (4, True)


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


@pytest.mark.model
def test_a_model_is_not_written_over_and_not_learnt_from_a_handful(tmp_path: Path) -> None:
    draw_sample(tmp_path / "few", pictures=12)
    few = run("refit", "--data", tmp_path / "few", "--out", tmp_path / "model.xml")
    assert few.exit_code == 3
    assert "at least 20 pictures" in few.stderr
    itself = run(
        "refit", "--data", tmp_path / "few", "--model", tmp_path / "model.xml", "--out", tmp_path / "model.xml"
    )
    assert itself.exit_code == 2
    assert "another file" in itself.stderr
    assert not (tmp_path / "model.xml").exists()
