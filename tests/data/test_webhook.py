"""Webhooks are signed as Standard Webhooks are, and go where they may."""

import base64

import pytest

from data.sealed_secret import seal, unseal
from data.webhook import Poster, check_target, secret_text, sign
from errors import AddressRefused, FetchFailed, FetchTimedOut, SecretUnreadable
from tests.search.watching.receivers import hook_receiver


def test_the_signature_is_that_of_the_specification() -> None:
    # The example of its reference libraries (standardwebhooks.com).
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    assert sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )
    assert secret_text(secret) == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.mark.parametrize(
    "url",
    ["", "example.org", "ftp://example.org", "https://", "https://ann:word@example.org", "https://x/" + "y" * 2000],
)
def test_addresses_of_hooks_are_plain(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_target(url)


def test_the_host_is_checked_by_its_addresses() -> None:
    def resolve(host: str, port: int) -> list[str]:
        return ["93.184.215.14", "127.0.0.1"]  # one of them is of this machine

    with hook_receiver() as receiver, pytest.raises(AddressRefused):
        Poster(timeout_s=5, resolve=resolve).post(
            f"http://example.org:{receiver.port}/",
            b"{}",
            secret=b"s",
            message_id="1",
            timestamp=1,
            allows_private=False,
        )
    assert receiver.received == []


def test_what_is_sent_is_what_was_given() -> None:
    with hook_receiver() as receiver:
        sent = Poster(timeout_s=5).post(
            f"{receiver.url}?a=b#c", b'{"a":1}', secret=b"s", message_id="1", timestamp=7, allows_private=True
        )
        assert (sent.status, sent.retry_after_s) == (204, None)
    [came] = receiver.received
    assert (came.path, came.body) == ("/hook?a=b", b'{"a":1}')
    assert came.headers["content-type"] == "application/json"
    assert "cookie" not in came.headers


def test_what_fails_is_an_error_of_ours() -> None:
    with hook_receiver() as receiver:
        receiver.answers = [0]
        with pytest.raises(FetchFailed):
            _post(Poster(timeout_s=5), receiver.url)
        with pytest.raises(FetchTimedOut, match="an answer within"):
            _post(Poster(timeout_s=1e-9), receiver.url)
    with pytest.raises(FetchFailed, match="does not"):
        _post(Poster(timeout_s=5), receiver.url)


def test_a_secret_is_read_by_the_key_that_sealed_it() -> None:
    sealed = seal(b"secret", bytes(32))
    assert b"secret" not in sealed
    assert unseal(sealed, bytes(32)) == b"secret"
    for broken, key in ((sealed, bytes(range(32))), (b"", bytes(32)), (sealed[:-5], bytes(32))):
        with pytest.raises(SecretUnreadable):
            unseal(broken, key)


def _post(poster: Poster, url: str) -> None:
    poster.post(url, b"{}", secret=b"s", message_id="1", timestamp=1, allows_private=True)
