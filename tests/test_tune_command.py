"""`tune` on a catalogue of drawn descriptors: real files, and other processes that take over what was chosen."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray

from commands import main
from data.catalogue import Catalogue
from data.migrate import upgrade
from feature_extractor.descriptors import DIM
from feature_extractor.model_file import read_metadata
from search.open_engine import EngineSource, open_indexes
from search.vector_index.lsh import LSHIndex
from settings import ROOT, read_settings
from tests.data.new_images import new_image
from tests.vectors import draw_vectors

pytestmark = [pytest.mark.model, pytest.mark.slow]

PICTURES, CLUSTERS = 2500, 50
LOOK = """
import json
from data.catalogue import Catalogue
from feature_extractor.model_file import read_metadata
from search.open_engine import EngineSource, open_indexes
from settings import read_settings

settings = read_settings()
with Catalogue.open(settings.catalogue_url) as catalogue:
    model_id = read_metadata(settings.model).model_id
    for live in open_indexes(EngineSource.of(settings, threads=1), catalogue, model_id):
        found = live.index.recall, live.index.is_tuned, live.index.measured.rows, str(live.status.snapshot)
        print(json.dumps([live.identity.kind, *found]))
        live.close()
"""


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words, catch_exceptions=False)


def fill(folder: Path, count: int) -> Path:
    """Make a catalogue of pictures that nobody drew, with descriptors in clusters, and return its folder."""
    settings = read_settings(data_dir=folder)
    folder.mkdir()
    upgrade(settings.catalogue_url)
    model_id = read_metadata(settings.model).model_id
    copy, similar = (draw_vectors(count, seed, dim=DIM, clusters=CLUSTERS) for seed in (1, 2))
    with Catalogue.open(settings.catalogue_url) as catalogue:
        catalogue.add_batch(
            [
                replace(
                    new_image(number, model_id=model_id),
                    descriptors={"copy": copy[number], "similar": similar[number]},
                )
                for number in range(count)
            ]
        )
    return folder


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("tune") / "instance", PICTURES)


@pytest.fixture
def data(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RETRACE_DATA_DIR", str(filled))
    return filled


def seen_by_another_process() -> dict[str, tuple[float, bool, int, str]]:
    """Return recall, whether it was tuned, vectors measured and snapshot of each index, as a new process opens them."""
    shown = subprocess.run([sys.executable, "-c", LOOK], cwd=ROOT, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    return {kind: tuple(found) for kind, *found in map(json.loads, shown.stdout.splitlines())}


def test_what_is_tuned_is_found_kept_and_taken_over(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings()
    with Catalogue.open(settings.catalogue_url) as catalogue:
        model_id = read_metadata(settings.model).model_id
        serving = open_indexes(EngineSource.of(settings, threads=1), catalogue, model_id)
        before = {live.identity.kind: live.status.snapshot for live in serving}
        assert [live.index.recall for live in serving if isinstance(live.index, LSHIndex)] == [0.99, 0.99]

        shown = run("tune", "--recall", ".95", "--json")
        assert shown.exit_code == 0, shown.output
        tunings = {one["kind"]: one for one in json.loads(shown.stdout)}
        assert set(tunings) == {"copy", "similar"}
        opened = seen_by_another_process()
        for live in serving:
            kind = live.identity.kind
            chosen = tunings[kind]["chosen"]
            assert chosen["wanted"] >= 0.95
            assert chosen["found"] >= 0.95
            assert not chosen["is_exact"], "a test of nothing: all is scored"
            live.catch_up()
            assert isinstance(live.index, LSHIndex)
            assert str(live.status.snapshot) != str(before[kind])
            assert opened[kind] == (chosen["wanted"], True, PICTURES, str(live.status.snapshot))
            assert (live.index.recall, live.index.is_tuned) == (chosen["wanted"], True)
            assert found_by(live.index, draw_vectors(200, seed=7, dim=DIM, clusters=CLUSTERS)) >= 0.95
            live.close()

    monkeypatch.setenv("RETRACE_INDEX_URL", "lsh:?recall=.6")
    assert run("rebuild").exit_code == 0
    anew = seen_by_another_process()
    assert {kind: found[:2] for kind, found in anew.items()} == {kind: found[:2] for kind, found in opened.items()}
    findings = json.loads(run("check", "--json").stdout)["findings"]
    assert "index differs from the catalogue" not in {finding["what"] for finding in findings}, findings

    assert run("tune").exit_code == 0, "to what the address says"
    assert all(0.6 <= recall < 0.95 for recall, *_ in seen_by_another_process().values())


def found_by(lsh: LSHIndex, vectors: NDArray[np.float32]) -> float:
    """Return the share of the ten nearest that single searches find."""
    true = lsh.search(vectors, 10, effort=1.0).ids
    found = [lsh.search(vector[np.newaxis], 10).ids[0] for vector in vectors]
    return float(np.mean([np.isin(one, other).mean() for one, other in zip(true, found, strict=True)]))


def test_people_read_a_table(data: Path) -> None:
    shown = run("tune", "--recall", ".9")
    assert shown.exit_code == 0
    lines = shown.output.splitlines()
    for kind in ("copy", "similar"):
        assert f"{kind}: {PICTURES:,} pictures" in lines
    rows = [line for line in lines if "%" in line]
    assert len(rows) >= 14
    assert sum(row.endswith("chosen") for row in rows) == 2


@pytest.mark.parametrize("count", [0, 3])
def test_an_empty_or_tiny_catalogue_is_answered_clearly(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "instance", count)
    monkeypatch.setenv("RETRACE_DATA_DIR", str(tmp_path / "instance"))
    shown = run("tune", "--recall", ".98")
    assert shown.exit_code == 0
    assert shown.output.count("So few are all scored, which finds everything.") == 2
    chosen = [one["chosen"] for one in json.loads(run("tune", "--recall", ".98", "--json").stdout)]
    assert [(one["wanted"], one["candidates"]) for one in chosen] == [(0.98, count)] * 2
    assert run("rebuild", "--json").stdout == f'{{\n  "copy": {count},\n  "similar": {count},\n  "words": {count}\n}}\n'


@pytest.mark.parametrize(
    ("address", "words", "told"),
    [
        ("exact:", (), "finds everything"),
        ("milvus+http://localhost:1", (), "?method=flat"),
        ("lsh:", ("--recall", "1"), "from 0.5 to 0.9995"),
        ("lsh:", ("--recall", "nan"), "from 0.5 to 0.9995"),
        ("lsh:?recall=.98&probes=3", (), "?recall=0.5 to 0.9995"),
        ("lsh:?recall=98", (), "?recall=0.5 to 0.9995"),
    ],
)
def test_what_cannot_be_tuned_is_told_before_anything_is_opened(
    address: str, words: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETRACE_DATA_DIR", str(tmp_path / "absent"))
    monkeypatch.setenv("RETRACE_INDEX_URL", address)
    shown = run("tune", *words)
    assert shown.exit_code == 3
    assert told in shown.stderr
    assert len(shown.stderr.splitlines()) == 1
    assert not (tmp_path / "absent").exists()


def test_a_recall_that_is_no_number_is_usage() -> None:
    assert run("tune", "--recall", "high").exit_code == 2
