"""What the template of the watch page receives; see web.contexts."""

from dataclasses import dataclass

from web.contexts import DecisionControls, FilterGroup, PictureCard


@dataclass(frozen=True, slots=True)
class WatchedPicture:
    """A guarded picture.

    Attributes:
        src, width, height: of its small version, as served.
        name: what it is called; href: its own page where it is in the catalogue, else None.
    """

    src: str
    width: int
    height: int
    name: str
    href: str | None


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """What became of telling a finding somewhere.

    Attributes:
        text: 'webhook to example.org: delivered'.
        state: 'waiting', 'delivered' or 'given_up': names the style.
        error: what the last attempt failed by, or ''.
    """

    text: str
    state: str
    error: str


@dataclass(frozen=True, slots=True)
class FindingCard:
    """A finding.

    Attributes:
        watched: what is guarded; None where it is in the catalogue no more.
        found: the picture of the catalogue; None where it was removed; found_text: what it was called.
        verdict, verdict_text: as in web.contexts.HitCard.
        sentence: what was done, or ''; part_text: where in the picture it was found, or ''.
        confidence_text: '98 %', or ''.
        watch: name of the watch.
        found_at_text, found_at_iso: when.
        settled_text: why it was not told, or ''.
        seen_text: who has seen it, or ''; seen_href: where to post to mark it, '' where that was done.
        compare_href: the two beside each other; None where one of them is gone.
        controls: to decide on the pair; None where one of them is gone.
    """

    id: int
    watched: WatchedPicture | None
    watched_text: str
    found: PictureCard | None
    found_text: str
    verdict: str
    verdict_text: str
    sentence: str
    part_text: str
    confidence_text: str
    watch: str
    found_at_text: str
    found_at_iso: str
    settled_text: str
    seen_text: str
    seen_href: str
    deliveries: tuple[DeliveryLine, ...]
    compare_href: str | None
    controls: DecisionControls | None


@dataclass(frozen=True, slots=True)
class WatchLine:
    """A watch.

    Attributes:
        guards_text: '30 pictures beside the catalogue'.
        findings_text: '3 findings, 1 unseen'.
        notes: what keeps it from comparing, a sentence each.
        channels: where findings are sent.
        feed_href: of its Atom feed, or None.
    """

    name: str
    guards_text: str
    findings_text: str
    notes: tuple[str, ...]
    channels: tuple[str, ...]
    feed_href: str | None


@dataclass(frozen=True, slots=True)
class WatchContext:
    """watch.html.

    Attributes:
        headline: '3 findings that nobody has seen'; explanation: how far all of it is.
        watches: by name; empty where nothing is guarded.
        findings: of this page, the newest first.
        filters: by what the findings can be narrowed.
        nothing_text: why there is no finding, or ''.
        troubles: deliveries that fail or were given up.
        all_seen_href: where to post to mark all as seen, or ''.
        older_href, newest_href: further pages, None where there are none.
    """

    headline: str
    explanation: str
    watches: tuple[WatchLine, ...]
    findings: tuple[FindingCard, ...]
    filters: tuple[FilterGroup, ...]
    nothing_text: str
    troubles: tuple[DeliveryLine, ...]
    all_seen_href: str
    older_href: str | None
    newest_href: str | None
