"""A sample of drawn pictures in the form of the real one, for tests that need files but not photographs."""

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Image

from feature_extractor.descriptors import ATTRIBUTES

COLUMNS = {
    "art": ("file", "medium", "split"),
    "pacs": ("file", "domain", "class", "split"),
    "photos": ("file", "kind", "group", "width", "height", "split"),
}


def draw_sample(folder: Path, *, pictures: int, seed: int = 0) -> None:
    """Draw blobs on grounds of two colours, a third of the pictures into each set, an eighth of them for 'val'.

    In `pacs` the ground tells the class: dogs stand on warm colours, houses on cold ones.
    """
    generator = np.random.default_rng(seed)
    rows: dict[str, list[dict[str, object]]] = {name: [] for name in COLUMNS}
    labels: list[tuple[object, ...]] = []
    for number in range(pictures):
        name = tuple(COLUMNS)[number % 3]
        category = ("dog", "house")[number // 3 % 2]
        file = f"{number:04}.png"
        (folder / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(_draw(generator, warm=category == "dog")).save(folder / name / file)
        known = {
            "file": file,
            "class": category,
            "domain": "photo",
            "split": "val" if number // 6 % 8 == 1 else "train",
        }
        rows[name].append({column: known.get(column, "1") for column in COLUMNS[name]})
        told = {"content_dog": category == "dog", "content_building": category == "house"} if name == "pacs" else {}
        values = [
            {None: "unsure", True: "positive", False: "negative"}[told.get(attribute)] for attribute in ATTRIBUTES
        ]
        labels.append((number, f"{name}/{file}", *values))
    for name, columns in COLUMNS.items():
        with (folder / name / "labels.csv").open("w", newline="", encoding="utf-8") as file_:
            writer = csv.DictWriter(file_, columns)
            writer.writeheader()
            writer.writerows(rows[name])
    with closing(sqlite3.connect(folder / "bam_sample.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE modules (mid INT PRIMARY KEY, project_id INT, src TEXT)")
        connection.execute(f"CREATE TABLE automatic_labels (mid INT PRIMARY KEY, {', '.join(ATTRIBUTES)})")
        for mid, src, *told_of in labels:
            connection.execute("INSERT INTO modules VALUES (?, ?, ?)", (mid, mid, src))
            marks = ", ".join("?" * len(ATTRIBUTES))
            connection.execute(f"INSERT INTO automatic_labels VALUES (?, {marks})", (mid, *told_of))  # noqa: S608  # marks


def _draw(generator: np.random.Generator, *, warm: bool) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return blobs on a ground, 48 × 64."""
    y, x = np.mgrid[0:48, 0:64]
    picture = np.broadcast_to([220, 150, 90] if warm else [90, 150, 220], (48, 64, 3)) + generator.normal(
        0, 8, (48, 64, 3)
    )
    for _ in range(5):
        reach = np.hypot(y - generator.uniform(0, 48), x - generator.uniform(0, 64)) / generator.uniform(4, 14)
        picture = np.where(reach[..., None] < 1, generator.uniform(0, 255, 3), picture)
    return np.clip(picture, 0, 255).astype(np.uint8)
