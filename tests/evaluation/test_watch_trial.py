"""The trial of watching chooses what it says, its receiver is careful and fails, and its figures are counted right."""

from dataclasses import replace
from pathlib import Path
from time import time

import pytest

from data.webhook import Poster, secret_text
from errors import BadInput, FetchFailed
from evaluation.flaky_receiver import flaky_receiver
from evaluation.watch_trial import Missed, WatchTrial, choose_pictures, run_trial
from tests.engines import draw, encode

CLEAN = WatchTrial(
    added=10,
    copies=3,
    found=2,
    missed=(Missed("0001.png", "crop_15", "0007.jpg"),),
    others=("0000.png: 0004.png",),
    in_feed=3,
    taken=3,
    told_twice=0,
    repeated=1,
    refused=2,
    forged=0,
    kills=2,
    seconds=1.0,
)


def test_what_is_lost_or_doubled_is_not_clean() -> None:
    assert CLEAN.is_clean
    for changed in ({"in_feed": 2}, {"taken": 4}, {"told_twice": 1}, {"forged": 1}, {"found": 3}):
        assert not replace(CLEAN, **changed).is_clean, changed  # type: ignore[arg-type]  # numbers
    assert "missed: crop_15 of 0001.png" in "\n".join(CLEAN.lines())


def test_the_receiver_takes_fails_and_knows_forgeries() -> None:
    statuses, poster = [], Poster(timeout_s=5)
    with flaky_receiver(3) as receiver:
        receiver.expect(secret_text(b"the secret"))
        for number in range(40):
            try:
                sent = poster.post(
                    receiver.url,
                    b"{}",
                    secret=b"the secret",
                    message_id=str(number),
                    timestamp=int(time()),
                    allows_private=True,
                )
                statuses.append(sent.status)
            except FetchFailed:
                statuses.append(0)
        assert receiver.forged == 0
        for secret, moment in ((b"another", int(time())), (b"the secret", int(time()) - 3600)):
            forged = poster.post(
                receiver.url, b"{}", secret=secret, message_id="x", timestamp=moment, allows_private=True
            )
            assert forged.status == 401
    assert receiver.forged == 2
    assert set(statuses) == {0, 204, 500}
    assert len(receiver.taken) + receiver.refused == 40
    assert statuses.count(204) < len(receiver.taken)  # some answers were lost on their way


def test_copies_are_made_of_what_is_watched_and_of_nothing_else(tmp_path: Path) -> None:
    pictures = []
    for seed in range(14):
        path = tmp_path / f"picture{seed}.png"
        path.write_bytes(encode(draw(seed, 160, 120)))
        pictures.append(path)
    (tmp_path / "one").mkdir()
    made = choose_pictures(pictures, tmp_path / "one", copies=3, added=8, seed=5)
    watched = sorted(path.name for path in made.watched.iterdir())
    added = sorted(path.name for path in made.added.iterdir())
    assert len(watched) == len(made.copies) == 3
    assert len(added) == 8
    assert set(made.copies) <= set(added)
    assert {name for name, _ in made.copies.values()} == set(watched)
    assert len({edit.name for _, edit in made.copies.values()}) == 3
    originals = {path.read_bytes() for path in made.watched.iterdir()}
    assert not originals & {path.read_bytes() for path in made.added.iterdir()}
    with pytest.raises(BadInput, match="at least 16 pictures"):
        run_trial(tmp_path, pictures, copies=3, added=10, kills=0, seed=0, limit_s=1, say=lambda _: None)
