"""The parts of a search of edited copies."""

from pathlib import Path

import pytest

from errors import BadInput
from evaluation.picture_files import EDITABLE_SIDE_PX, decoded, split_pictures
from tests.engines import LIMITS, draw, encode


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, seeds in ((first, range(6)), (second, range(10, 18))):
        folder.mkdir()
        for seed in seeds:
            (folder / f"{seed}.png").write_bytes(encode(draw(seed)))
    (second / "small.png").write_bytes(encode(draw(30, 40, 40)))
    return first, second


def test_every_picture_has_one_part_and_the_draw_is_repeatable(folders: tuple[Path, Path]) -> None:
    first, second = map(str, folders)
    tasks = [
        split_pictures(first, [second, first], originals=4, others=3, limits=LIMITS, seed=seed) for seed in (1, 1, 2)
    ]
    parts = [[{record.locator for record in part} for part in (t.originals, t.distractors, t.others)] for t in tasks]
    assert [len(part) for part in parts[0]] == [4, 8, 3]
    assert len(set.union(*parts[0])) == 15
    assert all(Path(locator).parent == folders[0] for locator in parts[0][0])
    assert parts[0] == parts[1] != parts[2]


def test_too_few_pictures_are_refused(folders: tuple[Path, Path]) -> None:
    with pytest.raises(BadInput, match="at least 7 originals"):
        split_pictures(str(folders[0]), [], originals=7, others=1, limits=LIMITS, seed=0)


def test_only_pictures_to_be_edited_must_be_large_enough(folders: tuple[Path, Path]) -> None:
    task = split_pictures(str(folders[1]), [], originals=9, others=0, limits=LIMITS, seed=0)
    assert len(list(decoded(task.originals, LIMITS))) == 9
    with pytest.raises(BadInput, match=r"small\.png: 40 x 40 px"):
        list(decoded(task.originals, LIMITS, shortest_px=EDITABLE_SIDE_PX))
