"""Videos for the tests of the site: drawn, encoded as browsers play them, and added to a catalogue."""

from collections.abc import Mapping
from pathlib import Path

from feature_extractor.video import Sampling, VideoLimits
from search.query import Engine
from search.vector_index.open_index import index_home
from search.video_engine import open_video_engine
from search.video_ingest import VideoIntake, VideoOffer, ingest_videos
from settings import Settings


def add_videos(settings: Settings, engine: Engine, files: Mapping[str, bytes], folder: Path) -> None:
    """Write video files to a folder and add them to an engine's catalogue, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    with open_video_engine(
        engine.catalogue,
        engine.extractor,
        index_home(settings.index_url, settings.index_dir, settings.index_token),
        settings.poster_dir,
        sampling=Sampling(per_second=settings.video_rate),
        limits=VideoLimits(),
        picture_limits=engine.limits,
    ) as videos:
        failures: list[object] = []
        ingest_videos(
            VideoIntake(videos.extractor, videos.shelf, videos.posters, videos.sampling, videos.limits, 1),
            [VideoOffer(folder / name) for name in files],
            collection="films",
            on_progress=lambda _: None,
            on_failure=failures.append,
        )
        assert not failures, failures
