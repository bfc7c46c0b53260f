"""Takes a decision on two pictures, and keeps what the engine measured of them: it teaches how sure to be."""

from dataclasses import asdict
from math import isfinite
from typing import Any

from data.decisions import Decision, Subject
from data.tables import DecisionKind
from search.answer import QueryPicture
from search.confidence import METHOD
from search.query import Engine
from search.why import FileFacts, MapFacts, Trace, trace_pair

_MOST_MAPS = 8
"""Maps between the two that are kept; more than four were never tried."""


def decide_pair(
    engine: Engine,
    query: QueryPicture,
    picture: QueryPicture,
    kind: DecisionKind,
    by: str,
    *,
    note: str | None = None,
) -> Decision:
    """Note what somebody decided of two pictures, with the evidence, and return it.

    Nothing of the pictures themselves is kept: their digests, and numbers.

    Args:
        query: what was searched with, in the catalogue or not.
        picture: what was found, or any other picture.
        by: who decided; note: why.
    Raises:
        BadInput: the note is too long, or pictures with the same pixels are to be no copies.
    """
    subject = Subject.of_pair(query.key, picture.key)
    evidence = pair_evidence(trace_pair(engine, query, picture), engine.extractor.model_id)
    return engine.decisions.decide(kind, subject, by, note=note, evidence=evidence)


def pair_evidence(trace: Trace, model_id: str) -> dict[str, Any]:
    """Return what was measured of a pair as plain JSON values; what could not be measured is null.

    `model_id`, and `method`, how pairs were judged; `verdict` as the engine gave it, and `shown`, as a search shows
    it; `copy_score` and `similar_score`, cosines, with `copy_threshold` and `similar_floor` of that model;
    `pdq_distance`, bits of 256; `is_same_file`, `is_same_pixels`; of the map that proves most `inliers`,
    `agreement_share`, `cells`, `kept_area_share` and `placed_area_share` (search.proof, search.transform); `maps`,
    every map that was tried; `query` and `picture`: size, local features, JPEG quality, and whether it is too plain
    to judge.
    """
    proof = trace.proof
    return {
        "model_id": model_id,
        "method": METHOD,
        "verdict": trace.verdict.value,
        "shown": trace.shown.value if trace.shown is not None else None,
        "copy_score": _number(trace.copy_score),
        "copy_threshold": _number(trace.copy_threshold),
        "similar_score": _number(trace.similar_score),
        "similar_floor": _number(trace.similar_floor),
        "pdq_distance": trace.pdq_distance,
        "is_same_file": trace.is_same_file,
        "is_same_pixels": trace.is_same_pixels,
        "inliers": proof.alignment.inliers if proof is not None else None,
        "agreement_share": _number(proof.overlay.agreement) if proof is not None else None,
        "cells": proof.overlay.cells if proof is not None else None,
        "kept_area_share": _number(proof.transform.kept_share) if proof is not None else None,
        "placed_area_share": _number(proof.transform.placed_share) if proof is not None else None,
        "maps": [_map(one) for one in trace.maps[:_MOST_MAPS]],
        "query": _file(trace.query),
        "picture": _file(trace.picture),
    }


def _map(one: MapFacts) -> dict[str, Any]:
    return asdict(one) | {"agreement": _number(one.agreement)}


def _file(facts: FileFacts) -> dict[str, Any]:
    return {
        "width": facts.width,
        "height": facts.height,
        "features": facts.features,
        "jpeg_quality": facts.jpeg_quality,
        "is_too_plain": facts.is_too_plain,
    }


def _number(value: float | None) -> float | None:
    """Return a number as JSON can say it, to six places."""
    return round(float(value), 6) if value is not None and isfinite(value) else None
