"""Finds the groups of copies within the catalogue: pixels by rows, candidates by the index, proof by geometry."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

import numpy as np

from data.decisions import PictureKey
from data.duplicate_groups import DuplicateRun, Group, Kind, Member
from data.records import Image
from data.repeats import all_pdq, repeated_pixels, seen_repeatedly
from feature_extractor.keypoints import METHOD, Keypoints
from search.duplicates.candidates import Pairs, near_pairs, pdq_pairs
from search.duplicates.grouping import Edge, group_by_head
from search.examine import see_thumbnail
from search.pairs import ProvenPair, SeenImage, prove_pair
from search.proof import Seen
from search.query import Engine
from search.sentence import describe_transform
from search.sorting import first_seen
from search.vector_index.contract import Ids

BATCH = 512
"""Descriptors that the index is asked with at once."""
PAIRS_AT_ONCE = 256
IMAGES_AT_ONCE = 1_000
_SAME = "The same pixels in another file."
_UNTOLD = "A copy, proven by geometry."


@dataclass(frozen=True, slots=True)
class _Proven:
    """Two proven copies: sentences of what was done to the first to make the second, and the other way."""

    edge: Edge
    score: float
    forward: str
    backward: str


def find_duplicates(
    engine: Engine, collection: str | None = None, *, on_progress: Callable[[str, int, int], None]
) -> tuple[DuplicateRun, list[Group]]:
    """Return the groups of proven copies, the largest first, and what the run was.

    Pairs that a person decided to be no copies are left out.

    Args:
        engine: the parts.
        collection: only its pictures; None: all.
        on_progress: called with what is done, how much of it, and of how much.
    """
    start, change = monotonic(), engine.copies.index.change
    allow = None if collection is None else engine.catalogue.ids_of_collection(collection)
    same = _same_pixels(engine, allow)
    pairs, pictures = _candidates(engine, allow, same, on_progress)
    proven = _prove(engine, pairs, on_progress)
    groups = list(_groups(engine, proven, same))
    run = DuplicateRun(
        made_at=datetime.now(UTC),
        change=change,
        model_id=engine.extractor.model_id,
        collection=collection,
        pictures=pictures,
        laid=len(pairs),
        proven=len(proven),
        groups=len(groups),
        members=sum(len(group.members) for group in groups),
        same_files=len(seen_repeatedly(engine.catalogue.database, collection)),
        seconds=round(monotonic() - start, 1),
    )
    return run, groups


def _same_pixels(engine: Engine, allow: Ids | None) -> dict[int, list[int]]:
    """Return, by the first of them, the pictures whose pixels are the same."""
    allowed = None if allow is None else set(allow.tolist())
    found: dict[int, list[int]] = {}
    for ids in repeated_pixels(engine.catalogue.database):
        kept = [one for one in ids if allowed is None or one in allowed]
        if len(kept) > 1:
            found[kept[0]] = kept[1:]
    return found


def _candidates(
    engine: Engine,
    allow: Ids | None,
    same: Mapping[int, Sequence[int]],
    on_progress: Callable[[str, int, int], None],
) -> tuple[Pairs, int]:
    """Return pairs that are worth a look, of equal pixels only the first, and how many pictures were asked with."""
    passed = {one for others in same.values() for one in others}
    allowed = None if allow is None else set(allow.tolist())
    pairs: Pairs = {}
    done, total = 0, len(engine.copies) if allow is None else len(allow)
    for rows in engine.catalogue.descriptors("copy", engine.extractor.model_id, batch=BATCH):
        kept = np.array([one not in passed and (allowed is None or one in allowed) for one in rows.ids.tolist()], bool)
        done += int(kept.sum()) if allowed is not None else len(rows.ids)
        if kept.any():
            wide = rows.vectors[kept].astype(np.float32)
            wide /= np.linalg.norm(wide, axis=1, keepdims=True)
            pairs |= near_pairs(engine.copies, rows.ids[kept], wide, engine.extractor.copy_threshold, allow)
        on_progress("Looking", done, total)
    for pair in pdq_pairs(*all_pdq(engine.catalogue.database)):
        if allowed is None or (pair[0] in allowed and pair[1] in allowed):
            pairs.setdefault(pair, float("nan"))
    return {pair: score for pair, score in pairs.items() if not passed.intersection(pair)}, done


def _prove(engine: Engine, pairs: Pairs, on_progress: Callable[[str, int, int], None]) -> list[_Proven]:
    """Return the pairs that geometry proves, and nobody decided to be none."""
    # Pairs of one picture come one after another, so that it is read a few times and not for every pair.
    ordered, proven = sorted(pairs), list[_Proven]()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with ThreadPoolExecutor(cores, thread_name_prefix="prove") as pool:
        for start in range(0, len(ordered), PAIRS_AT_ONCE):
            some = ordered[start : start + PAIRS_AT_ONCE]
            seen = _see(engine, sorted({one for pair in some for one in pair}))
            held = [pair for pair in some if pair[0] in seen and pair[1] in seen]
            # Frame on frame costs as much as all else, and is for what has lost its corners and kept its descriptor.
            by_frames = [not pairs[pair] < engine.extractor.copy_threshold for pair in held]
            found = pool.map(_prove_one, [seen[one] for one, _ in held], [seen[other] for _, other in held], by_frames)
            for edge, pair in zip(held, [*found], strict=True):
                if pair is not None and not _is_refuted(engine, seen[edge[0]].image, seen[edge[1]].image):
                    proven.append(_Proven(edge, pairs[edge], *_sentences(pair)))
            on_progress("Proving", min(start + PAIRS_AT_ONCE, len(ordered)), len(ordered))
    return proven


def _prove_one(one: SeenImage, other: SeenImage, by_frames: bool) -> ProvenPair | None:
    return prove_pair(one, other, by_frames=by_frames)


def _see(engine: Engine, ids: Sequence[int]) -> dict[int, SeenImage]:
    """Return what geometry sees of some pictures; those that are gone since are left out."""
    features = engine.catalogue.keypoints_of(ids, METHOD)
    found = {}
    for image_id, image in engine.catalogue.images(ids).items():
        kept, pixels = features.get(image_id), see_thumbnail(image.sha256, engine.thumbnails)
        seen = None if kept is None or pixels is None else Seen(Keypoints.unpack(kept), pixels)
        found[image_id] = SeenImage(image, seen)
    return found


def _is_refuted(engine: Engine, one: Image, other: Image) -> bool:
    decision = engine.decisions.of_hits(PictureKey(one.sha256, one.pixel_sha256), [other.id]).get(other.id)
    return decision is not None and decision.refutes and decision.subject.scope == "pair"


def _sentences(pair: ProvenPair) -> tuple[str, str]:
    """Return what was done to the first to make the second, and the other way round."""
    if pair.is_same_pixels:
        return _SAME, _SAME
    told = [
        _UNTOLD if proof is None else describe_transform(proof.transform) for proof in (pair.forward, pair.backward)
    ]
    return told[0], told[1]


def _groups(engine: Engine, proven: Sequence[_Proven], same: Mapping[int, Sequence[int]]) -> Iterator[Group]:
    """Yield the groups, the largest first."""
    ids = (
        {one for pair in proven for one in pair.edge} | set(same) | {one for others in same.values() for one in others}
    )
    images = _images(engine, sorted(ids))
    told = {pair.edge: pair for pair in proven if pair.edge[0] in images and pair.edge[1] in images}

    def rank(image_id: int) -> tuple[int, ...]:
        image = images[image_id]
        return image.width * image.height, image.size_bytes, -image_id

    grouped = group_by_head(told, rank)
    placed = {one for head, members in grouped for one in (head, *members)}
    grouped += [(one, []) for one in same if one in images and one not in placed]
    groups = [_group(images, told, same, head, members) for head, members in grouped]
    groups = [group for group in groups if len(group.members) > 1]
    yield from sorted(groups, key=lambda group: (-len(group.members), group.members[0].image_id))


def _group(
    images: Mapping[int, Image],
    told: Mapping[Edge, _Proven],
    same: Mapping[int, Sequence[int]],
    head: int,
    members: Sequence[int],
) -> Group:
    found = [_member(images[head], "head", None, "")]
    found += [_member(images[one], "same_pixels", None, _SAME) for one in same.get(head, ()) if one in images]
    for one in members:
        pair = told[min(head, one), max(head, one)]
        what = pair.forward if pair.edge[0] == head else pair.backward
        kind: Kind = "same_pixels" if what == _SAME else "copy"
        score = None if np.isnan(pair.score) else round(pair.score, 4)
        found.append(_member(images[one], kind, score, what))
        found += [_member(images[twin], kind, score, what) for twin in same.get(one, ()) if twin in images]
    rest = sorted(found[1:], key=lambda one: (-one.width * one.height, -one.size_bytes, one.image_id))
    every = (found[0], *rest)
    biggest = max(every, key=lambda one: (one.width * one.height, one.size_bytes, -one.image_id))
    moment = min(first_seen(images[one.image_id]) for one in every)
    first = [one.image_id for one in every if first_seen(images[one.image_id]) == moment]
    return Group(members=every, biggest=biggest.image_id, oldest=first[0] if len(first) == 1 else None)


def _member(image: Image, kind: Kind, score: float | None, what: str) -> Member:
    return Member(
        image_id=image.id,
        sha256=image.sha256,
        kind=kind,
        score=score,
        what=what,
        width=image.width,
        height=image.height,
        size_bytes=image.size_bytes,
        places=len(image.sources),
        locator=image.sources[0].locator if image.sources else "",
    )


def _images(engine: Engine, ids: Sequence[int]) -> dict[int, Image]:
    found: dict[int, Image] = {}
    for start in range(0, len(ids), IMAGES_AT_ONCE):
        found |= engine.catalogue.images(ids[start : start + IMAGES_AT_ONCE])
    return found
