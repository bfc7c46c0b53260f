import csv
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from errors import ContractBroken
from feature_extractor.preprocess import preprocess
from feature_extractor.training.checkpoint import Checkpoint
from feature_extractor.training.fit import PRESETS, Phase, Training, TrainingRecipe, keep_epochs, start_learner, train
from feature_extractor.training.initial_heads import fit_look
from feature_extractor.training.lineage import trace
from feature_extractor.training.network import build_trunk
from feature_extractor.training.weights import load_weights
from tests.feature_extractor.training.tiny_training import TINY, command, tiny_training, write_start
from tests.needs import ROOT


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_start(tmp_path_factory.mktemp("start") / "start.npz")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, start: Path) -> Training:
    """A training that nobody disturbed."""
    training = tiny_training(tmp_path_factory.mktemp("trained"), start)
    assert train(training) == training.weights
    return training


def losses(training: Training) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The log as numbers, (epochs, columns)."""
    with training.log.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return np.array([[float(value) for value in row.values() if value != "NA"] for row in rows])


def run_and_kill(words: list[str], line: str, environment: Mapping[str, str] = os.environ) -> None:
    """Run the tiny training in a process of its own, and kill it when it prints a line that begins so."""
    with subprocess.Popen(
        words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        assert any(printed.startswith(line) for printed in process.stdout)
        process.kill()


@pytest.mark.slow
def test_a_training_that_is_killed_again_and_again_ends_as_one_that_is_not(
    tmp_path: Path, start: Path, trained: Training
) -> None:
    """Killed within the first phase, and again between the phases."""
    for line in ("Epoch 2/2", "Epoch 3/4"):
        run_and_kill(command(tmp_path, start), line)
    training = tiny_training(tmp_path, start)
    train(training)
    assert losses(training)[:, 0].tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(losses(training), losses(trained), rtol=2e-2)
    with np.load(training.weights) as mine, np.load(trained.weights) as theirs:
        for name in theirs.files:
            np.testing.assert_allclose(mine[name], theirs[name], atol=2e-3)


@pytest.mark.slow
def test_what_is_frozen_stays_and_what_is_trained_moves(start: Path, trained: Training) -> None:
    with np.load(start) as before, np.load(trained.weights) as after:
        assert set(before.files) == set(after.files)
        moved = {name for name in before.files if not np.array_equal(before[name], after[name])}
    assert {name for name in moved if "moving" in name} == set()
    assert {name.partition("_")[0] for name in moved} == {"conv5", "copy", "subject", "look", "attributes"}
    assert {"conv5_block1_0_conv/kernel", "conv5_block3_3_bn/gamma", "conv5_block3_3_bn/beta"} <= moved


@pytest.mark.slow
def test_the_look_is_fitted_to_pictures_as_they_are(trained: Training) -> None:
    trunk = build_trunk(TINY.variant, side=None)
    heads = load_weights(trunk, trained.weights)
    assert heads is not None
    inputs = np.stack([preprocess(trained.pictures.read(row)) for row in range(len(trained.pictures))])
    expected = fit_look(trunk, inputs, trained.pictures.teacher)
    np.testing.assert_allclose(heads.look.matrix, expected.matrix, atol=1e-3 * np.abs(expected.matrix).max())
    np.testing.assert_allclose(heads.look.bias, expected.bias, atol=1e-3)


@pytest.mark.slow
def test_the_moving_average_comes_out(trained: Training) -> None:
    learner = start_learner(trained)
    checkpoint = Checkpoint(
        trained.folder / "checkpoints", {**trained.recipe.model_dump(mode="json"), "pictures": len(trained.pictures)}
    )
    assert checkpoint.resume(learner) == TINY.epochs
    kernel = learner.trunk.get_layer("conv5_block3_3_conv").kernel
    last = np.array(kernel)
    learner.optimizer.finalize_variable_values(learner.trainable_variables)
    with np.load(trained.weights) as arrays:
        came_out = arrays["conv5_block3_3_conv/kernel"]
    assert not np.allclose(came_out, last, rtol=0, atol=1e-7)
    np.testing.assert_array_equal(came_out, np.array(kernel))


@pytest.mark.slow
def test_a_training_that_is_done_is_not_run_again(trained: Training) -> None:
    before = trained.log.read_bytes()
    with np.load(trained.weights) as arrays:
        kernel = arrays["conv5_block3_3_conv/kernel"]
    train(trained)
    assert trained.log.read_bytes() == before
    with np.load(trained.weights) as arrays:
        np.testing.assert_array_equal(arrays["conv5_block3_3_conv/kernel"], kernel)


@pytest.mark.slow
def test_the_folder_of_another_recipe_is_refused_and_left_as_it_is(start: Path, trained: Training) -> None:
    other = tiny_training(trained.folder, start, TINY.model_copy(update={"rate": 1e-5}))
    with pytest.raises(ContractBroken, match="rate differ"):
        train(other)
    assert TrainingRecipe.model_validate_json((trained.folder / "recipe.json").read_text()) == TINY
    assert [folder.name for folder in (trained.folder / "checkpoints").iterdir()] == ["epoch-4"]


@pytest.mark.slow
def test_trained_weights_start_another_training(start: Path, trained: Training) -> None:
    trunk = build_trunk("v1.5", side=64)
    heads = load_weights(trunk, trained.weights)
    assert heads is not None
    assert heads.copy.matrix.shape == (3072, 256)
    assert trace(trained.weights)["start"] == trace(start)


def test_a_log_is_cut_to_the_epochs_that_were_kept(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    keep_epochs(log, 2)
    log.write_text("epoch,loss\n0,3\n1,2\n2,1\n")
    keep_epochs(log, 2)
    assert log.read_text() == "epoch,loss\n0,3\n1,2\n"
    keep_epochs(log, 0)
    assert not log.exists()


@pytest.mark.parametrize(("epochs", "shares"), [(30, (16, 14)), (15, (8, 7)), (3, (2, 1)), (2, (1, 1)), (1, (1,))])
def test_another_number_of_epochs_is_shared_by_the_phases(epochs: int, shares: tuple[int, ...]) -> None:
    recipe = TrainingRecipe(phases=(Phase(epochs=8, side=160), Phase(epochs=7))).lasting(epochs)
    assert tuple(phase.epochs for phase in recipe.phases) == shares
    assert recipe.epochs == epochs


def test_presets_are_whole_recipes() -> None:
    for recipe in PRESETS.values():
        assert TrainingRecipe.model_validate_json(recipe.model_dump_json()) == recipe
