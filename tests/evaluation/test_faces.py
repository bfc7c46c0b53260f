"""The experiment of faces, on a few real people and with a report made up."""

import json
from pathlib import Path

import numpy as np
import pytest

from errors import BadInput
from evaluation.article import faces_table
from evaluation.faces import FACE, VIEWS, FaceReport, measure_faces
from evaluation.faces_report import write_report
from evaluation.identification import Estimate, Identification
from feature_extractor.faces.describer import FaceDescriber
from feature_extractor.faces.detector import open_detector
from feature_extractor.picture import Picture
from feature_extractor.training.face_people import read_face_pictures
from tests.fake_extractor import FakeExtractor
from tests.needs import shared_data

ONE = Estimate(0.5, 0.4, 0.6)


def made_up() -> FaceReport:
    names = [f"{kind}, {view}" for kind in ("similar", "copy") for view in VIEWS] + [FACE]
    return FaceReport(
        pictures=100,
        people=20,
        detected=ONE,
        asked=40,
        asked_people=10,
        among=60,
        best_at_5=0.9,
        figures={name: Identification(ONE, ONE, ONE, ONE, ONE, 0.25) for name in names},
        gains={f"{FACE} over similar, whole": {"mAP": ONE, "P@5": ONE}},
        curves={name: ([0.01, 0.1, 1.0], [0.2, 0.5, 1.0]) for name in names},
        index_agreement=1.0,
        index_is_exact=True,
        model_id="f" * 64,
    )


def test_the_report_is_written_and_fills_its_page(tmp_path: Path) -> None:
    page = tmp_path / "faces.md"
    page.write_text("<!-- table:faces -->\n<!-- end -->\n<!-- figure:faces.png words -->\n<!-- end -->\n")
    written = write_report(made_up(), tmp_path)
    assert all(path.is_file() for path in written)
    filled = page.read_text()
    assert "0.500 (0.400 to 0.600)" in filled
    assert "![words](figures/faces.png)" in filled
    record = json.loads((tmp_path / "tables" / "faces.json").read_text())
    assert faces_table(record) == made_up().to_markdown().split("\n")


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
