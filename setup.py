"""`python3 setup.py` prepares a machine for Retrace; with arguments it is setuptools, for `pip install -e .`.

Uses the standard library alone, as nothing is installed yet when it runs.
"""

import shutil
import subprocess
import sys
import sysconfig
import venv
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements-serve.txt"
STAMP = VENV / ".installed"
"""Tells what was installed, so that a second run has nothing to do: written when all of it is there."""


class SetupError(Exception):
    """This machine cannot be prepared; the message says what to do."""


def missing_parts() -> list[str]:
    """Return the Debian packages that this machine lacks, by what they would bring."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what tells the owner of an older Python
        raise SetupError(f"Retrace needs Python 3.11 or newer; this is {sys.version.split()[0]}")
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    missing = []
    try:
        import ensurepip  # noqa: F401 - Debian ships it apart from Python; importing it is the test
    except ImportError:
        missing.append(f"python{minor}-venv")
    if not (Path(sysconfig.get_paths()["include"]) / "Python.h").is_file():
        missing.append(f"python{minor}-dev")
    if shutil.which("g++") is None:
        missing.append("g++")
    return missing


def install() -> None:
    """Create `.venv` and install what serving needs, unless that was done for this very lock file and Python."""
    wanted = f"{sys.version_info.major}.{sys.version_info.minor} {sha256(LOCK.read_bytes()).hexdigest()}"
    if PYTHON.is_file() and STAMP.is_file() and STAMP.read_text() == wanted:
        return
    if missing := missing_parts():
        raise SetupError(f"this machine lacks {', '.join(missing)}: run  apt-get install {' '.join(missing)}")
    print("Installing packages into .venv …", flush=True)
    if not has_pip():
        # Also where an earlier run was stopped half-way, or the Python that it linked to is gone.
        venv.create(VENV, with_pip=True, symlinks=True, clear=not PYTHON.is_file())
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", LOCK]
    if subprocess.run(pip, check=False).returncode:
        raise SetupError("pip could not install the packages: mend what it complains of above, then run this again")
    STAMP.write_text(wanted)


def has_pip() -> bool:
    """Return whether `.venv` has a Python that starts, and pip."""
    if not PYTHON.is_file():
        return False
    return subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def prepare(*, packages_only: bool) -> int:
    """Prepare everything, or only the packages, and return the exit status."""
    try:
        install()
    except (SetupError, OSError, subprocess.CalledProcessError) as exc:
        print(f"setup: {exc}", file=sys.stderr)
        return 4
    if packages_only:
        return 0
    return subprocess.run([PYTHON, ROOT / "index.py", "prepare"], check=False).returncode


if __name__ == "__main__":
    if sys.argv[1:] in ([], ["--packages-only"]):
        raise SystemExit(prepare(packages_only=len(sys.argv) > 1))
    from setuptools import setup

    setup()
