"""Small labelled folders of clips for tests: drawn shots, each from a source of its own."""

import csv
from pathlib import Path

from tests.videos import draw_shot, encode_video

FPS = 10


def write_clips(folder: Path, *, number: int, frames: int = 20, val: int = 0) -> Path:
    """Write clips in which a camera pans slowly, a group each, and their labels.csv; the last are of the val part."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "action", "group", "split"])
        for seed in range(number):
            name = f"clip-{seed}.mp4"
            (folder / name).write_bytes(encode_video(draw_shot(seed, 3 * frames)[:frames], fps=FPS))
            writer.writerow([name, "Panning", seed, "train" if seed < number - val else "val"])
    return folder
