"""`python3 setup.py` finishes what an earlier run left undone, and names what it cannot do without.

The packages are left out here.
"""

import re
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import NamedTuple

import pytest

import setup
from settings import read_version
from tests.needs import lack

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("commands", "data", "evaluation", "feature_extractor", "retrace_client", "search", "web")


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


class Bare:
    """A machine that lacks parts which set-up needs."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self._patch, self._folder = patch, folder
        for name in ("VENV", "PYTHON", "STAMP"):
            patch.setattr(setup, name, folder / name)
        (folder / "include").mkdir()
        (folder / "include" / "Python.h").touch()
        self.have(venv=True, headers=True, compiler=True)

    def have(self, *, venv: bool, headers: bool, compiler: bool) -> None:
        """Have these parts and no others."""
        self._patch.setitem(sys.modules, "ensurepip", ModuleType("ensurepip") if venv else None)
        include = str(self._folder / ("include" if headers else "no headers"))
        self._patch.setattr(setup, "sysconfig", SimpleNamespace(get_paths=lambda: {"include": include}))
        found = {"g++": "/usr/bin/g++"} if compiler else {}
        self._patch.setattr(setup, "shutil", SimpleNamespace(which=found.get))


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bare:
    return Bare(monkeypatch, tmp_path)


MINOR = f"python{sys.version_info.major}.{sys.version_info.minor}"


@pytest.mark.parametrize(
    ("venv", "headers", "compiler", "packages"),
    [
        (True, True, True, []),
        (False, True, True, [f"{MINOR}-venv"]),
        (True, False, True, [f"{MINOR}-dev"]),
        (True, True, False, ["g++"]),
        (False, False, False, [f"{MINOR}-venv", f"{MINOR}-dev", "g++"]),
    ],
)
def test_what_a_machine_lacks_is_named_by_the_packages_that_bring_it(
    bare: Bare, *, venv: bool, headers: bool, compiler: bool, packages: list[str]
) -> None:
    bare.have(venv=venv, headers=headers, compiler=compiler)
    assert setup.missing_parts() == packages


def test_what_is_missing_and_how_to_get_it_is_one_line_and_exit_four(
    bare: Bare, capsys: pytest.CaptureFixture[str]
) -> None:
    bare.have(venv=False, headers=False, compiler=False)
    assert setup.prepare(packages_only=True) == 4
    packages = [f"{MINOR}-venv", f"{MINOR}-dev", "g++"]
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (f"setup: this machine lacks {', '.join(packages)}: run  apt-get install {' '.join(packages)}\n")
    assert not setup.VENV.exists()


def test_too_old_a_python_is_told_what_is_needed(
    bare: Bare, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Version(NamedTuple):
        major: int
        minor: int

    old = SimpleNamespace(version_info=Version(3, 10), version="3.10.12 (main)", stderr=sys.stderr)
    monkeypatch.setattr(setup, "sys", old)
    assert setup.prepare(packages_only=True) == 4
    assert capsys.readouterr().err.startswith("setup: Retrace needs Python 3.11 or newer; this is 3.10.12")


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
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", venv / "bin" / "python", "install"]
    pip += ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--editable", checkout]
    installed = subprocess.run(pip, capture_output=True, text=True, check=False)
    assert installed.returncode == 0, installed.stderr
    command: list[str | Path] = [venv / "bin" / "retrace", "--version"]
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
