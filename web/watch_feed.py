"""The findings of a watch as an Atom feed (RFC 4287)."""

from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree

from data.watch_records import Finding, Watch
from search.watching.finding_record import compare_path, finding_lines, finding_title

_ATOM = "http://www.w3.org/2005/Atom"
MIMETYPE = "application/atom+xml"


def atom_feed(watch: Watch, findings: Sequence[Finding], *, site: str, own_href: str, catalogue_id: str) -> bytes:
    """Return a feed, in UTF-8.

    Args:
        watch: whose feed it is.
        findings: the newest first.
        site: address of the site, without a slash at its end.
        own_href: address of the feed.
        catalogue_id: 32 hexadecimal digits; with the watch's moment it tells the feed from every other.
    """
    ElementTree.register_namespace("", _ATOM)
    feed = ElementTree.Element(f"{{{_ATOM}}}feed")
    updated = findings[0].found_at if findings else watch.added_at
    _text(feed, "id", f"tag:retrace,{watch.added_at:%Y-%m-%d}:{catalogue_id}/watch/{watch.id}")
    _text(feed, "title", f"Retrace: copies of {watch.name}")
    _text(feed, "updated", _moment(updated))
    _link(feed, "self", own_href)
    _link(feed, "alternate", f"{site}/watch?watch={watch.name}")
    author = ElementTree.SubElement(feed, f"{{{_ATOM}}}author")
    _text(author, "name", "Retrace")
    for finding in findings:
        entry = ElementTree.SubElement(feed, f"{{{_ATOM}}}entry")
        _text(entry, "id", f"urn:uuid:{finding.uid}")
        _text(entry, "title", finding_title(finding))
        _text(entry, "updated", _moment(finding.found_at))
        _text(entry, "published", _moment(finding.found_at))
        _link(entry, "alternate", site + compare_path(finding))
        _link(entry, "related", f"{site}/picture/{finding.image_id}")
        content = "\n".join(finding_lines(finding)) or finding_title(finding)
        _text(entry, "content", content, type="text")
    body: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body


def _text(parent: ElementTree.Element, name: str, text: str, **attributes: str) -> None:
    """Add an element; what XML cannot say, as a name of a file may hold, is left out."""
    element = ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    element.text = "".join(sign for sign in text if sign in "\t\n" or (sign >= " " and sign not in "\ufffe\uffff"))


def _link(parent: ElementTree.Element, rel: str, href: str) -> None:
    ElementTree.SubElement(parent, f"{{{_ATOM}}}link", {"rel": rel, "href": href})


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
