import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from feature_extractor.preview import encode_preview, preview_size
from tests.feature_extractor.picture_files import motif


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=["WEBP"])


@given(st.integers(1, 30_000), st.integers(1, 30_000), st.integers(1, 2048))
def test_a_preview_fits_and_keeps_its_shape(width: int, height: int, max_side: int) -> None:
    small = preview_size(width, height, max_side)
    assert max(small) == min(max_side, max(width, height))
    assert min(small) >= 1
    scale = max(small) / max(width, height)
    assert small[0] == pytest.approx(width * scale, abs=1)
    assert small[1] == pytest.approx(height * scale, abs=1)


@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 640), (2048, 310), (160, 1000), (320, 320), (40, 30)])
def test_previews_are_webp_of_the_promised_size(width: int, height: int) -> None:
    pixels = motif(width, height)
    preview = opened(encode_preview(pixels, 320))
    assert preview.size == preview_size(width, height, 320)
    expected = np.asarray(Image.fromarray(pixels).resize(preview.size, Image.Resampling.BOX))
    assert np.abs(np.asarray(preview.convert("RGB")).astype(int) - expected).mean() < 5


def test_previews_carry_no_metadata() -> None:
    data = encode_preview(motif(), 64)
    assert not {"exif", "icc_profile", "xmp"} & set(opened(data).info)
    assert all(name not in data for name in (b"EXIF", b"XMP ", b"ICCP", b"VP8X"))


def test_quality_is_paid_for_in_bytes() -> None:
    rough = np.random.default_rng(1).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    sizes = [len(encode_preview(rough, 300, quality=quality)) for quality in (20, 50, 80, 95)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1] / 2


def test_a_preview_is_the_same_every_time_and_leaves_the_picture_alone() -> None:
    pixels = motif(700, 500)
    pixels.flags.writeable = False
    assert encode_preview(pixels, 384) == encode_preview(pixels, 384)
