"""A picture gives the same evidence from its file, from the catalogue and from a query whose file is gone."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.records import Image, Source
from errors import BadInput, ContractBroken, NotFound
from feature_extractor.keypoints import Keypoints
from feature_extractor.preview import PREVIEW_SIDE_PX
from search.evidence.exhibit import exhibit_file, exhibit_image, exhibit_query, file_of, public_locator
from search.examine import with_keypoints
from search.open_engine import close_engine
from search.query import describe_query
from search.stopwatch import Stopwatch
from tests.engines import LIMITS, make_engine, offer
from tests.search.evidence.pairs import EXTRACTOR, exhibits, files


def seen_at(*locators: str) -> Image:
    data = files()[0]
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return Image(
        id=1,
        sha256=hashlib.sha256(data).hexdigest(),
        pixel_sha256=None,
        pdq=None,
        width=640,
        height=480,
        format="PNG",
        size_bytes=len(data),
        title=None,
        licence=None,
        project=None,
        collection=None,
        mature=False,
        added_at=moment,
        sources=tuple(Source(locator, None, moment) for locator in locators),
    )


def test_the_file_of_a_picture_is_found_where_its_bytes_still_are(tmp_path: Path) -> None:
    data = files()[0]
    (tmp_path / "other.png").write_bytes(data + b"\0")
    (tmp_path / "right.png").write_bytes(data)
    places = ["https://example.org/a.png", "gone.zip!a.png", str(tmp_path / "other.png")]
    assert file_of(seen_at(*places), LIMITS.max_bytes) is None
    assert file_of(seen_at(*places, str(tmp_path / "right.png")), LIMITS.max_bytes) == data
    assert file_of(seen_at(str(tmp_path / "right.png")), 10) is None


@pytest.mark.parametrize(
    ("locator", "shown"),
    [
        ("https://example.org/a.jpg?x=1", "https://example.org/a.jpg?x=1"),
        ("https://anna:secret@example.org/a@b.jpg?x=@1", "https://example.org/a@b.jpg?x=@1"),
        ("https://anna@example.org", "https://example.org"),
        ("/home/anna/Pictures/a.jpg", "a.jpg"),
        ("/home/anna/p.zip!in/a.jpg", "a.jpg"),
        (r"C:\Users\anna\a.jpg", "a.jpg"),
    ],
)
def test_strangers_read_no_path_of_this_machine(locator: str, shown: str) -> None:
    assert public_locator(locator) == shown


def test_of_an_address_the_name_is_kept_and_no_key() -> None:
    exhibit = exhibit_file(EXTRACTOR, files()[0], LIMITS, name="https://example.org/a.png?key=1", look="query")
    assert exhibit.name == "a.png"


def test_catalogue_and_query_know_what_the_file_gives(tmp_path: Path) -> None:
    first, second = exhibits()
    engine = make_engine(tmp_path, [offer(files()[0], "nowhere/mine.png", title="Mine", collection="works")])
    try:
        kept = exhibit_image(engine.catalogue, engine.thumbnails, engine.extractor, 1, LIMITS, look="query")
        query = with_keypoints(describe_query(engine, files()[1], Stopwatch(), with_preview=True))
        asked = exhibit_query(replace(query, pixels=None), name="/home/anna/theirs.jpg")
        with pytest.raises(NotFound):
            exhibit_image(engine.catalogue, engine.thumbnails, engine.extractor, 2, LIMITS, look="query")
        engine.thumbnails.remove(first.sha256)
        with pytest.raises(BadInput, match="no thumbnail"):
            exhibit_image(engine.catalogue, engine.thumbnails, engine.extractor, 1, LIMITS, look="query")
    finally:
        close_engine(engine)
    assert (kept.name, kept.look, kept.file, kept.exif) == ("Mine", "catalogue", None, None)
    assert kept.row is not None
    for ours, theirs in ((first, kept), (second, asked)):
        for name in ("sha256", "pixel_sha256", "width", "height", "format", "pdq", "features", "preview"):
            assert getattr(ours, name) == getattr(theirs, name), name
        one, other = ours.known(), theirs.known()  # adding describes what is reduced already: up to rounding the same
        assert min(one.copy @ other.copy, one.similar @ other.similar) > 0.999
    assert asked.name == "theirs.jpg"
    assert (kept.orientation, asked.orientation, second.orientation) == (None, 6, 6)
    with pytest.raises(ContractBroken, match="not at hand"):
        asked.decoded()
    with pytest.raises(BadInput, match="preview"):
        exhibit_query(replace(query, preview=b""), name="x")
    found_now = exhibit_query(replace(query, keypoints=None), name="x")
    assert (asked.features_from, found_now.features_from) == ("file", "small_version")
    seen = Keypoints.unpack(found_now.features)
    assert (seen.width, seen.height) == (query.width, query.height)
    assert len(seen) > 0
    assert max(asked.known().seen.pixels.shape) == PREVIEW_SIDE_PX


def test_the_catalogue_s_facts_come_along_with_the_file_where_it_still_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.png"
    path.write_bytes(files()[0])
    engine = make_engine(tmp_path / "engine", [offer(files()[0], str(path), title="Mine")])
    try:
        kept = exhibit_image(engine.catalogue, engine.thumbnails, engine.extractor, 1, LIMITS, look="catalogue")
    finally:
        close_engine(engine)
    assert kept.file == files()[0]
    assert kept.row is not None
    assert kept.name == "Mine"
