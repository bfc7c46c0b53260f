import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from errors import BadInput
from evaluation import figures
from evaluation.attacks import GRID, Edit
from evaluation.baselines import Method, PDQHash, PHash
from evaluation.collisions import measure_collisions
from evaluation.copies import Base, describe_all, measure_copies
from evaluation.copy_report import CopyReport
from evaluation.description_cache import DescriptionCache
from evaluation.figures import ACCENT, draw_collisions, draw_curves, draw_edit_bars, draw_sheets
from evaluation.sweeps import sweep_edits
from feature_extractor.training.sample import read_sample
from tests.evaluation.making import draw_picture
from tests.feature_extractor.training.drawn_sample import draw_sample

METHODS: list[Method] = [PDQHash(), PHash()]
ACCENT_RGB = tuple(bytes.fromhex(ACCENT[1:]))


def report(edits: tuple[Edit, ...]) -> CopyReport:
    originals = [draw_picture(seed, 90, 80) for seed in range(3)]
    base = Base(describe_all(METHODS, [*originals, draw_picture(7)]), range(3))
    return measure_copies(METHODS, originals, base, [draw_picture(9)], edits=edits)


def accent_share(path: Path) -> float:
    """Share of pixels in the accent colour."""
    with Image.open(path) as opened:
        pixels = np.asarray(opened.convert("RGB"))
    return float((pixels == ACCENT_RGB).all(axis=2).mean())


def test_bars_and_curves_are_drawn_from_reports(tmp_path: Path) -> None:
    grid, sweep = tmp_path / "copies.json", tmp_path / "sweep.json"
    grid.write_text(json.dumps(report(GRID[:6]).to_record()))
    sweep.write_text(json.dumps(report(sweep_edits()).to_record()))
    drawn = [*draw_edit_bars(grid, tmp_path / "out"), *draw_curves(sweep, tmp_path / "out")]
    assert [path.name for path in drawn] == ["copies-by-edit.png", "robustness.png"]
    assert all(accent_share(path) > 0.001 for path in drawn)
    with pytest.raises(BadInput, match="made without --sweep"):
        draw_curves(grid, tmp_path / "out")


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}"])
def test_what_is_no_report_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "report.json"
    file.write_text(text)
    with pytest.raises(BadInput, match="expected a report"):
        draw_edit_bars(file, tmp_path)


def test_a_sheet_a_method(tmp_path: Path) -> None:
    draw_sample(tmp_path / "sample", pictures=96)
    pictures = read_sample(tmp_path / "sample")
    cache = DescriptionCache(tmp_path / "cache", pictures)
    drawn = draw_sheets(METHODS, pictures, cache, tmp_path)
    assert [path.name for path in drawn] == ["neighbours-pdq.png", "neighbours-phash.png"]
    assert accent_share(drawn[0]) > 0


def test_collisions_are_drawn(tmp_path: Path) -> None:
    report = tmp_path / "collisions.json"
    report.write_text(json.dumps(asdict(measure_collisions(pairs=16, frames=2))))
    assert accent_share(draw_collisions(report, tmp_path)[0]) > 0.001
    report.write_text("{}")
    with pytest.raises(BadInput, match=r"expected a report of `python -m evaluation\.collisions`"):
        draw_collisions(report, tmp_path)


def test_a_heavy_figure_is_made_lighter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "copies.json"
    file.write_text(json.dumps(report(GRID[:6]).to_record()))
    heavy = draw_edit_bars(file, tmp_path / "heavy")[0]
    monkeypatch.setattr(figures, "MOST_BYTES", heavy.stat().st_size // 4)
    light = draw_edit_bars(file, tmp_path / "light")[0]
    assert light.stat().st_size <= heavy.stat().st_size // 4
    with Image.open(light) as made, Image.open(heavy) as drawn:
        assert made.width <= drawn.width
        assert made.width * drawn.height == pytest.approx(made.height * drawn.width, rel=0.01)
