"""The settings come from flags, then variables, then `.env`; what is wrong is named."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from errors import BadInput
from settings import ROOT, Settings, read_settings


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in; its `.env`, if a test writes one, stands for that of the checkout."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    return tmp_path


def test_a_flag_wins_over_a_variable_and_that_over_the_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / ".env").write_text("RETRACE_WORKERS=3\nRETRACE_THREADS=5\nRETRACE_PORT=7\n")
    monkeypatch.setenv("RETRACE_WORKERS", "4")
    monkeypatch.setenv("RETRACE_PORT", "8")
    settings = read_settings(port=9, host=None)
    assert (settings.threads, settings.workers, settings.port, settings.host) == (5, 4, 9, "127.0.0.1")


def test_the_file_is_that_of_the_checkout_wherever_a_command_is_run(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    assert Settings.model_config["env_file"] == ROOT / ".env"
    monkeypatch.chdir(here)
    (here / ".env").write_text("RETRACE_THREADS=77\n")
    assert read_settings().threads != 77


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRACE_WORKERS", "")
    assert read_settings().workers == 2


def test_no_rate_limit_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRACE_RATE_LIMIT", "none")
    assert read_settings().rate_limit == ""
    monkeypatch.setenv("RETRACE_RATE_LIMIT", "")
    assert read_settings().rate_limit == "60/minute"


def test_what_lies_in_the_data_folder_follows_it(here: Path) -> None:
    settings = read_settings(data_dir=here / "kept")
    assert settings.catalogue_url == f"sqlite:///{here / 'kept' / 'catalogue.sqlite'}"
    assert settings.index_dir.parent == settings.thumbnail_dir.parent == here / "kept"
    assert read_settings(database_url="postgresql://h/n").catalogue_url == "postgresql://h/n"


def test_proxies_are_networks_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRACE_TRUSTED_PROXIES", "10.0.0.0/8, ::1")
    assert read_settings().trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RETRACE_PORT", "65536"),
        ("RETRACE_WORKERS", "many"),
        ("RETRACE_INDEX_URL", "faiss:"),
        ("RETRACE_INDEX_URL", "lsh:recall=.9"),
        ("RETRACE_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("RETRACE_FETCH_TIMEOUT_S", "0"),
    ],
)
def test_a_value_that_makes_no_sense_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadInput, match=variable) as caught:
        read_settings()
    assert "\n" not in str(caught.value)


def test_the_secret_is_not_shown() -> None:
    assert "hush" not in repr(read_settings(secret_key="hush"))


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        read_settings().port = 1
