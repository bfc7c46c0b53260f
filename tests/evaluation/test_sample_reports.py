"""Similar works, attributes and copies of a drawn sample; of the real one a little, with the real model."""

import json
from pathlib import Path

import numpy as np
import pytest

from errors import BadInput
from evaluation.attacks import edits_named
from evaluation.attributes import measure_all_attributes
from evaluation.baselines import CopyDescriptor, Method, PDQHash, SimilarDescriptor
from evaluation.description_cache import DescriptionCache
from evaluation.methods import name_models, open_judged
from evaluation.similar import POOLED, measure_similar_works
from evaluation.standard_copies import Grounds, choose_originals, measure_standard_copies
from feature_extractor.training.sample import LabelledPicture, read_sample
from settings import ROOT
from tests.evaluation.making import draw_picture
from tests.fake_extractor import FakeExtractor
from tests.feature_extractor.training.drawn_sample import draw_sample
from tests.needs import shared_data

PICTURES = 480


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledPicture]:
    """Dogs on warm grounds, houses on cold ones."""
    folder = tmp_path_factory.mktemp("sample")
    draw_sample(folder, pictures=PICTURES)
    return read_sample(folder)


@pytest.fixture(scope="module")
def cache(sample: list[LabelledPicture], tmp_path_factory: pytest.TempPathFactory) -> DescriptionCache:
    return DescriptionCache(tmp_path_factory.mktemp("cache"), sample)


def test_similar_works_are_found_by_their_ground_and_not_by_a_hash(
    sample: list[LabelledPicture], cache: DescriptionCache
) -> None:
    methods: list[Method] = [SimilarDescriptor(FakeExtractor()), PDQHash()]
    report = measure_similar_works(methods, sample, cache)
    ours, hashed = report.figures["Retrace"], report.figures["PDQ"]
    asked = sum(picture.split == "val" and picture.category != "" for picture in sample)
    assert ours.by_domain[POOLED].pictures == asked
    assert ours.by_domain.keys() == {"photo", POOLED}
    assert ours.by_class.keys() == {"dog", "house"}
    assert sum(ranking.pictures for ranking in ours.by_class.values()) == asked
    assert ours.by_domain[POOLED].mean_average_precision > hashed.by_domain[POOLED].mean_average_precision
    assert ours.class_accuracy[POOLED] > 0.8 > hashed.class_accuracy[POOLED]
    assert report.class_floor == pytest.approx(0.5, abs=0.2)
    means = [ours.by_class[name].mean_average_precision * ours.by_class[name].pictures for name in ours.by_class]
    assert sum(means) / asked == pytest.approx(ours.by_domain[POOLED].mean_average_precision)
    text = report.to_markdown()
    assert "| mAP | Retrace | PDQ |" in text
    assert "| house, pooled | " in text
    assert json.loads(json.dumps(report.to_record())) == report.to_record()


def test_attributes_are_told_by_models_and_learnt_for_others(
    sample: list[LabelledPicture], cache: DescriptionCache
) -> None:
    extractor = FakeExtractor(seed=11, untaught=["content_building"])
    report = measure_all_attributes(
        {"fake": extractor}, [SimilarDescriptor(FakeExtractor(), name="learnt")], sample, cache
    )
    assert report.figures["fake"].keys() == {"content_dog"}
    learnt = report.figures["learnt"]
    assert learnt.keys() == {"content_dog", "content_building"}
    for one in learnt.values():
        assert one.average_precision > one.average_precision_floor + 0.2
    assert np.isnan(report.mean("fake", "media")[0])
    assert report.mean("learnt", "content") == report.mean("learnt", "")
    record = report.to_record()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    row = next(line for line in report.to_markdown().splitlines() if line.startswith("| content_building"))
    assert row.split(" | ")[3] == "–"


def test_copies_of_val_photographs_are_looked_for_among_everything(
    sample: list[LabelledPicture], cache: DescriptionCache
) -> None:
    originals = choose_originals(sample, None)
    assert {sample[row].split for row in originals} == {"val"}
    some = choose_originals(sample, 3)
    assert set(some) < set(originals)
    assert some == choose_originals(sample, 3)
    with pytest.raises(BadInput, match=f"at least {len(originals) + 1} photographs"):
        choose_originals(sample, len(originals) + 1)


def test_copies_of_a_sample_with_a_twin_in_train(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    draw_sample(folder, pictures=48)
    pictures = read_sample(folder)
    for picture in pictures:  # the drawn ones are too small to be edited
        draw_to(picture.path, int(picture.path.stem))
    original = choose_originals(pictures, None)[0]
    twin = next(row for row, picture in enumerate(pictures) if picture.split == "train")
    pictures[twin].path.write_bytes(pictures[original].path.read_bytes())
    report = measure_standard_copies(
        [CopyDescriptor(FakeExtractor()), PDQHash()],
        pictures,
        DescriptionCache(tmp_path / "cache", pictures),
        [draw_picture(900)],
        edits=edits_named(["jpeg_50", "onto_40"]),
    )
    assert report.base_size == 48
    assert report.known_copies == ((pictures[original].name, pictures[twin].name),)
    assert report.background == sum(picture.split == "train" for picture in pictures) - 1
    assert report.results[0].recall_at_1["PDQ"] == 1.0


def draw_to(path: Path, seed: int) -> None:
    from PIL import Image

    Image.fromarray(draw_picture(seed, 96, 80)).save(path)


def test_models_are_named_and_baselines_chosen(tmp_path: Path) -> None:
    assert name_models(Path("a.xml"), ["old=b.xml"]) == {"Retrace": Path("a.xml"), "old": Path("b.xml")}
    for words in ("b.xml", "=b.xml", "old=", "Retrace=b.xml"):
        with pytest.raises(BadInput, match="NAME=path"):
            name_models(Path("a.xml"), [words])
    with open_judged({}, ["phash", "pdq", "none"], tmp_path) as judged:
        assert [method.name for method in judged.copy_methods] == ["PDQ", "pHash"]
    with pytest.raises(BadInput, match="sift"), open_judged({}, ["sift"], tmp_path):
        pass


def test_too_few_faces_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at least 32 people"):
        Grounds(tmp_path, tmp_path / "gallery").read()


@pytest.mark.shared
@pytest.mark.model
@pytest.mark.slow
def test_the_real_model_on_a_little_of_the_real_sample(tmp_path: Path) -> None:
    data = shared_data()
    everything = read_sample(data)
    drawn = np.random.default_rng(1).permutation(len(everything))[:500]
    pictures = [everything[row] for row in sorted(drawn)]
    cache = DescriptionCache(tmp_path / "cache", pictures)
    model = ROOT / "feature_extractor" / "models" / "retrace-resnet50-int8.xml"
    with open_judged({"Retrace": model}, ["pdq"], tmp_path) as judged:
        similar = measure_similar_works(judged.similar_methods[:1], pictures, cache)
        attributes = measure_all_attributes(judged.extractors, (), pictures, cache)
        grounds = Grounds(data / "lfw", tmp_path / "gallery").read(faces=6, works=0)
        copies = measure_standard_copies(
            judged.copy_methods,
            pictures,
            cache,
            grounds,
            originals=20,
            edits=edits_named(["mirror", "crop_30", "onto_40"]),
        )
    assert similar.figures["Retrace"].class_accuracy[POOLED] > 0.6
    mean, floor = attributes.mean("Retrace", "media")
    assert mean > 0.6 > floor
    found = {result.edit.name: result.recall_at_1 for result in copies.results}
    assert found["mirror"]["Retrace"] > 0.9 > found["mirror"]["PDQ"]
    assert copies.base_size == 500
