"""A drawn sample in a catalogue so small that geometry looks at all of it, and the calibration that is fitted there."""

from collections.abc import Iterator

import numpy as np
import pytest

from errors import BadInput
from evaluation.attacks import edits_named
from evaluation.calibrating import Calibrated, calibrate, calibrated_lines, calibrated_record
from evaluation.calibration_fit import fit_calibration
from evaluation.calibration_pairs import SamplePairs
from evaluation.edits.degrading import compress
from evaluation.held_sample import HeldSample
from evaluation.known_copies import make_small
from feature_extractor.picture import Picture
from feature_extractor.training.sample import LabelledPicture
from search.confidence import METHOD
from search.open_engine import close_engine
from search.query import Engine
from tests.engines import encode, make_engine, offer
from tests.search.known_copies import blots

EDITS = edits_named(["crop_60", "mirror"])
TRAIN = (
    "photos/houses/1.png",
    "photos/houses/2.png",
    "photos/clothing/3.png",
    "pacs/photo/4.png",
    "pacs/photo/5.png",
    "art/oil/6.png",
)
TWIN = "photos/houses/7.png"
"""In val, and a copy of the first: whoever learnt from it would learn from val."""
NAMES = (*TRAIN, TWIN)


def draw_all() -> dict[str, Picture]:
    drawn = {name: blots(seed, 320, 240) for seed, name in enumerate(TRAIN)}
    return drawn | {TWIN: compress(drawn[TRAIN[0]], np.random.default_rng(1), quality=60)}


@pytest.fixture(scope="module")
def drawn() -> dict[str, Picture]:
    return draw_all()


@pytest.fixture(scope="module")
def engine(drawn: dict[str, Picture], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = make_engine(
        tmp_path_factory.mktemp("engine"), [offer(encode(pixels), name) for name, pixels in drawn.items()]
    )
    yield engine
    close_engine(engine)


@pytest.fixture(scope="module")
def sample(engine: Engine, drawn: dict[str, Picture], tmp_path_factory: pytest.TempPathFactory) -> HeldSample:
    folder = tmp_path_factory.mktemp("sample")
    for name, pixels in drawn.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(encode(pixels))
    pictures = [
        LabelledPicture(folder / name, name, "val" if name == TWIN else "train", number, ())
        for number, name in enumerate(NAMES)
    ]
    return HeldSample.find(engine.catalogue, pictures)


@pytest.fixture(scope="module")
def found(engine: Engine, sample: HeldSample, drawn: dict[str, Picture]) -> Calibrated:
    return calibrate(
        engine, sample, make_small(drawn[name] for name in NAMES), originals=4, strangers=3, edits=EDITS, seed=1
    )


def test_copies_are_learnt_from_and_no_picture_of_val_is(found: Calibrated) -> None:
    fitted = found.calibration.fitted
    assert (fitted.split, fitted.originals, fitted.strangers, fitted.seed) == ("train", 4, 3, 1)
    assert fitted.copies == 4 * len(EDITS)  # the twin in val would be one more wherever the first was edited or asked
    assert fitted.pairs == 4 * len(EDITS) * len(TRAIN) + 3 * (len(TRAIN) - 1)
    assert fitted.shown == fitted.shown_copies == fitted.copies
    assert found.unknown == ()


def test_what_agrees_is_surer_than_what_does_not_and_neither_is_certain(found: Calibrated, engine: Engine) -> None:
    calibration = found.calibration
    assert (calibration.model_id, calibration.method) == (engine.extractor.model_id, METHOD)
    assert all(weight > 0 for weight in calibration.laid.of.values())
    assert 0 < calibration.laid.least < 0.1
    assert 0.85 < calibration.laid.most < 1


def test_a_copy_that_nobody_knew_of_is_listed_to_be_looked_at(
    engine: Engine, sample: HeldSample, drawn: dict[str, Picture]
) -> None:
    small = make_small(drawn[name] for name in NAMES)
    both = HeldSample(
        tuple(LabelledPicture(one.path, one.name, "train", one.project, ()) for one in sample.pictures), sample.ids
    )
    unlike = small.copy()
    unlike[NAMES.index(TWIN)] = 0  # so that nobody takes it for a copy
    asked = calibrate(engine, both, unlike, originals=4, strangers=5, edits=EDITS[:1], seed=1)
    pairs = {frozenset((one.query, one.claimed)) for one in asked.unknown}
    assert pairs == {frozenset((TRAIN[0], TWIN))}
    assert any(TWIN in line for line in calibrated_lines(asked))
    record = calibrated_record(asked)
    assert record["unknown"][0]["claimed"] in {TWIN, TRAIN[0]}
    assert record["fitted"]["shown"] > record["fitted"]["shown_copies"]


def test_too_few_pictures_are_refused(engine: Engine, sample: HeldSample, drawn: dict[str, Picture]) -> None:
    small = make_small(drawn[name] for name in NAMES)
    with pytest.raises(BadInput, match="expected 99 pictures of the split 'train'"):
        calibrate(engine, sample, small, originals=99, strangers=1, edits=EDITS)


def test_the_pairs_are_kept_by_original_and_give_the_calibration_again(found: Calibrated) -> None:
    kept, fitted = found.pairs, found.calibration.fitted
    assert fit_calibration(kept) == found.calibration
    assert (len(kept.pairs), kept.pairs.is_copy.sum(), kept.pairs.is_shown.sum()) == (
        fitted.pairs,
        fitted.copies,
        fitted.shown,
    )
    assert kept.origin.searches == 4 * len(EDITS) + 3
    assert 4 <= len(np.unique(kept.pairs.group)) <= 4 + 3  # a stranger may be one of the edited
    one_kind = SamplePairs(kept.origin, kept.pairs.rows(kept.pairs.is_copy))
    with pytest.raises(BadInput, match="of both kinds"):
        fit_calibration(one_kind)
