"""A pack holds all that the record speaks of, is the same byte for byte, and gives nothing away that it need not."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from errors import BadInput
from feature_extractor.decode import decode
from search.compare import weigh
from search.evidence.drawings import CAPTIONS, look_alike
from search.evidence.make import make_evidence
from search.evidence.pack import MANIFEST, Manifest
from search.evidence.record import EvidenceRecord
from search.geometry import project
from search.sentence import transform_record
from search.stills import encode_still
from tests.engines import LIMITS
from tests.search.evidence.pairs import EXTRACTOR, MADE_AT, VERSION, exhibits, files, made
from tests.search.known_copies import blots, plain


@pytest.mark.parametrize("with_files", [False, True])
def test_the_same_pair_and_time_give_the_same_bytes(with_files: bool) -> None:
    first, second = exhibits()
    once_more = make_evidence(first, second, EXTRACTOR, LIMITS, version=VERSION, made_at=MADE_AT, with_files=with_files)
    assert once_more.to_bytes() == made(with_files=with_files).to_bytes()


def test_another_time_changes_record_and_pdf_alone() -> None:
    first, second = exhibits()
    later = make_evidence(
        first, second, EXTRACTOR, LIMITS, version=VERSION, made_at=MADE_AT + timedelta(seconds=1)
    ).members
    changed = {name for name, data in made().members.items() if later[name] != data}
    assert changed == {"evidence.json", "evidence.pdf"}


def test_a_pack_is_a_plain_zip_whose_manifest_names_every_other_member() -> None:
    with zipfile.ZipFile(io.BytesIO(made().to_bytes())) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        manifest = Manifest.model_validate_json(archive.read(MANIFEST))
        record = EvidenceRecord.model_validate_json(archive.read("evidence.json"))
    assert [*(member.name for member in manifest.members), MANIFEST] == names
    assert record == made().record


def test_the_record_says_what_the_parts_found() -> None:
    first, second = (one.known() for one in exhibits())
    found = weigh(first, second, copy_threshold=EXTRACTOR.copy_threshold, similar_floor=EXTRACTOR.similar_floor)
    assert found.proof is not None
    result, told = made().record.result, json.loads(made().members["evidence.json"])
    assert result.verdict == "copy"
    assert result.geometry is not None
    assert result.geometry.sentence.startswith("Mirrored, cropped to 80 %")
    assert told["result"]["geometry"]["transform"] == transform_record(found.proof.transform)
    assert result.copy_cosine == pytest.approx(found.copy_score, abs=1e-4)
    assert result.pdq_distance == found.pdq_distance
    assert told["result"]["calibrated_probability"] is None
    assert told["engine"]["model_id"] == EXTRACTOR.model_id
    assert told["parameters"]["search.verdict"]["AGREES"] == 0.88
    assert told["parameters"]["limits"]["max_pixels"] == LIMITS.max_pixels
    assert told["made_at"] == "2026-11-29T09:46:58Z"


def test_the_map_in_the_record_is_between_the_files() -> None:
    geometry = made().record.result.geometry
    assert geometry is not None
    corners = np.array([[128, 0], [639, 0], [639, 479], [128, 479]])
    placed = project(np.array(geometry.matrix), corners)
    # Mirroring 640 px: x goes to 639 - x.
    assert placed == pytest.approx(np.array([[511, 0], [0, 0], [0, 479], [511, 479]]), abs=1)


def test_of_a_file_its_name_is_kept_and_not_where_it_lies() -> None:
    assert made().record.second.file.name == "theirs.jpg"
    assert all(b"anna" not in data for data in made().members.values())


def test_without_files_only_small_versions_go_in() -> None:
    assert not any("file." in name for name in made().members)
    record = made().record
    assert record.stills_from == "previews"
    for name in record.stills:
        still = decode(made().members[f"stills/{name}.jpg"], LIMITS)
        assert max(still.width, still.height) <= 384 + 320 + 40


def test_with_files_both_go_in_and_are_drawn() -> None:
    members = made(with_files=True).members
    assert (members["first/file.png"], members["second/file.jpg"]) == files()
    halves = decode(members["stills/halves.jpg"], LIMITS)
    assert (halves.width, halves.height) == (512, 480)


def test_a_file_that_is_wanted_and_not_at_hand_is_named() -> None:
    first, second = exhibits()
    with pytest.raises(BadInput, match="the first picture"):
        make_evidence(
            replace(first, file=None, pixels=None),
            second,
            EXTRACTOR,
            LIMITS,
            version=VERSION,
            made_at=MADE_AT,
            with_files=True,
        )


def test_a_time_without_its_zone_is_refused_and_any_zone_becomes_utc() -> None:
    first, second = exhibits()
    with pytest.raises(BadInput, match="zone"):
        make_evidence(first, second, EXTRACTOR, LIMITS, version=VERSION, made_at=datetime(2026, 1, 1))  # noqa: DTZ001
    elsewhere = MADE_AT.astimezone(timezone(timedelta(hours=5)))
    there = make_evidence(first, second, EXTRACTOR, LIMITS, version=VERSION, made_at=elsewhere)
    assert there.to_bytes() == made().to_bytes()


def test_a_pair_with_something_added_has_every_still_that_has_a_caption() -> None:
    assert set(made().record.stills) == set(CAPTIONS)


def test_drawings_look_alike_after_compression_and_not_when_a_corner_was_changed() -> None:
    still = blots(3, 300, 200)
    stored = decode(encode_still(still, "JPEG"), LIMITS).pixels
    assert look_alike(stored, still)
    touched = still.copy()
    touched[:24, :24] = 255
    assert not look_alike(stored, touched)
    assert not look_alike(plain(128, 300, 200), plain(128, 200, 300))
