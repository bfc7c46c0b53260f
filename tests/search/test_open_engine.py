"""An engine is made from the settings of its owner."""

from pathlib import Path

from search.open_engine import EngineSource
from settings import read_settings


def test_settings_become_the_engine_s_own(tmp_path: Path) -> None:
    settings = read_settings(
        data_dir=tmp_path, database_url="", max_upload_mb=3, max_pixels=100_000, index_url="exact:", inference_threads=5
    )
    source = EngineSource.of(settings, threads=2)
    assert source.limits.max_bytes == settings.max_upload_bytes == 3 * 2**20
    assert source.limits.max_pixels == 100_000
    assert (source.index_url, source.index_dir, source.threads) == ("exact:", tmp_path / "index", 2)
    assert (source.catalogue_url, source.model) == (f"sqlite:///{tmp_path / 'catalogue.sqlite'}", settings.model)
