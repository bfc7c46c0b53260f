"""Watches and findings for the command line: a record for JSON, lines for people."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from data.watch_records import Channel, Delivery, Finding, QueueFacts, Watch, WatchCounts
from search.watching.finding_record import finding_lines, finding_title
from search.words import count


def watch_record(watch: Watch, counts: WatchCounts, channels: Sequence[Channel]) -> dict[str, Any]:
    """Return a watch as plain JSON values; the token of its feed and secrets of hooks are left out."""
    return {
        "name": watch.name,
        "guards": "files" if watch.collection is None else "collection",
        "collection": watch.collection,
        "pictures": counts.pictures,
        "is_ready": watch.is_ready,
        "compared_up_to_change": watch.cursor,
        "passed_over": watch.passed_over,
        "passed_over_reason": watch.passed_over_reason,
        "findings": counts.findings,
        "unseen": counts.unseen,
        "waiting": counts.waiting,
        "given_up": counts.given_up,
        "has_feed": watch.feed_token is not None,
        "channels": [
            {"kind": one.kind, "target": one.target, "allows_private": one.allows_private} for one in channels
        ],
        "added_at": watch.added_at.isoformat(),
    }


def watch_lines(watch: Watch, counts: WatchCounts, channels: Sequence[Channel]) -> Iterator[str]:
    """Yield a watch as lines."""
    what = "beside the catalogue" if watch.collection is None else f"of the collection {watch.collection}"
    yield f"{watch.name}: {count(counts.pictures, 'picture')} {what}"
    if not watch.is_ready:
        yield "  not all is guarded yet, and nothing is compared: run the same `watch add` again"
    told = f"  {count(counts.findings, 'finding')}, {counts.unseen} unseen"
    yield told + f"; {counts.waiting} to be sent, {counts.given_up} given up"
    if watch.passed_over:
        yield f"  {count(watch.passed_over, 'picture')} could not be compared: {watch.passed_over_reason}"
    for channel in channels:
        yield f"  {channel.kind}: {channel.target}{' (private addresses allowed)' if channel.allows_private else ''}"


def finding_json(finding: Finding, deliveries: Sequence[Delivery]) -> dict[str, Any]:
    """Return a finding as plain JSON values, with where files lie on this machine."""
    return {
        "number": finding.id,
        "id": finding.uid,
        "watch": finding.watch,
        "found_at": finding.found_at.isoformat(),
        **finding.record,
        "picture": {**finding.record["picture"], "id": finding.image_id},
        "settled": finding.settled,
        "seen_by": finding.seen_by,
        "seen_at": None if finding.seen_at is None else finding.seen_at.isoformat(),
        "deliveries": [delivery_record(one) for one in deliveries],
    }


def delivery_record(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery as plain JSON values."""
    return {
        "kind": delivery.channel.kind,
        "target": delivery.channel.target,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_at": delivery.next_at.isoformat() if delivery.state == "waiting" else None,
        "last_error": delivery.last_error,
    }


def finding_text(finding: Finding, deliveries: Sequence[Delivery]) -> Iterator[str]:
    """Yield a finding as lines."""
    seen = "" if finding.seen_by is None else f", seen by {finding.seen_by}"
    yield f"{finding.id:>6}  {finding_title(finding)}"
    yield f"        picture {finding.image_id}, watch {finding.watch}, {finding.found_at:%Y-%m-%d %H:%M} UTC{seen}"
    for line in finding_lines(finding, outside=False):
        yield f"        {line}"
    for one in deliveries:
        error = f": {one.last_error}" if one.last_error else ""
        yield f"        {one.channel.kind} {one.channel.target}: {STATE_WORDS[one.state]}{error}"


def queue_record(facts: QueueFacts) -> dict[str, Any]:
    """Return how deliveries are doing as plain JSON values."""
    return {
        "waiting": facts.waiting,
        "delivered": facts.delivered,
        "given_up": facts.given_up,
        "oldest_at": None if facts.oldest_at is None else facts.oldest_at.isoformat(),
        "behind": facts.behind,
    }


STATE_WORDS: Mapping[str, str] = {"waiting": "to be sent", "delivered": "delivered", "given_up": "given up"}
