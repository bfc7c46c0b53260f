from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from errors import SourceUnreadable
from feature_extractor.training.near_val import Rule, read_near_val, train_pictures_near_val, write_near_val
from tests.feature_extractor.training.few_pictures import blobs, draw_labelled, label, save
from tests.feature_extractor.training.test_picture_traits import MODEL


@pytest.mark.model
def test_names_the_train_pictures_that_are_copies_of_val_pictures(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    labelled = draw_labelled(tmp_path / "labelled")
    pairs = train_pictures_near_val(
        labelled, MODEL, store=tmp_path / "store", on_progress=lambda done, total: told.append((done, total))
    )
    assert told[-1] == (6, 6)
    assert [(pair.train, pair.val) for pair in pairs] == [("set/c.png", "set/y.png")]
    assert pairs[0].rule is Rule.COPY
    assert pairs[0].bits <= 40
    assert pairs[0].cosine > 0.6
    write_near_val(tmp_path / "lists" / "near.csv", pairs)
    assert read_near_val(tmp_path / "lists" / "near.csv") == pairs


@pytest.mark.model
def test_leaves_out_what_is_near_by_hash_alone_but_no_sketches(tmp_path: Path) -> None:
    ramp = np.broadcast_to(np.linspace(250, 5, 160).astype(np.uint8)[None, :, None], (160, 160, 3)).copy()
    other = ramp[:, ::-1].copy()
    other[20:90, 30:120] = blobs(5)[20:90, 30:120]  # the same slope mirrored, another content
    save(tmp_path / "ramp.png", ramp)
    save(tmp_path / "other.png", other)
    pair = [label(tmp_path / "ramp.png", "set/ramp.png", "train"), label(tmp_path / "other.png", "set/o.png", "val")]
    found = train_pictures_near_val(pair, MODEL, store=tmp_path / "store")
    assert [(near.train, near.rule) for near in found] == [("set/ramp.png", Rule.NEAR)]
    assert 0 < found[0].bits <= 40
    drawn = [replace(picture, domain="sketch") for picture in pair]
    assert train_pictures_near_val(drawn, MODEL, store=tmp_path / "store") == ()


@pytest.mark.parametrize("text", ["folder,file\nx,y\n", "train,val,rule,bits,share,cosine\na,b,odd,1,0.1,0.9\n"])
def test_other_tables_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "other.csv").write_text(text)
    with pytest.raises(SourceUnreadable, match=r"other\.csv"):
        read_near_val(tmp_path / "other.csv")
    with pytest.raises(SourceUnreadable, match=r"absent\.csv"):
        read_near_val(tmp_path / "absent.csv")
