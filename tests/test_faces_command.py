"""`faces …`: off until somebody says why, and off again without a trace."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands import main
from data.catalogue import Catalogue
from data.face_records import LookedAt, NewFace
from data.migrate import upgrade
from settings import read_settings
from tests.data.new_images import new_image, vector
from tests.data.test_faces import new_face
from tests.needs import shared_data

WHY = "The agency looks for pictures of its own models."


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """Give the catalogue of a data folder with one picture, of the collection `models`."""
    monkeypatch.setenv("RETRACE_DATA_DIR", str(tmp_path / "instance"))
    url = read_settings().catalogue_url
    upgrade(url)
    opened = Catalogue.open(url)
    opened.add_batch([new_image(1, collection="models")])
    return opened


def test_faces_are_off_until_somebody_says_why(catalogue: Catalogue, tmp_path: Path) -> None:
    with catalogue:
        for words in (("add", "models"), ("search", str(tmp_path / "nobody.jpg"))):
            (tmp_path / "nobody.jpg").write_bytes(b"no picture")
            refused = run("faces", *words)
            assert refused.exit_code == 3
            assert "personal data" in refused.output
        assert run("faces", "on", "models", "--because", " ").exit_code == 3
        assert run("faces", "on", "models").exit_code == 2
        assert "off" in run("faces", "stats").output
        assert catalogue.faces.consents() == []
        assert run("faces", "on", "models", "--because", WHY).exit_code == 0
        assert WHY in run("faces", "stats").output
        assert json.loads(run("faces", "stats", "--json").output)[0]["because"] == WHY


def test_what_is_kept_is_listed_and_goes(catalogue: Catalogue) -> None:
    with catalogue:
        assert run("faces", "list").exit_code == 1
        run("faces", "on", "models", "--because", WHY)
        catalogue.faces.put([LookedAt(1, [new_face(1), new_face(2), new_face(3)])], "f" * 64)
        assert [face["id"] for face in json.loads(run("faces", "list", "--json").output)] == [1, 2, 3]
        assert run("faces", "list", "--after", "2").output.startswith("3\t")
        assert "1 face" in run("faces", "remove", "2").output
        assert run("faces", "remove", "2").exit_code == 1
        assert "2 faces" in run("faces", "off", "models").output
        assert run("faces", "list").exit_code == 1
        assert catalogue.counts().images == 1


@pytest.mark.shared
@pytest.mark.model
def test_a_person_is_found_by_another_picture(catalogue: Catalogue, tmp_path: Path) -> None:
    """Real pictures and networks: from files to faces to an answer."""
    pictures = sorted((shared_data() / "lfw").glob("*.webp"))[:3]
    with catalogue:
        kept = [new_image(number, collection="models", locator=str(path)) for number, path in enumerate(pictures, 2)]
        catalogue.add_batch(kept)
        run("faces", "on", "models", "--because", WHY)
        # The made-up pictures have no bytes: their faces are put in as they were found.
        from feature_extractor.decode import decode
        from feature_extractor.faces.reader import open_reader
        from feature_extractor.picture import Limits

        settings = read_settings()
        reader = open_reader(settings.face_model, threads=1)
        looked_at = []
        for image_id, path in enumerate(pictures, 2):
            faces = reader.read(decode(path.read_bytes(), Limits(2**24, 10**8)).pixels)
            looked_at.append(
                LookedAt(
                    image_id,
                    [NewFace((0, 0, 1, 1), one.face.landmarks / 250, one.face.score, 1.0, one.vector) for one in faces],
                )
            )
        looked_at.append(LookedAt(1, [NewFace((0, 0, 1, 1), vector(1, 10).reshape(5, 2), 1, 1, vector(9, reader.dim))]))
        catalogue.faces.put(looked_at, reader.model_id)
        answer = json.loads(run("faces", "search", str(pictures[0]), "--json").output)
    hits = answer["faces"][0]["hits"]
    assert hits[0]["image_id"] == 2
    assert hits[0]["cosine"] > 0.99
    assert {hit["image_id"] for hit in hits[:3]} == {2, 3, 4}  # one person's three pictures before a stranger
    assert answer["kept_because"] == {"models": WHY}
