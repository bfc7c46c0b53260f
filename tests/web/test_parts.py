"""What the routes work with."""

from pathlib import Path
from threading import Event, Thread

import pytest

from data.catalogue import Catalogue
from data.records import CatalogueCounts
from search.live_index import LiveIndex
from search.open_engine import close_engine
from search.removal import remove_images
from tests.fake_extractor import serve_fake
from tests.web.site_parts import draw, encode, make_engine, site_settings
from web.parts import Parts


def test_a_site_looks_for_changes_as_often_as_the_setting_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = site_settings(tmp_path, catch_up_interval_s=0.25)
    close_engine(make_engine(settings, [encode(draw(1))]))
    serve_fake(monkeypatch)
    intervals_s: list[float] = []
    monkeypatch.setattr(LiveIndex, "start", lambda index, interval_s: intervals_s.append(interval_s))
    close_engine(Parts(settings, b"secret", "1", None).open())
    assert intervals_s == [0.25, 0.25]


def test_while_one_thread_counts_the_others_show_what_was_counted_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = site_settings(tmp_path)
    engine = make_engine(settings, [encode(draw(seed)) for seed in range(3)])
    parts = Parts(settings, b"secret", "1", engine)
    counting, go_on, count = Event(), Event(), Catalogue.counts

    def count_slowly(catalogue: Catalogue) -> CatalogueCounts:
        counting.set()
        assert go_on.wait(30)
        return count(catalogue)

    try:
        assert parts.holdings().counts.images == 3
        remove_images(engine.catalogue, parts.thumbnails, [1])
        monkeypatch.setattr(Catalogue, "counts", count_slowly)
        thread = Thread(target=parts.holdings)
        thread.start()
        assert counting.wait(30)
        assert parts.holdings().counts.images == 3
        go_on.set()
        thread.join()
        assert parts.holdings().counts.images == 2
    finally:
        go_on.set()
        close_engine(engine)
