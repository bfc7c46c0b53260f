"""What is added is compared once with what is guarded, and found once, whatever happens meanwhile."""

from datetime import timedelta

import numpy as np
import pytest

from data.decisions import PictureKey, Subject
from data.findings import Findings
from search.answer import Ask
from search.query import query_from_catalogue, search_described
from search.stopwatch import Stopwatch
from search.watching.follow import Followed, follow_changes, is_behind
from tests.engines import draw, encode, offer
from tests.search.scenes import scene
from tests.search.watching.conftest import Guarded

SOON = timedelta(seconds=60)


def follow_all(guarded: Guarded) -> list[Followed]:
    """Follow until nothing is left."""
    done = []
    while not (one := follow_changes(guarded.engine, mail_after=SOON)).is_done:
        done.append(one)
    return done


def jpeg(seed: int, quality: int = 70) -> bytes:
    return encode(draw(seed), "JPEG", quality=quality)


def test_a_copy_that_is_added_is_found_once_and_nothing_else_is(guarded: Guarded) -> None:
    guarded.guard([encode(draw(seed)) for seed in range(3)])
    assert not is_behind(guarded.engine)
    guarded.add(offer(jpeg(1), "https://thief.example/1.jpg"), offer(jpeg(77), "b.jpg"))
    assert is_behind(guarded.engine)
    assert sum(one.found for one in follow_all(guarded)) == 1
    assert not is_behind(guarded.engine)
    [found] = guarded.findings.newest()
    assert found.record["watched"]["name"] == "1.png"
    assert found.record["picture"]["sources"][0]["locator"] == "https://thief.example/1.jpg"
    assert follow_all(guarded) == []


def test_what_is_guarded_beside_the_catalogue_is_in_no_search(guarded: Guarded) -> None:
    before = guarded.catalogue.counts()
    guarded.guard([encode(draw(1))])
    guarded.engine.copies.catch_up()
    assert guarded.catalogue.counts() == before
    assert len(guarded.engine.copies) == before.images
    sha256 = guarded.watches.list_watched(guarded.watches.get("mine").id)[0].sha256
    assert guarded.engine.thumbnails.read(sha256) is None


def test_pictures_that_were_there_before_are_compared_where_asked(guarded: Guarded) -> None:
    guarded.guard([encode(draw(900))], "later")
    guarded.guard([encode(draw(900))], "all", everything=True)
    follow_all(guarded)
    assert [found.watch for found in guarded.findings.newest()] == ["all"]
    assert guarded.findings.newest()[0].record["verdict"] == "identical"


def test_a_watch_that_is_not_ready_compares_nothing_and_misses_nothing(guarded: Guarded) -> None:
    watch = guarded.watches.add("mine")
    guarded.add(offer(jpeg(1), "a.jpg"))
    assert follow_changes(guarded.engine, mail_after=SOON) == Followed(0, 0, is_done=True)
    guarded.guard([encode(draw(1))])
    assert guarded.watches.get("mine").id == watch.id
    follow_all(guarded)
    assert len(guarded.findings.newest()) == 1


def test_a_picture_removed_and_added_again_is_found_once(guarded: Guarded) -> None:
    guarded.guard([encode(draw(1))])
    guarded.add(offer(jpeg(1), "a.jpg"))
    follow_all(guarded)
    [first] = guarded.findings.newest()
    guarded.catalogue.remove([first.image_id])
    guarded.add(offer(jpeg(1), "again.jpg"))
    follow_all(guarded)
    [same] = guarded.findings.newest()
    assert (same.id, same.uid) == (first.id, first.uid)
    assert same.image_id != first.image_id
    assert same.image_id in guarded.catalogue.images([same.image_id])


def test_a_picture_that_goes_again_before_it_is_compared_is_nobodys(guarded: Guarded) -> None:
    guarded.guard([encode(draw(1))])
    guarded.add(offer(jpeg(1), "a.jpg"))
    guarded.catalogue.remove(guarded.catalogue.find(locator="a.jpg"))
    follow_all(guarded)
    assert guarded.findings.newest() == []
    assert guarded.watches.get("mine").passed_over == 0
    assert not is_behind(guarded.engine)


@pytest.mark.parametrize(("kind", "scope"), [("not_a_copy", "pair"), ("licensed", "source"), ("mine", "pair")])
def test_what_was_decided_is_noted_and_not_told(guarded: Guarded, kind: str, scope: str) -> None:
    guarded.guard([encode(draw(1))])
    guarded.hook("http://127.0.0.1:9/")
    watched = guarded.watches.list_watched(guarded.watches.get("mine").id)[0]
    guarded.add(offer(jpeg(1), "https://shop.example/1.jpg"))
    image = guarded.catalogue.image(guarded.catalogue.find(locator="https://shop.example/1.jpg")[0])
    subject = (
        Subject.of_source("shop.example")
        if scope == "source"
        else Subject.of_pair(watched.key, PictureKey(image.sha256, image.pixel_sha256))
    )
    guarded.engine.decisions.decide(kind, subject, "ann")  # type: ignore[arg-type]  # as parametrised
    follow_all(guarded)
    [found] = guarded.findings.newest()
    assert found.settled is not None
    assert kind.replace("_", " ") in found.settled
    assert guarded.outbox.of_findings([found.id]) == {}
    assert guarded.findings.newest(with_settled=False) == []


def test_a_guarded_collection_guards_what_comes_to_it_and_not_against_itself(guarded: Guarded) -> None:
    guarded.add(offer(encode(draw(1)), "own1.png", collection="own"))
    guarded.watches.add("collection", collection="own")
    guarded.watches.make_ready(guarded.watches.get("collection").id)
    # A second own picture, a copy of the first own one that is own too, and two copies from elsewhere.
    guarded.add(
        offer(encode(draw(2)), "own2.png", collection="own"),
        offer(jpeg(1, 90), "own1-small.jpg", collection="own"),
        offer(jpeg(1), "stolen1.jpg"),
        offer(jpeg(2), "stolen2.jpg"),
    )
    follow_all(guarded)
    found = {(one.record["watched"]["name"], one.record["picture"]["title"]) for one in guarded.findings.newest()}
    assert found == {("own1.png", "stolen1.jpg"), ("own1-small.jpg", "stolen1.jpg"), ("own2.png", "stolen2.jpg")}


def test_two_at_once_find_it_once(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    guarded.guard([encode(draw(1))])
    guarded.add(offer(jpeg(1), "a.jpg"))
    plain = Findings.keep

    def keep_after_another(self: Findings, *args: object, **options: object) -> int | None:
        monkeypatch.setattr(Findings, "keep", plain)
        follow_all(guarded)  # another process is faster
        return plain(self, *args, **options)  # type: ignore[arg-type]  # passed on as given

    monkeypatch.setattr(Findings, "keep", keep_after_another)
    assert follow_changes(guarded.engine, mail_after=SOON).found == 0
    assert len(guarded.findings.newest()) == 1


def test_what_stops_before_it_is_written_is_done_again(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    guarded.guard([encode(draw(1))])
    guarded.add(offer(jpeg(1), "a.jpg"))
    with monkeypatch.context() as patch:
        patch.setattr(Findings, "keep", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            follow_changes(guarded.engine, mail_after=SOON)
    assert guarded.findings.newest() == []
    follow_all(guarded)
    assert len(guarded.findings.newest()) == 1


def test_pictures_of_another_model_are_counted_and_named(guarded: Guarded) -> None:
    guarded.guard([encode(draw(1))])
    guarded.add(offer(jpeg(1), "a.jpg"))
    other = type(guarded.engine.extractor)(seed=8)  # type: ignore[call-arg]  # the fake one
    object.__setattr__(guarded.engine, "extractor", other)
    follow_all(guarded)
    watch = guarded.watches.get("mine")
    assert watch.passed_over == 1
    assert "another model" in (watch.passed_over_reason or "")
    assert guarded.watches.comparable(watch, guarded.engine.extractor.model_id) == 0


def test_removing_a_watch_ends_it(guarded: Guarded) -> None:
    guarded.guard([encode(draw(1))])
    guarded.hook("http://127.0.0.1:9/")
    guarded.add(offer(jpeg(1), "a.jpg"))
    follow_all(guarded)
    assert guarded.outbox.has_due(guarded.findings.newest()[0].found_at)
    gone = guarded.watches.remove("mine")
    assert (gone.pictures, gone.findings, gone.waiting) == (1, 1, 1)
    assert guarded.findings.newest() == []
    assert guarded.outbox.facts().waiting == 0
    guarded.add(offer(jpeg(1, 50), "b.jpg"))
    assert follow_all(guarded) == []


def test_verdicts_are_those_of_a_search(guarded: Guarded) -> None:
    """The same pictures in the catalogue of a search, and beside that of a watch."""
    originals = [encode(scene(seed, 320, 240)) for seed in range(4)]
    covered = scene(1, 320, 240)
    covered[20:80, 30:120] = 250
    edits = [
        encode(np.ascontiguousarray(scene(0, 320, 240)[:, ::-1])),
        encode(covered, "JPEG", quality=60),
        encode(scene(2, 320, 240), "JPEG", quality=30),
        encode(np.ascontiguousarray(scene(3, 320, 240)[::2, ::2])),
        encode(scene(30, 320, 240)),
    ]
    guarded.guard(originals)
    guarded.add(*(offer(data, f"edit{n}", title=f"edit{n}") for n, data in enumerate(edits)))
    follow_all(guarded)
    watched = {
        (one.record["picture"]["title"], one.record["watched"]["name"]): one.record["verdict"]
        for one in guarded.findings.newest()
    }
    guarded.add(*(offer(data, f"{n}.png", title=f"{n}.png") for n, data in enumerate(originals)))
    engine = guarded.engine
    searched = {}
    for number in range(len(edits)):
        [image_id] = engine.catalogue.find(locator=f"edit{number}")
        query = query_from_catalogue(engine, image_id, Stopwatch())
        for hit in search_described(engine, query, Ask(), Stopwatch()).copies.hits:
            searched[f"edit{number}", hit.image.title] = hit.verdict.value
    assert watched == searched
    assert len(watched) >= 3
