"""`faces …`: off until somebody says why, and off again without a trace."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands import main
from data.catalogue import Catalogue
from data.face_records import LookedAt
from data.migrate import upgrade
from settings import read_settings
from tests.data.new_images import new_image
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
def test_a_person_is_found_by_another_picture(catalogue: Catalogue) -> None:
    """Real pictures and networks: from files to faces to an answer."""
    pictures = sorted((shared_data() / "lfw").glob("*.webp"))[:8]
    with catalogue:
        catalogue.add_batch(
            [
                replace(
                    new_image(number, collection="models", locator=str(path)),
                    sha256=sha256(path.read_bytes()).hexdigest(),
                    width=250,
                    height=250,
                )
                for number, path in enumerate(pictures, 2)
            ]
        )
        run("faces", "on", "models", "--because", WHY)
        added = run("faces", "add", "models", "--json")
        assert added.exit_code == 3  # the made-up picture has neither file nor thumbnail
        tally = json.loads(added.stdout)
        assert (tally["looked_at"], tally["from_thumbnail"], tally["failed"]) == (8, 0, 1)
        assert tally["faces"] >= 8
        found = run("faces", "search", str(pictures[0]), "--json")
        assert found.exit_code == 0
        answer = json.loads(found.stdout)
        assert run("faces", "search", str(pictures[0]), "--collection", "other").exit_code == 3
    hits = answer["faces"][0]["hits"]
    assert hits[0]["locator"] == str(pictures[0])
    assert hits[0]["cosine"] > 0.99
    assert hits[0]["same_person"]
    left, top, right, bottom = hits[0]["box_px"]
    assert left < 125 < right  # faces of LFW are in the middle of 250 px
    assert top < 125 < bottom
    person = {str(path) for path in pictures if path.name.startswith(pictures[0].name.rpartition("_")[0])}
    assert sum(hit["locator"] in person for hit in hits[:5]) >= 4
    assert answer["kept_because"] == {"models": WHY}
