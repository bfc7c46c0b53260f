"""Clips and their sources are read from folders as people have them."""

from pathlib import Path

import pytest

from errors import BadInput, SourceUnreadable
from feature_extractor.actions.clips import check_actions, find_clips


def lay(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_names_as_ucf101_has_them_tell_the_source(tmp_path: Path) -> None:
    lay(tmp_path, "Biking/v_Biking_g01_c01.avi", "Biking/v_Biking_g01_c02.avi", "Typing/v_Typing_g01_c01.avi")
    lay(tmp_path, "Typing/notes.txt", "Typing/own.mp4")
    found = find_clips(tmp_path)
    groups = {clip.path.name: clip.group for clip in found.clips}
    assert groups["v_Biking_g01_c01.avi"] == groups["v_Biking_g01_c02.avi"]
    assert groups["v_Biking_g01_c01.avi"] != groups["v_Typing_g01_c01.avi"]  # g01 of another action is another film
    assert len(found.clips) == 4
    assert "1 of 4 files name none" in found.group_rule
    assert [clip.action for clip in find_clips(tmp_path, only=["Typing"]).clips] == ["Typing", "Typing"]
    with pytest.raises(BadInput, match="Rowing"):
        find_clips(tmp_path, only=["Rowing"])


def test_a_table_tells_sources_and_split(tmp_path: Path) -> None:
    lines = ["file,action,group,split", "a/1.mp4,run,7,train", "a/2.mp4,run,7,val", "b/1.mp4,jump,7,other"]
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    clips = find_clips(tmp_path).clips
    assert [(clip.action, clip.group, clip.split) for clip in clips] == [
        ("jump", "jump 7", ""),
        ("run", "run 7", "train"),
        ("run", "run 7", "val"),
    ]


@pytest.mark.parametrize("table", ["file,action\na.mp4,run\n", "file,action,group\n../a.mp4,run,1\n", "file\n"])
def test_a_table_of_another_form_or_that_leads_out_is_refused(tmp_path: Path, table: str) -> None:
    (tmp_path / "labels.csv").write_text(table)
    with pytest.raises(SourceUnreadable):
        find_clips(tmp_path)


def test_actions_of_a_single_source_are_refused_by_name(tmp_path: Path) -> None:
    lay(
        tmp_path, "run/v_run_g01_c01.avi", "run/v_run_g02_c01.avi", "jump/v_jump_g01_c01.avi", "jump/v_jump_g01_c02.avi"
    )
    with pytest.raises(BadInput, match="jump"):
        check_actions(find_clips(tmp_path).clips)
    lay(tmp_path, "jump/own.mp4")
    assert check_actions(find_clips(tmp_path).clips) == ("jump", "run")
