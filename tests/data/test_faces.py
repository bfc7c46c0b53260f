"""Faces are kept where somebody said why, and go when they are to go."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select

from data.backup import backup, restore
from data.catalogue import Catalogue
from data.database import open_database, parse_url, reading
from data.face_records import LookedAt, NewFace
from data.tables import DescriptorRow, FaceRow, FaceScanRow
from errors import BadInput, FacesNotAllowed
from tests.data.new_images import MODEL, new_image, vector

FACE_MODEL = "f" * 64
WHY = "The agency looks for its own models' pictures."


def new_face(seed: int) -> NewFace:
    return NewFace(
        box=(0.25, 0.125, 0.5, 0.75),
        landmarks=np.random.default_rng(seed).random((5, 2), np.float32),
        score=0.99,
        quality=0.5,
        vector=vector(seed, 128),
    )


@pytest.fixture
def filled(catalogue: Catalogue) -> Catalogue:
    """Give a catalogue of pictures 1 and 2 in `agency`, 3 in `other`, 4 in none; faces of `agency` are allowed."""
    names = ("agency", "agency", "other", None)
    catalogue.add_batch([new_image(number, collection=name) for number, name in enumerate(names)])
    catalogue.faces.allow("agency", WHY)
    return catalogue


def rows_left(url: str) -> list[int]:
    """Return how many faces, scans and descriptors of faces there are."""
    engine = open_database(parse_url(url))
    with reading(engine) as connection:
        counts = [
            connection.execute(select(func.count()).select_from(FaceRow)).scalar_one(),
            connection.execute(select(func.count()).select_from(FaceScanRow)).scalar_one(),
            connection.execute(
                select(func.count()).select_from(DescriptorRow).where(DescriptorRow.owner_kind == "face")
            ).scalar_one(),
        ]
    engine.dispose()
    return counts


def test_no_face_is_kept_without_a_reason(filled: Catalogue, url: str) -> None:
    for image_id in (3, 4):  # of another collection, and of none
        with pytest.raises(FacesNotAllowed):
            filled.faces.put([LookedAt(1, [new_face(1)]), LookedAt(image_id, [new_face(2)])], FACE_MODEL)
    with pytest.raises(FacesNotAllowed, match="other"):
        filled.faces.check_allowed("other")
    with pytest.raises(FacesNotAllowed, match="other"):
        filled.faces.not_looked_at("other", FACE_MODEL)
    with pytest.raises(FacesNotAllowed, match="other"):
        filled.faces.vectors(FACE_MODEL, collection="other")
    assert rows_left(url) == [0, 0, 0]


@pytest.mark.parametrize("because", ["", "   ", "."])
def test_a_reason_is_a_sentence(filled: Catalogue, because: str) -> None:
    with pytest.raises(BadInput, match="why"):
        filled.faces.allow("other", because)
    assert [consent.collection for consent in filled.faces.consents()] == ["agency"]


def test_what_is_kept_comes_back(filled: Catalogue) -> None:
    faces = [new_face(1), new_face(2)]
    assert filled.faces.put([LookedAt(1, faces), LookedAt(2, [])], FACE_MODEL) == 2
    kept = filled.faces.list_faces()
    assert [(face.id, face.image_id, face.collection) for face in kept] == [(1, 1, "agency"), (2, 1, "agency")]
    assert kept[0].box == faces[0].box
    assert filled.faces.faces([2, 99]) == {2: kept[1]}
    assert filled.faces.list_faces(after_id=1) == kept[1:]
    assert filled.faces.list_faces(collection="other") == []
    rows = filled.faces.vectors(FACE_MODEL, collection="agency")
    assert rows.ids.tolist() == [1, 2]
    np.testing.assert_allclose(rows.vectors, [face.vector for face in faces], atol=1e-3)
    assert filled.faces.vectors(MODEL).ids.tolist() == []
    (consent,) = filled.faces.consents()
    assert (consent.because, consent.pictures, consent.looked_at, consent.faces) == (WHY, 2, 2, 2)


def test_pictures_without_faces_are_not_looked_at_again_but_by_another_model(filled: Catalogue) -> None:
    assert filled.faces.not_looked_at("agency", FACE_MODEL) == [1, 2]
    filled.faces.put([LookedAt(1, [])], FACE_MODEL)
    assert filled.faces.not_looked_at("agency", FACE_MODEL) == [2]
    assert filled.faces.not_looked_at("agency", "e" * 64) == [1, 2]
    assert filled.faces.not_looked_at("agency", FACE_MODEL, after_id=2) == []


def test_a_picture_looked_at_again_has_its_new_faces_only(filled: Catalogue, url: str) -> None:
    filled.faces.put([LookedAt(1, [new_face(1), new_face(2)])], FACE_MODEL)
    filled.faces.put([LookedAt(1, [new_face(3)])], "e" * 64)
    assert [face.id for face in filled.faces.list_faces()] == [3]
    assert filled.faces.vectors(FACE_MODEL).ids.tolist() == []
    assert rows_left(url) == [1, 1, 1]


def test_a_removed_picture_takes_its_faces_along(filled: Catalogue, url: str) -> None:
    filled.faces.put([LookedAt(1, [new_face(1)]), LookedAt(2, [new_face(2)])], FACE_MODEL)
    before = filled.descriptors_of([2], "copy", MODEL).vectors.tolist()
    filled.remove([1])
    assert [face.image_id for face in filled.faces.list_faces()] == [2]
    assert rows_left(url) == [1, 1, 1]
    assert filled.descriptors_of([2], "copy", MODEL).vectors.tolist() == before
    # A picture that went while it was looked at leaves nothing behind.
    assert filled.faces.put([LookedAt(1, [new_face(1)])], FACE_MODEL) == 0
    assert rows_left(url) == [1, 1, 1]


def test_switching_off_removes_all_of_a_collection_and_nothing_else(filled: Catalogue, url: str) -> None:
    filled.faces.allow("other", WHY)
    filled.faces.put([LookedAt(1, [new_face(1)]), LookedAt(3, [new_face(2)])], FACE_MODEL)
    assert filled.faces.forbid("agency") == 1
    assert [face.image_id for face in filled.faces.list_faces()] == [3]
    assert [consent.collection for consent in filled.faces.consents()] == ["other"]
    assert rows_left(url) == [1, 1, 1]
    assert filled.counts().images == 4
    filled.faces.allow("agency", WHY)
    assert filled.faces.not_looked_at("agency", FACE_MODEL) == [1, 2]


def test_a_removed_face_does_not_come_again_nor_does_its_id(filled: Catalogue) -> None:
    filled.faces.put([LookedAt(1, [new_face(1), new_face(2)])], FACE_MODEL)
    assert filled.faces.remove([2, 77]) == 1
    assert filled.faces.not_looked_at("agency", FACE_MODEL) == [2]
    assert filled.faces.vectors(FACE_MODEL).ids.tolist() == [1]
    filled.faces.put([LookedAt(2, [new_face(3)])], FACE_MODEL)
    assert [face.id for face in filled.faces.list_faces()] == [1, 3]


def test_indexes_of_pictures_see_no_faces(filled: Catalogue) -> None:
    filled.faces.put([LookedAt(1, [new_face(1)])], FACE_MODEL)
    assert filled.descriptors_of([1, 2], "copy", FACE_MODEL).ids.tolist() == []


def test_a_backup_keeps_faces_and_why(
    sqlite_url: str, tmp_path: Path, open_catalogue: Callable[[str], Catalogue]
) -> None:
    catalogue = open_catalogue(sqlite_url)
    catalogue.add_batch([new_image(1, collection="agency")])
    catalogue.faces.allow("agency", WHY)
    catalogue.faces.put([LookedAt(1, [new_face(1)])], FACE_MODEL)
    backup(sqlite_url, tmp_path / "instance", tmp_path / "kept.tar")
    home = tmp_path / "again"
    restored_url = f"sqlite:///{home / 'catalogue.sqlite'}"
    restore(tmp_path / "kept.tar", home, restored_url)
    restored = open_catalogue(restored_url)
    assert restored.faces.list_faces() == catalogue.faces.list_faces()
    assert restored.faces.consents() == catalogue.faces.consents()
    restored.faces.remove([1])
    restored.faces.put([LookedAt(1, [new_face(2)])], FACE_MODEL)
    assert [face.id for face in restored.faces.list_faces()] == [2]
