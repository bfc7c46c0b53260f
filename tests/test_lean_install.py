"""The command line where only requirements-serve.txt is installed: help works, and what is missing is named."""

import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.engines import draw, encode
from tests.feature_extractor.training.drawn_sample import draw_sample
from tests.test_index import COMMANDS

ROOT = Path(__file__).resolve().parents[1]

LEAN = """
import json
import sys

from click.testing import CliRunner


class OnlyServing:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


missing, commands = json.loads(sys.argv[1]), json.loads(sys.argv[2])
sys.meta_path.insert(0, OnlyServing)
import index

for words in commands:
    shown = CliRunner().invoke(index.main, words)
    if shown.exception is not None and not isinstance(shown.exception, SystemExit):
        raise shown.exception
    print(json.dumps([shown.exit_code, shown.stdout, shown.stderr]))
"""
"""Runs commands in a process that can import nothing but the lean install, and tells how each ended."""


def normal(name: str) -> str:
    """Return the name of a package as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def missing_modules() -> list[str]:
    """Return the modules that are installed here and are not where only serving is."""
    lock = (ROOT / "requirements-serve.txt").read_text(encoding="utf-8")
    lean = {normal(line.partition("==")[0]) for line in lock.splitlines()}
    return [
        module
        for module, distributions in packages_distributions().items()
        if lean.isdisjoint(normal(name) for name in distributions)
    ]


def run_lean(*commands: list[str]) -> list[tuple[int, str, str]]:
    """Return exit status, output and errors of each command."""
    done = subprocess.run(
        [sys.executable, "-c", LEAN, json.dumps(missing_modules()), json.dumps(commands)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [(status, out, err) for status, out, err in map(json.loads, done.stdout.splitlines())]


def test_only_what_serving_needs_is_left() -> None:
    missing = set(missing_modules())
    assert {"tensorflow", "keras", "nncf", "matplotlib", "imagehash", "sklearn", "pytest"} <= missing
    assert missing.isdisjoint({"flask", "numpy", "cv2", "openvino", "PIL", "sqlalchemy", "click", "rich"})


def test_every_command_has_its_help() -> None:
    shown = run_lean(["--help"], *([*name.split(), "--help"] for name in COMMANDS))
    for name, (status, out, err) in zip(["retrace", *COMMANDS], shown, strict=True):
        assert (status, err) == (0, ""), name
        assert "Usage:" in out, name


@pytest.mark.model
def test_a_command_whose_parts_are_missing_names_the_line_that_installs_them(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    for number in range(70):  # one is edited, 64 are material for collages, the others are the base
        (tmp_path / "mine" / f"{number}.png").write_bytes(encode(draw(number)))
    draw_sample(tmp_path / "sample", pictures=48)
    report = tmp_path / "copies.json"
    figures = {"edits": {"mirror": ["", ""]}, "recall_at_1": {"mirror": {"Retrace": 1}}, "micro_ap": {"Retrace": 1}}
    report.write_text(json.dumps(figures))
    shown = run_lean(
        ["evaluate", "copies", str(tmp_path / "mine"), "--originals", "1", "--edit", "mirror"],
        ["evaluate", "figures", str(tmp_path / "figures"), "--copies", str(report)],
        ["evaluate", "figures", str(tmp_path / "figures"), "--sample", str(tmp_path / "sample")],
        ["evaluate", "similar", str(tmp_path / "sample")],
        ["evaluate", "robustness"],
    )
    packages = ["imagehash", "matplotlib", "matplotlib", "scikit-learn", "matplotlib"]
    for package, (status, _, err) in zip(packages, shown, strict=True):
        assert status == 4, err
        assert "describe the pictures" not in err
        assert err.splitlines()[-1] == (
            f"retrace: expected the package {package}; it is not installed. "
            "Install everything: .venv/bin/pip install -r requirements.txt"
        )
