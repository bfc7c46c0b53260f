"""Mails go to the server that was named, and a password to nobody else."""

from datetime import UTC, datetime

import pytest

from data.mail import MailServer, check_address, compose, send
from errors import BadInput, MailRefused
from tests.search.watching.receivers import mail_receiver

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
MAIL = compose(
    sender="retrace@example.org", to="ann@example.org", subject="a\nb", lines="größe\n", message_id="1@x", moment=NOW
)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://localhost", MailServer("localhost", 25, "offered")),
        ("smtps://ann%40x:p%2Fw@mail.example.org", MailServer("mail.example.org", 465, "tls", "ann@x", "p/w")),
        ("smtp+starttls://mail.example.org:2525/", MailServer("mail.example.org", 2525, "starttls")),
    ],
)
def test_addresses_of_mail_servers_are_read(url: str, server: MailServer) -> None:
    assert MailServer.parse(url) == server
    assert "p/w" not in repr(server)


@pytest.mark.parametrize(
    "url", ["", "mail.example.org", "http://x", "smtp://", "smtp://x/y", "smtp://x:port", "smtp://x?a=b"]
)
def test_others_are_refused_without_telling_them(url: str) -> None:
    with pytest.raises(BadInput, match="received something else"):
        MailServer.parse(url)


@pytest.mark.parametrize(
    "text", ["ann", "ann@", "a b@x.org", "ann@x.org\nBcc: eve@x.org", "ann@x.org, eve@x.org", "<a@b>"]
)
def test_mailboxes_are_plain(text: str) -> None:
    with pytest.raises(BadInput, match="mailbox"):
        check_address(text)


def test_a_mail_arrives_plain_and_whole() -> None:
    with mail_receiver() as receiver:
        send(MailServer("127.0.0.1", receiver.port, "offered"), MAIL, timeout_s=5)
    [mail] = receiver.mails
    assert mail["Subject"] == "a b"
    assert mail["Message-ID"] == "<1@x>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_payload(decode=True).decode().strip() == "größe"  # type: ignore[union-attr]  # a plain text


def test_a_password_goes_to_this_machine_in_the_clear_and_to_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_receiver(offers=(b"AUTH PLAIN",)) as receiver:
        send(MailServer("127.0.0.1", receiver.port, "offered", "ann", "word"), MAIL, timeout_s=5)
        assert len(receiver.signed_in) == 1
        monkeypatch.setattr("data.mail._is_this_machine", lambda host: False)
        with pytest.raises(MailRefused, match="in the clear"):
            send(MailServer("127.0.0.1", receiver.port, "offered", "ann", "word"), MAIL, timeout_s=5)
        with pytest.raises(MailRefused, match="STARTTLS"):
            send(MailServer("127.0.0.1", receiver.port, "starttls"), MAIL, timeout_s=5)
        assert len(receiver.signed_in) == 1
    assert len(receiver.mails) == 1


def test_a_server_that_refuses_or_is_absent_is_named() -> None:
    with mail_receiver() as receiver:
        receiver.refusals = [b"550 nobody here"]
        with pytest.raises(MailRefused, match="550 nobody here"):
            send(MailServer("127.0.0.1", receiver.port, "offered"), MAIL, timeout_s=5)
    with pytest.raises(MailRefused, match=f"127.0.0.1:{receiver.port}"):
        send(MailServer("127.0.0.1", receiver.port, "offered"), MAIL, timeout_s=5)
