"""The trace of a pair for people and programs: a record for JSON, rows for a table, lines for the command line."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from feature_extractor.hashes import PDQ_MATCH_DISTANCE
from search.answer import Verdict
from search.confidence import confidence_text
from search.examine import GAP, MOST, STANDS_OUT
from search.proof import LEAST_INLIERS
from search.report import VERDICT_WORDS, proof_record
from search.sentence import describe_place
from search.vector_index.lsh import LSHIndex
from search.verdict import AGREES, AGREES_WITH_FEATURES, LEAST_CELLS, LEAST_IN_PLACE, in_place_share
from search.why import FileFacts, IndexFacts, MapFacts, Stage, Trace
from search.words import count


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One step on a pair's way: its name, what was found there, and what that is held against, '' where nothing is."""

    step: str
    found: str
    limit: str = ""


def decision_sentence(trace: Trace) -> str:
    """Return how a search shows the picture and what settled that, as one sentence or two."""
    decision = trace.decision
    shown = "does not show it" if trace.shown is None else f"shows it as: {VERDICT_WORDS[trace.shown]}"
    setting = f" ({decision.setting})" if decision.setting else ""
    return f"A search {shown}. {_REASONS[decision.stage](trace)}{setting}."


def trace_rows(trace: Trace) -> Iterator[TraceRow]:
    """Yield every step of a pair's way, in the order of a search."""
    yield TraceRow("Searched with", _file_text(trace.query))
    yield TraceRow("Compared with", _file_text(trace.picture))
    yield TraceRow("Same bytes", _yes_or_no(trace.is_same_file))
    yield TraceRow("Same pixels", _yes_or_no(trace.is_same_pixels))
    distance = trace.pdq_distance
    yield TraceRow(
        "PDQ",
        "one of them is too plain for it" if distance is None else f"{distance} of 256 bits differ",
        f"{PDQ_MATCH_DISTANCE} for its authors; decides nothing here",
    )
    plain = ", but it is too plain for that to count" if trace.query.is_too_plain else ""
    yield TraceRow(
        "Copy descriptors", f"cosine {trace.copy_score:.4f}{plain}", f"{trace.copy_threshold:.4f} for a probable copy"
    )
    yield from _index_rows(trace.index)
    yield _gate_row(trace)
    yield TraceRow(
        "Laid on it",
        f"as number {trace.place}" if trace.place is not None else "not by a search; here all the same",
        f"the {MOST} nearest at most",
    )
    if not trace.maps:
        yield TraceRow("Maps", "none: their local features agree on nothing, or one of them has none to compare")
    for found in trace.maps:
        yield _map_row(found)
    if trace.proof is not None:
        yield _proof_row(trace)
    if trace.part is not None:
        yield TraceRow("Part of the query", f"{describe_place(trace.part.box)}: cosine {trace.part.score:.4f}")
    rank = trace.similar_rank
    among = "not among the similar works" if rank is None else f"place {rank:,} among the similar works"
    yield TraceRow(
        "Similar descriptors",
        f"cosine {trace.similar_score:.4f}, {among}",
        f"{trace.similar_floor:.4f} for a similar work",
    )
    sure = "" if trace.probability is None else f", confidence {confidence_text(trace.probability)}"
    yield TraceRow("By themselves", f"{VERDICT_WORDS[trace.verdict]}{sure}")


def trace_lines(trace: Trace) -> Iterator[str]:
    """Yield a trace line by line."""
    yield decision_sentence(trace)
    for row in trace_rows(trace):
        yield f"  {row.step:<20}{row.found}" + (f"  [{row.limit}]" if row.limit else "")


def trace_record(trace: Trace) -> dict[str, Any]:
    """Return a trace as plain JSON values, limits beside what is held against them."""
    decision = trace.decision
    return {
        "shown": None if trace.shown is None else trace.shown.value,
        "verdict": trace.verdict.value,
        "probability": _rounded(trace.probability),
        "decision": {
            "stage": decision.stage.value,
            "setting": decision.setting or None,
            "value": _rounded(decision.value),
            "limit": _rounded(decision.limit),
            "is_copy": decision.is_copy,
            "sentence": decision_sentence(trace),
        },
        "query": asdict(trace.query),
        "picture": asdict(trace.picture),
        "is_same_file": trace.is_same_file,
        "is_same_pixels": trace.is_same_pixels,
        "pdq_distance": trace.pdq_distance,
        "pdq_match_distance": PDQ_MATCH_DISTANCE,
        "copy_score": _rounded(trace.copy_score),
        "copy_threshold": _rounded(trace.copy_threshold),
        "similar_score": _rounded(trace.similar_score),
        "similar_floor": _rounded(trace.similar_floor),
        "similar_rank": trace.similar_rank,
        "index": asdict(trace.index),
        "gate": {
            "is_reached": trace.gate.count > 0,
            "best": _rounded(trace.gate.best),
            "background": _rounded(trace.gate.background),
            "gap": _rounded(trace.gate.gap),
            "spread": _rounded(trace.gate.spread),
            "standing_out": _rounded(trace.gate.standing_out),
            "stands_out": STANDS_OUT,
            "wide_gap": _rounded(GAP * trace.copy_threshold),
            "count": trace.gate.count,
            "most": MOST,
        },
        "place": trace.place,
        "maps": [asdict(found) for found in trace.maps],
        "least_inliers": LEAST_INLIERS,
        "part": None if trace.part is None else {"box": asdict(trace.part.box), "score": _rounded(trace.part.score)},
        "proof": None if trace.proof is None else proof_record(trace.proof),
        "least_cells": LEAST_CELLS,
        "agrees": AGREES,
        "agrees_with_features": AGREES_WITH_FEATURES,
        "least_in_place": LEAST_IN_PLACE,
    }


def _file_text(facts: FileFacts) -> str:
    """Return what decoding told of a file."""
    told = [f"{facts.width} × {facts.height} px {facts.format}, {count(facts.size_bytes, 'byte')}"]
    if facts.image_id is not None:
        told.insert(0, f"picture {facts.image_id} of the catalogue")
    if facts.jpeg_quality is not None:
        told.append(f"JPEG quality about {facts.jpeg_quality}")
    if facts.orientation is not None and facts.orientation != 1:
        told.append(f"EXIF orientation {facts.orientation} undone")
    if facts.is_too_plain:
        told.append("too plain to judge by its looks")
    told.append(count(facts.features, "local feature") if facts.is_seen else "nothing of it at hand to compare")
    return ", ".join(told)


def percent(share: float, digits: int = 0) -> str:
    """Return a share as '62 %'."""
    return f"{100 * share:.{digits}f} %"


def _yes_or_no(value: bool | None) -> str:
    """Return 'yes', 'no' or 'not known'."""
    return "not known" if value is None else "yes" if value else "no"


def _index_rows(index: IndexFacts) -> Iterator[TraceRow]:
    """Yield how the index answered, and what the signatures have in common where it has any."""
    place = f"place {index.rank:,}" if index.rank is not None else "not"
    report = index.report
    how = f"{report.candidates:,} of {index.size:,} scored exactly"
    if not report.exact and report.estimated_recall:
        how += f", expected to hold {percent(report.estimated_recall, 1)} of the nearest"
    last = "" if index.last_score is None else f"cosine {index.last_score:.4f} for the last of them"
    yield TraceRow(
        f"Index ({index.method})", f"{place} among the {index.looked_at:,} nearest that it gave; {how}", last
    )
    signatures = index.signatures
    if signatures is None:
        if index.method == LSHIndex.method:
            yield TraceRow("Signatures", "none yet: so few pictures are all scored exactly")
        return
    text = (
        f"{signatures.equal_bits} of {signatures.bits} bits equal ({percent(signatures.equal_bits / signatures.bits)})"
    )
    if signatures.group_bits:
        differing = signatures.group_bits - signatures.equal_group_bits
        text += "; the same bucket" if not differing else f"; a bucket {count(differing, 'bit')} away"
        if signatures.is_probed is not None:
            text += ", looked into" if signatures.is_probed else ", not looked into"
    if signatures.is_probed is None:
        text += "; not asked, as everything is scored"
    yield TraceRow("Signatures", text)


def _gate_row(trace: Trace) -> TraceRow:
    """Return whether the nearest pictures stand out."""
    gate, threshold = trace.gate, trace.copy_threshold
    if gate.best is None:
        return TraceRow("Stands out", "nothing was found")
    usual = (
        "too few behind it to tell what is usual"
        if gate.background is None or gate.gap is None or gate.standing_out is None
        else f"{gate.background:.4f} is usual: a gap of {gate.gap:.4f}, {gate.standing_out:.2f} times their spread"
    )
    outcome = "worth a look" if gate.count else "not worth a look"
    limit = f"{STANDS_OUT:.2f} times the spread, a gap of {GAP * threshold:.2f}, or {threshold:.4f} for the nearest"
    return TraceRow("Stands out", f"the nearest has {gate.best:.4f}, {usual}; {outcome}", limit)


def _map_row(found: MapFacts) -> TraceRow:
    """Return a map that was thought of, and what came of it."""
    name = "Frame on frame" if found.is_by_frames else "Feature on feature"
    told = ["in a mirror"] if found.mirrored else []
    if not found.is_by_frames:
        told.append(
            f"{count(found.matches, 'pair')} look alike, {found.inliers} of {found.of} features in their places"
        )
    if found.agreement is None or found.cells is None:
        told.append("not tried")
    else:
        told.append(f"{percent(found.agreement)} of {count(found.cells, 'part')} agree")
    if found.is_best:
        told.append("the best")
    return TraceRow(name, ", ".join(told), "" if found.is_by_frames else f"{LEAST_INLIERS} in their places to be tried")


def _proof_row(trace: Trace) -> TraceRow:
    """Return what the best map proves."""
    proof = trace.proof
    if proof is None:
        return TraceRow("Proof", "none")
    agreement, in_place = percent(proof.overlay.agreement), percent(in_place_share(proof))
    outcome = "a copy" if trace.verdict is Verdict.COPY else "no proof" if not trace.verdict.is_proven else "agrees"
    return TraceRow(
        "Proof",
        f"{agreement} of {count(proof.overlay.cells, 'part')} and {in_place} of the features agree: {outcome}",
        f"{LEAST_CELLS} parts; a share of {AGREES:.2f} of them, or {LEAST_IN_PLACE:.2f} of the features and "
        f"a sum of both shares of {AGREES_WITH_FEATURES:.2f}",
    )


def _index_reason(trace: Trace) -> str:
    index = trace.index
    if trace.decision.setting == "recall":
        aim = (
            ""
            if index.wanted_recall is None
            else f", which aims to find {percent(index.wanted_recall, 1)} of the nearest"
        )
        return f"Its cosine of {trace.copy_score:.4f} is among the nearest, and the index left it out{aim}"
    return f"Others are nearer: {index.looked_at:,} with a cosine of {index.last_score or 0:.4f} and more"


def _gate_reason(trace: Trace) -> str:
    return (
        f"None of the nearest stands out enough to be laid on the query: by "
        f"{trace.decision.value or 0:.2f} times the spread of those behind it, where {STANDS_OUT:.2f} is needed"
    )


def _overlay_reason(trace: Trace) -> str:
    decision = trace.decision
    value, limit = decision.value or 0.0, decision.limit or 0.0
    if decision.setting == "search.verdict.LEAST_CELLS":
        return (
            f"Laid on each other, only {value:.0f} parts of them show enough to compare, where {limit:.0f} are needed"
        )
    if decision.setting == "search.verdict.LEAST_IN_PLACE":
        return (
            f"Laid on each other, they agree in much, but only {percent(value)} of the local features are in their "
            f"places, where {percent(limit)} are needed"
        )
    if decision.setting == "search.verdict.AGREES_WITH_FEATURES":
        return (
            "Laid on each other, the shares of their parts that agree and of local features in their places have a "
            f"sum of {value:.2f}, where {limit:.2f} is enough"
        )
    needed = "is enough" if decision.is_copy else "is needed"
    return f"Laid on each other, {percent(value)} of their parts agree, where {percent(limit)} {needed}"


_REASONS: Mapping[Stage, Callable[[Trace], str]] = {
    Stage.CATALOGUE: lambda _: "The picture is not in the catalogue",
    Stage.SAME_FILE: lambda _: "The files have equal bytes",
    Stage.SAME_PIXELS: lambda _: "The files show equal pixels",
    Stage.INDEX: _index_reason,
    Stage.GATE: _gate_reason,
    Stage.PLACE: lambda trace: f"Others are nearer: it is number {trace.index.rank}, and only {MOST} are looked at",
    Stage.FEATURES: lambda _: "There is too little left of one of them to compare",
    Stage.ALIGNMENT: lambda trace: (
        f"Of their local features {trace.decision.value or 0:.0f} agree on a map, where {LEAST_INLIERS} are needed"
    ),
    Stage.OVERLAY: _overlay_reason,
    Stage.PLAIN: lambda _: "The query is so plain that likeness proves nothing",
    Stage.PART: lambda trace: (
        f"A part of the query led to it, with a cosine of {trace.decision.value or 0:.4f}, "
        "and it was proven on the whole"
    ),
    Stage.DESCRIPTOR: lambda trace: (
        f"Nothing proves it, but their copy descriptors have a cosine of {trace.copy_score:.4f}, "
        f"where {trace.copy_threshold:.4f} makes a probable copy"
    ),
}


def _rounded(value: float | None) -> float | None:
    """Return a number with no more digits than are known."""
    return None if value is None else round(value, 4)
