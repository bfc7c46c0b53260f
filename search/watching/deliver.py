"""Sends what waits: webhooks one by one, mails several findings at a time; tries again, and gives up in the end."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import numpy as np

from data.mail import MailServer, compose, send
from data.outbox import Outbox
from data.sealed_secret import unseal
from data.watch_records import Delivery
from data.webhook import Poster
from errors import FetchError, MailRefused, RetraceError, SecretUnreadable
from search.watching.finding_record import compare_path, finding_lines, finding_title, outside_record
from search.words import count

MOST_IN_A_MAIL = 50
HOLD = timedelta(seconds=90)
"""How long a delivery is nobody else's while it is tried: longer than any attempt lasts."""
LONGEST_ASKED = timedelta(hours=1)
"""That a receiver may ask to be left alone for."""
_GONE = 410


@dataclass(frozen=True, slots=True)
class Patience:
    """How often it is tried again.

    Attributes:
        first: after the first attempt that failed; each time twice as long, with chance in it.
        longest: between two attempts.
        give_up: after which there is no further attempt.
    """

    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(hours=6)
    give_up: timedelta = timedelta(days=3)

    def wait(self, attempts: int, rng: np.random.Generator) -> timedelta:
        """Return how long to wait after so many attempts: half to one and a half of what doubling gives."""
        plain: timedelta = min(self.longest, self.first * 2.0 ** min(attempts - 1, 20))
        return plain * float(rng.uniform(0.5, 1.5))


@dataclass(frozen=True, slots=True)
class MailOptions:
    """How mails are sent.

    Attributes:
        server: None where none is set.
        sender: address of the mailbox that they come from; may be empty where there is no server.
        timeout_s: for each answer of the server.
    """

    server: MailServer | None
    sender: str
    timeout_s: float = 15.0


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why an attempt failed.

    Attributes:
        is_final: there is no use in trying again.
        after: the receiver asked to be left alone so long; None where it did not.
        concerns_all: nothing else would get through there either.
    """

    words: str
    is_final: bool = False
    after: timedelta | None = None
    concerns_all: bool = False


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Courier:
    """Sends what waits in an outbox; threads may share one.

    Attributes:
        key: 32 bytes that secrets of hooks are sealed with.
        public_url: of the site, for links; empty where it is not known.
        rng: of the waits.
        now: tells the moment, in UTC.
    """

    outbox: Outbox
    poster: Poster
    mail: MailOptions
    key: bytes
    public_url: str
    patience: Patience
    rng: np.random.Generator
    now: Callable[[], datetime] = utc_now

    def deliver_next(self) -> bool:
        """Try the next delivery that is due; return whether there was one.

        Raises:
            CatalogueUnavailable: the database cannot be had. What was sent just before may be sent again later.
        """
        taken = self.outbox.take(self.now(), hold=HOLD, most=MOST_IN_A_MAIL)
        if not taken:
            return False
        try:
            failure = None
            if taken[0].channel.kind == "webhook":
                failure = self._post(taken[0])
            else:
                self._mail(taken)
        except FetchError as exc:
            failure = _Failure(str(exc), concerns_all=True)
        except RetraceError as exc:
            failure = _Failure(f"{exc}. {exc.remedy}", concerns_all=isinstance(exc, MailRefused | SecretUnreadable))
        if failure is None:
            self.outbox.deliver(taken, self.now())
        else:
            self._note(taken, failure)
        return True

    def _note(self, taken: Sequence[Delivery], failure: _Failure) -> None:
        now, first = self.now(), taken[0]
        until = now + max(self.patience.wait(first.attempts, self.rng), failure.after or timedelta())
        over = [one for one in taken if failure.is_final or until - one.added_at > self.patience.give_up]
        if over:
            self.outbox.give_up(over, now, failure.words)
        if waiting := [one for one in taken if one not in over]:
            self.outbox.postpone(waiting, until, failure.words)
        if failure.concerns_all:
            self.outbox.rest(first.channel.id, until)

    def _post(self, delivery: Delivery) -> _Failure | None:
        """Post one finding."""
        channel, finding = delivery.channel, delivery.finding
        record = outside_record(finding, self.public_url)
        sent = self.poster.post(
            channel.target,
            json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode(),
            secret=unseal(channel.secret or b"", self.key),
            message_id=finding.uid,
            timestamp=int(self.now().timestamp()),
            allows_private=channel.allows_private,
        )
        if 200 <= sent.status < 300:
            return None
        after = None if sent.retry_after_s is None else min(timedelta(seconds=sent.retry_after_s), LONGEST_ASKED)
        return _Failure(
            f"it answered {sent.status} {_phrase(sent.status)}".rstrip(),
            is_final=sent.status == _GONE,
            after=after,
            concerns_all=sent.status in {429, 503},
        )

    def _mail(self, taken: Sequence[Delivery]) -> None:
        """Send one mail of several findings."""
        if self.mail.server is None:
            raise MailRefused("there is no mail server", remedy="Set RETRACE_SMTP_URL and RETRACE_MAIL_FROM.")
        findings = [one.finding for one in taken]
        names = sorted({finding.watch for finding in findings})
        digest = hashlib.sha256("".join(finding.uid for finding in findings).encode()).hexdigest()[:32]
        message = compose(
            sender=self.mail.sender,
            to=taken[0].channel.target,
            subject=f"Retrace: {count(len(findings), 'copy', 'copies')} found ({', '.join(names)})",
            lines="\n\n".join(self._paragraph(one) for one in taken) + "\n",
            message_id=f"{digest}@{self.mail.sender.rpartition('@')[2]}",
            moment=self.now(),
        )
        send(self.mail.server, message, timeout_s=self.mail.timeout_s)

    def _paragraph(self, delivery: Delivery) -> str:
        finding = delivery.finding
        lines = [finding_title(finding), *finding_lines(finding)]
        if self.public_url:
            lines.append(self.public_url + compare_path(finding))
        return "\n  ".join(lines)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
