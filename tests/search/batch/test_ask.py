"""A batch answers as single searches do, whatever a picture's neighbours in it are."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.answer import Ask, SearchParts, Verdict
from search.batch.ask import THUMBNAIL_BYTES, THUMBNAIL_PX, OwnFile, asked_digest, search_files, small_picture
from search.batch.records import Searched, Unread
from search.query import Engine, search
from tests.search.composed import photograph

SINGLE = Ask(page_size=100)
FILES = 12


def read_own(own: Path) -> list[OwnFile]:
    return [OwnFile(path.name, path.read_bytes()) for path in sorted(own.iterdir())]


@pytest.fixture(scope="module")
def alone(held: Engine, own: Path) -> dict[str, dict[int, tuple[Verdict, float]]]:
    """What single searches show as copies: name to id to verdict and score."""
    return {
        file.locator: {hit.image.id: (hit.verdict, hit.score) for hit in search(held, file.data, SINGLE).copies.hits}
        for file in read_own(own)
        if "broken" not in file.locator
    }


@settings(deadline=None, max_examples=2, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(FILES)), first=st.integers(1, FILES - 1))
def test_a_batch_finds_what_single_searches_find(
    held: Engine,
    own: Path,
    alone: dict[str, dict[int, tuple[Verdict, float]]],
    order: list[int],
    first: int,
) -> None:
    files = read_own(own)
    assert len(files) == FILES
    mixed = [files[place] for place in order]
    outcomes = [*search_files(held, mixed[:first], Ask()), *search_files(held, mixed[first:], Ask())]
    assert [one.locator for one in outcomes] == [file.locator for file in mixed]
    for one in outcomes:
        if isinstance(one, Unread):
            assert "broken" in one.locator
            continue
        found = {finding.image_id: (finding.verdict, finding.score) for finding in one.findings}
        expected = alone[one.locator]
        assert {image_id: verdict for image_id, (verdict, _) in found.items()} == {
            image_id: verdict for image_id, (verdict, _) in expected.items()
        }
        for image_id, (_, score) in expected.items():
            assert found[image_id][1] == pytest.approx(score, abs=1e-3)


def test_what_is_found_is_told(held: Engine, own: Path) -> None:
    files = {file.locator: file for file in read_own(own)}
    found = {one.locator: one for one in search_files(held, list(files.values()), Ask()) if isinstance(one, Searched)}
    identical, mirrored = found["a-identical.png"].findings[0], found["c-mirrored.jpg"].findings[0]
    assert (identical.verdict, identical.what) == (Verdict.IDENTICAL, "The same file.")
    assert found["b-same-pixels.png"].findings[0].verdict is Verdict.SAME_PIXELS
    assert (mirrored.verdict, mirrored.what) == (Verdict.COPY, "Mirrored.")
    assert mirrored.sources == ("https://example.org/1.png",)
    assert (mirrored.backlink, mirrored.collection) == ("https://example.org/page1", "scenes")
    assert found["f-plain.png"].is_too_plain
    assert {finding.collection for finding in found["g-collage.png"].findings} == {"cells"}
    assert found["c-mirrored.jpg"].thumbnail
    strangers = [one for name, one in found.items() if "stranger" in name]
    assert all((one.findings, one.thumbnail) == ((), "") for one in strangers)
    assert all(one.change == held.copies.index.change for one in found.values())


def test_what_is_asked_for_narrows_as_in_a_search(held: Engine, own: Path) -> None:
    files = [OwnFile("mirrored", (own / "c-mirrored.jpg").read_bytes())]
    [nothing] = search_files(held, files, Ask(collection="cells"))
    assert isinstance(nothing, Searched)
    assert nothing.findings == ()
    digests = {
        asked_digest(held, ask)
        for ask in (Ask(), Ask(collection="cells"), Ask(collection="scenes"), Ask(parts=SearchParts.NONE))
    }
    assert len(digests) == 4
    assert asked_digest(held, Ask()) == asked_digest(held, Ask(page_size=3, verdicts=(Verdict.COPY,)))


def test_small_pictures_are_bounded() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (700, 900, 3), dtype=np.uint8)
    for picture in (noise, photograph(4), np.zeros((20, 3000, 3), np.uint8)):
        assert 0 < len(small_picture(picture)) <= THUMBNAIL_BYTES
    assert THUMBNAIL_PX < 320
