"""The command line of Retrace: `python3 index.py …`, also installed as `retrace`. The commands are in `commands/`."""

import os
import sys
from pathlib import Path

_VENV_PYTHON = Path(__file__).resolve().parent / ".venv" / "bin" / "python"
if __name__ == "__main__" and sys.prefix == sys.base_prefix and _VENV_PYTHON.is_file():
    # The plain `python3 index.py` works after set-up: run again with the Python that has the packages.
    os.execv(_VENV_PYTHON, [str(_VENV_PYTHON), *sys.argv])  # noqa: S606 - our own interpreter with our own arguments

try:
    # The system's Python may have the one without the other.
    import click  # noqa: F401
    import pydantic_settings  # noqa: F401
except ImportError:
    print("retrace: nothing is installed yet: run `make setup` or `python3 setup.py`", file=sys.stderr)
    raise SystemExit(4) from None

from commands import main

if __name__ == "__main__":
    main(prog_name="index.py")
