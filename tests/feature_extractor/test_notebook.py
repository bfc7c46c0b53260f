"""The notebook is run as Jupyter would, cell after cell in one namespace, on drawn pictures and random weights."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.feature_extractor.training.drawn_sample import draw_sample
from tests.feature_extractor.training.tiny_training import write_start

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "feature_extractor" / "Train_Classification_model.ipynb"

SMALL = """
DATA, START, OUT, PICTURES = Path({data!r}), Path({start!r}), Path({out!r}), 30
CHANGES = {{"steps": 2, "pairs": 2, "singles": 2, "first_trained": 5, "dtype": "float32", "weighting": {{"bank": 8}}}}
PHASES = [(1, 32)]
"""
"""Takes the place of the parameters."""


def code_cells() -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_it_is_committed_without_outputs_and_its_cells_are_plain_python() -> None:
    for cell in code_cells():
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        ast.parse("".join(cell["source"]))


@pytest.mark.slow
@pytest.mark.model
def test_every_cell_runs(tmp_path: Path) -> None:
    draw_sample(tmp_path / "data", pictures=240)
    parameters = SMALL.format(
        data=str(tmp_path / "data"), start=str(write_start(tmp_path / "start.npz")), out=str(tmp_path / "out")
    )
    sources = []
    for cell in code_cells():
        sources.append("".join(cell["source"]))
        if "parameters" in cell["metadata"].get("tags", ()):
            sources.append(parameters)
    script = tmp_path / "cells.py"
    script.write_text(
        "\n".join(["import matplotlib", "matplotlib.use('agg')", *sources, "print(list(accuracies))"]), encoding="utf-8"
    )
    ended = subprocess.run([sys.executable, script], cwd=NOTEBOOK.parent, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == "['floor', 'before', 'after']"
    assert (tmp_path / "out" / "weights.npz").is_file()
