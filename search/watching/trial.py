"""Tries a place where findings are to be sent, before it is needed."""

import json
import uuid

from data.mail import compose, send
from data.webhook import Poster
from errors import FetchFailed, MailRefused
from search.watching.deliver import MailOptions, utc_now


def try_hook(poster: Poster, target: str, secret: bytes, *, allows_private: bool) -> None:
    """Post a message of the type `retrace.test`, signed as findings are.

    Raises:
        FetchError: the receiver is refused, not found, or answers with another status than 2xx.
    """
    now, message_id = utc_now(), str(uuid.uuid4())
    body = json.dumps({"type": "retrace.test", "id": message_id}).encode()
    sent = poster.post(
        target,
        body,
        secret=secret,
        message_id=message_id,
        timestamp=int(now.timestamp()),
        allows_private=allows_private,
    )
    if not 200 <= sent.status < 300:
        raise FetchFailed(
            f"expected {target} to answer with a status of 2xx; it answered {sent.status}",
            remedy="Correct the address or the receiver; nothing was changed.",
        )


def try_mail(options: MailOptions, target: str) -> None:
    """Send a mail that says what it is.

    Raises:
        MailRefused: there is no mail server, or it does not take the mail.
    """
    if options.server is None:
        raise MailRefused("there is no mail server", remedy="Set RETRACE_SMTP_URL and RETRACE_MAIL_FROM.")
    message = compose(
        sender=options.sender,
        to=target,
        subject="Retrace: mails about findings will come here",
        lines="This mail was sent to try whether it arrives.\n",
        message_id=f"{uuid.uuid4()}@{options.sender.rpartition('@')[2]}",
        moment=utc_now(),
    )
    send(options.server, message, timeout_s=options.timeout_s)
