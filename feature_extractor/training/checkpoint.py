"""Training that survives `kill -9`: the whole state after each epoch, and the epoch to go on with."""

import json
import shutil
from pathlib import Path
from typing import Any

import keras

from errors import ContractBroken

_STATE = "state.weights.h5"
_DESCRIPTION = "training.json"


class Checkpoint(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Keeps weights, optimiser, moving averages and bank of the last whole epoch in a folder of its own.

    A checkpoint is written beside its place and renamed there, and the one before removed only then: whatever kills
    the training, a whole one is left. (Keras's BackupAndRestore writes weights and epoch number one after the other,
    in place.)
    """

    def __init__(self, folder: Path, description: dict[str, Any]) -> None:
        """Remember where to write.

        Args:
            folder: of the checkpoints of one training.
            description: JSON values that say what is trained and how; a checkpoint of another one is refused.
        """
        super().__init__()
        self._folder = folder
        self._description = description

    def resume(self, model: keras.Model) -> int:
        """Bring a built and compiled model to where the last whole epoch left it, and return how many are done.

        Raises:
            ContractBroken: the checkpoint belongs to a training with another description.
        """
        done = _whole_epochs(self._folder)
        if not done:
            return 0
        last = done[-1]
        found = json.loads((last / _DESCRIPTION).read_text(encoding="utf-8"))
        if found != self._description:
            differing = sorted(
                key for key in found.keys() | self._description.keys() if found.get(key) != self._description.get(key)
            )
            raise ContractBroken(
                f"expected a checkpoint of the same training in {self._folder}; {', '.join(differing)} differ"
            )
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        model.load_weights(last / _STATE)
        return _epoch(last)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Write the state after an epoch, counted from 0."""
        before = _whole_epochs(self._folder)
        partial = self._folder / f"partial-{epoch + 1}"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        self.model.save_weights(partial / _STATE)
        (partial / _DESCRIPTION).write_text(json.dumps(self._description, indent=2) + "\n", encoding="utf-8")
        partial.rename(self._folder / f"epoch-{epoch + 1}")
        for old in before:
            shutil.rmtree(old)


def _whole_epochs(folder: Path) -> list[Path]:
    """Return the folders of whole checkpoints, the latest last."""
    return sorted(folder.glob("epoch-*"), key=_epoch)


def _epoch(folder: Path) -> int:
    return int(folder.name.removeprefix("epoch-"))
