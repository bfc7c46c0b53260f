"""What is told of a finding: kept with it, and what of that goes outside."""

from collections.abc import Iterator, Mapping
from typing import Any

from data.records import Image
from data.watch_records import Finding
from search.answer import Verdict
from search.confidence import confidence_text
from search.report import VERDICT_WORDS
from search.sentence import describe_place, describe_transform
from search.watching.compare import Match
from search.words import is_web_address, public_place

_MOST_PLACES = 5
_MOST_CHARACTERS = 400
"""Of a title or a place."""


def finding_record(match: Match, found: Image) -> dict[str, Any]:
    """Return what is kept of a finding as plain JSON values.

    `verdict` is what the picture of the catalogue is to the guarded one, `score` the cosine, `probability` 0..1 or
    null, `sentence` what was done or null, `part` where in the picture it was found or null; `watched` and `picture`
    are the two.

    Args:
        match: the guarded picture, and what was found.
        found: the picture of the catalogue.
    """
    hit, watched = match.found, match.watched
    proof = hit.proof if hit.verdict is Verdict.COPY else None
    box = hit.part
    return {
        "verdict": hit.verdict.value,
        "score": round(float(hit.score), 4),
        "probability": None if match.probability is None else round(match.probability, 4),
        "sentence": None if proof is None else describe_transform(proof.transform),
        "part": None if box is None else [round(side, 4) for side in (box.left, box.top, box.right, box.bottom)],
        "part_words": None if box is None else describe_place(box),
        "watched": {"id": watched.id, "name": _title(watched), **_digests(watched)},
        "picture": {
            "id": found.id,
            "title": _title(found),
            **_digests(found),
            "collection": _short(found.collection),
            "added_at": found.added_at.isoformat(),
            "sources": [
                {"locator": _short(source.locator), "backlink": _short(source.backlink)}
                for source in found.sources[:_MOST_PLACES]
            ],
        },
    }


def outside_record(finding: Finding, public_url: str) -> dict[str, Any]:
    """Return what of a finding leaves this machine: without the folders of files, and passwords in addresses.

    Args:
        finding: as it is kept.
        public_url: of the site, without a slash at its end; empty where it is not known, and then there are no links.
    """
    record = dict(finding.record)
    picture = dict(record["picture"])
    picture["sources"] = [
        {
            "place": public_place(source["locator"]),
            "backlink": public_place(source["backlink"]) if is_web_address(source["backlink"] or "") else None,
        }
        for source in picture["sources"]
    ]
    return {
        "type": "retrace.finding",
        "id": finding.uid,
        "watch": finding.watch,
        "found_at": finding.found_at.isoformat(),
        **record,
        "picture": picture,
        "links": {name: public_url + path for name, path in links_of(finding).items()} if public_url else None,
    }


def links_of(finding: Finding) -> Mapping[str, str]:
    """Return addresses on the site, from its root: the two beside each other, and the page of the picture."""
    return {"compare": compare_path(finding), "picture": f"/picture/{finding.image_id}"}


def compare_path(finding: Finding) -> str:
    """Return where the two of a finding stand beside each other; what is beside the catalogue, for the signed-in."""
    if finding.watch_collection is None:
        return f"/watch/finding/{finding.id}"
    return f"/compare?first={finding.watched_id}&second={finding.image_id}"


def finding_title(finding: Finding) -> str:
    """Return a finding in one line: 'Copy of sunset.jpg: holiday.png'."""
    record = finding.record
    words = VERDICT_WORDS[Verdict(record["verdict"])]
    return f"{words[0].upper()}{words[1:]} of {record['watched']['name']}: {record['picture']['title']}"


def finding_lines(finding: Finding, *, outside: bool = True) -> Iterator[str]:
    """Yield what else is told of a finding, a line each.

    Args:
        finding: as it is kept.
        outside: leave out where files lie on this machine.
    """
    record = finding.record
    if record["sentence"]:
        yield record["sentence"]
    if record["part_words"]:
        yield f"Found in a part of the picture: {record['part_words']}."
    if record["probability"] is not None:
        yield f"Confidence {confidence_text(record['probability'])}."
    for source in record["picture"]["sources"]:
        yield f"Seen at {public_place(source['locator']) if outside else source['locator']}"
    if finding.settled is not None:
        yield f"Not told, as it was decided: {finding.settled}."


def _title(image: Image) -> str:
    """Return a title, never empty: its own, the last part of where it comes from, or its number."""
    if image.title and image.title.strip():
        return _short(image.title.strip()) or ""
    if image.sources:
        place = public_place(image.sources[0].locator).partition("?")[0].rstrip("/")
        return _short(place.rpartition("/")[2] or place) or ""
    return f"picture {image.id}"


def _digests(image: Image) -> dict[str, Any]:
    return {
        "sha256": image.sha256,
        "pixel_sha256": image.pixel_sha256,
        "width": image.width,
        "height": image.height,
        "format": image.format,
    }


def _short(text: str | None) -> str | None:
    return None if text is None else text[:_MOST_CHARACTERS]
