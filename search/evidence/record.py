"""What `evidence.json` says, as types: written by us, and read back from strangers, who may have written anything."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from data.records import Image, Source
from errors import BadInput
from feature_extractor.descriptors import DIM
from feature_extractor.exif import ExifFacts
from feature_extractor.picture import MIN_SIDE
from search.answer import Verdict
from search.compare import Comparison
from search.confidence import Calibration
from search.evidence.exhibit import DESCRIPTOR_TYPE, Basis, Exhibit, Look, public_locator
from search.geometry import Matrix, scaling
from search.proof import Proof, Seen
from search.report import COMPARISON_WORDS
from search.sentence import describe_transform, transform_record

FORMAT: Literal[1] = 1
_HUGE = 10**12  # beyond any number of ours
_MOST_PX = 1_000_000_000  # of pixels, the most that any setting allows

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
LONGEST_TEXT = 4_000
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Name = Annotated[str, Field(min_length=1, max_length=255)]
Side = Annotated[int, Field(ge=MIN_SIDE, le=_MOST_PX // MIN_SIDE)]
Share = Annotated[float, Field(ge=0, le=1)]
Cosine = Annotated[float, Field(ge=-1.01, le=1.01)]
Count = Annotated[int, Field(ge=0, le=_MOST_PX)]
Number = Annotated[float, Field(ge=-_HUGE, le=_HUGE)]
Corner = tuple[Share, Share]
Row = tuple[Number, Number, Number]
Moment = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))]
Scalar = bool | Annotated[int, Field(ge=-_HUGE, le=_HUGE)] | Number | Text
Parameter = Scalar | list[Scalar | list[Scalar]] | dict[Name, Scalar]


class _Part(BaseModel):
    """A part of the record: whatever it does not know is refused, and so is what is no number."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FileRecord(_Part):
    """A picture's file.

    Attributes:
        name: of the file, or the picture's title; never where it lies.
        width, height: px of the upright picture.
        pixel_sha256: of the decoded pixels; null where they were not looked at one by one.
        jpeg_quality: 1..100, estimated; null where it is no JPEG or the file was not at hand.
        orientation: 1..8, the EXIF orientation that was undone; null where the file was not at hand.
        pdq: hexadecimal; null where the picture is too plain for it.
    """

    name: Name
    sha256: Sha256
    pixel_sha256: Sha256 | None
    width: Side
    height: Side
    format: Literal["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF"]
    size_bytes: Annotated[int, Field(ge=1, le=1 << 40)]
    jpeg_quality: Annotated[int, Field(ge=1, le=100)] | None
    orientation: Annotated[int, Field(ge=1, le=8)] | None
    pdq: Sha256 | None


class SourceFacts(_Part):
    """One place where a picture was seen: an address, or the name of a file."""

    locator: Text
    backlink: Text | None
    seen_at: Moment

    @classmethod
    def of(cls, source: Source) -> Self:
        """Return what strangers may read of a source."""
        backlink = None if source.backlink is None else public_locator(source.backlink)
        return cls(locator=_cut(public_locator(source.locator)), backlink=_cut(backlink), seen_at=source.seen_at)


class CatalogueFacts(_Part):
    """What a catalogue says of a picture: its owner's word, which no file proves."""

    id: Count
    title: Text | None
    licence: Text | None
    project: Text | None
    collection: Text | None
    added_at: Moment
    sources: Annotated[tuple[SourceFacts, ...], Field(max_length=100)]

    @classmethod
    def of(cls, image: Image) -> Self:
        """Return what strangers may read of a row."""
        return cls(
            id=image.id,
            title=_cut(image.title),
            licence=_cut(image.licence),
            project=_cut(image.project),
            collection=_cut(image.collection),
            added_at=image.added_at,
            sources=tuple(map(SourceFacts.of, image.sources)),
        )


class DescriptorRecord(_Part):
    """The two descriptors of a picture, 256 little-endian float16 each, base64."""

    copy_f16: Annotated[str, Field(min_length=684, max_length=684)]
    similar_f16: Annotated[str, Field(min_length=684, max_length=684)]


class PictureRecord(_Part):
    """One of the two pictures.

    Attributes:
        look: as what it was looked at, which decides how many local features are taken and how large its preview is.
        at_hand: what there was of it: its file, or only a small version and what was found in the file before.
        features_from: what its local features were found in.
        exif: what the file says of how it was made; null where it was not at hand.
        catalogue: null where the picture did not come from one.
    """

    look: Look
    at_hand: Basis = "file"
    features_from: Basis = "file"
    file: FileRecord
    exif: ExifFacts | None
    catalogue: CatalogueFacts | None
    descriptors: DescriptorRecord

    @classmethod
    def of(cls, exhibit: Exhibit) -> Self:
        """Return what the record says of an exhibit."""
        return cls(
            look=exhibit.look,
            at_hand="small_version" if exhibit.exif is None else "file",
            features_from=exhibit.features_from,
            file=FileRecord(
                name=exhibit.name[:255],
                sha256=exhibit.sha256,
                pixel_sha256=exhibit.pixel_sha256,
                width=exhibit.width,
                height=exhibit.height,
                format=exhibit.format,  # type: ignore[arg-type]  # one of the formats that decode reads
                size_bytes=exhibit.size_bytes,
                jpeg_quality=exhibit.jpeg_quality,
                orientation=exhibit.orientation,
                pdq=None if exhibit.pdq is None else exhibit.pdq.hex(),
            ),
            exif=exhibit.exif,
            catalogue=None if exhibit.row is None else CatalogueFacts.of(exhibit.row),
            descriptors=DescriptorRecord(copy_f16=_packed(exhibit.copy), similar_f16=_packed(exhibit.similar)),
        )

    def exhibit(self, features: bytes, preview: bytes) -> Exhibit:
        """Return the exhibit that this was made from, without its file.

        Args:
            features, preview: the members beside the record.
        Raises:
            BadInput: a descriptor is none.
        """
        return Exhibit(
            name=self.file.name,
            look=self.look,
            width=self.file.width,
            height=self.file.height,
            format=self.file.format,
            size_bytes=self.file.size_bytes,
            sha256=self.file.sha256,
            pixel_sha256=self.file.pixel_sha256,
            jpeg_quality=self.file.jpeg_quality,
            orientation=self.file.orientation,
            exif=self.exif,
            pdq=None if self.file.pdq is None else bytes.fromhex(self.file.pdq),
            copy=_unpacked(self.descriptors.copy_f16),
            similar=_unpacked(self.descriptors.similar_f16),
            features=features,
            preview=preview,
            features_from=self.features_from,
        )


class BoxRecord(_Part):
    """A box in shares of a picture's sides."""

    left: Share
    top: Share
    right: Share
    bottom: Share


class RecolouringRecord(_Part):
    """How colours changed; see search.residual.Recolouring."""

    is_grey: bool
    is_tinted: bool
    brightness_share: Number | None
    contrast_factor: Number | None
    saturation_factor: Number | None
    hue_deg: Number | None


class TransformRecord(_Part):
    """What was done, as search.sentence.transform_record writes it."""

    mirrored: bool
    rotation_deg: Number | None
    scale_px_per_px: Number | None
    aspect_ratio: Number | None
    perspective_share: Number | None
    kept_polygon_shares: Annotated[tuple[Corner, ...], Field(max_length=16)]
    kept_area_share: Number | None
    placed_polygon_shares: Annotated[tuple[Corner, ...], Field(max_length=16)]
    placed_area_share: Number | None
    is_surround_plain: bool
    recolouring: RecolouringRecord | None
    blur_sigma_px_of_384: Number | None
    jpeg_quality: Annotated[int, Field(ge=1, le=100)] | None
    added_boxes_shares: Annotated[tuple[BoxRecord, ...], Field(max_length=16)]


class GeometryRecord(_Part):
    """How one picture lies in the other.

    Attributes:
        matrix: homography from px of the first picture to px of the second, pixel centres at whole numbers, by rows.
        proposed_by: what the map came from: local features, or the frames of the pictures laid on each other.
        matches, inliers, features_inside: as in search.geometry.Alignment.
        agreement_share, cells: as in search.residual.Overlay.
        sentence: what was done, in words.
        transform: the same in numbers.
    """

    matrix: tuple[Row, Row, Row]
    proposed_by: Literal["local_features", "frames"]
    matches: Count
    inliers: Count
    features_inside: Count
    agreement_share: Share
    cells: Count
    sentence: Text
    transform: TransformRecord

    @classmethod
    def of(cls, proof: Proof, first: Seen, second: Seen) -> Self:
        """Return what the record says of a proof.

        Args:
            proof: of the two.
            first, second: what geometry saw of them.
        """
        matrix = np.linalg.inv(_to_small(second)) @ proof.overlay.matrix @ _to_small(first)
        rows = [tuple(float(f"{number:.8g}") for number in row) for row in matrix / matrix[2, 2]]
        return cls(
            matrix=(rows[0], rows[1], rows[2]),  # type: ignore[arg-type]  # three numbers each
            proposed_by="local_features" if proof.alignment.inliers else "frames",
            matches=proof.alignment.matches,
            inliers=proof.alignment.inliers,
            features_inside=proof.alignment.of,
            agreement_share=round(proof.overlay.agreement, 4),
            cells=proof.overlay.cells,
            sentence=describe_transform(proof.transform),
            transform=TransformRecord.model_validate(transform_record(proof.transform)),
        )


class ResultRecord(_Part):
    """What the second picture is to the first.

    Attributes:
        verdict: see search.answer.Verdict.
        words: the same for people.
        copy_cosine, similar_cosine: of the descriptors in the record.
        copy_threshold, similar_floor: of the model.
        pdq_distance: bits of 256 that differ; null where one picture is too plain.
        is_too_plain: one shows too little to be judged by its looks.
        geometry: null where no map between the two bears a comparison.
        calibrated_probability: that they are copies of each other; null where they are not called so, and where no
            calibration was at hand.
    """

    verdict: Literal["identical", "same_pixels", "copy", "unconfirmed", "similar", "distant"]
    words: Text
    copy_cosine: Cosine
    copy_threshold: Cosine
    similar_cosine: Cosine
    similar_floor: Cosine
    pdq_distance: Annotated[int, Field(ge=0, le=256)] | None
    is_too_plain: bool
    geometry: GeometryRecord | None
    calibrated_probability: Share | None = None

    @classmethod
    def of(cls, found: Comparison, first: Seen, second: Seen, *, copy_threshold: float, similar_floor: float) -> Self:
        """Return what the record says of a comparison."""
        return cls(
            verdict=found.verdict.value,
            words=result_words(found.verdict, is_too_plain=found.is_too_plain),
            copy_cosine=round(found.copy_score, 4),
            copy_threshold=copy_threshold,
            similar_cosine=round(found.similar_score, 4),
            similar_floor=similar_floor,
            pdq_distance=found.pdq_distance,
            is_too_plain=found.is_too_plain,
            geometry=None if found.proof is None else GeometryRecord.of(found.proof, first, second),
            calibrated_probability=None if found.probability is None else round(found.probability, 4),
        )


class EngineRecord(_Part):
    """What made the record.

    Attributes:
        retrace: its version.
        model_id: sha256 of the model that described the pictures.
        machine: kind of processor, and Python.
        packages: name to version of those that decide the result.
    """

    retrace: Name
    model_id: Sha256
    machine: Name
    packages: Annotated[dict[Name, Name], Field(max_length=64)]


class EvidenceRecord(_Part):
    """All of `evidence.json`.

    Attributes:
        format: version of this record.
        made_at: UTC, whole seconds.
        stills_from: what the stills were drawn from: the files, where the pack holds them, or else the previews.
        first, second: the pictures; what was done is told as if the second had been made from the first.
        parameters: module to the name of a number to its value.
        stills: their names, in order.
        calibration: what the probability comes from: weights, and what they were fitted on; null where there is none.
    """

    format: Literal[1]
    made_at: Moment
    stills_from: Literal["files", "previews"]
    first: PictureRecord
    second: PictureRecord
    result: ResultRecord
    engine: EngineRecord
    parameters: Annotated[dict[Name, dict[Name, Parameter]], Field(max_length=64)]
    stills: Annotated[tuple[Name, ...], Field(max_length=16)]
    calibration: Calibration | None = None


def result_words(verdict: Verdict, *, is_too_plain: bool) -> str:
    """Return a verdict as one sentence."""
    if is_too_plain and not verdict.is_proven:
        return "One of the pictures is too plain to judge."
    return COMPARISON_WORDS[verdict]


def whole_seconds(moment: datetime) -> datetime:
    """Return a moment in UTC without its fraction of a second.

    Raises:
        BadInput: it does not say in which time zone it is.
    """
    if moment.tzinfo is None:
        raise BadInput(f"expected a time with its zone; received {moment.isoformat()}")
    return moment.astimezone(UTC).replace(microsecond=0)


_Told = TypeVar("_Told", str, str | None)


def _cut(text: _Told) -> _Told:
    """Return a text that is no longer than the record holds."""
    return text if text is None or len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _packed(vector: NDArray[np.float16]) -> str:
    return b64encode(vector.astype(DESCRIPTOR_TYPE).tobytes()).decode()


def _unpacked(text: str) -> NDArray[np.float16]:
    """Return a descriptor (256,).

    Raises:
        BadInput: these are not 256 finite numbers.
    """
    try:
        data = b64decode(text, validate=True)
    except ValueError as exc:
        raise BadInput("expected a descriptor in base64; received something else") from exc
    if len(data) != DIM * DESCRIPTOR_TYPE.itemsize:
        raise BadInput(f"expected a descriptor of {DIM} numbers; received {len(data)} bytes")
    vector = np.frombuffer(data, DESCRIPTOR_TYPE)
    if not np.isfinite(vector).all():
        raise BadInput("expected a descriptor of finite numbers; received others")
    return vector


def _to_small(seen: Seen) -> Matrix:
    """Return the map from px of a picture to px of its small version."""
    height, width = seen.pixels.shape[:2]
    return scaling(width / seen.keypoints.width, height / seen.keypoints.height)


def as_plain(part: BaseModel) -> Mapping[str, JsonValue]:
    """Return a part of the record as plain JSON values."""
    plain: dict[str, JsonValue] = part.model_dump(mode="json")
    return plain
