"""Post-training quantisation of the trunk to int8."""

from collections.abc import Sequence

import nncf
import openvino as ov
from nncf.quantization.range_estimator import RangeEstimatorParametersSet

from feature_extractor.picture import Picture


def quantise(trunk: ov.Model, pictures: Sequence[Picture]) -> ov.Model:
    """Return the trunk with int8 convolutions.

    Ranges of activations come from histograms, which bear outliers better than their extremes do, and each
    convolution's bias is corrected for the error of those before it, one after another.

    Args:
        trunk: ends at its feature map: pooling and heads are attached later and stay float.
        pictures: preprocessed, uint8 (224, 224, 3); a few hundred that stand for all.
    """
    return nncf.quantize(
        trunk,
        nncf.Dataset([picture[None] for picture in pictures]),
        subset_size=len(pictures),
        preset=nncf.QuantizationPreset.MIXED,
        fast_bias_correction=False,
        advanced_parameters=nncf.AdvancedQuantizationParameters(
            activations_range_estimator_params=RangeEstimatorParametersSet.HISTOGRAM
        ),
    )
