"""Watches, findings, the outbox and leases keep their word on either database."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data.backup import backup, restore
from data.catalogue import Catalogue
from data.decisions import PictureKey
from data.findings import Findings, Step
from data.leases import Leases
from data.outbox import Outbox
from data.watch_records import NewFinding, NewWatched, Watch
from data.watches import MOST_CHANNELS, Watches, new_token
from errors import BadInput, NotFound
from tests.data.new_images import METHOD, MODEL, digest, keypoints, new_image, vector

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
A_WHILE = timedelta(seconds=60)


def new_watched(number: int, *, model_id: str = MODEL) -> NewWatched:
    return NewWatched(
        sha256=digest(f"watched {number}"),
        pixel_sha256=digest(f"watched pixels {number}"),
        pdq=bytes(range(32)),
        width=640,
        height=480,
        format="JPEG",
        size_bytes=1000,
        name=f"{number}\udcff.jpg",
        model_id=model_id,
        copy=vector(number),
        similar=vector(number + 1),
        keypoints_method=METHOD,
        keypoints=keypoints(number),
        preview=b"webp",
    )


def new_finding(watch: Watch, number: int, *, image_id: int = 1, settled: str | None = None) -> NewFinding:
    return NewFinding(
        watch_id=watch.id,
        watched=PictureKey(digest("original"), None),
        found=PictureKey(digest(number), digest(f"pixels {number}")),
        watched_id=1,
        image_id=image_id,
        record={"verdict": "copy", "name": "\x00 größe"},
        settled=settled,
    )


def keep(catalogue: Catalogue, watch: Watch, *numbers: int, **options: str) -> int | None:
    """Note findings as if the next change had brought them."""
    cursor = next(one.cursor for one in Watches(catalogue.database).everything() if one.id == watch.id)
    found = [new_finding(watch, number, **options) for number in numbers]  # type: ignore[arg-type]  # a reason
    step = Step(watch.id, cursor, cursor + 1)
    return Findings(catalogue.database).keep([step], found, mail_after=timedelta(seconds=30))


@pytest.fixture
def watches(catalogue: Catalogue) -> Watches:
    return Watches(catalogue.database)


@pytest.fixture
def watch(watches: Watches) -> Watch:
    made = watches.add("mine")
    watches.make_ready(made.id)
    return watches.get("mine")


def test_pictures_are_guarded_once_and_described_anew(watches: Watches, watch: Watch) -> None:
    assert watches.put(watch.id, [new_watched(1), new_watched(2), new_watched(1)]) == 2
    assert watches.put(watch.id, [new_watched(2, model_id="b" * 64)]) == 0
    assert watches.comparable(watch, MODEL) == 1
    assert watches.known(watch.id, [digest("watched 1"), digest("watched 2")], MODEL) == {digest("watched 1")}
    [first, second] = watches.list_watched(watch.id)
    assert (first.name, first.preview, first.keypoints) == ("1\\udcff.jpg", b"webp", keypoints(1))
    assert second.model_id == "b" * 64
    assert watches.same_pixels(watch.id, digest("watched pixels 2")) == [second.id]
    assert watches.watched([second.id, 99]).keys() == {second.id}


def test_a_watch_begins_at_the_last_change_or_at_the_first(catalogue: Catalogue, watches: Watches) -> None:
    catalogue.add_batch([new_image(1), new_image(2)])
    assert watches.add("later").cursor == 2
    assert watches.add("all", everything=True).cursor == 0
    assert watches.add("later", everything=True).cursor == 2  # it goes on where it stood


@pytest.mark.parametrize("name", ["", "Mine", "a b", "../x", "ä", "x" * 65])
def test_names_are_plain(watches: Watches, name: str) -> None:
    with pytest.raises(BadInput, match="expected a name"):
        watches.add(name)


def test_a_name_is_not_taken_over_for_something_else(watches: Watches, watch: Watch) -> None:
    with pytest.raises(BadInput, match="guards files"):
        watches.add("mine", collection="cats")
    with pytest.raises(NotFound, match="no watch nobody"):
        watches.remove("nobody")


def test_a_pair_is_found_once(catalogue: Catalogue, watch: Watch) -> None:
    assert keep(catalogue, watch, 1, 2) == 2
    assert keep(catalogue, watch, 2, 3, 3) == 1
    found = Findings(catalogue.database).newest()
    assert [one.id for one in found] == [3, 2, 1]
    assert len({one.uid for one in found}) == 3
    assert found[0].record["name"] == "\x00 größe"


def test_who_comes_late_writes_nothing(catalogue: Catalogue, watch: Watch) -> None:
    findings = Findings(catalogue.database)
    step = Step(watch.id, watch.cursor, watch.cursor + 5, passed_over=2, reason="why")
    assert findings.keep([step], [new_finding(watch, 1)], mail_after=A_WHILE) == 1
    assert findings.keep([step], [new_finding(watch, 2)], mail_after=A_WHILE) is None
    assert len(findings.newest()) == 1
    now = Watches(catalogue.database).get("mine")
    assert (now.cursor, now.passed_over, now.passed_over_reason) == (watch.cursor + 5, 2, "why")


def test_a_delivery_is_taken_by_one_and_comes_back(catalogue: Catalogue, watches: Watches, watch: Watch) -> None:
    watches.add_channel("mine", "webhook", "https://a.example/")
    keep(catalogue, watch, 1, 2)
    outbox = Outbox(catalogue.database)
    now = Findings(catalogue.database).newest()[0].found_at
    [first], [second] = (outbox.take(now, hold=A_WHILE, most=9) for _ in range(2))
    assert {first.finding.id, second.finding.id} == {1, 2}
    assert outbox.take(now, hold=A_WHILE, most=9) == []
    outbox.deliver([first], now)
    assert not outbox.has_due(now + timedelta(seconds=59))
    [again] = outbox.take(now + A_WHILE, hold=A_WHILE, most=9)
    assert (again.finding.id, again.attempts) == (second.finding.id, 2)
    facts = outbox.facts()
    assert (facts.waiting, facts.delivered, facts.given_up) == (1, 1, 0)
    assert facts.oldest_at == now


def test_mails_wait_and_go_together(catalogue: Catalogue, watches: Watches, watch: Watch) -> None:
    watches.add_channel("mine", "mail", "ann@example.org")
    keep(catalogue, watch, 1)
    keep(catalogue, watch, 2)
    outbox = Outbox(catalogue.database)
    first_at = Findings(catalogue.database).newest()[-1].found_at
    assert not outbox.has_due(first_at + timedelta(seconds=29))
    taken = outbox.take(first_at + timedelta(seconds=30), hold=A_WHILE, most=50)
    assert [one.finding.id for one in taken] == [1, 2]


def test_what_was_settled_goes_nowhere(catalogue: Catalogue, watches: Watches, watch: Watch) -> None:
    watches.add_channel("mine", "webhook", "https://a.example/")
    keep(catalogue, watch, 1, settled="licensed")
    assert Outbox(catalogue.database).of_findings([1]) == {}
    findings = Findings(catalogue.database)
    assert findings.newest(unseen=True) == findings.newest(with_settled=False) == []
    assert findings.newest()[0].settled == "licensed"


def test_channels_end_with_what_waits_for_them(catalogue: Catalogue, watches: Watches, watch: Watch) -> None:
    for number in range(MOST_CHANNELS):
        watches.add_channel("mine", "webhook", f"https://{number}.example/")
    with pytest.raises(BadInput, match="at most"):
        watches.add_channel("mine", "mail", "ann@example.org")
    watches.add_channel("mine", "webhook", "https://1.example/", secret=b"another", allows_private=True)
    assert len(watches.channels(watch.id)) == MOST_CHANNELS
    keep(catalogue, watch, 1)
    watches.remove_channel("mine", "webhook", "https://1.example/")
    assert Outbox(catalogue.database).facts().waiting == MOST_CHANNELS - 1
    with pytest.raises(NotFound):
        watches.remove_channel("mine", "webhook", "https://1.example/")


def test_a_feed_is_found_by_its_token_alone(watches: Watches, watch: Watch) -> None:
    assert watch.feed_token is not None
    assert watches.of_feed(watch.feed_token).name == "mine"
    assert str(watch.feed_token) not in repr(watch)
    watches.set_feed("mine", new_token())
    for token in (watch.feed_token, "", "\x00"):
        with pytest.raises(NotFound):
            watches.of_feed(token)


def test_a_lease_is_held_by_one_and_ends(catalogue: Catalogue) -> None:
    leases = Leases(catalogue.database)
    assert leases.take("work", "a", NOW, A_WHILE)
    assert not leases.take("work", "b", NOW + timedelta(seconds=59), A_WHILE)
    assert leases.take("work", "a", NOW + timedelta(seconds=59), A_WHILE)  # kept, and longer now
    assert not leases.take("work", "b", NOW + timedelta(seconds=90), A_WHILE)
    assert leases.take("work", "b", NOW + timedelta(seconds=119), A_WHILE)
    leases.give_back("work", "a")
    assert not leases.take("work", "a", NOW + timedelta(seconds=120), A_WHILE)
    leases.give_back("work", "b")
    assert leases.take("work", "a", NOW + timedelta(seconds=120), A_WHILE)


def test_a_backup_brings_all_of_it_back(
    catalogue: Catalogue, watches: Watches, watch: Watch, url: str, tmp_path: Path
) -> None:
    watches.put(watch.id, [new_watched(1)])
    watches.add_channel("mine", "webhook", "https://a.example/", secret=b"sealed")
    keep(catalogue, watch, 1)
    backup(url, tmp_path, tmp_path / "all.tar")
    other = f"sqlite:///{tmp_path / 'other' / 'catalogue.sqlite'}"
    restore(tmp_path / "all.tar", tmp_path / "other", other)
    with Catalogue.open(other) as restored:
        again = Watches(restored.database)
        assert again.channels() == watches.channels()
        assert [one.sha256 for one in again.list_watched(watch.id)] == [digest("watched 1")]
        assert Findings(restored.database).newest() == Findings(catalogue.database).newest()
        assert Outbox(restored.database).facts() == Outbox(catalogue.database).facts()
