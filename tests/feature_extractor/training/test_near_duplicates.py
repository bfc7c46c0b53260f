import numpy as np
from PIL import Image

from feature_extractor.picture import Picture
from feature_extractor.training.near_duplicates import difference_hashes, near_duplicate_pairs


def clouds(seed: int) -> Picture:
    """Smooth random colours, 96 × 96."""
    coarse = np.random.default_rng(seed).integers(0, 256, (12, 12, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((96, 96), Image.Resampling.BICUBIC))


def test_finds_small_changes_and_mirrors_and_nothing_else() -> None:
    pictures = [clouds(seed) for seed in range(6)]
    dark, mirrored = (pictures[1] * 0.7).astype(np.uint8), pictures[3][:, ::-1]
    noisy = np.clip(pictures[4] + np.random.default_rng(9).normal(0, 3, (96, 96, 3)), 0, 255).astype(np.uint8)
    pairs = near_duplicate_pairs([*pictures, dark, mirrored, noisy])
    assert pairs.tolist() == [[1, 6], [3, 7], [4, 8]]


def test_different_line_drawings_are_not_near_though_mostly_white() -> None:
    drawings = []
    for seed in range(4):
        drawing = np.full((96, 96, 3), 255, np.uint8)
        row, column = np.random.default_rng(seed).integers(5, 80, 2)
        drawing[row : row + 6, :] = drawing[:, column : column + 6] = 0
        drawings.append(drawing)
    assert len(near_duplicate_pairs(drawings)) == 0


def test_plain_pictures_are_no_copies_of_each_other() -> None:
    assert len(near_duplicate_pairs([np.full((32, 32, 3), grey, np.uint8) for grey in (0, 128, 255)])) == 0


def test_hashes_are_256_bits() -> None:
    hashes = difference_hashes([clouds(0), clouds(1)])
    assert hashes.shape == (2, 4)
    assert hashes.dtype == np.uint64
