"""A transform to vary: a picture with which nothing was done."""

from search.residual import Recolouring
from search.transform import Polygon, Transform

WHOLE: Polygon = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
SAME_COLOURS = Recolouring(is_grey=False, is_tinted=False, brightness=0.0, contrast=1.0, saturation=1.0, hue_deg=0.0)
PLAIN = Transform(
    mirrored=False,
    rotation_deg=0.0,
    scale=1.0,
    aspect=1.0,
    perspective=0.0,
    kept=WHOLE,
    kept_share=1.0,
    placed=WHOLE,
    placed_share=1.0,
    is_surround_plain=True,
    recolouring=SAME_COLOURS,
    blur_px=0.0,
    jpeg_quality=None,
    added=(),
)
