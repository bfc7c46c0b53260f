"""Proves that catalogue, thumbnails and indexes tell the same story, and mends what can be mended."""

from collections.abc import Iterator, Sequence

from data.thumbnails import ThumbnailStore
from data.video_upkeep import VideoUpkeep
from data.word_upkeep import is_index_sound, mend_index, mend_pictures, wrong_pictures
from errors import BadInput
from feature_extractor.decode import decode
from feature_extractor.kept_keypoints import kept_keypoints
from feature_extractor.keypoints import METHOD
from search.cautions import pictures_without_regions
from search.change_feed import ChangeFeed
from search.findings import Disagreement, Finding
from search.index_check import verify
from search.live_index import LiveIndex
from search.query import DESCRIPTOR_KINDS, Engine, indexes_of
from search.removal import remove_strays
from search.video_check import check_videos, repair_videos
from search.video_engine import VideoEngine
from search.words import count

IDS_AT_ONCE = 5_000
"""Pictures whose descriptors are asked for at a time: about 3 MB."""
FILLED_AT_ONCE = 100
"""Pictures whose local features are written in one transaction: what a stop loses is a few seconds' work."""

_TOLD = 20
"""Pictures that a finding names."""


def check_all(engine: Engine, thumbnails: ThumbnailStore, videos: VideoEngine | None = None) -> list[Finding]:
    """Return every disagreement between the catalogue, what lies beside it and its indexes; none is the good answer.

    `videos` are its videos; None where it never had one.

    Pictures without local features are one disagreement, however many: in a catalogue of an older version all are.
    A picture that another process is adding or removing at this very moment may show up: check again.
    """
    return [
        *_check_thumbnails(engine, thumbnails),
        *_check_descriptors(engine),
        *_check_keypoints(engine),
        *_check_regions(engine),
        *_check_indexes(engine),
        *_check_words(engine),
        *(check_videos(videos, VideoUpkeep(engine.catalogue.database)) if videos is not None else ()),
    ]


def repair(
    engine: Engine, thumbnails: ThumbnailStore, findings: Sequence[Finding], videos: VideoEngine | None = None
) -> list[Finding]:
    """Mend what can be mended, and return what is still wrong, checked once more.

    Stray thumbnails and strips are removed, missing local features found in thumbnails, differing words written anew
    from the rows that they follow from, and differing indexes built anew. What cannot be made without the picture or
    the video is left: a missing thumbnail or strip comes back when its file is added again, and so do local features
    where the thumbnail is missing too or narrower than what we read; a missing descriptor does when the picture is
    removed before. Others may add and remove meanwhile.
    """
    strays = [finding.subject for finding in findings if finding.what is Disagreement.THUMBNAIL_STRAY]
    remove_strays(engine.catalogue, thumbnails, strays)
    thumbnails.sweep()
    if any(finding.what is Disagreement.KEYPOINTS_MISSING for finding in findings):
        _fill_keypoints(engine, thumbnails)
    if any(finding.what is Disagreement.WORDS_DIFFER for finding in findings):
        _mend_words(engine)
    differing = {finding.subject for finding in findings if finding.what is Disagreement.INDEX_DIFFERS}
    ours = indexes_of(engine)
    if differing & {index.identity.kind for index in ours}:
        for index in ours:
            index.rebuild()
    if videos is not None:
        repair_videos(videos, VideoUpkeep(engine.catalogue.database), findings)
    return check_all(engine, thumbnails, videos)


def _check_thumbnails(engine: Engine, thumbnails: ThumbnailStore) -> Iterator[Finding]:
    """Yield pictures without a thumbnail and thumbnails without a picture."""
    there = set(thumbnails.all())
    wanted = {sha256: image_id for image_id, sha256 in engine.catalogue.all_sha256()}
    missing, stray = wanted.keys() - there, there - wanted.keys()
    # The two lists are not of one moment: what was added or removed in between is looked at once more.
    still_wanted = engine.catalogue.known_sha256(missing | stray)
    for sha256 in sorted(missing & still_wanted):
        if not thumbnails.has(sha256):
            yield Finding(
                Disagreement.THUMBNAIL_MISSING,
                sha256,
                f"picture {wanted[sha256]} has none; add its file again to make it",
            )
    for sha256 in sorted(stray - still_wanted):
        if thumbnails.has(sha256):
            yield Finding(Disagreement.THUMBNAIL_STRAY, sha256, f"no picture of the catalogue is {sha256[:12]}…")


def _check_descriptors(engine: Engine) -> Iterator[Finding]:
    """Yield pictures that the model in use has not described."""
    ids = sorted(image_id for image_id, _ in engine.catalogue.all_sha256())
    for start in range(0, len(ids), IDS_AT_ONCE):
        chunk = ids[start : start + IDS_AT_ONCE]
        for kind in DESCRIPTOR_KINDS:
            described = engine.catalogue.descriptors_of(chunk, kind, engine.extractor.model_id).ids.tolist()
            for image_id in sorted(set(chunk) - set(described)):
                yield Finding(
                    Disagreement.DESCRIPTOR_MISSING,
                    str(image_id),
                    f"picture {image_id} has no {kind} descriptor; remove it, then add its file again",
                )


def _check_keypoints(engine: Engine) -> Iterator[Finding]:
    """Yield how many pictures have no local features of the method in use, if any."""
    lacking, after_id = 0, 0
    while page := engine.catalogue.lacking_keypoints(METHOD, after_id=after_id, limit=IDS_AT_ONCE):
        lacking += len(page)
        after_id = page[-1][0]
    if lacking:
        yield Finding(
            Disagreement.KEYPOINTS_MISSING,
            METHOD,
            f"{count(lacking, 'picture')} without; `check --repair` finds them in the thumbnails, adding a file again "
            "in the picture itself",
        )


def _check_regions(engine: Engine) -> Iterator[Finding]:
    """Yield how many pictures have no described regions of the model in use, where searches ask for them."""
    if engine.regions is None:
        return
    if lacking := pictures_without_regions(engine, sum(1 for _ in engine.catalogue.all_sha256())):
        yield Finding(
            Disagreement.REGIONS_MISSING,
            engine.extractor.model_id,
            f"{count(lacking, 'picture')} without; `regions add` describes them",
        )


def _fill_keypoints(engine: Engine, thumbnails: ThumbnailStore) -> None:
    """Find the local features of pictures that have none, in their thumbnails: originals may be gone."""
    after_id = 0
    while page := engine.catalogue.lacking_keypoints(METHOD, after_id=after_id, limit=FILLED_AT_ONCE):
        after_id = page[-1][0]
        images = engine.catalogue.images([image_id for image_id, _ in page])
        found: list[tuple[str, bytes]] = []
        for image in images.values():
            thumbnail = thumbnails.read(image.sha256)
            if thumbnail is None:
                continue
            try:
                pixels = decode(thumbnail, engine.limits).pixels
            except BadInput:  # cut off by a loss of power, or of a picture so long that it is too narrow to read
                continue
            found.append((image.sha256, kept_keypoints(pixels, image.width, image.height)))
        engine.catalogue.put_keypoints(found, METHOD)


def _check_indexes(engine: Engine) -> Iterator[Finding]:
    """Yield the vectors that an index has too many, too few or different."""
    followed: list[tuple[LiveIndex, ChangeFeed]] = [
        (engine.copies, engine.catalogue),
        (engine.similars, engine.catalogue),
    ]
    if engine.regions is not None:
        followed.append((engine.regions.index, engine.regions.shelf))
    for index, feed in followed:
        for difference in verify(index, feed):
            yield Finding(Disagreement.INDEX_DIFFERS, index.identity.kind, difference.detail)


def _check_words(engine: Engine) -> Iterator[Finding]:
    """Yield that pictures are not found by the words they should be, if so."""
    database = engine.catalogue.database
    if wrong := wrong_pictures(database):
        yield Finding(
            Disagreement.WORDS_DIFFER,
            ",".join(map(str, wrong[:_TOLD])),
            f"{count(len(wrong), 'picture')} {'is' if len(wrong) == 1 else 'are'} not found by what is known of "
            f"{'it' if len(wrong) == 1 else 'them'}; `check --repair` writes that anew",
        )
    if not is_index_sound(database):
        yield Finding(
            Disagreement.WORDS_DIFFER, "index", "what finds the words is damaged; `check --repair` makes it anew"
        )


def _mend_words(engine: Engine) -> None:
    """Write words and facets anew where they are wrong, and what finds the words."""
    database = engine.catalogue.database
    # First, as a row is taken out of it by what it was.
    mend_index(database)
    mend_pictures(database, wrong_pictures(database))
