"""What a model is made by: every choice that is not learnt from pictures."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from feature_extractor.training.heads import SUBJECT_SHARE


class Recipe(BaseModel):
    """The numbers behind a model; kept in its description.

    Attributes:
        variant: of the network, as the starting weights want it.
        seed: decides which pictures calibrate, how folds are dealt and how copies are edited.
        calibration_pictures: how many `train` pictures the ranges of activations are taken from.
        false_copy_rate: share of unrelated queries that may reach the copy threshold.
        edited_pictures: how many `train` pictures are edited, and as many `val` ones, to measure the threshold.
        subject_share: of the cosine of `similar`, what the part that labels teach decides; the look decides the rest.
        similar_precision: share of pairs at or above the similar floor that show the same category.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    variant: Literal["v1", "v1.5"] = "v1.5"
    seed: int = 20261
    calibration_pictures: int = 200
    false_copy_rate: float = 0.01
    edited_pictures: int = 300
    subject_share: float = SUBJECT_SHARE
    similar_precision: float = 0.8
