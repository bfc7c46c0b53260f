"""A calibration made up: an agreement above .8 is a copy, and so is a cosine above .8."""

from search.confidence import METHOD, Calibration, Fitted, Weights

MODEL_ID = "0" * 64


def calibration(**changes: object) -> Calibration:
    weights = Weights(constant=-8, of={"agreement": 9, "in_place_share": 5, "log_cells": 0.3}, least=0.001, most=0.995)
    by_descriptor = Weights(constant=-11, of={"copy_score": 14}, least=0.001, most=0.995)
    fitted = Fitted(split="train", originals=1, strangers=1, pairs=9, copies=4, shown=4, shown_copies=4, seed=1)
    made = Calibration(model_id=MODEL_ID, method=METHOD, laid=weights, unlaid=by_descriptor, fitted=fitted, measured={})
    return made.model_copy(update=changes)
