"""Learns the head of `copy` on features that stay as they are, in batches that no whole network could take."""

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from feature_extractor.descriptors import DIM
from feature_extractor.training.heads import LinearHead
from feature_extractor.training.learner import unit
from feature_extractor.training.losses import Tensor, contrastive, entropy, show_nothing_alike
from feature_extractor.training.optimizer import averaged_adamw
from feature_extractor.training.progress import Advance, no_advance


class CopyHeadRecipe(BaseModel):
    """Everything that decides what the head becomes, apart from pictures and the model it is learnt for.

    Attributes:
        views: of each picture: one as it is, one light, the rest edited strongly.
        pairs: pictures of a batch, each in two of its views; every view of another picture is a negative. The gain
            over `train` lies here: its batches, through the whole network, hold 22 pictures.
        steps: batches in all.
        whole: share of pairs of which one view is the picture as it is, which is what a catalogue holds.
        temperature, entropy: of the contrastive loss, and how much descriptors are spread; as `Weighting` has them.
        rate: highest learning rate; it rises over `warm_up` (share of all steps), then falls as a cosine.
        clip: greatest norm of the gradient.
        average: momentum of the moving average of the weights, which is what comes out.
        seed: decides edits and batches.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    views: int = 8
    pairs: int = 1024
    steps: int = 800
    whole: float = 0.5
    temperature: float = 0.05
    entropy: float = 5.0
    rate: float = 5e-3
    warm_up: float = 0.05
    clip: float = 1.0
    average: float = 0.98
    seed: int = 20261


def fit_copy_head(
    start: LinearHead,
    views: NDArray[np.float16],
    recipe: CopyHeadRecipe,
    *,
    on_progress: Advance = no_advance,
) -> LinearHead:
    """Return the head under which the views of a picture are nearest to each other.

    The loss is that of `train`, contrastive with a term of entropy (Pizzi et al., "SSCD", 2022), over all pairs of a
    large batch.

    Args:
        start: the head to begin with.
        views: float16 (pictures, views, inputs), the first view of each the picture as it is; it may lie on disk.
        recipe: all other choices; of fewer pictures than `pairs` a batch takes all.
        on_progress: told steps done, of how many.
    Raises:
        ValueError: fewer than two pictures or two views.
    """
    if min(views.shape[:2]) < 2:
        raise ValueError(f"expected at least two pictures of two views; received views of shape {views.shape}")
    keras.utils.set_random_seed(recipe.seed)
    learner = _HeadLearner(recipe)
    learner.build((None, views.shape[2]))
    learner.head.set_weights([start.matrix, start.bias])
    optimizer = averaged_adamw(
        recipe.rate, steps=recipe.steps, warm_up=recipe.warm_up, decay=0.0, clip=recipe.clip, average=recipe.average
    )
    learner.compile(optimizer=optimizer, jit_compile=False)
    told = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda step, logs=None: on_progress(step + 1, recipe.steps)
    )
    learner.fit(_PairBatches(views, recipe), epochs=1, shuffle=False, verbose=0, callbacks=[told])
    matrix, bias = (np.asarray(value, np.float32) for value in learner.head.get_weights())
    return LinearHead(matrix, bias)


class _HeadLearner(keras.Model):  # type: ignore[misc]  # Keras ships no types
    """One dense layer over features, (n, inputs), to descriptors of L2 norm 1; targets: int32 (n,), the picture."""

    def __init__(self, recipe: CopyHeadRecipe) -> None:
        super().__init__(name="head_learner")
        self.recipe = recipe
        self.head = keras.layers.Dense(DIM, name="copy_head", dtype="float32")

    def build(self, input_shape: tuple[int | None, int]) -> None:
        self.head.build(input_shape)
        self.built = True

    def call(self, features: Tensor, training: bool | None = None) -> Tensor:
        return unit(self.head(features))

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor = None,
        training: bool = True,
    ) -> Tensor:
        """Return the loss of a batch; there is no bank, the batch itself is as large as one."""
        none = ops.zeros((0, DIM))
        alone = ops.full((ops.shape(y)[0], 1), -1, dtype="int32")  # companions are never learnt from
        apart = show_nothing_alike(y, alone, y, alone)
        nobody = apart[:, :0]
        return contrastive(
            y_pred, y, none, apart, nobody, temperature=self.recipe.temperature
        ) + self.recipe.entropy * entropy(y_pred, none, apart, nobody)


class _PairBatches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras ships no types
    """Two views each of pictures drawn anew for every batch."""

    def __init__(self, views: NDArray[np.float16], recipe: CopyHeadRecipe) -> None:
        super().__init__()
        self._views, self._recipe = views, recipe

    def __len__(self) -> int:
        return self._recipe.steps

    def __getitem__(self, step: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        pictures, views = self._views.shape[:2]
        rng = np.random.default_rng([self._recipe.seed, step])
        rows = rng.permutation(pictures)[: self._recipe.pairs]
        first = np.where(rng.random(len(rows)) < self._recipe.whole, 0, rng.integers(0, views, len(rows)))
        second = (first + rng.integers(1, views, len(rows))) % views  # any other
        features = np.concatenate([self._views[rows, first], self._views[rows, second]]).astype(np.float32)
        return features, np.concatenate([rows, rows]).astype(np.int32)
