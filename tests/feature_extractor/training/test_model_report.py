from pathlib import Path

import numpy as np

from feature_extractor.descriptors import ATTRIBUTES
from feature_extractor.training.model_report import mean_cosines, measure_attributes, measure_similar
from feature_extractor.training.sample import LabelledPicture


def labelled(category: str, *, dog: float = float("nan")) -> LabelledPicture:
    attributes = tuple(dog if name == "content_dog" else float("nan") for name in ATTRIBUTES)
    return LabelledPicture(Path("x.png"), "pacs/x.png", "val", 0, attributes, "photo" if category else "", category)


def test_similar_works_are_scored_by_domain_and_pooled() -> None:
    pictures = [labelled("dog"), labelled("dog"), labelled("house"), labelled("house"), labelled("")]
    similar = np.eye(5, dtype=np.float32)[[0, 0, 1, 1, 2]]
    perfect = {"pictures": 4, "mAP": 1.0, "1-NN": 1.0}
    assert measure_similar(similar, pictures) == {"photo": perfect, "pooled": perfect}


def test_without_categories_there_is_nothing_to_score() -> None:
    assert measure_similar(np.eye(3, dtype=np.float32), [labelled("")] * 3) == {}


def test_attributes_stand_beside_their_floor() -> None:
    pictures = [
        labelled("", dog=1.0),
        labelled("", dog=0.0),
        labelled("", dog=0.0),
        labelled("", dog=0.0),
        labelled(""),
    ]
    probabilities = np.full((5, len(ATTRIBUTES)), 0.9, np.float32)
    probabilities[:, ATTRIBUTES.index("content_dog")] = [0.8, 0.6, 0.1, 0.1, 0.99]
    assert measure_attributes(probabilities, ["content_dog", "content_cat"], pictures) == {
        "content_dog": {
            "positive": 1,
            "negative": 3,
            "AP": 1.0,
            "AP_floor": 0.25,
            "accuracy": 0.75,
            "accuracy_floor": 0.75,
            "mean_probability": 0.4,
        }
    }


def test_cosines_are_averaged_over_what_both_have() -> None:
    some = {"copy": np.eye(2, dtype=np.float32), "attributes": np.zeros((2, 20), np.float32)}
    others = {"copy": np.eye(2, dtype=np.float32)[:, ::-1], "attributes": np.zeros((2, 20), np.float32)}
    assert mean_cosines(some, others) == {"copy": 0.0}
    assert mean_cosines(some, some) == {"copy": 1.0}
