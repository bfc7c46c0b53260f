"""`video …`: the videos of the catalogue, and what they show."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.group import FOUND_NOTHING, command, main
from commands.opening import engine_source, open_catalogue, read_picture, served_model
from commands.options import as_json
from commands.showing import failure_report, progress_bar, show, tell_tally
from errors import BadInput, NotFound
from search.words import count
from settings import Settings, read_settings

if TYPE_CHECKING:
    from data.video_records import Video
    from search.video_engine import VideoEngine

_PAGE = 1000  # videos read at a time
_fps_option = click.option("--fps", type=click.FloatRange(0.01, 1000), help="Frames a second, of a folder of frames.")


@main.group("video")
def video() -> None:
    """Find frames in videos and videos in videos; tell what is done in them."""


@command("add", "video add ~/Films clip.mp4 --collection archive", "video add shot/ --frames --fps 25", group=video)
@click.argument("what", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--frames", "are_frames", is_flag=True, help="Each folder holds the frames of one video, by name.")
@_fps_option
@click.option("--collection", help="Name to file these videos under.")
@as_json
def add(what: tuple[Path, ...], *, are_frames: bool, fps: float | None, collection: str | None, in_json: bool) -> None:
    """Add videos: files, folders of them, or with --frames folders of pictures.

    Stopping it loses nothing that was added; run it again to go on. Exit status 3 when a video was left out.
    """
    from search.video_ingest import VideoIntake, VideoOffer, VideoProgress, find_videos, ingest_videos

    if are_frames != (fps is not None):
        raise BadInput("expected --frames and --fps together; received one without the other")
    offers = [offer for path in what for offer in ([VideoOffer(path, fps)] if are_frames else find_videos(path))]
    if not offers:
        raise BadInput(f"expected videos in {', '.join(map(str, what))}; found none")
    with (
        _open_engine(read_settings()) as engine,
        failure_report(None) as report,
        progress_bar("Adding videos, seconds of video", quiet=in_json) as advance,
    ):
        done_ms = 0
        at = VideoProgress("", 0, 0)

        def move(progress: VideoProgress) -> None:
            nonlocal done_ms, at
            if progress.locator != at.locator:
                done_ms += at.done_ms
            at = progress
            advance((done_ms + at.done_ms) // 1000, (done_ms + at.total_ms) // 1000 if len(offers) == 1 else None)

        intake = VideoIntake(
            extractor=engine.extractor,
            shelf=engine.shelf,
            posters=engine.posters,
            sampling=engine.sampling,
            limits=engine.limits,
            threads=os.cpu_count() or 1,
        )
        tally = ingest_videos(intake, offers, collection=collection, on_progress=move, on_failure=report)
        for index in (engine.frames, engine.summaries):
            index.open()  # brings its snapshot up to date
    if in_json:
        show(asdict(tally), (), in_json)
    else:
        tell_tally(tally)
    if tally.failed:
        raise click.exceptions.Exit(BadInput.exit_status)


@command("search", "video search still.jpg", "video search clip.mp4 --limit 5", group=video)
@click.argument("what")
@_fps_option
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="Videos.")
@as_json
def search(what: str, *, fps: float | None, limit: int, in_json: bool) -> None:
    """Search the videos: with a picture (file or address), a video file, or with --fps a folder of frames.

    For a picture the pixels of a video's frames tell the moment, where its file is still there. Exit status 1 when none
    shows it.
    """
    from search.kept_video import open_kept
    from search.video_ingest import VideoOffer, digest_video, open_offer
    from search.video_query import search_by_picture, search_by_video
    from search.video_report import frame_answer_lines, frame_answer_record, video_answer_lines, video_answer_record

    settings = read_settings()
    with _open_engine(settings) as engine:
        if fps is None and not _is_video_file(Path(what)):
            pictured = search_by_picture(engine, read_picture(settings, what), limit=limit, open_kept=open_kept)
            show(frame_answer_record(pictured), frame_answer_lines(pictured), in_json)
            is_found = any(hit.is_sure for hit in pictured.hits)
        else:
            offer = VideoOffer(Path(what), fps)
            shown = search_by_video(
                engine,
                lambda: open_offer(offer, engine.limits, threads=os.cpu_count() or 1),
                limit=limit,
                sha256=None if fps is not None else digest_video([offer.path])[0],
            )
            show(video_answer_record(shown), video_answer_lines(shown), in_json)
            is_found = any(hit.is_sure for hit in shown.hits)
    if not is_found:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("list", "video list --collection archive", group=video)
@click.option("--collection", help="Only videos of this collection.")
@as_json
def list_videos(collection: str | None, in_json: bool) -> None:
    """List the videos of the catalogue. Exit status 1 when there is none."""
    from data.videos import VideoShelf
    from search.video_report import video_line, video_record

    with open_catalogue(read_settings()) as catalogue:
        shelf = VideoShelf(catalogue.database)
        videos: list[Video] = []
        while page := shelf.list_videos(after_id=videos[-1].id if videos else 0, limit=_PAGE, collection=collection):
            videos += page
    show([video_record(each) for each in videos], map(video_line, videos), in_json)
    if not videos:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("remove", "video remove 17 18 --yes", group=video)
@click.argument("ids", nargs=-1, type=click.IntRange(1))
@click.option("--collection", help="Every video of this collection.")
@click.option("--locator", help="The video of this path.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def remove(ids: tuple[int, ...], *, collection: str | None, locator: str | None, yes: bool, in_json: bool) -> None:
    """Remove videos from the catalogue, wholly. The files they came from are left alone."""
    from data.thumbnails import ThumbnailStore
    from data.videos import VideoShelf
    from search.video_ingest import remove_videos

    settings = read_settings()
    with open_catalogue(settings) as catalogue:
        shelf = VideoShelf(catalogue.database)
        chosen = shelf.find(ids=ids or None, collection=collection, locator=locator)
        if not chosen:
            raise NotFound("there is no such video in the catalogue", remedy="See what there is with `video list`.")
        if not yes:
            click.confirm(f"Remove {count(len(chosen), 'video')} from the catalogue?", abort=True, err=True)
        removed = len(remove_videos(shelf, ThumbnailStore(settings.poster_dir), chosen))
    show({"removed": removed}, [f"Removed {count(removed, 'video')}."], in_json)


def _is_video_file(path: Path) -> bool:
    """Return whether there is a file here that begins like a video."""
    from feature_extractor.video_headers import HEADER_BYTES, is_video

    if not path.is_file():
        return False
    with path.open("rb") as file:
        return is_video(file.read(HEADER_BYTES))


@contextmanager
def _open_engine(settings: Settings) -> Iterator["VideoEngine"]:
    """Open the videos of the catalogue and their indexes for the time of a block; a command may use every core."""
    from feature_extractor.extractor import open_extractor
    from feature_extractor.threads import limit_threads
    from feature_extractor.video import Sampling, VideoLimits
    from search.vector_index.open_index import index_home
    from search.video_engine import open_video_engine

    limit_threads(0)
    with (
        open_catalogue(settings) as catalogue,
        open_video_engine(
            catalogue,
            open_extractor(served_model(settings), threads=0),
            index_home(settings.index_url, settings.index_dir, settings.index_token),
            settings.poster_dir,
            sampling=Sampling(per_second=settings.video_rate),
            limits=VideoLimits(),
            picture_limits=engine_source(settings).limits,
        ) as engine,
    ):
        yield engine
