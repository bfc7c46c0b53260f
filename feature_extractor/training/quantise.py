"""Post-training quantisation of the trunk to int8."""

from collections.abc import Sequence

import nncf
import openvino as ov
from nncf.quantization.range_estimator import RangeEstimatorParametersSet

from feature_extractor.picture import Picture


def quantise(trunk: ov.Model, pictures: Sequence[Picture]) -> ov.Model:
    """Return the trunk with int8 convolutions, all but the first.

    The first convolution stays float: it is a thirtieth of the work, and in int8 half of the range of its weights goes
    to keep processors without VNNI from overflowing, which shows in every feature after it. Ranges of activations come
    from histograms; the model card compares them with others.

    Args:
        trunk: ends at its feature maps: pooling and heads are attached later and stay float, as the powers of a
            generalised mean do not fit into 8 bits.
        pictures: preprocessed, uint8 (side, side, 3); a few hundred that stand for all.
    """
    return nncf.quantize(
        trunk,
        nncf.Dataset([picture[None] for picture in pictures]),
        subset_size=len(pictures),
        preset=nncf.QuantizationPreset.MIXED,
        ignored_scope=nncf.IgnoredScope(names=[_first_convolution(trunk)]),
        advanced_parameters=nncf.AdvancedQuantizationParameters(
            activations_range_estimator_params=RangeEstimatorParametersSet.HISTOGRAM
        ),
    )


def _first_convolution(model: ov.Model) -> str:
    """Return the name of the convolution nearest to the input."""
    return next(str(node.friendly_name) for node in model.get_ordered_ops() if node.get_type_name() == "Convolution")
