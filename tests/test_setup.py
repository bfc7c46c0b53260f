"""`python3 setup.py` finishes what an earlier run left undone; the packages are left out here."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def set_up(folder: Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sys.executable, folder / "setup.py", "--packages-only"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A machine to prepare, with no packages to install."""
    shutil.copy(ROOT / "setup.py", tmp_path)
    (tmp_path / "requirements-serve.txt").write_text("# none\n")
    return tmp_path


@pytest.mark.slow
def test_a_set_up_that_was_stopped_or_lost_its_python_is_made_whole(folder: Path) -> None:
    python = folder / ".venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    assert set_up(folder).returncode == 0
    assert "Installing" not in set_up(folder).stdout
    for link in python.parent.glob("python*"):
        link.unlink()
    python.symlink_to(folder / "a Python that is gone")
    assert set_up(folder).returncode == 0
    assert subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


@pytest.mark.slow
def test_packages_that_cannot_be_installed_are_one_line_and_exit_four(folder: Path) -> None:
    (folder / "requirements-serve.txt").write_text("-r absent.txt\n")
    done = set_up(folder)
    assert done.returncode == 4
    assert done.stderr.splitlines()[-1].startswith("setup: pip could not install")
    assert not (folder / ".venv" / ".installed").exists()


def test_make_shows_every_target_with_its_whole_line() -> None:
    lines = re.findall(r"^([a-z]+):.*## *(.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert [line.split(maxsplit=2) for line in shown.splitlines()] == [["make", name, said] for name, said in lines]
