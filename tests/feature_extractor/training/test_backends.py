"""The same training on every backend of Keras: in processes of their own, as a process has one for good."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.feature_extractor.training.loss_values import loss_values
from tests.feature_extractor.training.test_fit import losses, run_and_kill
from tests.feature_extractor.training.tiny_training import command, tiny_training, write_start
from tests.needs import ROOT, python_with


@dataclass(frozen=True, slots=True)
class Backend:
    """A Python that has a backend, and what tells Keras to take it."""

    python: str
    environment: dict[str, str]

    def run(self, words: list[str]) -> str:
        """Run a program to its end and return what it printed."""
        done = subprocess.run(
            words, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=240, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def backend(name: str) -> Backend:
    # PyTorch's own wheels bring CUDA, gigabytes of it: not among what the tests need.
    python = python_with(name, is_needed=name != "torch")
    return Backend(python, {**os.environ, "KERAS_BACKEND": name, "TF_CPP_MIN_LOG_LEVEL": "2"})


@pytest.mark.slow
@pytest.mark.parametrize("name", ["jax", "torch"])
def test_every_backend_gives_the_same_losses(name: str) -> None:
    where = backend(name)
    printed = where.run([where.python, "-m", "tests.feature_extractor.training.loss_values"])
    assert json.loads(printed.splitlines()[-1]) == pytest.approx(loss_values(), rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["jax", "torch"])  # TensorFlow's is in test_fit.py
def test_a_training_runs_and_survives_a_kill(name: str, tmp_path: Path) -> None:
    where, start = backend(name), write_start(tmp_path / "start.npz")
    # JAX takes most of the time of a small training to compile it: the second run need not.
    where.environment["JAX_COMPILATION_CACHE_DIR"] = str(tmp_path / "compiled")
    killed = tiny_training(tmp_path / "killed", start)
    # Between the phases, where the moving average is put in place of the weights.
    run_and_kill(command(killed.folder, start, where.python), "Epoch 3/4", where.environment)
    assert [folder.name for folder in (killed.folder / "checkpoints").iterdir()] == ["epoch-2"]
    before_kill = losses(killed)
    where.run(command(killed.folder, start, where.python))
    assert losses(killed)[:, 0].tolist() == [0, 1, 2, 3]
    # That the curve is that of a training nobody disturbed is shown in test_fit.py, by TensorFlow.
    np.testing.assert_array_equal(losses(killed)[: len(before_kill)], before_kill)
    with np.load(start) as before, np.load(killed.weights) as after:
        for name_of_array in before.files:
            assert np.isfinite(after[name_of_array]).all()
        moved = {array for array in before.files if not np.array_equal(before[array], after[array])}
    assert {array.partition("_")[0] for array in moved} == {"conv5", "copy", "subject", "look", "attributes"}
