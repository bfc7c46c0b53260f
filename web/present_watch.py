"""Watches and findings as a page: every word that the signed-in read about them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from data.decisions import Decision
from data.records import Image
from data.row_values import GREATEST
from data.watch_records import Channel, Delivery, Finding, QueueFacts, Watch, WatchCounts, Watched
from feature_extractor.preview import THUMBNAIL_SIDE_PX, preview_size
from search.answer import Verdict
from search.confidence import confidence_text
from search.watching.finding_record import compare_path
from search.watching.report import STATE_WORDS
from search.words import count
from web import words
from web.cards import picture_card
from web.contexts import DecisionControls, FilterChoice, FilterGroup
from web.present_decisions import pair_controls
from web.watch_contexts import DeliveryLine, FindingCard, WatchContext, WatchedPicture, WatchLine


@dataclass(frozen=True, slots=True)
class WatchShown:
    """Which findings a page shows.

    Attributes:
        watch: only of this one; None for all.
        unseen: only those that nobody marked.
        before: only those with a smaller number.
    """

    watch: str | None = None
    unseen: bool = True
    before: int = GREATEST

    @property
    def asked(self) -> dict[str, Any]:
        """What an address says of it, without the page."""
        asked: dict[str, Any] = {} if self.watch is None else {"watch": self.watch}
        return asked if self.unseen else asked | {"show": "all"}


@dataclass(frozen=True, slots=True)
class Told:
    """A finding with what the page shows of it.

    Attributes:
        watched: the picture of the catalogue or beside it; None where it is gone.
        image: the picture that was found; None where it is gone.
        decision: that stands on the pair now.
        deliveries: of it.
    """

    finding: Finding
    watched: Image | Watched | None
    image: Image | None
    decision: Decision | None
    deliveries: Sequence[Delivery]


@dataclass(frozen=True, slots=True)
class WatchFacts:
    """A watch with what the page shows of it.

    Attributes:
        uncompared: guarded pictures that another model described.
    """

    watch: Watch
    counts: WatchCounts
    channels: Sequence[Channel]
    uncompared: int


def watch_context(
    watches: Sequence[WatchFacts],
    findings: Sequence[Told],
    troubles: Sequence[Delivery],
    queue: QueueFacts,
    shown: WatchShown,
    *,
    has_more: bool,
) -> WatchContext:
    """Return the page of what is watched.

    Args:
        watches: all.
        findings: of this page.
        troubles: deliveries that fail or were given up, the newest.
        queue: how deliveries are doing.
        shown: what was asked for.
        has_more: whether there are older ones.
    """
    unseen = sum(one.counts.unseen for one in watches)
    last = findings[-1].finding.id if findings else 0
    return WatchContext(
        headline=f"{count(unseen, 'finding')} that nobody has seen" if unseen else "Nothing new was found",
        explanation=_explanation(watches, queue),
        watches=tuple(map(_watch_line, watches)),
        findings=tuple(_card(one, shown) for one in findings),
        filters=tuple(_filters(watches, shown)),
        nothing_text="" if findings else _nothing(watches, shown),
        troubles=tuple(_delivery_line(one, names_finding=True) for one in troubles),
        all_seen_href=(
            url_for("watching.mark_seen", up_to=findings[0].finding.id, **_back(shown))
            if shown.unseen and shown.watch is None and len(findings) > 1
            else ""
        ),
        older_href=url_for("watching.show", **shown.asked, before=last) if has_more else None,
        newest_href=url_for("watching.show", **shown.asked) if shown.before < GREATEST else None,
    )


def _explanation(watches: Sequence[WatchFacts], queue: QueueFacts) -> str:
    if not watches:
        return "No picture is guarded. An administrator chooses some: python3 index.py watch add FOLDER --name NAME"
    compared = (
        f"{count(queue.behind, 'change')} of the catalogue are still to be compared."
        if queue.behind
        else "All that was added is compared."
    )
    sent = f" {count(queue.waiting, 'delivery', 'deliveries')} to be made." if queue.waiting else ""
    lost = f" {count(queue.given_up, 'delivery', 'deliveries')} given up." if queue.given_up else ""
    return compared + sent + lost


def _watch_line(facts: WatchFacts) -> WatchLine:
    watch, counts = facts.watch, facts.counts
    where = "beside the catalogue" if watch.collection is None else f"of the collection {watch.collection}"
    notes = []
    if not watch.is_ready:
        notes.append("Not all of it is guarded yet, and nothing is compared: watch add was stopped.")
    if facts.uncompared:
        notes.append(
            f"{count(facts.uncompared, 'picture')} cannot be compared, as another model described them: "
            "run the same watch add again."
        )
    if watch.passed_over:
        reason = words.sentence(watch.passed_over_reason or "")
        notes.append(f"{count(watch.passed_over, 'added picture')} could not be compared. {reason}")
    return WatchLine(
        name=watch.name,
        guards_text=f"{count(counts.pictures, 'picture')} {where}",
        findings_text=f"{count(counts.findings, 'finding')}, {counts.unseen} unseen",
        notes=tuple(notes),
        channels=tuple(_channel_text(one) for one in facts.channels),
        feed_href=None if watch.feed_token is None else url_for("watching.feed", token=watch.feed_token),
    )


def _channel_text(channel: Channel) -> str:
    """Return where something is sent; the path of a hook may be a secret of its receiver."""
    if channel.kind == "mail":
        return f"mail to {channel.target}"
    return f"webhook to {channel.target.partition('://')[2].partition('/')[0]}"


def _delivery_line(one: Delivery, *, names_finding: bool = False) -> DeliveryLine:
    attempts = f" after {count(one.attempts, 'attempt')}" if one.attempts > 1 or one.state == "given_up" else ""
    later = f", next at {one.next_at:%Y-%m-%d %H:%M} UTC" if one.state == "waiting" and one.last_error else ""
    named = f"Finding {one.finding.id}, " if names_finding else ""
    return DeliveryLine(
        text=f"{named}{_channel_text(one.channel)}: {STATE_WORDS[one.state]}{attempts}{later}",
        state=one.state,
        error=words.sentence(one.last_error) if one.last_error else "",
    )


def _card(one: Told, shown: WatchShown) -> FindingCard:
    finding, record = one.finding, one.finding.record
    verdict = Verdict(record["verdict"])
    is_whole = one.watched is not None and one.image is not None
    return FindingCard(
        id=finding.id,
        watched=None if one.watched is None else _watched(one.watched),
        watched_text=record["watched"]["name"],
        found=None if one.image is None else picture_card(one.image),
        found_text=record["picture"]["title"],
        verdict=verdict.value,
        verdict_text=words.VERDICT_TEXTS[verdict],
        sentence=record["sentence"] or "",
        part_text=f"Found in a part of it: {record['part_words']}." if record["part_words"] else "",
        confidence_text="" if record["probability"] is None else confidence_text(record["probability"]),
        watch=finding.watch,
        found_at_text=f"{words.day(finding.found_at)}, {finding.found_at:%H:%M} UTC",
        found_at_iso=finding.found_at.isoformat(timespec="seconds"),
        settled_text="" if finding.settled is None else f"Not told, as it was decided: {finding.settled}.",
        seen_text="" if finding.seen_by is None else f"Seen by {finding.seen_by}",
        seen_href=(
            "" if finding.seen_by is not None else url_for("watching.mark_seen", finding=finding.id, **_back(shown))
        ),
        deliveries=tuple(map(_delivery_line, one.deliveries)),
        compare_href=request.script_root + compare_path(finding) if is_whole else None,
        controls=_controls(one, shown, verdict) if is_whole else None,
    )


def _watched(one: Image | Watched) -> WatchedPicture:
    width, height = preview_size(one.width, one.height, THUMBNAIL_SIDE_PX)
    if isinstance(one, Image):
        card = picture_card(one)
        return WatchedPicture(card.thumb_src, width, height, card.title, card.href)
    return WatchedPicture(url_for("watching.picture", watched_id=one.id), width, height, one.name, None)


def _controls(one: Told, shown: WatchShown, verdict: Verdict) -> DecisionControls:
    back: Mapping[str, object] = {"to": "watch", "finding": one.finding.id, **_back(shown)}
    is_same = verdict in {Verdict.IDENTICAL, Verdict.SAME_PIXELS}
    return pair_controls(one.decision, one.finding.image_id, back, is_same=is_same)


def _back(shown: WatchShown) -> dict[str, Any]:
    """Return what the page is found by again after a button."""
    return {f"in_{name}": value for name, value in shown.asked.items()}


def _filters(watches: Sequence[WatchFacts], shown: WatchShown) -> Iterator[FilterGroup]:
    """Yield rows of links that narrow the page; where there is one watch, none to choose among."""
    yield FilterGroup(
        "Show",
        tuple(
            _choice(text, WatchShown(shown.watch, unseen), is_chosen=shown.unseen == unseen)
            for text, unseen in (("Unseen", True), ("All", False))
        ),
    )
    if len(watches) > 1:
        names = [None, *(one.watch.name for one in watches)]
        yield FilterGroup(
            "Watch",
            tuple(
                _choice(name or "Every", WatchShown(name, shown.unseen), is_chosen=shown.watch == name)
                for name in names
            ),
        )


def _choice(text: str, other: WatchShown, *, is_chosen: bool) -> FilterChoice:
    return FilterChoice(text, url_for("watching.show", **other.asked), is_chosen)


def _nothing(watches: Sequence[WatchFacts], shown: WatchShown) -> str:
    if not watches:
        return ""
    if shown.before < GREATEST:
        return "There is nothing older."
    return "Every finding was seen." if shown.unseen and any(one.counts.findings for one in watches) else "None yet."
