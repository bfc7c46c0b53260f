import json
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from errors import ContractBroken, SourceUnreadable, StorageUnavailable
from feature_extractor.picture import Picture
from feature_extractor.training.picture_cache import Missing, PictureCache, Read, build_picture_cache
from tests.feature_extractor.picture_files import motif

SIZES = [(96, 64), (400, 100), (33, 320), (320, 320), (321, 5)]


def drawn(width: int, height: int) -> Read:
    return lambda: motif(width, height)


def broken() -> Picture:
    raise SourceUnreadable("expected a picture; received none")


def never() -> Picture:
    raise AssertionError("a current cache decodes nothing")


WANTED = [(f"{width}x{height}", drawn(width, height)) for width, height in SIZES]


def test_holds_the_pixels_in_order_and_reduces_the_long_ones(tmp_path: Path) -> None:
    done: list[int] = []
    cache, missing = build_picture_cache(tmp_path, WANTED, longest_side_px=320, workers=3, on_progress=done.append)
    assert missing == ()
    assert done == [1, 2, 3, 4, 5]
    assert len(cache) == 5
    assert cache.names == tuple(name for name, _ in WANTED)
    shapes = [cache.picture(row).shape for row in range(5)]
    assert shapes == [(64, 96, 3), (80, 320, 3), (320, 33, 3), (320, 320, 3), (5, 320, 3)]
    for row in (0, 2, 3):
        np.testing.assert_array_equal(cache.picture(row), WANTED[row][1]())
    np.testing.assert_allclose(cache.picture(1), motif(320, 80), atol=4)
    assert cache.index_of("33x320") == 2
    cache.verify()


def test_pictures_are_read_only_views_of_one_file(tmp_path: Path) -> None:
    cache, _ = build_picture_cache(tmp_path, WANTED)
    picture = cache.picture(0)
    assert not picture.flags.writeable
    assert not picture.flags.owndata
    assert picture.flags.c_contiguous
    assert sum(file.stat().st_size for file in tmp_path.glob("pixels-*")) == sum(
        cache.picture(row).size for row in range(len(cache))
    )


def test_what_cannot_be_had_is_named_and_left_out(tmp_path: Path) -> None:
    wanted = [WANTED[0], ("gone", broken), WANTED[1]]
    cache, missing = build_picture_cache(tmp_path, wanted)
    assert missing == (Missing("gone", "expected a picture; received none"),)
    assert cache.names == ("96x64", "400x100")
    assert PictureCache.open(tmp_path).missing == missing
    with pytest.raises(KeyError):
        cache.index_of("gone")


def test_a_current_cache_is_not_built_again(tmp_path: Path) -> None:
    first, missing = build_picture_cache(tmp_path, [*WANTED, ("gone", broken)])
    again, missing_again = build_picture_cache(tmp_path, [(name, never) for name in (*first.names, "gone")])
    assert again.names == first.names
    assert missing_again == missing


@pytest.mark.parametrize("change", ["names", "order", "side"])
def test_another_list_or_side_is_built_anew_while_the_old_one_stays_readable(tmp_path: Path, change: str) -> None:
    old, _ = build_picture_cache(tmp_path, WANTED)
    wanted = {"names": WANTED[1:], "order": WANTED[::-1], "side": WANTED}[change]
    new, _ = build_picture_cache(tmp_path, wanted, longest_side_px=100 if change == "side" else 320)
    assert new.names == tuple(name for name, _ in wanted)
    assert max(max(new.picture(row).shape) for row in range(len(new))) == (100 if change == "side" else 320)
    np.testing.assert_array_equal(old.picture(0), motif(*SIZES[0]))
    assert len(list(tmp_path.glob("pixels-*"))) == 1


def test_a_builder_that_fails_leaves_the_old_cache(tmp_path: Path) -> None:
    build_picture_cache(tmp_path, WANTED)
    with pytest.raises(AssertionError):
        build_picture_cache(tmp_path, [("new", never)])
    assert len(PictureCache.open(tmp_path)) == 5
    assert not list(tmp_path.glob("*.partial"))


def test_workers_stay_few_pictures_ahead(tmp_path: Path) -> None:
    begun: list[int] = []

    def read() -> Picture:
        begun.append(1)
        return motif(16, 16)

    ahead: list[int] = []
    wanted = [(str(number), read) for number in range(200)]
    build_picture_cache(tmp_path, wanted, workers=2, on_progress=lambda done: ahead.append(len(begun) - done))
    assert max(ahead) <= 8


def test_an_empty_cache_is_one_too(tmp_path: Path) -> None:
    cache, missing = build_picture_cache(tmp_path, [])
    assert len(cache) == len(missing) == 0
    PictureCache.open(tmp_path).verify()


def test_threads_and_processes_see_the_same(tmp_path: Path) -> None:
    cache, _ = build_picture_cache(tmp_path, WANTED)
    sent = pickle.dumps(cache)
    assert len(sent) < 1000
    other: PictureCache = pickle.loads(sent)  # noqa: S301  # our own bytes of a moment ago
    rows = [number % 5 for number in range(100)]
    with ThreadPoolExecutor(4) as pool:
        for row, picture in zip(rows, pool.map(other.picture, rows), strict=True):
            np.testing.assert_array_equal(picture, cache.picture(row))


def test_names_come_once(tmp_path: Path) -> None:
    with pytest.raises(ContractBroken, match="once"):
        build_picture_cache(tmp_path, [WANTED[0], WANTED[0]])


@pytest.mark.parametrize("row", [-1, 5])
def test_there_is_no_picture_beyond_the_last(tmp_path: Path, row: int) -> None:
    cache, _ = build_picture_cache(tmp_path, WANTED)
    with pytest.raises(IndexError, match="from 0 to 4"):
        cache.picture(row)


def cut_pixels(folder: Path) -> None:
    file = next(folder.glob("pixels-*"))
    file.write_bytes(file.read_bytes()[:-1])


def lose_pixels(folder: Path) -> None:
    next(folder.glob("pixels-*")).unlink()


def cut_index(folder: Path) -> None:
    index = folder / "index.json"
    index.write_text(index.read_text()[:-20])


def change_index(**changed: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        index = folder / "index.json"
        index.write_text(json.dumps(json.loads(index.read_text()) | changed))

    return change


@pytest.mark.parametrize(
    "harm",
    [
        cut_pixels,
        lose_pixels,
        cut_index,
        change_index(format_version=2),
        change_index(names=["one"]),
        change_index(heights=[-1] * 5),
    ],
)
def test_refuses_what_does_not_fit_and_builds_it_again(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    build_picture_cache(tmp_path, WANTED)
    harm(tmp_path)
    with pytest.raises(SourceUnreadable) as refused:
        PictureCache.open(tmp_path)
    assert "build" in refused.value.remedy
    cache, _ = build_picture_cache(tmp_path, WANTED)
    cache.verify()


def test_tells_pixels_that_changed(tmp_path: Path) -> None:
    build_picture_cache(tmp_path, WANTED)
    file = next(tmp_path.glob("pixels-*"))
    file.write_bytes(file.read_bytes()[:-1] + b"\0")
    with pytest.raises(SourceUnreadable, match="sha256"):
        PictureCache.open(tmp_path).verify()


def test_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SourceUnreadable):
        PictureCache.open(tmp_path / "absent")
    with pytest.raises(StorageUnavailable):
        build_picture_cache(tmp_path / "file", WANTED)
