"""Small sets of drawn pictures and clips in folders of classes."""

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from tests.videos import encode_video

CLASSES = ("bird", "car", "ship")


def draw_class(name: str, number: int, side: int = 32) -> np.ndarray:
    """Return a picture: the colours of its class under blocks of its own."""
    generator = np.random.default_rng([CLASSES.index(name), number])
    pixels = np.full((side, side, 3), (40, 40, 40), np.uint8)
    pixels[..., CLASSES.index(name)] = 170
    blocks = generator.integers(0, 80, (4, 4, 3)).repeat(side // 4, axis=0).repeat(side // 4, axis=1)
    return np.asarray(np.clip(pixels + blocks, 0, 255), np.uint8)


def lay_pictures(folder: Path, *, train: int, test: int) -> Path:
    """Write `train` as folders and `test.zip`, so many pictures a class."""
    for name in CLASSES:
        (folder / "train" / name).mkdir(parents=True)
        for number in range(train):
            Image.fromarray(draw_class(name, number)).save(folder / "train" / name / f"{number:04d}.png")
    with zipfile.ZipFile(folder / "test.zip", "w") as archive:
        for name in CLASSES:
            for number in range(test):
                buffer = io.BytesIO()
                Image.fromarray(draw_class(name, 1000 + number)).save(buffer, "PNG")
                archive.writestr(f"{name}/{number:04d}.png", buffer.getvalue())
    return folder


def lay_clips(folder: Path, *, sources: int = 4, each: int = 2, frames: int = 6) -> Path:
    """Write clips as UCF101 names them: what is done tells the colours, its source their shade."""
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
        for source in range(sources):
            for clip in range(each):
                shots = [draw_class(name, 100 * source + clip + 10 * frame, 64) for frame in range(frames)]
                path = folder / name / f"v_{name}_g{source + 1:02d}_c{clip + 1:02d}.avi"
                path.write_bytes(encode_video(shots, container="avi"))
    return folder
