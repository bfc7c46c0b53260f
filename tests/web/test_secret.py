"""The secret of a site: made once, the same for all processes, for its owner's eyes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from errors import BadInput, StorageUnavailable
from tests.web.site_parts import site_settings
from web.secret import SECRET_FILE, derive_key, read_secret


def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    settings = site_settings(tmp_path / "new", secret_key="")
    first = read_secret(settings)
    assert len(first) == 32
    assert read_secret(settings) == first
    path = tmp_path / "new" / SECRET_FILE
    assert path.stat().st_mode & 0o077 == 0
    assert list(path.parent.iterdir()) == [path]


def test_all_who_come_at_once_get_the_same(tmp_path: Path) -> None:
    settings = site_settings(tmp_path, secret_key="")
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(lambda _: read_secret(settings), range(64)))) == 1


def test_the_setting_wins(tmp_path: Path) -> None:
    assert read_secret(site_settings(tmp_path, secret_key="given by the owner")) == b"given by the owner"
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_can_be_guessed_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        read_secret(site_settings(tmp_path, secret_key="pass1234"))
    assert "RETRACE_SECRET_KEY" in str(refused.value)
    assert "pass1234" not in str(refused.value)


def test_keys_of_different_purposes_differ() -> None:
    assert derive_key(b"s", "sessions") != derive_key(b"s", "sealed query")
    assert derive_key(b"s", "sessions") == derive_key(b"s", "sessions")
    assert len(derive_key(b"s", "sessions")) == 32


def test_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    with pytest.raises(StorageUnavailable):
        read_secret(site_settings(tmp_path / "file" / "below", secret_key=""))


@pytest.mark.parametrize("left", [b"", b"half a secret"])
def test_what_a_crash_left_of_a_secret_is_refused(tmp_path: Path, left: bytes) -> None:
    (tmp_path / SECRET_FILE).write_bytes(left)
    with pytest.raises(StorageUnavailable) as refused:
        read_secret(site_settings(tmp_path, secret_key=""))
    assert "Remove the file" in refused.value.remedy
