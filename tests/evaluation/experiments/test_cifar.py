"""The CIFAR-10 experiment, whole, on a few drawn pictures and a network of no intelligence."""

from pathlib import Path

import pytest

from errors import BadInput
from evaluation.attacks import edits_named
from evaluation.experiments.cifar import CifarReport, measure_cifar
from evaluation.experiments.cifar_page import answer, cifar_lines, write_cifar
from feature_extractor.backbones import open_backbone
from tests.evaluation.experiments.making import CLASSES, lay_pictures
from tests.small_backbone import LENGTH, write_small_backbone


def test_the_experiment_is_measured_kept_and_written(tmp_path: Path) -> None:
    pictures = lay_pictures(tmp_path / "pictures", train=5, test=4)
    backbone = open_backbone(write_small_backbone(tmp_path / "small.xml"), threads=1)
    edits = edits_named(["mirror", "jpeg_10", "onto_40"])
    told: list[int] = []
    report = measure_cifar(
        {"Small": backbone},
        pictures,
        tmp_path / "cache",
        absent={"VGG-16": "`experiment backbone vgg16` fetches it."},
        edited=3,
        edits=edits,
        advance=lambda done, total: told.append(done),
    )
    (name,) = report.figures
    figures = report.figures[name]
    assert (report.base, report.queries, report.side_px, report.edited) == (15, 12, 32, 3)
    assert (name, figures.length) == ("Small pooled", LENGTH)
    assert figures.by_metric["cosine"].nearest == 1.0  # the colours are the classes
    assert set(figures.by_metric["cosine"].by_class) == set(CLASSES)
    assert list(figures.by_dimensions) == [8, 16, 32]
    assert set(figures.overlap.copies_first) == {"mirror", "jpeg_10", "onto_40"}
    assert report.indexes[0].recall == 1.0
    assert told == [15, 12, 9]

    written = write_cifar(report, tmp_path, command="this command")
    page = (tmp_path / "cifar10.md").read_text(encoding="utf-8")
    assert all(path.stat().st_size for path in written)
    assert CifarReport.read(tmp_path / "cifar10.json") == report
    assert answer(report) in page
    assert "VGG-16: not measured here" in page
    assert all(f"]({path.name})" in page for path in written if path.suffix == ".png")
    assert "Made by `this command`" in page
    assert cifar_lines(report, "another")[2] != cifar_lines(report, "this command")[2]

    told.clear()
    measure_cifar(
        {"Small": backbone},
        pictures,
        tmp_path / "cache",
        absent={},
        edited=1,
        edits=edits,
        advance=lambda done, _: told.append(done),
    )
    assert told == [3]  # what was described is read; only the edited copies are described


def test_too_few_pictures_are_refused(tmp_path: Path) -> None:
    pictures = lay_pictures(tmp_path / "pictures", train=3, test=1)
    backbone = open_backbone(write_small_backbone(tmp_path / "small.xml"), threads=1)
    with pytest.raises(BadInput, match="at least 10"):
        measure_cifar({"Small": backbone}, pictures, tmp_path / "cache", absent={})
    (tmp_path / "cifar10.json").write_text("{}")
    with pytest.raises(BadInput, match=r"cifar10\.json"):
        CifarReport.read(tmp_path / "cifar10.json")
