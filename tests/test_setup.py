"""`python3 setup.py` finishes what an earlier run left undone; the packages are left out here."""

import re
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from settings import read_version
from tests.needs import lack

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("data", "evaluation", "feature_extractor", "search", "web")


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


@pytest.mark.slow
def test_an_editable_install_runs_the_checkout_as_a_command(tmp_path: Path) -> None:
    try:
        setuptools = version("setuptools")
    except PackageNotFoundError:
        setuptools = "none"
    if setuptools == "none" or int(setuptools.partition(".")[0]) < 77:
        lack(f"an editable install is built by setuptools 77 or newer; there is {setuptools}")
    checkout, venv = tmp_path / "checkout", tmp_path / "venv"
    checkout.mkdir()
    for path in (*ROOT.glob("*.py"), ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "LICENSE"):
        shutil.copy(path, checkout)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, checkout / package, ignore=shutil.ignore_patterns("__pycache__", "*.bin"))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    [site_packages] = venv.glob("lib/*/site-packages")
    # What is installed here is there too: no index is asked.
    (site_packages / "here.pth").write_text(sysconfig.get_paths()["purelib"])
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    installed = subprocess.run(
        [sys.executable, "-m", "pip", "--python", venv / "bin" / "python", "install", *offline, "-e", checkout],
        capture_output=True,
        text=True,
        check=False,
    )
    assert installed.returncode == 0, installed.stderr
    command = [venv / "bin" / "retrace", "--version"]
    shown = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stdout.strip()) == (0, read_version()), shown.stderr
    where = "import index, errors, settings, " + ", ".join(PACKAGES) + "; print(index.__file__, web.__file__)"
    names = subprocess.run(
        [venv / "bin" / "python", "-c", where], cwd="/", capture_output=True, text=True, check=True
    ).stdout
    assert names.split() == [str(checkout / "index.py"), str(checkout / "web" / "__init__.py")]


def test_make_shows_every_target_with_its_whole_line() -> None:
    lines = re.findall(r"^([a-z]+):.*## *(.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert [line.split(maxsplit=2) for line in shown.splitlines()] == [["make", name, said] for name, said in lines]
