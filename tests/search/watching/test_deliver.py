"""What is found is sent, tried again, given up in the end, and never sent where it must not be."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import numpy as np
import pytest

from errors import CatalogueUnavailable
from search.watching.deliver import LONGEST_ASKED, Patience
from search.watching.follow import follow_changes
from search.watching.runner import LEASE_LASTS, WatchRunner
from tests.engines import draw, encode, offer
from tests.search.watching.conftest import SECRET, Guarded
from tests.search.watching.receivers import hook_receiver, mail_receiver

SOON = timedelta(seconds=60)


def find(guarded: Guarded, *seeds: int) -> None:
    """Add a copy of each of these guarded pictures, and find it."""
    guarded.add(
        *(
            offer(encode(draw(seed), "JPEG", quality=70), f"https://user:word@thief.example/{seed}.jpg")
            for seed in seeds
        )
    )
    follow_changes(guarded.engine, mail_after=SOON)
    guarded.clock.now = max(guarded.clock.now, guarded.findings.newest()[0].found_at)


@pytest.fixture
def ready(guarded: Guarded) -> Guarded:
    """Give three guarded pictures."""
    guarded.guard([encode(draw(seed)) for seed in range(3)])
    return guarded


def test_a_finding_is_posted_signed_and_once(ready: Guarded) -> None:
    with hook_receiver() as receiver:
        ready.hook(receiver.url)
        find(ready, 1)
        courier = ready.courier()
        assert courier.deliver_next()
        assert not courier.deliver_next()
    [came] = receiver.received
    [found] = ready.findings.newest()
    assert came.headers["webhook-id"] == came.headers["idempotency-key"] == found.uid
    signed = f"{found.uid}.{came.headers['webhook-timestamp']}.".encode() + came.body
    expected = base64.b64encode(hmac.digest(SECRET, signed, hashlib.sha256)).decode()
    assert came.headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(came.headers["webhook-timestamp"]) - ready.clock.now.timestamp()) < 1
    told = json.loads(came.body)
    assert (told["type"], told["id"], told["watch"]) == ("retrace.finding", found.uid, "mine")
    assert told["links"]["compare"] == f"https://retrace.example.org/watch/finding/{found.id}"
    # Nothing of this machine, and no password.
    assert told["picture"]["sources"] == [{"place": "https://thief.example/1.jpg", "backlink": None}]
    assert b"/home/ann" not in came.body
    assert b"user" not in came.body
    assert ready.outbox.of_findings([found.id])[found.id][0].state == "delivered"


def test_what_fails_is_tried_again_later_and_later(ready: Guarded) -> None:
    with hook_receiver() as receiver:
        receiver.answers = [500, 0, 500]
        ready.hook(receiver.url)
        find(ready, 1)
        courier = ready.courier()
        waits = []
        while ready.outbox.facts().waiting:
            assert courier.deliver_next()
            one = ready.outbox.of_findings([ready.findings.newest()[0].id])[ready.findings.newest()[0].id][0]
            if one.state == "delivered":
                assert one.last_error is None
                break
            assert one.last_error
            waits.append((one.next_at - ready.clock.now).total_seconds())
            assert not courier.deliver_next()  # not before its time
            ready.clock.now = one.next_at
    assert len(receiver.received) == 4
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 1
    for wait, doubled in zip(waits, (5, 10, 20), strict=True):
        assert 0.5 * doubled <= wait <= 1.5 * doubled


def test_it_is_given_up_and_can_be_tried_again(ready: Guarded) -> None:
    with hook_receiver() as receiver:
        receiver.answers = [500] * 40
        ready.hook(receiver.url)
        find(ready, 1)
        courier = ready.courier(patience=Patience(give_up=timedelta(hours=1)))
        began = ready.clock.now
        while ready.outbox.facts().waiting:
            courier.deliver_next()
            ready.clock.pass_by(minutes=4)
        assert timedelta(minutes=20) < ready.clock.now - began < timedelta(hours=2)
        [trouble] = ready.outbox.troubles()
        assert (trouble.state, trouble.last_error) == ("given_up", "it answered 500 Internal Server Error")
        assert ready.outbox.facts().given_up == 1
        receiver.answers = []
        assert ready.outbox.try_again(ready.watches.get("mine").id, ready.clock.now) == 1
        courier.deliver_next()
    assert ready.outbox.facts().delivered == 1
    assert len(receiver.taken) == 1


def test_a_receiver_that_is_gone_ends_it_and_one_that_is_busy_is_left_alone(ready: Guarded) -> None:
    with hook_receiver() as receiver:
        receiver.answers, receiver.headers = [410, 503], {"Retry-After": "99999"}
        ready.hook(receiver.url)
        find(ready, 0, 1, 2)
        courier = ready.courier()
        assert courier.deliver_next()
        assert ready.outbox.facts().given_up == 1
        assert courier.deliver_next()
        assert not courier.deliver_next()  # neither this one nor the next
        ready.clock.now += LONGEST_ASKED
        assert courier.deliver_next()
        assert courier.deliver_next()
    assert len(receiver.taken) == 2


@pytest.mark.parametrize("status", [302, 308])
def test_a_redirect_is_not_followed(ready: Guarded, status: int) -> None:
    with hook_receiver() as receiver, hook_receiver() as elsewhere:
        receiver.answers, receiver.headers = [status], {"Location": elsewhere.url}
        ready.hook(receiver.url)
        find(ready, 1)
        ready.courier().deliver_next()
        assert elsewhere.received == []
    assert str(status) in (ready.outbox.troubles()[0].last_error or "")


def test_a_private_address_is_refused_unless_it_was_allowed(ready: Guarded) -> None:
    with hook_receiver() as receiver:
        ready.hook(receiver.url, allows_private=False)
        find(ready, 1)
        ready.courier().deliver_next()
        assert receiver.received == []
    assert "public internet" in (ready.outbox.troubles()[0].last_error or "")


def test_a_secret_of_another_site_is_named(ready: Guarded) -> None:
    with hook_receiver() as receiver:
        ready.hook(receiver.url)
        find(ready, 1)
        ready.courier(key=bytes(32)).deliver_next()
        assert receiver.received == []
    assert "sealed with another secret" in (ready.outbox.troubles()[0].last_error or "")


def test_who_dies_after_sending_sends_again_with_the_same_id(ready: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    with hook_receiver() as receiver:
        ready.hook(receiver.url)
        find(ready, 1)
        courier = ready.courier()

        def die(*_: object) -> None:
            raise CatalogueUnavailable("the database is gone")

        with monkeypatch.context() as patch:
            patch.setattr(type(ready.outbox), "deliver", die)
            with pytest.raises(CatalogueUnavailable):
                courier.deliver_next()
        assert not courier.deliver_next()  # it is held for a while
        ready.clock.pass_by(seconds=91)
        assert courier.deliver_next()
    assert len(receiver.taken) == 2
    assert len(set(receiver.taken)) == 1


def test_one_mail_tells_of_several(ready: Guarded) -> None:
    with mail_receiver() as server:
        ready.watches.add_channel("mine", "mail", "ann@example.org")
        find(ready, 0, 1, 2)
        courier = ready.courier(mail_port=server.port)
        assert not courier.deliver_next()  # it waits for more
        ready.clock.pass_by(seconds=61)
        assert courier.deliver_next()
        assert not courier.deliver_next()
    [mail] = server.mails
    assert mail["To"] == "ann@example.org"
    assert mail["Subject"] == "Retrace: 3 copies found (mine)"
    text = mail.get_payload(decode=True).decode()  # type: ignore[union-attr]  # it is a plain text
    assert text.count("Seen at https://thief.example/") == 3
    assert "user" not in text
    assert mail.get_content_type() == "text/plain"


def test_a_mail_that_is_refused_is_tried_again(ready: Guarded) -> None:
    with mail_receiver() as server:
        server.refusals = [b"450 later"]
        ready.watches.add_channel("mine", "mail", "ann@example.org")
        find(ready, 1)
        courier = ready.courier(mail_port=server.port)
        ready.clock.pass_by(seconds=61)
        assert courier.deliver_next()
        assert "450 later" in (ready.outbox.troubles()[0].last_error or "")
        ready.clock.pass_by(seconds=30)
        assert courier.deliver_next()
    assert len(server.mails) == 1
    assert ready.outbox.facts().delivered == 1


def test_without_a_mail_server_it_says_what_to_set(ready: Guarded) -> None:
    ready.watches.add_channel("mine", "mail", "ann@example.org")
    find(ready, 1)
    ready.clock.pass_by(seconds=61)
    ready.courier().deliver_next()
    assert "RETRACE_SMTP_URL" in (ready.outbox.troubles()[0].last_error or "")


def test_one_process_at_a_time_works_and_another_goes_on(ready: Guarded) -> None:
    with hook_receiver() as receiver:
        ready.hook(receiver.url)
        ready.add(offer(encode(draw(1), "JPEG", quality=70), "a.jpg"))
        one, other = (WatchRunner(ready.engine, ready.courier()) for _ in range(2))
        ready.clock.now = ready.catalogue.list_images()[-1].added_at + timedelta(seconds=5)
        assert one.has_work()
        assert one.work()
        assert not other.work()
        ready.clock.now += LEASE_LASTS  # the first was killed
        assert other.work()
        other.let_go()
        assert one.work()
        assert not one.has_work()
    assert len(receiver.received) == 1
    assert (one.done.found, other.done.found) == (1, 0)


def test_waits_grow_to_an_end() -> None:
    patience, rng = Patience(), np.random.default_rng(0)
    waits = [patience.wait(attempts, rng) for attempts in (1, 2, 3, 40)]
    assert timedelta(seconds=2.5) <= waits[0] <= timedelta(seconds=7.5)
    assert waits[-1] <= 1.5 * patience.longest
    assert len({patience.wait(3, rng) for _ in range(5)}) == 5
