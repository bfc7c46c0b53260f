"""What goes wrong between us and a Milvus is told in one line, with what can be done."""

import logging
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from errors import IndexUnavailable
from search.vector_index.milvus import client
from search.vector_index.milvus.address import MilvusAddress
from search.vector_index.milvus.home import MilvusHome
from tests.test_lean_install import missing_modules
from tests.vectors import IDENTITY

ROOT = Path(__file__).resolve().parents[4]


def test_a_server_that_is_not_there_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(client, "TIMEOUT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    home = MilvusHome(MilvusAddress(f"http://127.0.0.1:{port}"))
    with caplog.at_level(logging.DEBUG), pytest.raises(IndexUnavailable, match=str(port)) as caught:
        home.new(IDENTITY)
    assert "\n" not in str(caught.value)
    assert "RETRACE_INDEX_URL" in caught.value.remedy
    assert "Traceback" not in caplog.text


def test_a_file_that_another_process_holds_is_told(home: MilvusHome) -> None:
    home.new(IDENTITY)
    ask = (
        "import sys\n"
        "from search.vector_index.milvus.address import MilvusAddress\n"
        "from search.vector_index.milvus.home import MilvusHome\n"
        "from tests.vectors import IDENTITY\n"
        "from errors import IndexUnavailable\n"
        "try:\n"
        "    MilvusHome(MilvusAddress(sys.argv[1])).new(IDENTITY)\n"
        "except IndexUnavailable as exc:\n"
        "    print(exc.remedy)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask, home.address.uri], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "one process at a time" in done.stdout
    assert done.stderr == ""


def test_without_pymilvus_the_line_that_installs_it_is_named(tmp_path: Path) -> None:
    lean = (
        "import sys\n"
        "for name in sys.argv[2:]:\n"
        "    sys.modules[name] = None\n"
        "from errors import PartMissing\n"
        "from search.vector_index.contract import IndexIdentity\n"
        "from search.vector_index.milvus.address import MilvusAddress\n"
        "from search.vector_index.milvus.home import MilvusHome\n"
        "try:\n"
        "    MilvusHome(MilvusAddress(sys.argv[1])).current(IndexIdentity('ab' * 32, 'copy', 32))\n"
        "except PartMissing as exc:\n"
        "    print(f'{exc}. {exc.remedy}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", lean, str(tmp_path / "index.db"), *missing_modules()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (
        "expected the package pymilvus; it is not installed. "
        "Install it: .venv/bin/pip install -r requirements-milvus.txt\n"
    )
