"""Actions: measured over sources, written as a page, trained and asked by commands."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from commands import main
from errors import BadInput
from evaluation.experiments.actions import ActionReport, describe_kept, measure_actions
from evaluation.experiments.actions_page import action_lines, answer, write_actions
from evaluation.experiments.clip_speed import ClipSpeed, measure_clip_speed
from feature_extractor.actions.clip_features import ClipExtractor, best_output, read_clip
from feature_extractor.actions.clips import find_clips
from feature_extractor.backbones import FEATURES, open_backbone
from tests.evaluation.experiments.making import CLASSES, lay_clips
from tests.needs import shared_data
from tests.small_backbone import write_small_backbone


def test_actions_are_measured_beside_what_is_had_for_nothing(tmp_path: Path) -> None:
    folder = find_clips(lay_clips(tmp_path / "clips"))
    backbone = open_backbone(write_small_backbone(tmp_path / "small.xml"), threads=1)
    extractor = ClipExtractor(backbone, best_output(backbone), frames=3)
    told: list[int] = []
    clips = describe_kept(extractor, folder.clips, tmp_path / "cache", advance=lambda done, _: told.append(done))
    again = describe_kept(extractor, folder.clips, tmp_path / "cache", advance=lambda done, _: told.append(done))
    np.testing.assert_array_equal(again.vectors, clips.vectors)
    assert told == list(range(1, 25))  # once

    report = measure_actions(folder, {"Small": (FEATURES, clips)}, 3)
    figures = report.figures["Small"]
    assert (report.clips, report.sources, tuple(report.actions)) == (24, 12, CLASSES)
    assert figures.cross_validated.right == 1.0  # the colours are the actions
    assert figures.commonest.right <= 1 / 3  # the commonest of the others is never one's own
    assert figures.val is None
    assert np.array(figures.confusion).sum() == 24
    low, high = figures.cross_validated.interval
    assert (low, high) == (1.0, 1.0)

    written = write_actions(report, tmp_path / "actions.md", command="this")
    page = (tmp_path / "actions.md").read_text(encoding="utf-8")
    assert ActionReport.read(tmp_path / "actions.json") == report
    assert answer(report) in page
    assert "Not measured yet" in page
    assert written[-1].name in page
    with pytest.raises(BadInput):
        ActionReport.read(tmp_path / "actions.md")


def test_speed_is_told_beside_a_single_thread(tmp_path: Path) -> None:
    clips = [clip.path for clip in find_clips(lay_clips(tmp_path / "clips", sources=2, each=1)).clips]
    model = write_small_backbone(tmp_path / "small.xml")
    speed = measure_clip_speed(model, clips, cores=2)
    assert (speed.clips, speed.frames, speed.cores) == (6, 96, 2)
    assert speed.single_fps > 0
    speed.write(tmp_path / "speed.json")
    assert ClipSpeed.read(tmp_path / "speed.json") == speed
    with pytest.raises(BadInput):
        ClipSpeed.read(tmp_path / "absent.json")
    report = measure_actions(
        find_clips(tmp_path / "clips"),
        {"Small": (FEATURES, describe_kept(_extractor(model), find_clips(tmp_path / "clips").clips, tmp_path / "c"))},
        3,
    )
    assert speed.lines()[0] in action_lines(report, "figure.png", "this", speed)


def _extractor(model: Path) -> ClipExtractor:
    return ClipExtractor(open_backbone(model, threads=1), FEATURES, frames=3)


def test_a_model_is_trained_and_asked_by_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRACE_DATA_DIR", str(tmp_path / "instance"))
    monkeypatch.setenv("RETRACE_MODEL", str(write_small_backbone(tmp_path / "small.xml")))
    clips, out = lay_clips(tmp_path / "clips", sources=3, each=1), tmp_path / "out" / "actions.npz"
    run = CliRunner().invoke
    trained = run(main, ["video", "train", str(clips), "--out", str(out), "--json"])
    assert trained.exit_code == 0, trained.output
    assert json.loads(trained.stdout)["clips"] == 9
    assert sorted(path.name for path in out.parent.iterdir()) == [
        "actions-confusion.png",
        "actions.json",
        "actions.md",
        "actions.npz",
    ]
    asked = run(main, ["video", "classify", str(clips / "car" / "v_car_g02_c01.avi"), "--model", str(out), "--json"])
    assert asked.exit_code == 0, asked.output
    told = json.loads(asked.stdout)
    assert told["action"] == "car"
    assert sum(told["probabilities"].values()) == pytest.approx(1, abs=1e-5)

    page = out.with_suffix(".md").read_text(encoding="utf-8")
    assert f"Made by `python3 index.py video train {clips} --out {out} --json`" in page

    two = ["--action", "car", "--action", "ship", "--out", str(tmp_path / "two.npz"), "--json"]
    assert json.loads(run(main, ["video", "train", str(clips), *two]).stdout)["actions"] == ["car", "ship"]
    monkeypatch.setenv("RETRACE_MODEL", str(write_small_backbone(tmp_path / "other" / "small.xml")))
    (tmp_path / "other" / "small.xml").write_text((tmp_path / "small.xml").read_text() + "\n")
    refused = run(main, ["video", "classify", str(clips / "car"), "--model", str(out)])
    assert refused.exit_code == 4
    assert "trained with" in refused.stderr
    assert run(main, ["video", "train", str(clips), "--out", str(tmp_path / "actions.pkl")]).exit_code == 3


@pytest.mark.shared
def test_clips_of_ucf101_are_read_with_their_sources() -> None:
    folder = find_clips(shared_data() / "ucf101")
    assert len(folder.clips) == 130
    sides = {side: {clip.group for clip in folder.clips if clip.split == side} for side in ("train", "val")}
    assert not sides["train"] & sides["val"]
    frames = read_clip(folder.clips[0].path, 4)
    assert [frame.shape for frame in frames] == [(240, 320, 3)] * 4
    assert np.abs(frames[0].astype(int) - frames[-1]).mean() > 1
