"""What some tests need and a stranger's machine may lack: skip with a reason, or fail where all must run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


def lack(reason: str) -> NoReturn:
    """Skip the test, or fail it under RETRACE_TEST_ALL=1, which continuous integration sets."""
    if os.environ.get("RETRACE_TEST_ALL") == "1":
        pytest.fail(f"RETRACE_TEST_ALL=1 and {reason}")
    pytest.skip(reason)


def shared_data() -> Path:
    """Return the folder of real pictures."""
    data = SHARED / "data"
    if not data.is_dir():
        lack(f"the real pictures are absent: {data.name}/ beside the checkout's parent")
    return data


def program(*names: str, folders: tuple[Path, ...] = ()) -> Path:
    """Return the first of these programs that is installed, looked for in PATH and then in folders."""
    for name in names:
        if found := shutil.which(name):
            return Path(found)
        for folder in folders:
            if (folder / name).is_file():
                return folder / name
    lack(f"none of {', '.join(names)} is installed")


def python_with(package: str, *, is_needed: bool = True) -> str:
    """Return a Python that has a package: this one, or else one that RETRACE_TEST_PYTHONS names, a list as PATH is.

    Args:
        package: that is imported.
        is_needed: whether it must be there where all tests must run.
    """
    if found := find_python_with(package):
        return found
    reason = f"{package} is not installed, neither here nor where RETRACE_TEST_PYTHONS says"
    if is_needed:
        lack(reason)
    pytest.skip(reason)


def find_python_with(package: str) -> str | None:
    """Return a Python that has a package, as `python_with` does; None where there is none."""
    others = os.environ.get("RETRACE_TEST_PYTHONS", "").split(os.pathsep)
    for python in (sys.executable, *filter(None, others)):
        seen = subprocess.run(
            [python, "-c", "import importlib.util, sys; sys.exit(not importlib.util.find_spec(sys.argv[1]))", package],
            check=False,
        )
        if seen.returncode == 0:
            return python
    return None
