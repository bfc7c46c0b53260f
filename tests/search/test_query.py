"""The life of a query, with real parts and a fake model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.records import Label
from data.thumbnails import ThumbnailStore
from errors import BadRequest, BrokenPicture, NotFound, UnsupportedFormat
from search.answer import Answer, Ask, NoCopies, Verdict
from search.open_engine import close_engine
from search.query import Engine, describe_query, query_from_catalogue, search, search_described
from search.stopwatch import Stopwatch
from tests.engines import draw, encode, make_engine, offer
from tests.fake_extractor import FakeExtractor
from tests.search.conftest import PICTURES


def copies_of(answer: Answer) -> list[tuple[str | None, Verdict]]:
    return [(hit.image.title, hit.verdict) for hit in answer.copies.hits]


def test_the_same_bytes_are_an_identical_file(engine: Engine) -> None:
    answer = search(engine, encode(draw(5)), Ask())
    assert copies_of(answer) == [("Blocks 5", Verdict.IDENTICAL)]
    assert answer.no_copies is None


def test_the_same_pixels_in_another_format_are_the_same_pixels(engine: Engine) -> None:
    answer = search(engine, encode(draw(5), "BMP"), Ask())
    assert copies_of(answer) == [("Blocks 5", Verdict.SAME_PIXELS)]
    assert answer.proven == 1


def test_a_compressed_copy_is_proven_by_geometry(engine: Engine) -> None:
    answer = search(engine, encode(draw(5), "JPEG", quality=40), Ask())
    assert copies_of(answer) == [("Blocks 5", Verdict.COPY)]
    assert answer.proven == 1
    proof = answer.copies.hits[0].proof
    assert proof is not None
    assert proof.transform.kept_share > 0.97
    assert proof.transform.jpeg_quality == 40


def test_without_features_or_thumbnail_a_copy_is_probable_and_not_proven(engine: Engine, tmp_path: Path) -> None:
    blind = replace(engine, thumbnails=ThumbnailStore(tmp_path / "none"))
    answer = search(blind, encode(draw(5), "JPEG", quality=40), Ask())
    assert copies_of(answer) == [("Blocks 5", Verdict.UNCONFIRMED)]
    assert answer.proven == 0
    assert answer.copies.hits[0].score >= engine.extractor.copy_threshold
    assert answer.copies.hits[0].proof is None


def test_an_unrelated_picture_has_no_copy_and_is_told_so(engine: Engine) -> None:
    answer = search(engine, encode(draw(1_000)), Ask())
    assert answer.copies.hits == ()
    assert answer.no_copies is NoCopies.NONE_FOUND
    assert len(answer.similar.hits) > 0
    assert not any(hit.verdict.is_copy for hit in answer.similar.hits)


def test_works_under_the_model_s_floor_are_not_called_similar(engine: Engine) -> None:
    floor = engine.extractor.similar_floor
    for seed in (1_000, 1_001, 1_002):
        answer = search(engine, encode(draw(seed)), Ask(page_size=100))
        verdicts = [hit.verdict for hit in answer.similar.hits]
        assert verdicts == [Verdict.SIMILAR if hit.score >= floor else Verdict.DISTANT for hit in answer.similar.hits]
        assert 0 < answer.alike == verdicts.count(Verdict.SIMILAR) < len(verdicts)
        # However the pages are cut, the number is that of all of them.
        assert search(engine, encode(draw(seed)), Ask(page_size=2, similar_page=3)).alike == answer.alike


def test_where_nothing_is_like_it_nothing_is_called_so(engine: Engine) -> None:
    strict = replace(engine, extractor=FakeExtractor(similar_floor=0.99))
    answer = search(strict, encode(np.full((64, 96, 3), 200, np.uint8)), Ask())
    assert answer.alike == 0
    assert {hit.verdict for hit in answer.similar.hits} == {Verdict.DISTANT}


def test_a_flat_picture_is_too_plain_to_judge(engine: Engine) -> None:
    answer = search(engine, encode(np.full((64, 96, 3), 200, np.uint8)), Ask())
    assert answer.query.too_plain
    assert answer.no_copies is NoCopies.TOO_PLAIN


def test_two_plain_pictures_are_copies_only_when_their_files_or_pixels_are_equal(tmp_path: Path) -> None:
    grey, lighter = (np.full((64, 96, 3), shade, np.uint8) for shade in (200, 201))
    engine = make_engine(tmp_path, [offer(encode(grey), "grey.png", title="grey")])
    try:
        assert copies_of(search(engine, encode(grey, "BMP"), Ask())) == [("grey", Verdict.SAME_PIXELS)]
        assert copies_of(search(engine, encode(lighter), Ask())) == []
    finally:
        close_engine(engine)


def test_an_empty_catalogue_says_that_it_is_empty(tmp_path: Path) -> None:
    engine = make_engine(tmp_path, [])
    try:
        answer = search(engine, encode(draw(1)), Ask())
    finally:
        close_engine(engine)
    assert answer.no_copies is NoCopies.CATALOGUE_EMPTY
    assert answer.similar.hits == ()
    assert answer.searched == 0


def test_copies_and_similar_works_never_share_a_picture(engine: Engine) -> None:
    answer = search(engine, encode(draw(7)), Ask(page_size=100))
    ids = [hit.image.id for hit in (*answer.copies.hits, *answer.similar.hits)]
    assert len(ids) == len(set(ids)) == PICTURES


def test_pages_follow_each_other_without_gap_or_repetition(engine: Engine) -> None:
    data = encode(draw(1_001))
    whole = [hit.image.id for hit in search(engine, data, Ask(page_size=100)).similar.hits]
    paged = []
    for page in (1, 2, 3, 4, 5):
        paged += [hit.image.id for hit in search(engine, data, Ask(page_size=7, similar_page=page)).similar.hits]
    assert paged == whole
    assert search(engine, data, Ask(page_size=7, similar_page=99)).similar.hits == ()


def test_scores_fall_down_a_list(engine: Engine) -> None:
    scores = [hit.score for hit in search(engine, encode(draw(1_002)), Ask(page_size=100)).similar.hits]
    assert scores == sorted(scores, reverse=True)


def test_chosen_attributes_narrow_the_similar_works_and_not_the_copies(engine: Engine) -> None:
    answer = search(engine, encode(draw(4)), Ask(page_size=100, attributes=("media_vectorart",)))
    assert copies_of(answer) == [("Blocks 4", Verdict.IDENTICAL)]
    labelled = {f"Blocks {seed}" for seed in range(0, PICTURES, 3)}
    assert {hit.image.title for hit in answer.similar.hits} == labelled
    chosen = [facet for facet in answer.facets if facet.is_chosen]
    assert [(facet.name, facet.count) for facet in chosen] == [("media_vectorart", len(labelled))]


def test_more_equal_pictures_than_are_shown_are_cut_off_and_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.query.COPIES_DEPTH", 4)
    files = [encode(draw(1), compress_level=level) for level in range(8)]
    engine = make_engine(tmp_path, [offer(data, f"{number}.png") for number, data in enumerate(files)])
    try:
        for query in (
            describe_query(engine, encode(draw(1), "BMP"), Stopwatch()),
            query_from_catalogue(engine, 2, Stopwatch()),
        ):
            copies = search_described(engine, query, Ask(), Stopwatch()).copies
            assert (copies.total, copies.is_capped) == (4, True)
            assert {hit.verdict for hit in copies.hits} == {Verdict.SAME_PIXELS}
    finally:
        close_engine(engine)


def test_an_attribute_that_does_not_exist_is_refused_and_not_answered_with_nothing() -> None:
    with pytest.raises(BadRequest, match="content_unicorn") as caught:
        Ask(attributes=("content_dog", "content_unicorn"))
    assert "media_vectorart" in caught.value.remedy


def test_labels_that_cannot_be_asked_for_are_not_offered(tmp_path: Path) -> None:
    labels: dict[str, Label] = {"content_unicorn": "positive", "content_dog": "positive"}
    engine = make_engine(tmp_path, [offer(encode(draw(1)), "1.png", labels=labels)])
    try:
        facets = search(engine, encode(draw(1_001)), Ask()).facets
        assert "content_dog" in [facet.name for facet in facets]
        Ask(attributes=tuple(facet.name for facet in facets))
    finally:
        close_engine(engine)


def test_a_later_page_from_the_described_query_equals_one_from_the_file(engine: Engine) -> None:
    data, ask = encode(draw(1_003)), Ask(similar_page=2, page_size=5)
    described = describe_query(engine, data, Stopwatch())
    from_file = search(engine, data, ask).similar
    from_description = search_described(engine, described, ask, Stopwatch()).similar
    assert from_description.hits == from_file.hits


def test_a_picture_of_the_catalogue_is_left_out_of_its_own_answer(engine: Engine) -> None:
    [image_id] = engine.catalogue.find(locator="drawn/9.png")
    query = query_from_catalogue(engine, image_id, Stopwatch())
    answer = search_described(engine, query, Ask(page_size=100), Stopwatch())
    assert image_id not in [hit.image.id for hit in (*answer.copies.hits, *answer.similar.hits)]
    assert answer.no_copies is NoCopies.NONE_FOUND
    np.testing.assert_allclose(np.linalg.norm(query.copy), 1, atol=1e-6)


def test_a_picture_that_is_not_there_cannot_be_searched_with(engine: Engine) -> None:
    with pytest.raises(NotFound):
        query_from_catalogue(engine, 10**9, Stopwatch())


@pytest.mark.parametrize(
    ("data", "error"), [(b"<html>", UnsupportedFormat), (encode(draw(1), "JPEG")[:400], BrokenPicture)]
)
def test_what_is_no_picture_is_refused_by_name(engine: Engine, data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        search(engine, data, Ask())


def test_every_step_is_timed(engine: Engine) -> None:
    steps = search(engine, encode(draw(1)), Ask()).steps_ms
    assert list(steps) == ["decode", "hash", "describe", "copies", "geometry", "decisions", "similar", "rows"]
    assert all(taken >= 0 for taken in steps.values())


def test_only_a_query_that_will_be_seen_has_a_preview(engine: Engine) -> None:
    data = encode(draw(1))
    assert describe_query(engine, data, Stopwatch()).preview == b""
    assert describe_query(engine, data, Stopwatch(), with_preview=True).preview[8:12] == b"WEBP"
