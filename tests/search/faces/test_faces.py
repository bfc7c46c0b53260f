"""Looking for faces and searching them, with real parts but the networks."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from errors import FacesNotAllowed
from search.faces.ingest import FaceIntake, FaceTally, look_for_faces
from search.faces.query import FaceAnswer, open_face_index, search_faces
from search.faces.report import answer_lines, answer_record
from search.ingest import Intake
from search.removal import remove_images
from tests.engines import LIMITS, draw, encode, make_intake, offer, take_in
from tests.search.faces.fake_reader import FakeReader

WHY = "The agency looks for pictures of its own models."


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    """Give three pictures of `agency`, one of them of a pair and one without a face, and one of `other`."""
    intake = make_intake(tmp_path / "instance")
    files = {"one.png": draw(1), "pair.png": draw(2, 160, 64), "dark.png": draw(3) // 32, "other.png": draw(4)}
    records = []
    for name, pixels in files.items():
        path = tmp_path / name
        path.write_bytes(encode(pixels))
        collection = "other" if name == "other.png" else "agency"
        records.append(offer(path.read_bytes(), str(path), collection=collection))
    _, failures = take_in(intake, records)
    assert not failures
    with intake.catalogue:
        yield intake


def look(intake: Intake, reader: FakeReader, collection: str = "agency") -> FaceTally:
    return look_for_faces(FaceIntake(reader, intake.catalogue, intake.thumbnails, LIMITS), collection)


def search(intake: Intake, pixels: np.ndarray, reader: FakeReader | None = None, **how: object) -> list[FaceAnswer]:
    return search_faces(intake.catalogue, reader or FakeReader(), encode(pixels), LIMITS, **how)  # type: ignore[arg-type]


def test_without_a_reason_nobody_is_looked_at(intake: Intake) -> None:
    reader = FakeReader()
    with pytest.raises(FacesNotAllowed, match="agency"):
        look(intake, reader)
    with pytest.raises(FacesNotAllowed):
        search(intake, draw(1), reader)
    intake.catalogue.faces.allow("agency", WHY)
    with pytest.raises(FacesNotAllowed, match="other"):
        look(intake, reader, "other")
    with pytest.raises(FacesNotAllowed, match="other"):
        search(intake, draw(1), reader, collection="other")
    assert reader.pictures_read == 0


def test_faces_are_found_kept_and_found_again(intake: Intake) -> None:
    intake.catalogue.faces.allow("agency", WHY)
    tally = look(intake, FakeReader())
    assert (tally.looked_at, tally.from_thumbnail, tally.faces, tally.failed) == (3, 0, 3, 0)
    (answer,) = search(intake, draw(1))
    best = answer.hits[0]
    assert best.image.id == 1
    assert best.cosine == pytest.approx(1, abs=1e-3)
    assert best.is_same_person
    np.testing.assert_allclose(best.face.box, (0.25, 0.25, 0.75, 0.75), atol=0.01)
    assert [hit.cosine for hit in answer.hits] == sorted((hit.cosine for hit in answer.hits), reverse=True)
    assert len(answer.hits) == 3
    assert answer.report.exact


def test_every_face_of_the_query_has_an_answer_of_its_own(intake: Intake) -> None:
    intake.catalogue.faces.allow("agency", WHY)
    look(intake, FakeReader())
    answers = search(intake, draw(2, 160, 64), limit=1)
    assert len(answers) == 2
    assert answers[0].box[2] <= 0.5 <= answers[1].box[0]
    # Each half finds itself.
    assert [answer.hits[0].face.box[0] for answer in answers] == [answer.box[0] for answer in answers]
    assert all(len(answer.hits) == 1 for answer in answers)
    assert search(intake, draw(3) // 32) == []


def test_a_second_run_looks_at_what_is_new(intake: Intake, tmp_path: Path) -> None:
    intake.catalogue.faces.allow("agency", WHY)
    reader = FakeReader()
    look(intake, reader)
    assert look(intake, reader).looked_at == 0
    take_in(intake, [offer(encode(draw(9)), str(tmp_path / "nine.png"), collection="agency")])
    tally = look(intake, reader)
    # Its bytes lie nowhere: the thumbnail stands for it.
    assert (tally.looked_at, tally.from_thumbnail, tally.faces) == (1, 1, 1)
    assert reader.pictures_read == 4


def test_a_file_that_changed_since_is_not_taken_for_the_picture(intake: Intake, tmp_path: Path) -> None:
    intake.catalogue.faces.allow("agency", WHY)
    (tmp_path / "one.png").write_bytes(encode(draw(77)))
    tally = look(intake, FakeReader())
    assert (tally.looked_at, tally.from_thumbnail) == (3, 1)
    (answer,) = search(intake, draw(1), limit=1)
    assert answer.hits[0].image.id == 1


def test_a_picture_that_cannot_be_read_is_named_and_tried_again(intake: Intake, tmp_path: Path) -> None:
    intake.catalogue.faces.allow("agency", WHY)
    (tmp_path / "one.png").unlink()
    intake.thumbnails.remove(intake.catalogue.image(1).sha256)
    failures: list[tuple[str, str]] = []
    parts = FaceIntake(FakeReader(), intake.catalogue, intake.thumbnails, LIMITS)
    tally = look_for_faces(parts, "agency", on_failure=lambda where, why: failures.append((where, why)))
    assert (tally.looked_at, tally.failed) == (2, 1)
    assert failures[0][0] == "1"
    (tmp_path / "one.png").write_bytes(encode(draw(1)))
    assert look(intake, FakeReader()).looked_at == 1


def test_of_a_query_nothing_is_kept(intake: Intake) -> None:
    intake.catalogue.faces.allow("agency", WHY)
    look(intake, FakeReader())
    before = (intake.catalogue.faces.list_faces(), intake.catalogue.counts(), sorted(intake.thumbnails.all()))
    search(intake, draw(50))
    after = (intake.catalogue.faces.list_faces(), intake.catalogue.counts(), sorted(intake.thumbnails.all()))
    assert after == before


def test_removed_pictures_and_switched_off_collections_are_not_found(intake: Intake) -> None:
    for collection in ("agency", "other"):
        intake.catalogue.faces.allow(collection, WHY)
        look(intake, FakeReader(), collection)
    remove_images(intake.catalogue, intake.thumbnails, [1])
    (answer,) = search(intake, draw(1))
    assert {hit.image.id for hit in answer.hits} == {2, 4}
    intake.catalogue.faces.forbid("agency")
    (answer,) = search(intake, draw(1))
    assert {hit.image.id for hit in answer.hits} == {4}


def test_faces_of_another_model_are_not_compared(intake: Intake) -> None:
    intake.catalogue.faces.allow("agency", WHY)
    look(intake, FakeReader())
    (answer,) = search(intake, draw(1), FakeReader(seed=8))
    assert answer.hits == ()


def test_the_index_gives_the_nearest_by_euclid(intake: Intake) -> None:
    """For vectors of norm 1 the order by cosine is that of Euclidean distance."""
    intake.catalogue.faces.allow("agency", WHY)
    reader = FakeReader()
    look(intake, reader)
    rows = intake.catalogue.faces.vectors(reader.model_id)
    query = reader.read(draw(5))[0].vector
    found = open_face_index(intake.catalogue, reader, None).search(query[None], 3)
    distances = np.linalg.norm(rows.vectors.astype(np.float32) - query, axis=1)
    assert found.ids[0].tolist() == rows.ids[np.argsort(distances)].tolist()


def test_whatever_shows_faces_says_why_they_are_kept(intake: Intake) -> None:
    intake.catalogue.faces.allow("agency", WHY)
    look(intake, FakeReader())
    answers, consents = search(intake, draw(1)), intake.catalogue.faces.consents()
    assert any(WHY in line for line in answer_lines(answers, consents))
    assert answer_record(answers, consents)["kept_because"] == {"agency": WHY}
