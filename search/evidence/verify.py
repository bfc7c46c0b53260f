"""Checks an evidence pack: makes everything anew from the pictures, and says line by line what agrees."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from data.sources.names import printable
from errors import BadInput, BrokenPicture, ContractBroken, PictureError
from feature_extractor.decode import decode
from feature_extractor.descriptors import Extractor
from feature_extractor.keypoints import Keypoints
from feature_extractor.picture import Limits
from feature_extractor.preview import decode_preview
from search.confidence import METHOD, Calibration
from search.evidence.drawings import look_alike
from search.evidence.exhibit import Exhibit, exhibit_file, features_of_preview
from search.evidence.make import Findings, find
from search.evidence.pack import (
    MANIFEST,
    PDF,
    RECORD,
    SIDES,
    Manifest,
    file_member,
    parse_manifest,
    parse_record,
    read_pack,
    still_member,
)
from search.evidence.parameters import machine, package_versions, parameters
from search.evidence.pdf import make_pdf
from search.evidence.record import EvidenceRecord, GeometryRecord, PictureRecord, as_plain
from search.geometry import project
from search.stills import encode_still
from search.words import count

# Processors round otherwise, and so do other builds of a package: what is within these is the same result.
_COSINE = 0.002
_PROBABILITY = 0.02
_SAME_DESCRIPTOR = 0.999  # cosine
_NUMBER = 0.003  # of a number, or by itself where it is under 1
_COUNT = 0.02  # of a count of features or cells
_SAME_PLACE = 0.004  # of the longer side, by which two maps may put a corner apart
_FOUND_AGAIN = 0.9  # of the local features
_FOUND_WITHIN = 0.004  # of the longer side
_STILL_LIMITS = Limits(max_bytes=8 << 20, max_pixels=8_000_000)
_DRAWN_BY = ("fpdf2", "pillow", "zlib")
_MOST_NAMED = 4  # differences that are named one by one


class Outcome(Enum):
    """What became of a check."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNCHECKED = "unchecked"
    """It could not be checked: the detail says why."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of what `verify` says.

    Attributes:
        what: was checked.
        outcome: of it.
        detail: what was found, or why it could not be checked; may be empty.
    """

    what: str
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Inspector:
    """What an evidence pack is checked with.

    Attributes:
        extractor: describes pictures; where the pack was made with another model, that part stays unchecked.
        limits: what a picture file may cost.
        version: of Retrace.
        calibration: of the extractor's model, which that of the pack is held against; None: there is none.
    """

    extractor: Extractor
    limits: Limits
    version: str
    calibration: Calibration | None = None


def verify_pack(path: Path, inspector: Inspector, files: Sequence[bytes] = ()) -> tuple[Check, ...]:
    """Return what of an evidence pack agrees, what differs and what could not be checked.

    Args:
        path: the pack, from anybody.
        inspector: what it is checked with.
        files: the two pictures, the first first; none: those in the pack, where it holds them.
    Raises:
        BadInput: it is no evidence pack, or would cost more than one ever does.
    """
    if len(files) not in (0, 2):
        raise BadInput(f"expected both pictures, or none; received {len(files)}")
    members = read_pack(path, inspector.limits.max_bytes)
    checks = _checks(members, parse_manifest(members), inspector, files)
    # What a stranger wrote must not reach a terminal as it is.
    return tuple(replace(check, what=printable(check.what), detail=printable(check.detail)) for check in checks)


def agrees(checks: Sequence[Check]) -> bool:
    """Return whether nothing differs; what could not be checked is no difference."""
    return all(check.outcome is not Outcome.DIFFERS for check in checks)


def checks_record(checks: Sequence[Check]) -> dict[str, JsonValue]:
    """Return checks as plain JSON values."""
    lines: list[JsonValue] = [
        {"what": check.what, "outcome": check.outcome.value, "detail": check.detail} for check in checks
    ]
    return {"agrees": agrees(checks), "checks": lines}


def checks_lines(checks: Sequence[Check]) -> Iterator[str]:
    """Yield checks line by line, then how many there are of each kind."""
    for check in checks:
        yield f"{check.outcome.value:<10} {check.what}" + (f": {check.detail}" if check.detail else "")
    tally = Counter(check.outcome for check in checks)
    yield (
        f"{tally[Outcome.AGREES]} agree, {tally[Outcome.DIFFERS]} differ, "
        f"{tally[Outcome.UNCHECKED]} could not be checked."
    )


def _checks(
    members: Mapping[str, bytes], manifest: Manifest, inspector: Inspector, files: Sequence[bytes]
) -> Iterator[Check]:
    """Yield all checks of a pack."""
    yield from _manifest_checks(members, manifest)
    try:
        record = parse_record(members.get(RECORD, b""))
    except BadInput as exc:
        yield Check(RECORD, Outcome.DIFFERS, str(exc))
        yield Check("all else", Outcome.UNCHECKED, f"it is told by {RECORD}")
        return
    yield from _complete(members, record)
    yield from _maker_checks(record, inspector)
    stored, fresh = [], []
    for place, (side, picture) in enumerate(zip(SIDES, (record.first, record.second), strict=True)):
        packed = members.get(file_member(side, picture.file.format))
        if files and packed is not None:
            is_it = hashlib.sha256(packed).hexdigest() == picture.file.sha256
            yield _same(f"{side} picture: file in the pack", is_it, "another file than the record tells of")
        again, lines = _read_again(side, picture, files[place] if files else packed, inspector)
        yield from lines
        try:
            held = _stored(picture, side, members)
        except (BadInput, BrokenPicture, ContractBroken) as exc:
            yield Check(f"{side} picture: what is kept of it", Outcome.DIFFERS, str(exc))
            held = None
        if again is not None and held is not None:
            yield from _kept_checks(side, held, again, record.engine.model_id, inspector.extractor.model_id)
        if held is not None and held.features_from == "small_version":
            yield _features_of_preview(side, held)
        if picture.catalogue is not None:
            yield Check(f"{side} picture: title, licence, sources", Outcome.UNCHECKED, "the word of its catalogue")
        stored.append(held)
        fresh.append(again)
    yield Check("time", Outcome.UNCHECKED, f"{record.made_at:%Y-%m-%d %H:%M:%S} UTC, by the clock of its maker")
    yield from _result_checks(members, record, stored, fresh)


def _manifest_checks(members: Mapping[str, bytes], manifest: Manifest) -> Iterator[Check]:
    """Yield whether each member is as the manifest says; one line where all are."""
    listed = {member.name: member for member in manifest.members}
    faults = []
    for name, member in listed.items():
        if name not in members:
            faults.append(Check(name, Outcome.DIFFERS, "the manifest names it, and it is not in the pack"))
        elif hashlib.sha256(members[name]).hexdigest() != member.sha256 or len(members[name]) != member.size_bytes:
            faults.append(Check(name, Outcome.DIFFERS, "changed since the manifest was written: another sha256"))
    faults += [
        Check(name, Outcome.DIFFERS, "in the pack, and not named by the manifest")
        for name in members
        if name not in listed and name != MANIFEST
    ]
    yield from faults
    if not faults:
        yield Check("manifest", Outcome.AGREES, f"sha256 of {count(len(listed), 'member')}")


def _complete(members: Mapping[str, bytes], record: EvidenceRecord) -> Iterator[Check]:
    """Yield what the record speaks of and the pack lacks, and what the pack holds and the record does not know."""
    expected = {RECORD, PDF, MANIFEST, *map(still_member, record.stills)}
    expected |= {f"{side}/{part}" for side in SIDES for part in ("preview.webp", "features.bin")}
    expected |= {
        file_member(side, picture.file.format)
        for side, picture in zip(SIDES, (record.first, record.second), strict=True)
        if record.stills_from == "files"
    }
    for name in sorted(expected - set(members)):
        yield Check(name, Outcome.DIFFERS, f"{RECORD} speaks of it, and it is not in the pack")
    for name in sorted(set(members) - expected):
        yield Check(name, Outcome.DIFFERS, f"in the pack, and {RECORD} does not speak of it")


def _maker_checks(record: EvidenceRecord, inspector: Inspector) -> Iterator[Check]:
    """Yield whether the record was made with what checks it now; other versions are no fault."""
    engine, extractor = record.engine, inspector.extractor
    here = {"Retrace": inspector.version, "machine": machine(), **package_versions()}
    there = {"Retrace": engine.retrace, "machine": engine.machine, **engine.packages}
    others = [
        f"{name}: {there.get(name, 'none')}, here {here.get(name, 'none')}"
        for name in sorted(here.keys() | there.keys())
        if here.get(name) != there.get(name)
    ]
    yield Check("versions", Outcome.UNCHECKED if others else Outcome.AGREES, _some(others))
    if engine.model_id == extractor.model_id:
        yield Check("model", Outcome.AGREES, engine.model_id)
        said = record.result.copy_threshold, record.result.similar_floor
        ours = extractor.copy_threshold, extractor.similar_floor
        yield _same("thresholds of the model", said == ours, f"the record says {said}; the model has {ours}")
    else:
        yield Check("model", Outcome.UNCHECKED, f"made with {engine.model_id[:12]}…; here {extractor.model_id[:12]}…")
        yield Check("thresholds of the model", Outcome.UNCHECKED, "another model")
    if record.calibration is not None:
        is_ours = record.calibration == inspector.calibration
        detail = "" if is_ours else "not the one that lies beside the model here"
        yield Check("calibration", Outcome.AGREES if is_ours else Outcome.UNCHECKED, detail)
    here_too = record.model_copy(update={"parameters": parameters(inspector.limits)})
    changed = list(_differences(as_plain(record)["parameters"], as_plain(here_too)["parameters"]))
    beyond_limits = [line for line in changed if not line.startswith("limits.")]
    if beyond_limits and engine.retrace == inspector.version:
        yield Check("parameters", Outcome.DIFFERS, _some(changed))
    else:
        yield Check("parameters", Outcome.UNCHECKED if changed else Outcome.AGREES, _some(changed))


def _read_again(
    side: str, picture: PictureRecord, data: bytes | None, inspector: Inspector
) -> tuple[Exhibit | None, list[Check]]:
    """Return a picture as its file shows it now, None where that is not the file; and what was found on the way."""
    what = f"{side} picture: file"
    if data is None:
        return None, [Check(what, Outcome.UNCHECKED, "not in the pack, and not given")]
    digest = hashlib.sha256(data).hexdigest()
    if digest != picture.file.sha256:
        return None, [Check(what, Outcome.DIFFERS, f"another file: sha256 {digest}")]
    try:
        again = exhibit_file(
            inspector.extractor, data, inspector.limits, name=picture.file.name, look=picture.look, row=None
        )
    except PictureError as exc:
        return None, [Check(what, Outcome.DIFFERS, str(exc))]
    checks = [Check(what, Outcome.AGREES, f"sha256 {digest}")]
    said, found = dict(as_plain(picture.file)), dict(as_plain(PictureRecord.of(again).file))
    for told in (said, found):
        del told["name"]  # no file tells how it is called
        if picture.exif is None:
            del told["jpeg_quality"], told["orientation"]  # the file was not at hand
    checks.append(_same_values(f"{side} picture: size, format, pixels, PDQ", said, found))
    if picture.exif is None:
        checks.append(Check(f"{side} picture: metadata", Outcome.UNCHECKED, "not read when the record was made"))
    elif again.exif is not None:
        checks.append(_same_values(f"{side} picture: metadata", as_plain(picture.exif), as_plain(again.exif)))
    return again, checks


def _stored(picture: PictureRecord, side: str, members: Mapping[str, bytes]) -> Exhibit:
    """Return a picture as the pack keeps it.

    Raises:
        BadInput: something of it is missing or no such thing.
        ContractBroken, BrokenPicture: local features or preview are none.
    """
    parts = [members.get(f"{side}/{name}") for name in ("features.bin", "preview.webp")]
    if parts[0] is None or parts[1] is None:
        raise BadInput("expected local features and a preview in the pack; received no such members")
    held = picture.exhibit(parts[0], parts[1])
    seen = held.known().seen.keypoints
    if (seen.width, seen.height) != (held.width, held.height):
        raise BadInput(
            f"expected local features of {held.width} x {held.height} px; received {seen.width} x {seen.height}"
        )
    return held


def _kept_checks(side: str, held: Exhibit, again: Exhibit, made_by: str, here: str) -> Iterator[Check]:
    """Yield whether what the pack keeps of a picture is what its file gives."""
    alike = look_alike(decode_preview(held.preview), decode_preview(again.preview))
    yield _same(f"{side} picture: preview", alike, "shows something else than the file")
    if held.features_from == "file":
        share = _found_again(Keypoints.unpack(held.features), Keypoints.unpack(again.features))
        detail = f"{share:.0%} of the local features are in the file, and as many of the file's are kept"
        outcome = Outcome.AGREES if share >= _FOUND_AGAIN else Outcome.DIFFERS
        yield Check(f"{side} picture: local features", outcome, detail)
    if made_by != here:
        yield Check(f"{side} picture: descriptors", Outcome.UNCHECKED, "made with another model")
        return
    one, other = held.known(), again.known()
    least = min(float(one.copy @ other.copy), float(one.similar @ other.similar))
    yield _same(f"{side} picture: descriptors", least >= _SAME_DESCRIPTOR, f"cosine {least:.4f} to what the file gives")


def _features_of_preview(side: str, held: Exhibit) -> Check:
    """Return whether local features that were found in the small version are there."""
    again = features_of_preview(held.preview, held.width, held.height)
    share = _found_again(Keypoints.unpack(held.features), Keypoints.unpack(again))
    detail = f"{share:.0%} of them are in the small version, and as many of its own are kept"
    return Check(
        f"{side} picture: local features", Outcome.AGREES if share >= _FOUND_AGAIN else Outcome.DIFFERS, detail
    )


def _found_again(one: Keypoints, other: Keypoints) -> float:
    """Return which share of the local features of either are also among those of the other."""
    if len(one) == 0 or len(other) == 0:
        return 1.0 if len(one) == len(other) else 0.0
    reach = _FOUND_WITHIN * max(one.width, one.height) + 1
    away = _squared_distances(one.places, other.places)
    apart = _squared_distances(one.descriptors, other.descriptors)
    same = (away < reach * reach) & (apart < 0.04)
    return float(min(same.any(axis=0).mean(), same.any(axis=1).mean()))


def _squared_distances(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return squared Euclidean distances of rows, float64 (n, m)."""
    rows, columns = one.astype(np.float64), other.astype(np.float64)
    squares = np.square(rows).sum(axis=1)[:, None] + np.square(columns).sum(axis=1)[None]
    return np.asarray(squares - 2 * rows @ columns.T, np.float64)


def _result_checks(
    members: Mapping[str, bytes],
    record: EvidenceRecord,
    stored: Sequence[Exhibit | None],
    fresh: Sequence[Exhibit | None],
) -> Iterator[Check]:
    """Yield whether result, stills and PDF come out again."""
    first, second = stored
    if first is None or second is None:
        yield Check("result", Outcome.UNCHECKED, "what is kept of a picture cannot be read")
        return
    from_files = record.stills_from == "files" and all(one is not None for one in fresh)
    pair = [
        held if again is None else replace(held, pixels=again.pixels)
        for held, again in zip((first, second), fresh, strict=True)
    ]
    findings = find(
        *pair,
        copy_threshold=record.result.copy_threshold,
        similar_floor=record.result.similar_floor,
        from_files=from_files,
        calibration=record.calibration,
    )
    yield from _comparison_checks(record, findings)
    can_draw = from_files or record.stills_from == "previews"
    drawn = list(_still_checks(members, record, findings)) if can_draw else []
    if not can_draw:
        yield Check("stills", Outcome.UNCHECKED, "drawn from the files, which are not at hand")
    yield from drawn
    yield _pdf_check(members, record, may_trust=can_draw and all(one.outcome is Outcome.AGREES for one in drawn))


def _comparison_checks(record: EvidenceRecord, findings: Findings) -> Iterator[Check]:
    """Yield whether verdict, cosines, distance and geometry come out again."""
    said, found = record.result, findings.result
    yield _same("verdict", said.verdict == found.verdict, f"{said.verdict} in the record, {found.verdict} now")
    yield _same("verdict in words", said.words == found.words, f"now: {found.words}")
    for name, old, new in (
        ("copy", said.copy_cosine, found.copy_cosine),
        ("similar", said.similar_cosine, found.similar_cosine),
    ):
        yield _same(f"cosine, {name}", abs(old - new) <= _COSINE, f"{old:.4f} in the record, {new:.4f} now")
    yield _same_values(
        "PDQ distance",
        {"bits": said.pdq_distance, "too plain": said.is_too_plain},
        {"bits": found.pdq_distance, "too plain": found.is_too_plain},
    )
    if said.geometry is None or found.geometry is None:
        yield _same("geometry", said.geometry == found.geometry, "one has a map between the two, the other has none")
    else:
        numbers = [{**as_plain(one), "matrix": None} for one in (said.geometry, found.geometry)]
        yield _same_values("geometry", *numbers, rounded=True)
        apart = _corners_apart(record, found.geometry)
        yield _same("map", apart <= _SAME_PLACE, f"puts a corner {apart:.1%} of the longer side elsewhere")
    yield from _probability_checks(record, found.calibrated_probability)


def _probability_checks(record: EvidenceRecord, now: float | None) -> Iterator[Check]:
    """Yield whether the probability follows from the calibration in the pack."""
    said, calibration = record.result.calibrated_probability, record.calibration
    if calibration is None:
        if said is not None:
            yield Check("probability", Outcome.UNCHECKED, "its calibration is not in the pack")
        return
    if calibration.method != METHOD:
        yield Check("probability", Outcome.UNCHECKED, f"pairs were judged by {calibration.method}; here by {METHOD}")
        return
    fits = calibration.model_id == record.engine.model_id
    yield _same("model of the calibration", fits, f"{calibration.model_id[:12]}… is not what described the pictures")
    agrees = said == now if said is None or now is None else abs(said - now) <= _PROBABILITY
    yield _same("probability", agrees, f"{said} in the record, {now} now")


def _corners_apart(record: EvidenceRecord, found: GeometryRecord) -> float:
    """Return how far apart two maps put the corner they agree on least, in shares of the second's longer side."""
    if record.result.geometry is None:
        return 0.0
    first, second = record.first.file, record.second.file
    corners = np.array([[0, 0], [first.width, 0], [first.width, first.height], [0, first.height]], np.float64)
    said, now = (np.array(one.matrix, np.float64) for one in (record.result.geometry, found))
    with np.errstate(all="ignore"):  # whoever wrote the record may have written a map that maps nothing
        apart = np.linalg.norm(project(said, corners) - project(now, corners), axis=1).max()
    return float(apart) / max(second.width, second.height) if np.isfinite(apart) else 1.0


def _still_checks(members: Mapping[str, bytes], record: EvidenceRecord, findings: Findings) -> Iterator[Check]:
    """Yield whether the stills come out again; one line where all do."""
    faults = []
    for name, still in findings.stills.items():
        data = members.get(still_member(name))
        if data is None or data == encode_still(still, "JPEG"):
            continue  # what is missing has been told
        try:
            alike = look_alike(decode(data, _STILL_LIMITS).pixels, still)
        except PictureError as exc:
            faults.append(Check(still_member(name), Outcome.DIFFERS, str(exc)))
            continue
        if not alike:
            faults.append(Check(still_member(name), Outcome.DIFFERS, "shows something else than is drawn now"))
    faults += [
        Check(still_member(name), Outcome.DIFFERS, "nothing of this name is drawn now")
        for name in record.stills
        if name not in findings.stills
    ]
    faults += [
        Check(still_member(name), Outcome.DIFFERS, f"drawn now, and {RECORD} does not speak of it")
        for name in findings.stills
        if name not in record.stills
    ]
    yield from faults
    if not faults:
        yield Check("stills", Outcome.AGREES, f"{count(len(record.stills), 'still')} drawn again")


def _pdf_check(members: Mapping[str, bytes], record: EvidenceRecord, *, may_trust: bool) -> Check:
    """Return whether the PDF is what record and stills make.

    Args:
        members: of the pack.
        record: of it.
        may_trust: the stills are those that come out again, so that they may be put into a document.
    """
    stills = {name: members[still_member(name)] for name in record.stills if still_member(name) in members}
    if not may_trust or len(stills) != len(record.stills) or PDF not in members:
        return Check(PDF, Outcome.UNCHECKED, "it shows stills that could not be checked or differ")
    if make_pdf(record, stills) == members[PDF]:
        return Check(PDF, Outcome.AGREES, "the same bytes")
    here = package_versions()
    others = [name for name in _DRAWN_BY if record.engine.packages.get(name) != here[name]]
    if others:
        return Check(PDF, Outcome.UNCHECKED, f"drawn by another version of {', '.join(others)}: go by {RECORD}")
    return Check(PDF, Outcome.DIFFERS, f"says or shows something else than {RECORD}")


def _same(what: str, is_same: bool, otherwise: str) -> Check:
    """Return a check that agrees, or differs with a detail."""
    return Check(what, Outcome.AGREES) if is_same else Check(what, Outcome.DIFFERS, otherwise)


def _same_values(
    what: str, said: Mapping[str, JsonValue], found: Mapping[str, JsonValue], *, rounded: bool = False
) -> Check:
    """Return whether what the record says is what is found now, name by name.

    Args:
        what: is compared.
        said, found: the values.
        rounded: they rest on computations that processors round otherwise.
    """
    differences = list(_differences(dict(said), dict(found), rounded=rounded))
    return _same(what, not differences, _some(differences))


def _differences(said: JsonValue, found: JsonValue, place: str = "", *, rounded: bool = False) -> Iterator[str]:
    """Yield where two JSON values differ, by more than rounding does where they are rounded."""
    if isinstance(said, dict) and isinstance(found, dict):
        for name in sorted(said.keys() | found.keys()):
            inner = f"{place}.{name}" if place else name
            yield from _differences(said.get(name), found.get(name), inner, rounded=rounded)
    elif isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        for number, (one, other) in enumerate(zip(said, found, strict=True)):
            yield from _differences(one, other, f"{place}[{number}]", rounded=rounded)
    elif said != found and not (rounded and _is_close(said, found)):
        yield f"{place}: {_brief(said)} in the record, {_brief(found)} now"


def _is_close(said: JsonValue, found: JsonValue) -> bool:
    """Return whether two values are numbers that differ by no more than rounding, or counts by next to nothing."""
    if isinstance(said, bool) or isinstance(found, bool):
        return False
    if isinstance(said, int) and isinstance(found, int):
        return abs(said - found) <= max(1, _COUNT * max(said, found))
    if isinstance(said, int | float) and isinstance(found, int | float):
        return abs(said - found) <= _NUMBER * max(1.0, abs(said), abs(found))
    return False


def _brief(value: JsonValue) -> str:
    """Return a value short enough for a line."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _some(lines: Sequence[str]) -> str:
    """Return the first few of some differences, and how many more there are."""
    more = f"; and {len(lines) - _MOST_NAMED} more" if len(lines) > _MOST_NAMED else ""
    return "; ".join(lines[:_MOST_NAMED]) + more
