"""Proves that the catalogue, the strips and the indexes of videos tell the same story, and mends what can be mended."""

from collections.abc import Iterator, Sequence

from data.video_upkeep import VideoUpkeep
from search.findings import Disagreement, Finding
from search.index_check import verify
from search.video_engine import VideoEngine

AT_ONCE = 500
"""Strips removed in one transaction."""


def check_videos(videos: VideoEngine, upkeep: VideoUpkeep) -> Iterator[Finding]:
    """Yield every disagreement between the catalogue, the strips and both indexes of videos.

    The files of the videos are not looked at: they belong to others and may lie on a disk that is not there.
    """
    yield from _check_strips(videos, upkeep)
    for video_id in upkeep.undescribed(videos.extractor.model_id):
        yield Finding(
            Disagreement.VIDEO_UNDESCRIBED,
            str(video_id),
            f"video {video_id} was described by another model; remove it, then add its file again",
        )
    for index in (videos.frames, videos.summaries):
        for difference in verify(index, index.feed):
            yield Finding(Disagreement.INDEX_DIFFERS, index.identity.kind, difference.detail)


def repair_videos(videos: VideoEngine, upkeep: VideoUpkeep, findings: Sequence[Finding]) -> None:
    """Remove stray strips, and build differing indexes anew; what needs the video's file is left."""
    strays = [finding.subject for finding in findings if finding.what is Disagreement.STRIP_STRAY]
    for start in range(0, len(strays), AT_ONCE):
        # Whoever adds one of these videos commits before, and it is left alone, or after, and looks.
        with upkeep.absent(strays[start : start + AT_ONCE]) as absent:
            for sha256 in absent:
                videos.posters.remove(sha256)
    videos.posters.sweep()
    differing = {finding.subject for finding in findings if finding.what is Disagreement.INDEX_DIFFERS}
    for index in (videos.frames, videos.summaries):
        if index.identity.kind in differing:
            index.rebuild()


def _check_strips(videos: VideoEngine, upkeep: VideoUpkeep) -> Iterator[Finding]:
    """Yield videos without a strip and strips without a video."""
    there = set(videos.posters.all())
    wanted = {sha256: video_id for video_id, sha256 in upkeep.all_sha256()}
    missing, stray = wanted.keys() - there, there - wanted.keys()
    # The two lists are not of one moment: what was added or removed in between is looked at once more.
    still_wanted = upkeep.known_sha256(missing | stray)
    for sha256 in sorted(missing & still_wanted):
        if not videos.posters.has(sha256):
            yield Finding(
                Disagreement.STRIP_MISSING,
                sha256,
                f"video {wanted[sha256]} has none; add its file again to make it",
            )
    for sha256 in sorted(stray - still_wanted):
        if videos.posters.has(sha256):
            yield Finding(Disagreement.STRIP_STRAY, sha256, f"no video of the catalogue is {sha256[:12]}…")
