"""Puts what sends findings together from an owner's settings."""

from datetime import timedelta
from typing import Protocol

import numpy as np
from pydantic import SecretStr

from data.catalogue import Catalogue
from data.mail import MailServer, check_address
from data.outbox import Outbox
from data.webhook import Poster
from errors import BadInput
from search.watching.deliver import Courier, MailOptions, Patience

HOOK_TIMEOUT_S = 10.0
"""For a webhook from its name to the status of its answer."""


class CourierSettings(Protocol):
    """What of an owner's settings sending is made from."""

    @property
    def watch_give_up_days(self) -> float:
        """How long it is tried again."""
        ...

    @property
    def public_url(self) -> str:
        """Address of the site."""
        ...

    @property
    def smtp_url(self) -> SecretStr:
        """Mail server."""
        ...

    @property
    def mail_from(self) -> str:
        """Mailbox that mails come from."""
        ...


def open_courier(settings: CourierSettings, catalogue: Catalogue, key: bytes) -> Courier:
    """Return what sends findings.

    Args:
        settings: of the owner.
        catalogue: whose findings are sent.
        key: 32 bytes that secrets of hooks are sealed with.
    Raises:
        BadInput: the mail server or its mailbox is not an address.
    """
    return Courier(
        outbox=Outbox(catalogue.database),
        poster=Poster(timeout_s=HOOK_TIMEOUT_S),
        mail=read_mail_options(settings),
        key=key,
        public_url=settings.public_url.rstrip("/"),
        patience=Patience(give_up=timedelta(days=settings.watch_give_up_days)),
        rng=np.random.default_rng(),
    )


def read_mail_options(settings: CourierSettings) -> MailOptions:
    """Return how mails are sent.

    Raises:
        BadInput: the mail server or its mailbox is not an address.
    """
    url = settings.smtp_url.get_secret_value()
    if not url:
        return MailOptions(None, "")
    if not settings.mail_from:
        raise BadInput(
            "expected RETRACE_MAIL_FROM beside RETRACE_SMTP_URL; it is empty",
            remedy="Name the mailbox mails come from.",
        )
    return MailOptions(MailServer.parse(url), check_address(settings.mail_from))
