"""Sends plain mails over the mail server that the settings name."""

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import ip_address
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

from errors import BadInput, MailRefused

Security = Literal["tls", "starttls", "offered"]
_SCHEMES: dict[str, tuple[Security, int]] = {
    "smtps": ("tls", 465),
    "smtp+starttls": ("starttls", 587),
    "smtp": ("offered", 25),
}
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server, and who sends by it.

    Attributes:
        security: 'tls' from the first byte, 'starttls' or nothing, or 'offered': TLS where the server has it.
        user, password: to sign in with; empty: without.
    """

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return the server of an address: `smtps://user:password@host:465`, `smtp+starttls://…` or `smtp://…`.

        Raises:
            BadInput: not such an address. Nothing of it is told, as it may hold a password.
        """
        remedy = (
            "RETRACE_SMTP_URL looks like smtps://user:password@mail.example.org, smtp+starttls://… or "
            "smtp://localhost; what is special in user and password is written as %40 and the like."
        )
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise BadInput("expected the address of a mail server; received something else", remedy=remedy) from None
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.path not in {"", "/"} or parts.query:
            raise BadInput("expected the address of a mail server; received something else", remedy=remedy)
        security, default = _SCHEMES[parts.scheme]
        return cls(
            host=parts.hostname,
            port=port or default,
            security=security,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )


def check_address(text: str) -> str:
    """Return the address of a mailbox.

    Raises:
        BadInput: it is none.
    """
    if not _ADDRESS.fullmatch(text):
        raise BadInput(f"expected the address of a mailbox; received {text[:80]!r}")
    return text


def compose(*, sender: str, to: str, subject: str, lines: str, message_id: str, moment: datetime) -> EmailMessage:
    """Return a plain mail.

    Args:
        sender, to: addresses of mailboxes.
        subject: of one line; lines: the text.
        message_id: without brackets, equal for each attempt to send it.
        moment: when it is sent, in UTC.
    """
    message = EmailMessage()
    message["From"], message["To"] = check_address(sender), check_address(to)
    message["Subject"] = " ".join(subject.split())
    message["Date"] = format_datetime(moment)
    message["Message-ID"] = f"<{message_id}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday note should answer it
    message.set_content(lines)
    return message


def send(
    server: MailServer, message: EmailMessage, *, timeout_s: float, ssl_context: ssl.SSLContext | None = None
) -> None:
    """Hand a mail to a mail server.

    Args:
        server: of the settings.
        message: as `compose` makes it.
        timeout_s: for each answer of the server.
        ssl_context: which certificates are trusted; the system's when left out.
    Raises:
        MailRefused: the server cannot be reached, is not the one it should be, or does not take it.
    """
    context = ssl_context or ssl.create_default_context()
    try:
        connection = _connected(server, timeout_s, context)
        try:
            connection.send_message(message)
            # It is taken by now: a server that does not answer to a goodbye would else be sent it again.
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
        finally:
            connection.close()
    except (smtplib.SMTPException, OSError, ValueError) as exc:  # a certificate that does not fit is an OSError
        raise MailRefused(f"expected {server.host}:{server.port} to take a mail; {_said(exc)}") from exc


def _connected(server: MailServer, timeout_s: float, context: ssl.SSLContext) -> smtplib.SMTP:
    """Return a connection, encrypted and signed in as the settings have it."""
    if server.security == "tls":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_s, context=context)
        is_private = True
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=timeout_s)
        is_private = False
    try:
        connection.ehlo()
        if server.security == "starttls" or (server.security == "offered" and connection.has_extn("starttls")):
            connection.starttls(context=context)
            connection.ehlo()
            is_private = True
        if server.user:
            _check_private(server, is_private=is_private)
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_private(server: MailServer, *, is_private: bool) -> None:
    """Refuse to send a password in the clear to another machine."""
    if not is_private and not _is_this_machine(server.host):
        raise MailRefused(
            f"expected {server.host} to offer TLS; a password would be sent in the clear",
            remedy="Use smtps:// or smtp+starttls:// in RETRACE_SMTP_URL.",
        )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _said(error: Exception) -> str:
    """Return what went wrong in a line; the answer of a server is bytes."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"it answered {error.smtp_code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return f"it refused the mailbox: {code} {words.decode(errors='replace')}"
    return str(error) or type(error).__name__
