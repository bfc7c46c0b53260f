"""A pack as it was made agrees; whoever changes a part of it is found out, with a manifest that fits or without."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from errors import BadInput
from feature_extractor.decode import decode
from feature_extractor.preview import encode_preview
from search.evidence.exhibit import exhibit_file
from search.evidence.make import Evidence, make_evidence
from search.evidence.pack import write_pack
from search.evidence.verify import Check, Inspector, Outcome, agrees, checks_lines, checks_record, verify_pack
from search.stills import encode_still
from tests.engines import LIMITS, encode
from tests.fake_extractor import FakeExtractor
from tests.search.calibrations import calibration
from tests.search.evidence.pairs import EXTRACTOR, MADE_AT, VERSION, exhibits, files, made, repacked
from tests.search.known_copies import blots

INSPECTOR = Inspector(EXTRACTOR, LIMITS, VERSION)


@pytest.fixture
def verified(tmp_path: Path) -> Callable[..., tuple[Check, ...]]:
    """A function that checks the bytes of a pack."""

    def check(pack: bytes, given: tuple[bytes, ...] = (), inspector: Inspector = INSPECTOR) -> tuple[Check, ...]:
        path = tmp_path / "evidence.zip"
        path.write_bytes(pack)
        return verify_pack(path, inspector, given)

    return check


def named(checks: tuple[Check, ...], outcome: Outcome) -> set[str]:
    return {check.what for check in checks if check.outcome is outcome}


def edited(evidence: Evidence, edit: Callable[[Any], None]) -> bytes:
    """Return a pack whose record was changed, its manifest made to fit."""
    record = json.loads(evidence.members["evidence.json"])
    edit(record)
    return repacked(evidence, evidence__json=json.dumps(record, ensure_ascii=False).encode())


@pytest.mark.parametrize("with_files", [False, True])
def test_a_pack_as_it_was_made_agrees(verified: Callable[..., tuple[Check, ...]], with_files: bool) -> None:
    checks = verified(made(with_files=with_files).to_bytes())
    assert agrees(checks), checks
    unchecked = named(checks, Outcome.UNCHECKED)
    assert unchecked == ({"time"} if with_files else {"time", "first picture: file", "second picture: file"})
    assert {"verdict", "geometry", "map", "stills", "evidence.pdf"} <= named(checks, Outcome.AGREES)


def test_a_pack_without_files_is_checked_against_those_given(verified: Callable[..., tuple[Check, ...]]) -> None:
    checks = verified(made().to_bytes(), files())
    assert named(checks, Outcome.DIFFERS) == set()
    assert named(checks, Outcome.UNCHECKED) == {"time"}


def test_other_files_than_the_record_tells_of_are_told(verified: Callable[..., tuple[Check, ...]]) -> None:
    first, second = files()
    wrong_way = verified(made().to_bytes(), (second, first))
    assert named(wrong_way, Outcome.DIFFERS) == {"first picture: file", "second picture: file"}
    other = verified(made().to_bytes(), (first, encode(blots(5))))
    assert named(other, Outcome.DIFFERS) == {"second picture: file"}
    with pytest.raises(BadInput, match="both pictures"):
        verified(made().to_bytes(), (first,))


def test_a_member_changed_behind_the_manifest_is_named(verified: Callable[..., tuple[Check, ...]]) -> None:
    pack = made(with_files=True)
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(pack.to_bytes())) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            # The last byte of the record is a line break: another space there changes nothing that it says.
            changed = data[:-1] + (b" " if entry.filename == "evidence.json" else bytes([data[-1] ^ 1]))
            new.writestr(entry.filename, data if entry.filename == "manifest.json" else changed)
    assert set(pack.members) <= named(verified(buffer.getvalue()), Outcome.DIFFERS)


def test_members_lost_or_added_are_named(verified: Callable[..., tuple[Check, ...]]) -> None:
    members = dict(made().members)
    manifest = zipfile.ZipFile(io.BytesIO(made().to_bytes())).read("manifest.json")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            if name != "stills/halves.jpg":
                archive.writestr(name, data)
        archive.writestr("stills/stranger.jpg", members["stills/halves.jpg"])
        archive.writestr("manifest.json", manifest)
    assert {"stills/halves.jpg", "stills/stranger.jpg"} <= named(verified(buffer.getvalue()), Outcome.DIFFERS)
    assert "second/preview.webp" in named(verified(repacked(made(), second__preview__webp=None)), Outcome.DIFFERS)


def put(*places: str | int, value: object) -> Callable[[Any], None]:
    """Return an edit that puts a value into a record."""

    def edit(record: Any) -> None:
        for place in places[:-1]:
            record = record[place]
        record[places[-1]] = value

    return edit


EDITS: list[list[tuple[Callable[[Any], None], str]]] = [
    [
        (put("result", "verdict", value="identical"), "verdict"),
        (put("result", "words", value="They are the work of one thief."), "verdict in words"),
        (put("result", "copy_cosine", value=0.99), "cosine, copy"),
        (put("result", "similar_cosine", value=-0.5), "cosine, similar"),
        (put("result", "pdq_distance", value=3), "PDQ distance"),
        (put("result", "geometry", value=None), "geometry"),
        (put("second", "file", "sha256", value="0" * 64), "second picture: file"),
    ],
    [
        (put("result", "copy_threshold", value=0.1), "thresholds of the model"),
        (put("result", "geometry", "inliers", value=100_000), "geometry"),
        (put("result", "geometry", "matrix", 0, 2, value=100.0), "map"),
        (put("parameters", "search.verdict", "AGREES", value=0.2), "parameters"),
        (put("first", "file", "pixel_sha256", value="0" * 64), "first picture: size, format, pixels, PDQ"),
        (put("second", "file", "jpeg_quality", value=30), "second picture: size, format, pixels, PDQ"),
        (put("second", "file", "orientation", value=1), "second picture: size, format, pixels, PDQ"),
        (put("second", "exif", "artist", value="The owner"), "second picture: metadata"),
        (put("stills", value=["side_by_side"]), "stills/halves.jpg"),
    ],
    [
        (put("result", "geometry", "sentence", value="Stolen."), "geometry"),
        (put("result", "geometry", "matrix", 2, 0, value=0.002), "map"),
        (put("made_at", value="2020-01-01T00:00:00Z"), "evidence.pdf"),
    ],
    [
        (put("result", "geometry", "transform", "mirrored", value=False), "geometry"),
        (put("result", "geometry", "matrix", value=[[0, 0, 0]] * 3), "map"),
        (put("first", "file", "name", value="other.png"), "evidence.pdf"),
    ],
    [(put("result", "geometry", "transform", "kept_area_share", value=0.3), "geometry")],
    [(put("result", "geometry", "transform", "added_boxes_shares", value=[]), "geometry")],
    [(put("first", "file", "width", value=641), "first picture: size, format, pixels, PDQ")],
]


@pytest.mark.parametrize("edits", EDITS)
def test_a_record_changed_with_its_manifest_is_found_out(
    verified: Callable[..., tuple[Check, ...]], edits: list[tuple[Callable[[Any], None], str]]
) -> None:
    def edit(record: Any) -> None:
        for change, _ in edits:
            change(record)

    differing = named(verified(edited(made(with_files=True), edit)), Outcome.DIFFERS)
    assert {what for _, what in edits} <= differing


def test_a_descriptor_of_another_picture_is_found_out(verified: Callable[..., tuple[Check, ...]]) -> None:
    record = json.loads(made().members["evidence.json"])
    foreign = record["second"]["descriptors"]["copy_f16"]
    checks = verified(edited(made(), put("first", "descriptors", "copy_f16", value=foreign)), files())
    assert {"first picture: descriptors", "cosine, copy"} <= named(checks, Outcome.DIFFERS)


def test_parts_of_another_picture_are_found_out(verified: Callable[..., tuple[Check, ...]]) -> None:
    preview = encode_preview(blots(9), 384)
    checks = verified(repacked(made(), first__preview__webp=preview), files())
    assert "first picture: preview" in named(checks, Outcome.DIFFERS)
    foreign = exhibits()[0].features[:-400] + bytes(400)
    checks = verified(repacked(made(), first__features__bin=foreign), files())
    assert named(checks, Outcome.DIFFERS) <= {"geometry", "evidence.pdf", "first picture: local features"}
    of_others = dict(made().members)["second/features.bin"]
    checks = verified(repacked(made(), first__features__bin=of_others), files())
    assert "first picture: what is kept of it" in named(checks, Outcome.DIFFERS)


def test_a_still_or_a_pdf_changed_with_its_manifest_is_found_out(verified: Callable[..., tuple[Check, ...]]) -> None:
    still = decode(made().members["stills/halves.jpg"], LIMITS).pixels.copy()
    still[:40, :40] = 0
    checks = verified(repacked(made(), stills__halves__jpg=encode_still(still, "JPEG")))
    assert "stills/halves.jpg" in named(checks, Outcome.DIFFERS)
    assert "evidence.pdf" in named(checks, Outcome.UNCHECKED)
    garbage = verified(repacked(made(), stills__halves__jpg=b"no picture"))
    assert "stills/halves.jpg" in named(garbage, Outcome.DIFFERS)
    pdf = made().members["evidence.pdf"].replace(b"Retrace 0.1.0", b"Retrace 9.9.9")
    assert pdf != made().members["evidence.pdf"]
    assert named(verified(repacked(made(), evidence__pdf=pdf)), Outcome.DIFFERS) == {"evidence.pdf"}


def test_a_file_swapped_in_the_pack_is_found_out_also_beside_the_right_ones(
    verified: Callable[..., tuple[Check, ...]],
) -> None:
    swapped = repacked(made(with_files=True), first__file__png=encode(blots(4)))
    assert "first picture: file" in named(verified(swapped), Outcome.DIFFERS)
    assert named(verified(swapped, files()), Outcome.DIFFERS) == {"first picture: file in the pack"}


def test_what_another_model_described_is_not_checked_and_said_so(verified: Callable[..., tuple[Check, ...]]) -> None:
    other = replace(INSPECTOR, extractor=FakeExtractor(seed=8))
    checks = verified(made(with_files=True).to_bytes(), (), other)
    assert agrees(checks)
    assert named(checks, Outcome.UNCHECKED) == {
        "model",
        "thresholds of the model",
        "first picture: descriptors",
        "second picture: descriptors",
        "time",
    }


def test_other_versions_are_told_and_are_no_fault(verified: Callable[..., tuple[Check, ...]]) -> None:
    later = verified(made().to_bytes(), (), replace(INSPECTOR, version="9.0.0"))
    assert "versions" in named(later, Outcome.UNCHECKED)
    assert agrees(later)
    smaller = replace(INSPECTOR, limits=replace(LIMITS, max_pixels=10_000_000))
    assert "parameters" in named(verified(made().to_bytes(), (), smaller), Outcome.UNCHECKED)
    unlike = edited(made(), put("engine", "packages", "fpdf2", value="1.0"))
    assert {"versions", "evidence.pdf"} <= named(verified(unlike), Outcome.UNCHECKED)


def test_a_record_that_cannot_be_read_is_told(verified: Callable[..., tuple[Check, ...]]) -> None:
    for record in (b"{", b"[]", b"[" * 100_000, b'{"format": 2}', b"\xff\xfe"):
        checks = verified(repacked(made(), evidence__json=record))
        assert named(checks, Outcome.DIFFERS) == {"evidence.json"}
        assert "all else" in named(checks, Outcome.UNCHECKED)


def test_what_strangers_wrote_reaches_no_terminal_as_it_is(verified: Callable[..., tuple[Check, ...]]) -> None:
    loud = edited(made(), put("engine", "packages", "\x1b[2J", value="\x1b[31m"))
    lines = list(checks_lines(verified(loud)))
    assert any("\\x1b[31m" in line for line in lines)
    assert all(line.isprintable() for line in lines)


def test_lines_and_record_tell_the_same(verified: Callable[..., tuple[Check, ...]]) -> None:
    checks = verified(repacked(made(), evidence__pdf=b"%PDF-"))
    lines = list(checks_lines(checks))
    assert len(lines) == len(checks) + 1
    assert lines[-1].endswith("1 differ, 3 could not be checked.")
    record = checks_record(checks)
    assert record["agrees"] is False
    assert json.loads(json.dumps(record)) == record


def test_a_probability_of_another_calibration_stays_unchecked(verified: Callable[..., tuple[Check, ...]]) -> None:
    checks = verified(edited(made(), put("result", "calibrated_probability", value=0.97)))
    assert "probability" in named(checks, Outcome.UNCHECKED)
    assert "evidence.pdf" in named(checks, Outcome.DIFFERS), "the PDF told none"


def calibrated(**changes: object) -> Evidence:
    first, second = exhibits()
    fitted = calibration(model_id=EXTRACTOR.model_id, **changes)
    return make_evidence(first, second, EXTRACTOR, LIMITS, version=VERSION, made_at=MADE_AT, calibration=fitted)


def test_a_probability_follows_from_the_calibration_in_the_pack(verified: Callable[..., tuple[Check, ...]]) -> None:
    made_with = calibrated()
    told = made_with.record.result.calibrated_probability
    assert told is not None
    assert 0.9 < told < 1
    checks = verified(made_with.to_bytes())
    assert {"probability", "model of the calibration"} <= named(checks, Outcome.AGREES)
    assert "calibration" in named(checks, Outcome.UNCHECKED), "there is none beside the model here"
    lowered = verified(edited(made_with, put("result", "calibrated_probability", value=0.5)))
    assert "probability" in named(lowered, Outcome.DIFFERS)


def test_a_calibration_of_another_model_or_method_is_told(verified: Callable[..., tuple[Check, ...]]) -> None:
    other = verified(edited(calibrated(), put("calibration", "model_id", value="1" * 64)))
    assert "model of the calibration" in named(other, Outcome.DIFFERS)
    assert "probability" in named(verified(calibrated(method="another").to_bytes()), Outcome.UNCHECKED)


def test_pictures_without_a_map_between_them_agree_too(verified: Callable[..., tuple[Check, ...]]) -> None:
    rng = np.random.default_rng(1)
    strip = encode(rng.integers(0, 256, (16, 1200, 3), dtype=np.uint8))
    grey = encode(np.full((64, 64, 3), 120, np.uint8))
    first, second = (exhibit_file(EXTRACTOR, data, LIMITS, name="x", look="query") for data in (strip, grey))
    evidence = make_evidence(first, second, EXTRACTOR, LIMITS, version=VERSION, made_at=MADE_AT, with_files=True)
    assert evidence.record.result.geometry is None
    assert evidence.record.result.is_too_plain
    checks = verified(write_pack(evidence.members))
    assert agrees(checks), checks
