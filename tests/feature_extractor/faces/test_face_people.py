"""Nothing is learnt from the people that are measured."""

from pathlib import Path

import pytest

from errors import SourceUnreadable
from feature_extractor.training.face_descriptor import MOST_A_PERSON, choose_to_learn_from
from feature_extractor.training.face_people import FacePicture, is_test_person, read_face_pictures


def test_both_layouts_are_read(tmp_path: Path) -> None:
    for person in ("b", "a"):
        (tmp_path / "tree" / person).mkdir(parents=True)
        (tmp_path / "tree" / person / "2.jpg").touch()
        (tmp_path / "tree" / person / "notes.txt").touch()
    assert [one.person for one in read_face_pictures(tmp_path / "tree")] == ["a", "b"]
    (tmp_path / "labels.csv").write_text("file,person\ny.webp,b\nx.webp,a\n")
    pictures = read_face_pictures(tmp_path)
    assert [(one.person, one.path.name) for one in pictures] == [("a", "x.webp"), ("b", "y.webp")]
    (tmp_path / "labels.csv").write_text("name,who\ny.webp,b\n")
    with pytest.raises(SourceUnreadable, match=r"labels\.csv"):
        read_face_pictures(tmp_path)
    with pytest.raises(SourceUnreadable, match="no pictures"):
        read_face_pictures(tmp_path / "tree" / "a")


def test_about_half_of_the_people_are_measured_and_learnt_from_never() -> None:
    names = [f"Person_{number}" for number in range(1000)]
    assert 450 < sum(map(is_test_person, names)) < 550
    pictures = [FacePicture(Path(f"{name}_{n}.jpg"), name) for name in names for n in range(12)]
    pictures += [FacePicture(Path("alone.jpg"), f"alone {number}") for number in range(50)]
    chosen = choose_to_learn_from(pictures)
    people = {one.person for one in chosen}
    assert people == {name for name in names if not is_test_person(name)}
    assert len(chosen) == MOST_A_PERSON * len(people)
