"""What some tests need and a stranger's machine may lack: skip with a reason, or fail where all must run."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


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
