"""An answer for the command line: a record for JSON, and lines for people.

Shows where pictures lie on this machine, which the site must not: its own words are in `web/present.py`.
"""

from collections.abc import Iterator
from typing import Any

from data.records import Image
from search.answer import Answer, Hit, HitPage, NoCopies, Verdict
from search.compare import Comparison
from search.confidence import confidence_text
from search.decision_report import decision_record, decision_words
from search.proof import Proof
from search.residual import Box
from search.sentence import describe_place, describe_transform, transform_record
from search.words import count

VERDICT_WORDS = {
    Verdict.IDENTICAL: "identical file",
    Verdict.SAME_PIXELS: "same pixels",
    Verdict.COPY: "copy",
    Verdict.UNCONFIRMED: "probable copy",
    Verdict.SIMILAR: "similar work",
    Verdict.DISTANT: "further away",
}
COMPARISON_WORDS = {
    Verdict.IDENTICAL: "The files are identical.",
    Verdict.SAME_PIXELS: "The files differ, the pixels are the same.",
    Verdict.COPY: "They are copies of one picture.",
    Verdict.UNCONFIRMED: "They are probably copies of one picture.",
    Verdict.SIMILAR: "They are alike, but not copies of each other.",
    Verdict.DISTANT: "They are neither copies of each other nor much alike.",
}
NO_COPIES_WORDS = {
    NoCopies.NONE_FOUND: "No copy of this picture was found.",
    NoCopies.NONE_CHOSEN: "No copy among those asked for; without that there may be others.",
    NoCopies.TOO_PLAIN: "This picture is too plain to judge: only an identical one would count as a copy.",
    NoCopies.ALL_REFUTED: "No copy of this picture was found, but for what was decided to be none.",
    NoCopies.CATALOGUE_EMPTY: "The catalogue is empty: add pictures with `python3 index.py add FOLDER`.",
}


def image_record(image: Image) -> dict[str, Any]:
    """Return a row of the catalogue as plain JSON values."""
    return {
        "id": image.id,
        "title": image.title,
        "sha256": image.sha256,
        "width": image.width,
        "height": image.height,
        "format": image.format,
        "size_bytes": image.size_bytes,
        "licence": image.licence,
        "project": image.project,
        "collection": image.collection,
        "added_at": image.added_at.isoformat(),
        "sources": [
            {"locator": source.locator, "backlink": source.backlink, "seen_at": source.seen_at.isoformat()}
            for source in image.sources
        ],
        "labels": dict(image.labels),
        "probabilities": dict(image.probabilities),
    }


def answer_record(answer: Answer) -> dict[str, Any]:
    """Return an answer as plain JSON values."""
    return {
        "searched": answer.searched,
        "region": _box_record(answer.region),
        "parts": [_box_record(box) for box in answer.parts],
        "no_copies": answer.no_copies.value if answer.no_copies else None,
        "alike": answer.alike,
        "copies": _page_record(answer.copies),
        "refuted": [_hit_record(hit) for hit in answer.refuted],
        "refuted_total": answer.refuted_total,
        "similar": _page_record(answer.similar),
        "counts": {
            "verdicts": {verdict.value: number for verdict, number in answer.counts.verdicts.items()},
            "collections": dict(answer.counts.collections),
            "sources": dict(answer.counts.places),
        },
        "steps_ms": dict(answer.steps_ms),
    }


def answer_lines(answer: Answer, *, explain: bool) -> Iterator[str]:
    """Yield an answer line by line.

    Args:
        explain: also how long every step took and how the indexes answered.
    """
    yield f"Searched {count(answer.searched, 'picture')}."
    if answer.region is not None:
        yield f"With a part of the picture alone: {describe_place(answer.region)}."
    if answer.parts:
        yield f"Also with {count(len(answer.parts), 'part')} of the picture."
    if answer.no_copies:
        yield NO_COPIES_WORDS[answer.no_copies]
    else:
        yield f"Copies: {answer.proven} proven, {answer.copies.total - answer.proven} probable"
        yield from map(_hit_line, answer.copies.hits)
    if answer.refuted_total:
        unseen = "" if answer.refuted else " (--all shows them)"
        yield f"Decided to be no copies: {answer.refuted_total}{unseen}"
        yield from map(_hit_line, answer.refuted)
    similar = [hit for hit in answer.similar.hits if hit.verdict is Verdict.SIMILAR]
    distant = answer.similar.hits[len(similar) :]
    if similar:
        yield "Similar works:"
        yield from map(_hit_line, similar)
    if distant:
        yield "Further away:" if answer.alike else "Nothing in the catalogue is much like it. Further away:"
        yield from map(_hit_line, distant)
    if explain:
        yield from _explanation(answer)


def comparison_record(found: Comparison) -> dict[str, Any]:
    """Return the likeness of two pictures as plain JSON values."""
    return {
        "verdict": found.verdict.value,
        "probability": found.probability,
        "copy_score": found.copy_score,
        "similar_score": found.similar_score,
        "pdq_distance": found.pdq_distance,
        "is_too_plain": found.is_too_plain,
        "proof": None if found.proof is None else proof_record(found.proof),
    }


def comparison_lines(found: Comparison) -> Iterator[str]:
    """Yield the likeness of two pictures line by line."""
    if found.is_too_plain and not found.verdict.is_proven:
        yield "One of the pictures is too plain to judge."
    else:
        yield COMPARISON_WORDS[found.verdict]
    if found.verdict is Verdict.COPY and found.proof is not None:
        yield f"The second, as if made from the first: {describe_transform(found.proof.transform)}"
    if found.probability is not None:
        yield f"  confidence          {confidence_text(found.probability)}"
    yield f"  copy descriptor     cosine {found.copy_score:.4f}"
    yield f"  similar descriptor  cosine {found.similar_score:.4f}"
    if found.pdq_distance is not None:
        yield f"  PDQ                 {found.pdq_distance} of 256 bits differ"
    if found.proof is not None:
        alignment, laid = found.proof.alignment, found.proof.overlay
        yield f"  local features      {alignment.inliers} of {alignment.of} agree on how one lies in the other"
        yield f"  laid on each other  {laid.agreement:.0%} of {count(laid.cells, 'cell')} agree"


def image_line(image: Image) -> str:
    """Return a row of the catalogue as one line."""
    where = image.sources[0].locator if image.sources else ""
    return f"{image.id:>8}  {image.width} × {image.height}  {image.format:<4}  {image.title or ''}  {where}".rstrip()


def proof_record(proof: Proof) -> dict[str, Any]:
    """Return what geometry found as plain JSON values."""
    return {
        "sentence": describe_transform(proof.transform),
        "inliers": proof.alignment.inliers,
        "agreement_share": round(proof.overlay.agreement, 4),
        "cells": proof.overlay.cells,
        "transform": transform_record(proof.transform),
    }


def _page_record(page: HitPage) -> dict[str, Any]:
    """Return a page of hits as plain JSON values."""
    return {
        "total": page.total,
        "is_capped": page.is_capped,
        "hits": [_hit_record(hit) for hit in page.hits],
    }


def _hit_record(hit: Hit) -> dict[str, Any]:
    """Return a hit as plain JSON values."""
    return {
        "verdict": hit.verdict.value,
        "probability": None if hit.probability is None else round(hit.probability, 4),
        "score": round(hit.score, 4),
        "alteration_share": None if hit.alteration is None else round(hit.alteration, 4),
        "part": _box_record(hit.part),
        "by_region": _box_record(hit.by_region),
        "proof": None if hit.proof is None else proof_record(hit.proof),
        "decision": None if hit.decision is None else decision_record(hit.decision),
        "image": image_record(hit.image),
    }


def _hit_line(hit: Hit) -> str:
    """Return a hit as one line."""
    sure = f"{hit.score:.3f}" if hit.probability is None else confidence_text(hit.probability)
    line = f"  {sure:<7}{VERDICT_WORDS[hit.verdict]:<14}{image_line(hit.image)}"
    if hit.verdict is Verdict.COPY and hit.proof is not None:
        line += f"\n         {describe_transform(hit.proof.transform)}"
    if hit.part is not None:
        line += f"\n         Found in a part of the picture: {describe_place(hit.part)}."
    if hit.by_region is not None:
        line += f"\n         Found by a region of that picture: {describe_place(hit.by_region)}."
    if hit.decision is not None:
        line += f"\n         decided: {decision_words(hit.decision)}"
    return line


def _box_record(box: Box | None) -> dict[str, float] | None:
    """Return a part of a picture as plain JSON values, in shares of its sides."""
    if box is None:
        return None
    return {side: round(getattr(box, side), 4) for side in ("left", "top", "right", "bottom")}


def _explanation(answer: Answer) -> Iterator[str]:
    """Yield the time of every step and the report of each index."""
    for name, took_ms in answer.steps_ms.items():
        yield f"{name:>12}  {took_ms:8.2f} ms"
    for name, page in (("copies", answer.copies), ("similar", answer.similar)):
        if page.report:
            estimate = f"{page.report.estimated_recall:.3f}" if page.report.estimated_recall else "unknown"
            how = "exact scan" if page.report.exact else f"estimated recall {estimate}"
            yield f"{name:>12}  {count(page.report.candidates, 'candidate')} scored exactly, {how}"
