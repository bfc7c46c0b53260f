import subprocess
import sys
from pathlib import Path

import pytest

from settings import ROOT

KILLS = 100


@pytest.mark.slow
def test_the_index_equals_the_catalogue_whenever_its_process_is_killed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.search.index_under_fire", str(tmp_path), str(KILLS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert (done.stdout.strip(), done.returncode) == (str(KILLS), 0), done.stderr
