from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from errors import SourceUnreadable, StorageUnavailable
from feature_extractor.training.learning_curves import draw_learning_curves

LOG = "epoch,loss,entropy,val_loss\n0,3.5,1.25,NA\n1,2.5,1.0,NA\n"


def test_every_column_of_numbers_has_a_panel_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(LOG)
    png, svg = draw_learning_curves(tmp_path / "log.csv", tmp_path)
    assert np.asarray(Image.open(png).convert("RGB")).std() > 1
    drawn = svg.read_text()
    assert "<!-- loss -->" in drawn
    assert "<!-- entropy -->" in drawn
    assert "val" not in drawn


def test_the_same_log_gives_the_same_figure(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(LOG)
    drawn = [draw_learning_curves(tmp_path / "log.csv", tmp_path)[1].read_bytes() for _ in range(2)]
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("text", ["epoch,loss\n0\n", "a,b\n1,2\n", "epoch,loss\nx,1\n"])
def test_another_table_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "log.csv").write_text(text)
    with pytest.raises(SourceUnreadable, match=r"log\.csv"):
        draw_learning_curves(tmp_path / "log.csv", tmp_path)


def test_says_where_it_cannot_read_or_write(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match=r"absent\.csv"):
        draw_learning_curves(tmp_path / "absent.csv", tmp_path)
    (tmp_path / "log.csv").write_text(LOG)
    with pytest.raises(StorageUnavailable):
        draw_learning_curves(tmp_path / "log.csv", tmp_path / "absent")
