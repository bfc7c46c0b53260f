import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select, text

from data.catalogue import Catalogue
from data.database import open_database, parse_url, reading, writing
from data.migrate import upgrade
from data.records import MOST_SOURCES, Added, Label
from data.tables import Base, CatalogueRow
from errors import BadInput, CatalogueUnavailable, ContractBroken, DescriptorShapeError, NotFound
from tests.data.new_images import METHOD, MODEL, digest, keypoints, new_image, source, vector

ROOT = Path(__file__).resolve().parents[2]


def test_what_goes_in_comes_out(catalogue: Catalogue) -> None:
    labels: dict[str, Label] = {"content_cat": "negative", "content_dog": "positive", "emotion_happy": "unsure"}
    offered = new_image(
        1,
        attributes={"content_dog": 0.5, "content_cat": 0.125, "media_comic": float("nan")},
        labels=labels,
        title="A dog",
        licence="CC0",
        project="77",
        collection="dogs",
        backlink="https://example.org/dogs",
        mature=True,
        locator="https://example.org/dog.jpg",
    )
    before = datetime.now(UTC)
    [added] = catalogue.add_batch([offered])
    assert added.created
    image = catalogue.image(added.image_id)
    assert (image.sha256, image.pixel_sha256, image.pdq) == (offered.sha256, offered.pixel_sha256, offered.pdq)
    assert (image.width, image.height, image.format, image.size_bytes) == (641, 480, "JPEG", 1001)
    assert (image.title, image.licence, image.project, image.collection) == ("A dog", "CC0", "77", "dogs")
    assert image.mature
    assert before <= image.added_at <= datetime.now(UTC)
    assert image.added_at.utcoffset() == timedelta(0)
    [place] = image.sources
    assert (place.locator, place.backlink) == ("https://example.org/dog.jpg", "https://example.org/dogs")
    assert place.seen_at == image.added_at
    assert image.labels == labels
    assert image.probabilities == {"content_dog": 0.5, "content_cat": 0.125}


def test_descriptors_come_out_as_float16_in_order_of_id(catalogue: Catalogue) -> None:
    ids = [added.image_id for added in catalogue.add_batch([new_image(number) for number in range(5)])]
    rows = catalogue.descriptors_of([ids[3], ids[1], 999], "similar", MODEL)
    assert rows.ids.tolist() == [ids[1], ids[3]]
    assert rows.vectors.dtype == np.float16
    assert np.array_equal(rows.vectors, np.stack([vector(3), vector(7)]).astype(np.float16))
    assert len(catalogue.descriptors_of(ids, "similar", "b" * 64).ids) == 0
    batches = list(catalogue.descriptors("copy", MODEL, batch=2))
    assert [len(batch.ids) for batch in batches] == [2, 2, 1]
    assert np.concatenate([batch.ids for batch in batches]).tolist() == ids


def test_local_features_come_out_of_the_method_asked_for(catalogue: Catalogue) -> None:
    [*ids] = [added.image_id for added in catalogue.add_batch([new_image(number) for number in range(3)])]
    catalogue.add_batch([replace(new_image(3), keypoints_method="method-2", keypoints=bytes(8_000))])
    assert catalogue.keypoints_of([ids[2], ids[0], 4, 999, 2**70], METHOD) == {
        ids[0]: keypoints(0),
        ids[2]: keypoints(2),
    }
    assert catalogue.keypoints_of([*ids, 4], "method-2") == {4: bytes(8_000)}
    assert catalogue.keypoints_of([], METHOD) == {}


def test_pictures_without_local_features_are_listed_page_by_page(catalogue: Catalogue) -> None:
    catalogue.add_batch([new_image(number) for number in range(6)])
    assert catalogue.lacking_keypoints(METHOD) == []
    listed = [(number + 1, digest(number)) for number in range(6)]
    assert catalogue.lacking_keypoints("method-2", limit=4) == listed[:4]
    assert catalogue.lacking_keypoints("method-2", after_id=4, limit=4) == listed[4:]
    assert catalogue.lacking_keypoints("method-2", after_id=2**70) == []
    catalogue.put_keypoints([(digest(1), b"new"), (digest(5), b"newer")], "method-2")
    assert catalogue.lacking_keypoints("method-2") == [listed[0], *listed[2:5]]
    assert catalogue.without_keypoints([digest(1), digest(2), digest(77)], "method-2") == {digest(2)}
    assert catalogue.lacking_keypoints(METHOD) == [listed[1], listed[5]], "a picture has those of one method"


def test_local_features_are_filled_in_where_there_are_none(catalogue: Catalogue) -> None:
    catalogue.add_batch([new_image(number) for number in range(3)])
    before = catalogue.last_change()
    catalogue.put_keypoints([(digest(0), b"other"), (digest(99), b"of no picture")], METHOD)
    assert catalogue.keypoints_of([1], METHOD) == {1: keypoints(0)}
    catalogue.put_keypoints([(digest(0), b"new"), (digest(1), b"newer"), (digest(1), b"newer")], "method-2")
    catalogue.put_keypoints([], "method-2")
    assert catalogue.keypoints_of([1, 2, 3], "method-2") == {1: b"new", 2: b"newer"}
    assert catalogue.keypoints_of([1, 2, 3], METHOD) == {3: keypoints(2)}
    assert catalogue.last_change() == before, "no index has anything to learn from it"
    with pytest.raises(ContractBroken, match="refused a row"):
        catalogue.put_keypoints([(digest(2), b"fine"), (digest(0), bytes(8_001))], "method-3")
    assert catalogue.keypoints_of([1, 2, 3], "method-3") == {}


def test_the_same_bytes_again_fill_in_local_features_of_another_method(catalogue: Catalogue) -> None:
    catalogue.add_batch([new_image(1), new_image(2)])
    again = [replace(new_image(number), keypoints_method="method-2", keypoints=b"new") for number in (1, 3, 3)]
    catalogue.add_batch(again)
    assert catalogue.keypoints_of([1, 2, 3], "method-2") == {1: b"new", 3: b"new"}
    catalogue.add_batch([replace(again[0], keypoints=b"newer")])
    assert catalogue.keypoints_of([1, 2, 3], "method-2") == {1: b"new", 3: b"new"}


def test_descriptors_of_different_models_never_meet(catalogue: Catalogue) -> None:
    catalogue.add_batch([new_image(1, model_id="1" * 64), new_image(2, model_id="2" * 64)])
    first, second = ([*catalogue.descriptors("copy", model * 64)] for model in "12")
    assert first[0].ids.tolist() == [1]
    assert second[0].ids.tolist() == [2]


def test_the_same_bytes_again_only_add_a_source(catalogue: Catalogue) -> None:
    [first] = catalogue.add_batch([new_image(1, title="First", locator="a.jpg")])
    [again] = catalogue.add_batch([new_image(1, title="Second", locator="b.jpg")])
    assert again == Added(first.image_id, created=False)
    catalogue.add_batch([new_image(1, locator="b.jpg")])
    assert catalogue.add_sources([(digest(1), source("c.jpg", backlink="https://c"))]) == set()
    assert catalogue.add_sources([(digest(1), source("c.jpg")), (digest(2), source("d.jpg"))]) == {digest(2)}
    image = catalogue.image(first.image_id)
    assert image.title == "First"
    assert [place.locator for place in image.sources] == ["a.jpg", "b.jpg", "c.jpg"]
    counts = catalogue.counts()
    assert (counts.images, counts.sources, counts.last_change) == (1, 3, 1)


def test_a_batch_may_hold_the_same_bytes_twice(catalogue: Catalogue) -> None:
    added = catalogue.add_batch([new_image(1, locator="a.jpg"), new_image(2), new_image(1, locator="b.jpg")])
    assert [one.created for one in added] == [True, True, False]
    assert added[0].image_id == added[2].image_id
    assert {place.locator for place in catalogue.image(added[0].image_id).sources} == {"a.jpg", "b.jpg"}


def test_a_batch_is_added_whole_or_not_at_all(catalogue: Catalogue) -> None:
    for flaw in (np.full(256, np.nan, np.float32), np.zeros(256, np.float32), 2 * vector(1), vector(1)[np.newaxis]):
        with pytest.raises(DescriptorShapeError):
            catalogue.add_batch([new_image(1), replace(new_image(2), descriptors={"copy": flaw})])
    with pytest.raises(ContractBroken, match="refused a row"):
        catalogue.add_batch([new_image(1), replace(new_image(2), width=0)])
    with pytest.raises(ContractBroken, match="refused a row"):
        catalogue.add_batch([new_image(1), replace(new_image(2), keypoints=bytes(8_001))])
    with pytest.raises(BadInput, match="64 hexadecimal"):
        catalogue.add_batch([new_image(1), replace(new_image(2), sha256="xyz")])
    assert catalogue.counts().images == 0
    assert catalogue.last_change() == 0
    assert catalogue.add_batch([]) == []
    assert [one.image_id for one in catalogue.add_batch([new_image(1)])] == [1]


def _rows(url: str) -> dict[str, int]:
    """Return how many rows each table has."""
    engine = open_database(parse_url(url))
    with reading(engine) as connection:
        counts = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables
        }
    engine.dispose()
    return counts


def test_removing_leaves_a_picture_in_no_table(url: str, catalogue: Catalogue) -> None:
    catalogue.add_batch([new_image(1, labels={"content_dog": "positive"})])
    kept = _rows(url)
    [added] = catalogue.add_batch([new_image(2, labels={"content_dog": "positive"})])
    catalogue.add_sources([(digest(2), source("elsewhere.jpg"))])
    assert all(count > kept[name] for name, count in _rows(url).items() if name in OF_A_PICTURE)
    [gone] = catalogue.remove([added.image_id, 12345])
    assert (gone.id, gone.sha256, len(gone.sources)) == (added.image_id, digest(2), 2)
    left = _rows(url)
    assert left.pop("change") == 3
    kept.pop("change")
    assert left == kept
    with pytest.raises(NotFound):
        catalogue.image(added.image_id)
    assert catalogue.same_file(digest(2)) is None
    assert catalogue.keypoints_of([1, added.image_id], METHOD) == {1: keypoints(1)}
    assert catalogue.remove([added.image_id]) == []


OF_A_PICTURE = {
    "image",
    "source",
    "descriptor",
    "attribute",
    "carried",
    "keypoints",
    "change",
    "image_words",
    "facet",
}


def test_every_table_is_known_to_the_test_of_removing() -> None:
    of_the_catalogue = {"catalogue", "model", "attribute_name"}
    of_decisions = {"user", "sign_in", "decision"}  # these outlive the pictures
    of_videos = {"video", "frame_range", "video_change"}
    of_faces = {"face", "face_consent", "face_counter", "face_scan"}  # see test_faces, where a picture has some
    of_watches = {"watch", "watched_picture", "finding", "watch_channel", "outbox", "lease"}
    # See test_models, test_regions and test_word_search, where a picture has some.
    of_others = {"model_word", "region_set", "region_change", "facet_value", "api_token"}
    beside_pictures = of_the_catalogue | of_decisions | of_videos | of_faces | of_watches | of_others
    assert {table.name for table in Base.metadata.sorted_tables} == OF_A_PICTURE | beside_pictures


def test_a_removed_picture_can_be_added_again_under_a_new_id(catalogue: Catalogue) -> None:
    [first] = catalogue.add_batch([new_image(1)])
    catalogue.remove([first.image_id])
    [second] = catalogue.add_batch([new_image(1)])
    assert second.created
    assert second.image_id > first.image_id
    assert [(change.number, change.image_id, change.kind) for change in catalogue.changes_after(0)] == [
        (1, first.image_id, "added"),
        (2, first.image_id, "removed"),
        (3, second.image_id, "added"),
    ]
    assert [change.number for change in catalogue.changes_after(1, limit=1)] == [2]
    assert catalogue.last_change() == 3


def test_removing_overwrites_what_was_removed(
    sqlite_url: str, tmp_path: Path, open_catalogue: Callable[[str], Catalogue]
) -> None:
    catalogue = open_catalogue(sqlite_url)
    catalogue.add_batch([new_image(number, title="private" * 20) for number in range(40)])
    catalogue.remove(range(1, 41))
    catalogue.close()
    assert b"privateprivate" not in (tmp_path / "instance" / "catalogue.sqlite").read_bytes()


def test_images_keep_the_order_asked_for_and_leave_out_the_unknown(catalogue: Catalogue) -> None:
    catalogue.add_batch([new_image(number) for number in range(6)])
    asked = [5, 1, 2**70, 4, 99, -3, 0, 1]
    assert list(catalogue.images(asked)) == [5, 1, 4]
    assert list(catalogue.images(np.array([3, 2]))) == [3, 2]  # type: ignore[arg-type] # what an index gives
    assert catalogue.images([]) == {}
    with pytest.raises(NotFound, match="99"):
        catalogue.image(99)


def test_reading_takes_as_many_statements_for_many_pictures_as_for_one(catalogue: Catalogue) -> None:
    catalogue.add_batch([new_image(number) for number in range(300)])
    catalogue.images([1])
    statements = 0

    def note(*_: object) -> None:
        nonlocal statements
        statements += 1

    event.listen(catalogue._engine, "before_cursor_execute", note)
    taken = []
    for size in (1, 240):
        statements = 0
        assert len(catalogue.images(range(1, size + 1))) == size
        taken.append(statements)
    assert taken[0] == taken[1]


@pytest.mark.parametrize("others", [0, 200])
def test_of_very_many_sources_the_oldest_are_read(catalogue: Catalogue, others: int) -> None:
    catalogue.add_batch([new_image(number, locator=f"{number}.jpg") for number in range(1, others + 2)])
    catalogue.add_sources([(digest(1), source(f"seen/{number:03}.jpg")) for number in range(3 * MOST_SOURCES)])
    images = catalogue.images(range(1, others + 2))
    oldest = ["1.jpg", *(f"seen/{number:03}.jpg" for number in range(MOST_SOURCES - 1))]
    assert [one.locator for one in images[1].sources] == oldest
    assert {len(image.sources) for number, image in images.items() if number > 1} <= {1}
    assert catalogue.counts().sources == 3 * MOST_SOURCES + others + 1


def test_same_file_same_pixels_and_known_hashes(catalogue: Catalogue) -> None:
    shared = digest("the same pixels")
    catalogue.add_batch([new_image(1, pixels=shared), new_image(2), new_image(3, pixels=shared)])
    catalogue.add_batch([replace(new_image(4), pixel_sha256=None)])
    assert catalogue.same_pixels(shared, 2) == [1, 3]
    assert catalogue.same_pixels(shared, 1) == [1]
    assert catalogue.same_pixels(digest("others"), 2) == []
    assert catalogue.image(4).pixel_sha256 is None
    assert catalogue.same_file(digest(2)) == 2
    assert catalogue.same_file(digest("never seen")) is None
    assert catalogue.known_sha256([digest(1), digest("never seen")]) == {digest(1)}
    assert catalogue.known_sha256([]) == set()
    many = [digest(number) for number in range(25_000)]
    assert len(catalogue.known_sha256(many)) == 4
    assert list(catalogue.all_sha256()) == [(number, digest(number)) for number in (1, 2, 3, 4)]


def test_find_meets_all_conditions(catalogue: Catalogue) -> None:
    catalogue.add_batch(
        [
            new_image(number, collection="even" if number % 2 == 0 else "odd", locator=f"{number}.jpg")
            for number in range(1, 7)
        ]
    )
    catalogue.add_sources([(digest(5), source("6.jpg"))])
    assert catalogue.find(collection="odd") == [1, 3, 5]
    assert catalogue.find(ids=[6, 1, 77]) == [1, 6]
    assert catalogue.find(ids=[]) == []
    assert catalogue.find(sha256=digest(4)) == [4]
    assert catalogue.find(locator="6.jpg") == [5, 6]
    assert catalogue.find(locator="6.jpg", collection="odd") == [5]
    assert catalogue.find(locator="6.jpg", ids=[1]) == []
    with pytest.raises(BadInput, match="received none"):
        catalogue.find()
    with pytest.raises(BadInput):
        catalogue.find(sha256="not a hash")


def test_listing_goes_through_all_pages(catalogue: Catalogue) -> None:
    catalogue.add_batch([new_image(number, collection="abc"[number % 3]) for number in range(1, 11)])
    first = catalogue.list_images(limit=4)
    second = catalogue.list_images(after_id=first[-1].id, limit=4)
    assert [image.id for image in first + second] == [1, 2, 3, 4, 5, 6, 7, 8]
    of_b = catalogue.list_images(collection="b", after_id=1)
    assert [image.id for image in of_b] == [4, 7, 10]
    assert catalogue.list_images(after_id=2**80) == []
    assert catalogue.list_images(collection="none") == []


def test_counts(catalogue: Catalogue) -> None:
    assert catalogue.counts().images == 0
    catalogue.add_batch([new_image(1, collection="x"), new_image(2, collection="y"), new_image(3, collection="y")])
    catalogue.add_batch([new_image(4, model_id="b" * 64)])
    catalogue.remove([1])
    counts = catalogue.counts()
    assert (counts.images, counts.sources, counts.last_change) == (3, 3, 5)
    assert counts.collections == {"y": 2}
    assert counts.models == {MODEL: 2, "b" * 64: 1}


def test_a_sample_is_the_same_for_one_seed_and_another_for_another(catalogue: Catalogue) -> None:
    assert catalogue.sample_images(12, seed=7) == []
    catalogue.add_batch([new_image(number) for number in range(200)])
    first, again, other = (catalogue.sample_images(12, seed=seed) for seed in (7, 7, 8))
    assert [image.id for image in first] == [image.id for image in again] != [image.id for image in other]
    assert len({image.id for image in first}) == 12
    assert max(image.id for image in first) - min(image.id for image in first) > 50
    assert len(catalogue.sample_images(1000, seed=1)) == 200


def test_a_sample_shows_every_collection_and_medium_and_nothing_mature(catalogue: Catalogue) -> None:
    catalogue.add_batch([new_image(number, collection="many") for number in range(60)])
    catalogue.add_batch([new_image(100, collection="few"), new_image(101, collection="few", mature=True)])
    catalogue.add_batch([new_image(102, collection="many", labels={"media_oilpaint": "positive"})])
    catalogue.add_batch([new_image(103, collection="many", attributes={"media_3d_graphics": 0.875})])
    for seed in range(5):
        sample = catalogue.sample_images(8, seed)
        assert len(sample) == 8
        assert {61, 63, 64} <= {image.id for image in sample}
        assert 62 not in {image.id for image in sample}


def test_a_sample_of_what_is_left_after_many_removals(catalogue: Catalogue) -> None:
    catalogue.add_batch([new_image(number) for number in range(300)])
    catalogue.remove(set(range(1, 301)) - {1, 150, 151, 152, 300})
    assert {image.id for image in catalogue.sample_images(4, seed=3)} < {1, 150, 151, 152, 300}
    assert len(catalogue.sample_images(4, seed=3)) == 4


@pytest.mark.parametrize(
    ("label", "probability", "is_carried"),
    [
        ("positive", 0.0, True),
        ("negative", 1.0, False),
        ("unsure", 0.75, True),
        ("unsure", 0.25, False),
        (None, 0.5, True),
        (None, 0.499, False),
        (None, float("nan"), False),
        ("positive", None, True),
        (None, None, False),
    ],
)
def test_when_a_picture_carries_an_attribute(
    catalogue: Catalogue, label: Label | None, probability: float | None, *, is_carried: bool
) -> None:
    # Others before and after, so that the attribute lies in the middle of the blobs.
    catalogue.add_batch([new_image(1, attributes={"first": 1.0, "asked": 0.0, "last": 1.0})])
    attributes = {"first": 0.0} | ({} if probability is None else {"asked": probability})
    catalogue.add_batch([new_image(2, attributes=attributes, labels={} if label is None else {"asked": label})])
    assert catalogue.ids_with_attribute("asked").tolist() == ([2] if is_carried else [])
    assert catalogue.count_attributes([1, 2]) == {"first": 1, "last": 1} | ({"asked": 1} if is_carried else {})


def test_attributes_asked_for_are_int64_ascending(catalogue: Catalogue) -> None:
    catalogue.add_batch([new_image(number, attributes={"odd": float(number % 2)}) for number in range(1, 50)])
    ids = catalogue.ids_with_attribute("odd")
    assert ids.dtype == np.int64
    assert ids.tolist() == list(range(1, 50, 2))
    for name in ("never heard of", "", "nul\x00", "\ud800"):
        assert catalogue.ids_with_attribute(name).tolist() == []
    assert catalogue.count_attributes([1, 2, 3, 999]) == {"odd": 2}
    assert catalogue.count_attributes([]) == {}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(
    said=st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["positive", "negative", "unsure"])),
            st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 1, width=16)),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_attributes_survive_whatever_vocabulary_grows(
    sqlite_url: str, said: list[tuple[dict[str, Label], dict[str, float]]]
) -> None:
    with Catalogue.open(sqlite_url) as catalogue:
        catalogue.remove([image.id for image in catalogue.list_images()])
        for number, (labels, attributes) in enumerate(said):
            [added] = catalogue.add_batch([new_image(number, labels=labels, attributes=attributes)])
            image = catalogue.image(added.image_id)
            assert image.labels == labels
            assert image.probabilities == attributes


def test_names_of_files_need_not_be_text(catalogue: Catalogue) -> None:
    odd = os.fsdecode(b"caf\xe9.jpg")
    catalogue.add_batch(
        [new_image(1, locator=odd, title="nul\x00nul", collection="gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n")]
    )
    image = catalogue.image(1)
    assert image.sources[0].locator == "caf\\udce9.jpg"
    assert image.title == "nul\\x00nul"
    assert catalogue.find(locator=odd) == [1]
    assert catalogue.find(collection="gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n") == [1]


def test_addresses_may_be_longer_than_an_index_entry(catalogue: Catalogue) -> None:
    rng = np.random.default_rng(5)
    long = ["https://example.org/" + bytes(rng.integers(97, 123, 9000, np.uint8)).decode() + end for end in "ab"]
    catalogue.add_batch([new_image(1, locator=long[0])])
    catalogue.add_sources([(digest(1), source(long[1]))])
    assert catalogue.find(locator=long[1]) == [1]
    assert {place.locator for place in catalogue.image(1).sources} == set(long)


def test_a_snapshot_is_of_one_moment(
    url: str, catalogue: Catalogue, open_catalogue: Callable[[str], Catalogue]
) -> None:
    catalogue.add_batch([new_image(number) for number in range(10)])
    last_change, batches = catalogue.snapshot_descriptors("copy", MODEL, batch=3)
    writer = open_catalogue(url)
    writer.add_batch([new_image(100)])
    writer.remove([2])
    assert last_change == 10
    assert np.concatenate([batch.ids for batch in batches]).tolist() == list(range(1, 11))
    assert catalogue.last_change() == 12


def test_a_dropped_snapshot_gives_its_connection_back(catalogue: Catalogue) -> None:
    catalogue.add_batch([new_image(number) for number in range(4)])
    for _ in range(40):
        _, batches = catalogue.snapshot_descriptors("copy", MODEL, batch=1)
        next(batches)
        del batches
        catalogue.snapshot_descriptors("copy", MODEL)
        next(catalogue.all_sha256())
    assert catalogue._engine.pool.checkedout() == 0  # type: ignore[attr-defined] # of the QueuePool


def test_a_lower_number_never_appears_after_a_higher_one(url: str, open_catalogue: Callable[[str], Catalogue]) -> None:
    """Two writers, one of whom holds its numbers long before it commits, and a reader that never stops looking."""
    seen: list[int] = []
    done = threading.Event()
    reader, quick = open_catalogue(url), open_catalogue(url)
    slow_engine = open_database(parse_url(url))

    def look() -> None:
        while not done.is_set():
            seen.extend(change.number for change in reader.changes_after(seen[-1] if seen else 0))

    def write_slowly() -> None:
        # A writer of ours by hand, so that it can be held between taking a number and committing.
        for _ in range(8):
            with writing(slow_engine) as connection:
                last = connection.execute(select(CatalogueRow.last_change).with_for_update()).scalar_one()
                connection.execute(
                    text("INSERT INTO change (number, image_id, kind) VALUES (:n, 0, 'removed')"), {"n": last + 1}
                )
                connection.execute(text("UPDATE catalogue SET last_change = :n"), {"n": last + 1})
                done.wait(0.01)

    def write_quickly() -> None:
        for number in range(40):
            quick.add_batch([new_image(1000 + number)])

    watcher = threading.Thread(target=look)
    writers = [threading.Thread(target=write_slowly), threading.Thread(target=write_quickly)]
    watcher.start()
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    last = reader.last_change()
    while len(seen) < last and watcher.is_alive():
        done.wait(0.005)
    done.set()
    watcher.join()
    slow_engine.dispose()
    assert last == 48
    assert seen == list(range(1, 49))


def test_two_writers_of_the_same_files_get_the_same_pictures(
    url: str, open_catalogue: Callable[[str], Catalogue]
) -> None:
    batches = [[new_image(number, locator=f"{writer}/{number}.jpg") for number in range(60)] for writer in range(2)]
    outcomes: list[list[Added]] = [[], []]
    start = threading.Barrier(2)

    def write(writer: int) -> None:
        catalogue = open_catalogue(url)
        start.wait()
        for first in range(0, 60, 6):
            outcomes[writer] += catalogue.add_batch(batches[writer][first : first + 6])

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mine, others = outcomes
    assert [one.image_id for one in mine] == [one.image_id for one in others]
    assert all(one.created != other.created for one, other in zip(mine, others, strict=True))
    assert all(len(image.sources) == 2 for image in open_catalogue(url).list_images(limit=100))


WRITER = """
import sys
from data.catalogue import Catalogue
from tests.data.new_images import new_image
catalogue = Catalogue.open(sys.argv[1])
for number in range(10**6):
    catalogue.add_batch([new_image(3 * number + each) for each in range(3)])
    print(number, flush=True)
"""


def test_a_killed_writer_loses_nothing_that_it_was_told_is_kept(
    url: str, catalogue: Catalogue, open_catalogue: Callable[[str], Catalogue]
) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    for line in writer.stdout:
        if int(line) == 12:
            writer.kill()
    acknowledged = int(line) + 1
    writer.wait()
    writer.stdout.close()
    images = catalogue.list_images(limit=10_000)
    assert len(images) % 3 == 0
    assert len(images) >= 3 * acknowledged
    assert [image.sha256 for image in images] == [digest(number) for number in range(len(images))]
    assert len(catalogue.descriptors_of([image.id for image in images], "copy", MODEL).ids) == len(images)
    assert catalogue.last_change() == len(images)
    assert all(one.created for one in catalogue.add_batch([new_image(10**7)]))


def test_a_catalogue_is_known_by_its_id(url: str, tmp_path: Path, open_catalogue: Callable[[str], Catalogue]) -> None:
    first = open_catalogue(url).catalogue_id()
    assert first == open_catalogue(url).catalogue_id()
    assert len(bytes.fromhex(first)) == 16


def test_what_is_no_catalogue_is_refused_with_a_remedy(tmp_path: Path, sqlite_url: str) -> None:
    (tmp_path / "text.sqlite").write_text("not a database at all, but long enough to look like a file of one")
    (tmp_path / "empty.sqlite").touch()
    for name in ("absent.sqlite", "text.sqlite", "empty.sqlite", "no/such/folder.sqlite"):
        with pytest.raises(CatalogueUnavailable) as caught:
            Catalogue.open(f"sqlite:///{tmp_path / name}")
        assert caught.value.remedy
        assert not (tmp_path / "absent.sqlite").exists()
    engine = open_database(parse_url(sqlite_url))
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    engine.dispose()
    with pytest.raises(CatalogueUnavailable, match="later"):
        Catalogue.open(sqlite_url)


@pytest.mark.parametrize("bad", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://root@localhost/x"])
def test_addresses_of_no_database_we_know_are_refused(bad: str) -> None:
    with pytest.raises(BadInput):
        Catalogue.open(bad)


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with pytest.raises(CatalogueUnavailable) as caught:
        Catalogue.open("postgresql://somebody:secret@127.0.0.1:9/retrace")
    assert "RETRACE_DATABASE_URL" in caught.value.remedy
    assert "secret" not in str(caught.value)


def test_a_database_that_is_not_migrated_is_refused(empty_url: str) -> None:
    with pytest.raises(CatalogueUnavailable, match=r"catalogue|version") as caught:
        Catalogue.open(empty_url)
    assert "make setup" in caught.value.remedy


def test_a_locked_database_says_who_is_in_the_way(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, open_catalogue: Callable[[str], Catalogue]
) -> None:
    monkeypatch.setattr("data.database.LOCK_TIMEOUT_S", 0.05)
    catalogue = open_catalogue(sqlite_url)
    catalogue.add_batch([new_image(1)])
    engine = open_database(parse_url(sqlite_url))
    with writing(engine):
        with pytest.raises(CatalogueUnavailable, match="locked") as caught:
            catalogue.add_batch([new_image(2)])
        assert catalogue.counts().images == 1  # readers do not wait
    engine.dispose()
    assert "Another process" in caught.value.remedy
    assert catalogue.add_batch([new_image(2)])[0].created


def test_a_full_disk_is_told_and_undone(sqlite_url: str, open_catalogue: Callable[[str], Catalogue]) -> None:
    catalogue = open_catalogue(sqlite_url)
    catalogue.add_batch([new_image(1)])

    def limit(connection: object, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 60")  # type: ignore[attr-defined] # of the driver

    event.listen(catalogue._engine, "checkout", limit)
    with pytest.raises(CatalogueUnavailable, match="full") as caught:
        catalogue.add_batch([new_image(number) for number in range(2, 300)])
    assert "space" in caught.value.remedy
    assert catalogue.counts().images == 1


def test_nobody_adds_a_picture_while_its_absence_is_relied_on(catalogue: Catalogue) -> None:
    catalogue.add_batch([new_image(1)])
    events: list[str] = []

    def add() -> None:
        catalogue.add_batch([new_image(2)])
        events.append("added")

    writer = threading.Thread(target=add)
    with catalogue.absent([digest(1), digest(2)]) as absent:
        assert absent == {digest(2)}
        writer.start()
        writer.join(0.1)
        events.append("relied on")
    writer.join()
    assert events == ["relied on", "added"]


def test_a_database_that_is_moved_away_or_replaced_takes_nothing_more(
    tmp_path: Path, sqlite_url: str, open_catalogue: Callable[[str], Catalogue]
) -> None:
    catalogue = open_catalogue(sqlite_url)
    catalogue.add_batch([new_image(1)])
    (tmp_path / "instance").rename(tmp_path / "moved")
    with pytest.raises(CatalogueUnavailable, match="moved"):
        catalogue.add_batch([new_image(2)])
    upgrade(sqlite_url)
    with pytest.raises(CatalogueUnavailable, match="replaced") as caught:
        catalogue.images([1])
    assert "again" in caught.value.remedy
    assert open_catalogue(f"sqlite:///{tmp_path / 'moved' / 'catalogue.sqlite'}").counts().images == 1
    assert open_catalogue(sqlite_url).counts().images == 0
