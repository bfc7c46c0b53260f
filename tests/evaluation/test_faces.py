"""The experiment of faces, on a few real people and with a report made up."""

import json
from pathlib import Path

import numpy as np
import pytest

from errors import BadInput
from evaluation.article import faces_table
from evaluation.faces import FACE, VIEWS, measure_faces
from evaluation.faces_report import write_report
from feature_extractor.faces.describer import FaceDescriber
from feature_extractor.faces.detector import open_detector
from feature_extractor.picture import Picture
from feature_extractor.training.face_people import read_face_pictures
from tests.evaluation.face_report import make_up_face_report
from tests.fake_extractor import FakeExtractor
from tests.needs import shared_data


def test_the_report_is_written_and_fills_its_page(tmp_path: Path) -> None:
    page = tmp_path / "faces.md"
    page.write_text("<!-- table:faces -->\n<!-- end -->\n<!-- figure:faces.png words -->\n<!-- end -->\n")
    written = write_report(make_up_face_report(), tmp_path)
    assert all(path.is_file() for path in written)
    filled = page.read_text()
    assert "0.500 (0.400 to 0.600)" in filled
    assert "![words](figures/faces.png)" in filled
    record = json.loads((tmp_path / "tables" / "faces.json").read_text())
    assert faces_table(record) == make_up_face_report().to_markdown().split("\n")


class FakeDescriber(FaceDescriber):
    """Describes a face by the fake extractor's descriptor of copies."""

    def __init__(self) -> None:
        self.model_id, self.dim, self.same_person = "f" * 64, 256, 0.5

    def describe(self, aligned: list[Picture]) -> np.ndarray:  # type: ignore[override]
        return FakeExtractor().describe(aligned).copy


@pytest.mark.shared
@pytest.mark.model
def test_people_are_asked_for_among_each_other(tmp_path: Path) -> None:
    detector = open_detector(threads=1)
    by_person: dict[str, list[Path]] = {}
    for one in read_face_pictures(shared_data() / "lfw"):
        if one.is_test:
            by_person.setdefault(one.person, []).append(one.path)
    people = [person for person, paths in by_person.items() if len(paths) > 1]
    alone = next(person for person, paths in by_person.items() if len(paths) == 1)

    def folder_of(chosen: list[str]) -> Path:
        folder = tmp_path / str(len(chosen))
        for person in chosen:
            (folder / person).mkdir(parents=True)
            for path in by_person[person][:2]:
                (folder / person / path.name).symlink_to(path)
        return folder

    with pytest.raises(BadInput, match="10 people"):
        measure_faces(folder_of(people[:2]), FakeExtractor(), detector, FakeDescriber())
    report = measure_faces(folder_of([*people[:10], alone]), FakeExtractor(), detector, FakeDescriber())
    assert (report.pictures, report.people, report.asked, report.asked_people, report.among) == (21, 11, 20, 10, 21)
    assert report.detected.value > 0.8
    assert report.best_at_5 == pytest.approx(0.2)
    assert report.index_agreement == 1
    assert set(report.figures) == {f"{kind}, {view}" for kind in ("similar", "copy") for view in VIEWS} | {FACE}
