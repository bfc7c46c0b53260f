from pathlib import Path

import pytest

from data.sources import open_source, read_again
from errors import FileTooLarge, SourceUnreadable
from tests.data.sources.making import MAX_BYTES, MEMBERS, make_tar, make_zip


def test_what_was_added_is_read_again_from_files_and_zips(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    for name, data in MEMBERS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    for source in (folder, make_zip(tmp_path / "some.ZIP")):
        records = list(open_source(source, max_bytes=MAX_BYTES))
        assert len(records) == len(MEMBERS)
        for record in records:
            assert read_again(record.locator, max_bytes=MAX_BYTES) == record.read()


def test_what_is_gone_elsewhere_or_too_large_is_refused(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "some.zip")
    in_tar = next(open_source(make_tar(tmp_path / "some.tar"), max_bytes=MAX_BYTES)).locator
    for locator in (
        str(tmp_path / "gone.png"),
        f"{archive}!gone.png",
        f"{tmp_path / 'gone.zip'}!a.png",
        in_tar,
        "https://example.org/a.png",
        "a.png",
    ):
        with pytest.raises(SourceUnreadable):
            read_again(locator, max_bytes=MAX_BYTES)
    with pytest.raises(FileTooLarge):
        read_again(f"{archive}!a.png", max_bytes=10)
    (tmp_path / "a.png").write_bytes(b"many bytes")
    with pytest.raises(FileTooLarge):
        read_again(str(tmp_path / "a.png"), max_bytes=5)
