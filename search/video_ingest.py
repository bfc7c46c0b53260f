"""The life of a video: file or folder of frames, digest, frames described, one transaction a video."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from data.thumbnails import ThumbnailStore
from data.video_records import NewVideo, Video
from data.videos import VideoShelf
from errors import BadInput, SourceUnreadable
from feature_extractor.descriptors import Extractor
from feature_extractor.frame_folder import FrameFolder
from feature_extractor.frames import open_video
from feature_extractor.video import Sampling, VideoLimits, VideoReader
from feature_extractor.video_headers import HEADER_BYTES, is_video
from search.ingest import Failure, Tally
from search.video_frames import describe_video, encode_strip, summarise

_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class VideoIntake:
    """The parts that take videos in.

    Attributes:
        posters: where strips of small frames go.
        sampling: which frames are described.
        limits: what a video may cost.
        threads: of the decoder.
    """

    extractor: Extractor
    shelf: VideoShelf
    posters: ThumbnailStore
    sampling: Sampling
    limits: VideoLimits
    threads: int


@dataclass(frozen=True, slots=True)
class VideoOffer:
    """A video to be added.

    Attributes:
        path: of its file, or of the folder of its frames.
        fps: of a folder of frames; None for a file.
    """

    path: Path
    fps: float | None = None


@dataclass(frozen=True, slots=True)
class VideoProgress:
    """How far the adding is.

    Attributes:
        locator: the video at hand.
        done_ms, total_ms: of it; 0 where its header does not tell its length.
    """

    locator: str
    done_ms: int
    total_ms: int


def find_videos(what: Path) -> list[VideoOffer]:
    """Return the video file of this path, or all those under this folder, in the order of their names.

    What a file is its first bytes tell, not its name; files and folders whose names begin with a dot are passed over.

    Raises:
        SourceUnreadable: there is no such file or folder.
    """
    if what.is_dir():
        paths = sorted(path for path in what.rglob("*") if not _is_hidden(path.relative_to(what)))
        return [VideoOffer(path) for path in paths if path.is_file() and _starts_as_video(path)]
    if not what.is_file():
        raise SourceUnreadable(f"{what}: expected a video file or a folder of them; there is none")
    return [VideoOffer(what)]


def ingest_videos(
    intake: VideoIntake,
    offers: list[VideoOffer],
    *,
    collection: str | None,
    on_progress: Callable[[VideoProgress], None],
    on_failure: Callable[[Failure], None],
) -> Tally:
    """Add videos to the catalogue, one after the other, and go on where an earlier run stopped.

    A video counts once its transaction is committed. One that cannot be had is reported and left out.

    Args:
        intake: the parts.
        offers: videos to be added.
        collection: name to file them under.
        on_progress: told how far the video at hand is.
        on_failure: told of each video left out.
    Raises:
        CatalogueUnavailable, StorageUnavailable: nothing more can be written; what was committed stays.
    """
    tally = Tally()
    for offer in offers:
        locator = _locator(offer.path)
        try:
            added = _add(intake, offer, locator, collection, on_progress)
        except BadInput as exc:
            tally.failed += 1
            on_failure(Failure(locator, str(exc).removeprefix(f"{offer.path}: ")))
            continue
        tally.added += added
        tally.known += not added
    return tally


def remove_videos(shelf: VideoShelf, posters: ThumbnailStore, video_ids: list[int]) -> list[Video]:
    """Remove videos and their strips, and return what went; the files they came from are left alone."""
    removed = shelf.remove(video_ids)
    for video in removed:
        posters.remove(video.sha256)
    return removed


@contextmanager
def open_offer(offer: VideoOffer, limits: VideoLimits, *, threads: int) -> Iterator[VideoReader]:
    """Open a file or a folder of frames for the time of a block.

    Raises:
        VideoError, PictureError, SourceUnreadable, BadInput: it cannot be had; the message says why.
    """
    if offer.fps is not None:
        yield FrameFolder(offer.path, offer.fps, limits)
        return
    with open_video(offer.path, limits, threads=threads) as reader:
        yield reader


def _add(
    intake: VideoIntake,
    offer: VideoOffer,
    locator: str,
    collection: str | None,
    on_progress: Callable[[VideoProgress], None],
) -> bool:
    """Add one video; return whether it is new."""
    with open_offer(offer, intake.limits, threads=intake.threads) as reader:
        sha256, size_bytes = digest_video(reader.paths if isinstance(reader, FrameFolder) else [offer.path])
        known = intake.shelf.same_file(sha256)
        if known is not None and intake.posters.has(sha256):
            return False
        total_ms = round(reader.info.seconds * 1000)
        on_progress(VideoProgress(locator, 0, total_ms))
        described = describe_video(
            reader,
            intake.extractor,
            intake.sampling,
            advance=lambda ms: on_progress(VideoProgress(locator, ms, total_ms)),
        )
        info = reader.info
    strip = encode_strip(described.tiles)
    intake.posters.put(sha256, strip)
    _, is_new = intake.shelf.add(
        NewVideo(
            sha256=sha256,
            locator=locator,
            collection=collection,
            duration_ms=described.duration_ms,
            fps=info.fps,
            width=described.width,
            height=described.height,
            codec=info.codec,
            container=info.container,
            size_bytes=size_bytes,
            model_id=intake.extractor.model_id,
            ranges=described.ranges,
            summary=summarise([each.vector for each in described.ranges if each.vector is not None]),
        )
    )
    # Whoever removed strays after it was put and before the commit took it for such (search.video_check).
    if not intake.posters.has(sha256):
        intake.posters.put(sha256, strip)
    return is_new


def digest_video(paths: list[Path]) -> tuple[str, int]:
    """Return the sha256 and the size of a file; of several, the sha256 of theirs, in order, and the sum of the sizes.

    Raises:
        SourceUnreadable: one cannot be read.
    """
    digests, size_bytes = [], 0
    for path in paths:
        digest = hashlib.sha256()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    digest.update(chunk)
                    size_bytes += len(chunk)
        except OSError as exc:
            raise SourceUnreadable(f"{path}: {exc.strerror}") from exc
        digests.append(digest)
    if len(digests) == 1:
        return digests[0].hexdigest(), size_bytes
    return hashlib.sha256(b"".join(digest.digest() for digest in digests)).hexdigest(), size_bytes


def _locator(path: Path) -> str:
    """Return where a video lies, in full and printable."""
    whole = path.parent.resolve() / path.name if path.name not in ("", "..") else path.resolve()
    return str(whole).encode(errors="backslashreplace").decode()


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _starts_as_video(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_video(file.read(HEADER_BYTES))
    except OSError:
        return False
