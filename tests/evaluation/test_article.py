import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner

from errors import BadInput
from evaluation.article import TABLES, fill, main, write_tables
from evaluation.attacks import GRID
from evaluation.attributes import AttributeReport, measure_all_attributes
from evaluation.baselines import Method, PDQHash, PHash
from evaluation.collisions import measure_collisions
from evaluation.copies import Base, describe_all, measure_copies
from evaluation.copy_report import CopyReport
from evaluation.description_cache import DescriptionCache
from evaluation.index_benchmark.report import make_report
from evaluation.own_recall import measure_own_recall
from evaluation.similar import SimilarReport, measure_similar_works
from evaluation.verdict_report import Times, VerdictReport
from feature_extractor.training.manifest import MorePicture, Reason, write_manifest
from feature_extractor.training.sample import read_sample
from tests.evaluation.face_report import make_up_face_report
from tests.evaluation.making import draw_picture
from tests.fake_extractor import FakeExtractor
from tests.feature_extractor.training.drawn_sample import draw_sample
from tests.vectors import draw_vectors

METHODS: list[Method] = [PDQHash(), PHash()]
TEXT = (
    "Before.\n<!-- table:copies -->\nold\n<!-- end -->\nBetween.\n"
    "<!-- figure:lsh-collisions.png Marks, and lines -->\n<!-- end -->\nAfter.\n"
)


@pytest.fixture(scope="module")
def copies() -> CopyReport:
    originals = [draw_picture(seed, 90, 80) for seed in range(3)]
    base = Base(describe_all(METHODS, [*originals, draw_picture(7)]), range(3))
    return measure_copies(METHODS, originals, base, [draw_picture(9)], edits=GRID[:3])


@pytest.fixture(scope="module")
def sample_reports(tmp_path_factory: pytest.TempPathFactory) -> tuple[SimilarReport, AttributeReport]:
    folder = tmp_path_factory.mktemp("sample")
    draw_sample(folder / "sample", pictures=96)
    pictures = read_sample(folder / "sample")
    cache = DescriptionCache(folder / "cache", pictures)
    return (
        measure_similar_works(METHODS, pictures, cache),
        measure_all_attributes({"Retrace": FakeExtractor(untaught=["content_bird"])}, (), pictures, cache),
    )


def no_verdicts() -> VerdictReport:
    times = Times(searches=0, median_ms=0, p99_ms=0, geometry_median_ms=0, geometry_p99_ms=0)
    return VerdictReport(
        edits=(),
        strangers=(),
        wrong=(),
        copy_times=times,
        stranger_times=times,
        originals=0,
        others=0,
        catalogue=0,
        model_id="f" * 64,
        seed=0,
        seconds=0,
        known_copies=(),
    )


def write(folder: Path, name: str, record: object) -> Path:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


def test_every_report_that_commands_print_makes_its_table(
    tmp_path: Path, copies: CopyReport, sample_reports: tuple[SimilarReport, AttributeReport]
) -> None:
    similar, attributes = sample_reports
    records: Mapping[str, object] = {
        "pictures": {"flowers": {"kept": 1200, str(Reason.SMALL): 3}, "houses": {"kept": 7}},
        "collisions": asdict(measure_collisions(pairs=16, frames=2)),
        "own-recall": asdict(measure_own_recall({"copy": draw_vectors(2500, seed=1)}, range(9), queries=9, draws=1)),
        "copies": copies.to_record(),
        "similar": similar.to_record(),
        "held-out": similar.to_record(),
        "index": make_report([], {}, seed=1).to_record(),
        "attributes": attributes.to_record(),
        "verdicts": no_verdicts().to_record(),
        "faces": make_up_face_report().to_record(),
    }
    assert records.keys() == TABLES.keys()
    for name, record in records.items():
        write(tmp_path, name, record)
    made = {path.stem: path.read_text(encoding="utf-8") for path in write_tables(tmp_path)}
    assert made.keys() == records.keys()
    assert made["similar"] == similar.to_markdown() + "\n"
    assert made["verdicts"] == no_verdicts().to_markdown() + "\n"
    assert made["attributes"] == attributes.to_markdown() + "\n"
    assert "| flowers | 1,200 | 3 |\n| houses | 7 | 0 |" in made["pictures"]
    for edit in copies.results:
        assert f"| {edit.edit.name} | {edit.edit.intensity} | {100 * edit.recall_at_1['PDQ']:.1f} |" in made["copies"]
    for name in next(iter(similar.figures.values())).by_class:
        assert f"| {name} |" in made["held-out"]


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}", '{"attributes": 3}'])
@pytest.mark.parametrize("name", sorted(set(TABLES) - {"pictures"}))
def test_what_is_no_report_is_refused_by_name(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / f"{name}.json").write_text(text)
    with pytest.raises(BadInput, match=f"expected the report {name}"):
        write_tables(tmp_path)


def test_what_is_not_there_is_said_and_what_is_there_is_shown(tmp_path: Path) -> None:
    waiting = fill(TEXT, tmp_path)
    assert "old" not in waiting
    assert "![" not in waiting
    assert waiting.count("yet: the command above") == 2
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "copies.md").write_text("| a |\n| --- |\n")
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "lsh-collisions.png").write_bytes(b"")
    filled = fill(waiting, tmp_path)
    assert "-->\n\n| a |\n| --- |\n\n<!-- end -->" in filled
    assert "![Marks, and lines](figures/lsh-collisions.png)" in filled
    assert fill(filled, tmp_path) == filled
    for kept in ("Before.\n", "Between.\n", "After.\n"):
        assert kept in filled


def test_a_table_that_nobody_makes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="received recipes"):
        fill("<!-- table:recipes -->\n<!-- end -->", tmp_path)


def test_the_command_does_all_of_it(tmp_path: Path, copies: CopyReport) -> None:
    (tmp_path / "article.md").write_text(TEXT + "<!-- table:pictures -->\n<!-- end -->\n")
    (tmp_path / "tables").mkdir()
    write(tmp_path / "tables", "copies", copies.to_record())
    write(tmp_path / "tables", "collisions", asdict(measure_collisions(pairs=16, frames=2)))
    manifest = tmp_path / "more.csv"
    kept = MorePicture(tmp_path / "flowers", "a.jpg", False, "00", None, "", "", 0.1, 0.9)
    write_manifest(manifest, [kept])
    done = CliRunner().invoke(main, [str(tmp_path), "--manifest", str(manifest)])
    assert done.exit_code == 0, done.output
    text = (tmp_path / "article.md").read_text(encoding="utf-8")
    assert "| crop_60 |" in text
    assert "| flowers | 1 |" in text
    assert "(figures/lsh-collisions.png)" in text
    absent = CliRunner().invoke(main, [str(tmp_path), "--manifest", str(tmp_path / "absent.csv")])
    assert absent.exit_code == 3
