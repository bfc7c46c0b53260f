import numpy as np
import pytest
from numpy.typing import NDArray

from feature_extractor.descriptors import DIM
from feature_extractor.training.copy_head import CopyHeadRecipe, fit_copy_head
from feature_extractor.training.heads import LinearHead, normalise

PICTURES, VIEWS, INPUTS, KEPT = 80, 4, 48, 12
RECIPE = CopyHeadRecipe(pairs=64, steps=200, rate=1e-2, average=0.9)


def draw_views(seed: int) -> NDArray[np.float16]:
    """Draw features of which the first few survive an edit, and the others, larger, are drawn anew by each."""
    rng = np.random.default_rng(seed)
    kept = np.repeat(rng.normal(size=(PICTURES, 1, KEPT)), VIEWS, axis=1)
    return np.concatenate([kept, rng.normal(scale=2, size=(PICTURES, VIEWS, INPUTS - KEPT))], axis=2).astype(np.float16)


def draw_head(seed: int) -> LinearHead:
    matrix = np.random.default_rng(seed).normal(size=(INPUTS, DIM)) / np.sqrt(INPUTS)
    return LinearHead(matrix.astype(np.float32), np.zeros(DIM, np.float32))


def share_found(head: LinearHead, views: NDArray[np.float16]) -> float:
    """Return the share of last views whose nearest first view is of the same picture."""
    first, last = (normalise(head(views[:, place].astype(np.float32))) for place in (0, -1))
    return float(((last @ first.T).argmax(axis=1) == np.arange(PICTURES)).mean())


def test_the_head_learns_what_edits_leave_as_it_is() -> None:
    head, unseen, told = draw_head(1), draw_views(2), []
    learnt = fit_copy_head(head, draw_views(3), RECIPE, on_progress=lambda done, _: told.append(done))
    assert share_found(head, unseen) < 0.3
    assert share_found(learnt, unseen) > 0.7
    assert told == list(range(1, RECIPE.steps + 1))
    assert learnt.matrix.shape == (INPUTS, DIM)
    assert learnt.bias.shape == (DIM,)


def test_the_same_seed_gives_the_same_head() -> None:
    views, recipe = draw_views(4), RECIPE.model_copy(update={"steps": 3})
    one, same, other = (
        fit_copy_head(draw_head(1), views, recipe.model_copy(update={"seed": seed})).matrix for seed in (1, 1, 2)
    )
    np.testing.assert_allclose(one, same, atol=1e-6)
    assert np.abs(one - other).max() > 1e-5


@pytest.mark.parametrize("shape", [(1, 4, INPUTS), (4, 1, INPUTS)])
def test_nothing_is_learnt_from_one_picture_or_one_view(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="at least two"):
        fit_copy_head(draw_head(1), np.zeros(shape, np.float16), RECIPE)
