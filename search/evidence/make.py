"""Makes an evidence pack of two exhibits: weigh them, draw what was found, write it down."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from errors import BadInput
from feature_extractor.descriptors import Extractor
from feature_extractor.picture import Limits, Picture
from search.compare import weigh
from search.confidence import Calibration
from search.evidence.drawings import Shown, draw_stills
from search.evidence.exhibit import Exhibit
from search.evidence.pack import PDF, RECORD, SIDES, file_member, json_bytes, still_member, write_pack
from search.evidence.parameters import machine, package_versions, parameters
from search.evidence.pdf import make_pdf
from search.evidence.record import FORMAT, EngineRecord, EvidenceRecord, PictureRecord, ResultRecord, whole_seconds
from search.stills import encode_still


@dataclass(frozen=True, slots=True)
class Findings:
    """What comes out of two exhibits.

    Attributes:
        result: for the record.
        stills: their names and pictures, in order.
    """

    result: ResultRecord
    stills: Mapping[str, Picture]


@dataclass(frozen=True, slots=True)
class Evidence:
    """An evidence pack, still in memory.

    Attributes:
        record: what it says.
        members: names and bytes of its parts, the manifest left out.
    """

    record: EvidenceRecord
    members: Mapping[str, bytes]

    def summary(self) -> dict[str, JsonValue]:
        """Return what it comes to, as plain JSON values."""
        result = self.record.result
        return {
            "verdict": result.verdict,
            "words": result.words,
            "sentence": None if result.geometry is None else result.geometry.sentence,
            "calibrated_probability": result.calibrated_probability,
            "members": list(self.members),
        }

    def to_bytes(self) -> bytes:
        """Return the ZIP."""
        return write_pack(self.members)


def make_evidence(
    first: Exhibit,
    second: Exhibit,
    extractor: Extractor,
    limits: Limits,
    *,
    version: str,
    made_at: datetime,
    with_files: bool = False,
    calibration: Calibration | None = None,
) -> Evidence:
    """Return the evidence of what the second picture is to the first; the same input and time, the same bytes.

    Args:
        first, second: described by the model of the extractor.
        extractor: tells that model and its thresholds.
        limits: what a picture file was allowed to cost.
        version: of Retrace.
        made_at: with its time zone.
        with_files: put the two files into the pack, and draw the stills from them; else it holds and shows small
            versions alone.
        calibration: of the model, put into the record too; None: nothing tells how sure it is.
    Raises:
        BadInput: a file is wanted and not at hand.
    """
    if with_files:
        for side, exhibit in zip(SIDES, (first, second), strict=True):
            if exhibit.file is None:
                raise BadInput(
                    f"expected the file of the {side} picture to put into the pack; it is not where it was seen",
                    remedy="Give the file itself, or leave out --with-files.",
                )
    findings = find(
        first,
        second,
        copy_threshold=extractor.copy_threshold,
        similar_floor=extractor.similar_floor,
        from_files=with_files,
        calibration=calibration,
    )
    record = EvidenceRecord(
        format=FORMAT,
        made_at=whole_seconds(made_at),
        stills_from="files" if with_files else "previews",
        first=PictureRecord.of(first),
        second=PictureRecord.of(second),
        result=findings.result,
        engine=EngineRecord(
            retrace=version, model_id=extractor.model_id, machine=machine(), packages=package_versions()
        ),
        parameters=parameters(limits),
        stills=tuple(findings.stills),
        calibration=calibration,
    )
    stills = {name: encode_still(still, "JPEG") for name, still in findings.stills.items()}
    members = {RECORD: json_bytes(record), PDF: make_pdf(record, stills)}
    for side, exhibit in zip(SIDES, (first, second), strict=True):
        members |= {f"{side}/preview.webp": exhibit.preview, f"{side}/features.bin": exhibit.features}
        if with_files and exhibit.file is not None:
            members[file_member(side, exhibit.format)] = exhibit.file
    return Evidence(record, members | {still_member(name): still for name, still in stills.items()})


def find(
    first: Exhibit,
    second: Exhibit,
    *,
    copy_threshold: float,
    similar_floor: float,
    from_files: bool,
    calibration: Calibration | None = None,
) -> Findings:
    """Return what the second picture is to the first, and the drawings of it.

    Args:
        first, second: described by one model.
        copy_threshold, similar_floor: of that model.
        from_files: draw from the decoded files, which must be at hand, in place of the previews.
        calibration: of that model; None: nothing tells how sure it is.
    Raises:
        ContractBroken: local features are not packed ones, or the pixels of a file are wanted and not at hand.
        BrokenPicture: a preview is damaged.
    """
    one, other = first.known(), second.known()
    found = weigh(one, other, copy_threshold=copy_threshold, similar_floor=similar_floor, calibration=calibration)
    shown = Shown(first.decoded(), second.decoded()) if from_files else Shown(one.seen.pixels, other.seen.pixels)
    return Findings(
        result=ResultRecord.of(found, one.seen, other.seen, copy_threshold=copy_threshold, similar_floor=similar_floor),
        stills=draw_stills(found.proof, (one.seen, other.seen), shown),
    )
