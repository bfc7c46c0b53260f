"""Searches among regions of pictures, on real parts of the engine: a strong crop is found by the part it shows."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from errors import BadInput
from search.answer import Ask, Hit
from search.check import check_all, repair
from search.findings import Disagreement
from search.open_engine import close_engine, open_regions
from search.picture_regions import CROPS
from search.query import Engine, indexes_of, search
from search.region_ingest import RegionTally, describe_regions
from search.report import answer_lines, answer_record
from tests.engines import LIMITS, encode, engine_source, make_engine, offer
from tests.search.composed import photograph

PICTURES = 40
ASKED = 9  # the picture of this seed has the id 10; by its whole the crop does not find it


def picture(seed: int) -> NDArray[np.uint8]:
    return photograph(2000 + seed, 320, 240)


CROP = encode(picture(ASKED)[120:240, 160:320])  # a corner, the last of the nine and of the five


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("engine")
    records = [offer(encode(picture(seed)), f"/{seed}.png", collection=str(seed % 2)) for seed in range(PICTURES)]
    engine = make_engine(folder, records)
    regions = open_regions(engine_source(folder), engine.catalogue, engine.extractor.model_id)
    engine = replace(engine, regions=regions)
    yield engine
    close_engine(engine)


@pytest.fixture
def plain(engine: Engine) -> Engine:
    """Give the engine without any described regions."""
    assert engine.regions is not None
    engine.regions.shelf.remove()
    engine.regions.index.catch_up()
    return engine


def describe(engine: Engine, crops: int = 9, **wanted: str) -> RegionTally:
    assert engine.regions is not None
    tally = describe_regions(
        engine.regions.shelf, engine.extractor, engine.thumbnails, LIMITS, crops, collection=wanted.get("collection")
    )
    engine.regions.index.catch_up()
    return tally


def found(engine: Engine, **wanted: str) -> list[Hit]:
    answer = search(engine, CROP, Ask(collection=wanted.get("collection")))
    return [hit for hit in answer.copies.hits if hit.verdict.is_proven]


def test_where_the_whole_is_proven_no_region_is_asked(plain: Engine) -> None:
    describe(plain)
    answer = search(plain, encode(picture(ASKED), "JPEG", quality=60), Ask())
    assert answer.copies.hits[0].image.id == ASKED + 1
    assert answer.copies.hits[0].by_region is None
    assert "regions" not in answer.steps_ms


def test_describing_goes_on_where_it_stopped_and_another_number_takes_the_place(plain: Engine) -> None:
    assert plain.regions is not None
    assert describe(plain, 5, collection="1").described == PICTURES // 2
    assert describe(plain, 5).described == PICTURES // 2
    assert describe(plain, 5) == RegionTally(0, 0, 0)
    (hit,) = found(plain)
    assert hit.by_region == CROPS[5][4] == CROPS[9][8]
    assert describe(plain, 9).described == PICTURES
    assert len(plain.regions.index) == 9 * PICTURES
    with pytest.raises(BadInput, match="5 or 9"):
        describe(plain, 4)


def test_a_lost_thumbnail_is_named_and_the_others_are_described(plain: Engine) -> None:
    sha256 = plain.catalogue.image(3).sha256
    thumbnail = plain.thumbnails.read(sha256)
    assert thumbnail is not None
    plain.thumbnails.remove(sha256)
    told: list[str] = []
    assert plain.regions is not None
    tally = describe_regions(
        plain.regions.shelf,
        plain.extractor,
        plain.thumbnails,
        LIMITS,
        9,
        on_failure=lambda where, why: told.append(f"{where} {why}"),
    )
    assert (tally.described, tally.failed) == (PICTURES - 1, 1)
    assert told[0].startswith("3 expected a thumbnail")
    plain.thumbnails.put(sha256, thumbnail)


def test_check_tells_what_lacks_and_mends_an_index_that_differs(plain: Engine) -> None:
    assert plain.regions is not None
    assert [finding.what for finding in check_all(plain, plain.thumbnails)] == [Disagreement.REGIONS_MISSING]
    describe(plain)
    assert check_all(plain, plain.thumbnails) == []
    plain.regions.index.index.remove(plain.regions.shelf.ids_of_images([5])[:2])
    findings = check_all(plain, plain.thumbnails)
    assert {finding.what for finding in findings} == {Disagreement.INDEX_DIFFERS}
    assert [finding.subject for finding in findings] == ["region", "region"]
    assert repair(plain, plain.thumbnails, findings) == []


def test_a_crop_is_found_by_its_region_alone_and_no_more_once_it_is_gone(plain: Engine) -> None:
    assert plain.regions is not None
    assert found(plain) == []
    assert describe(plain) == RegionTally(PICTURES, 9 * PICTURES, 0)
    (hit,) = found(plain)
    assert hit.image.id == ASKED + 1
    assert hit.by_region == CROPS[9][8]
    assert hit.proof is not None
    assert abs(hit.proof.transform.kept_share - 0.25) < 0.03, "geometry lays the whole picture on the query"
    assert hit.score > 0.95
    answer = search(plain, CROP, Ask())
    assert answer_record(answer)["copies"]["hits"][0]["by_region"]["left"] == 0.5
    assert any("Found by a region of that picture" in line for line in answer_lines(answer, explain=False))
    assert found(replace(plain, regions=None)) == []
    assert found(plain, collection=str((ASKED + 1) % 2)) == []
    assert len(found(plain, collection=str(ASKED % 2))) == 1
    plain.catalogue.remove([ASKED + 1])
    for index in indexes_of(plain):
        index.catch_up()
    assert found(plain) == []
    assert len(plain.regions.index) == 9 * (PICTURES - 1)
