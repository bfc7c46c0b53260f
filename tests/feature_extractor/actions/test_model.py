"""An action model is kept without pickle and refused where it does not fit."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from errors import ModelUnusable, StorageUnavailable
from feature_extractor.actions.model import ActionAbout, ActionModel
from feature_extractor.actions.ridge import Linear
from feature_extractor.backbones import FEATURES, open_backbone
from tests.small_backbone import LENGTH, write_small_backbone


def make(*, backbone_id: str = "ab" * 32, length: int = 3 * LENGTH, output: str = FEATURES) -> ActionModel:
    generator = np.random.default_rng(0)
    about = ActionAbout(
        backbone="resnet50",
        backbone_id=backbone_id,
        output=output,
        frames=4,
        actions=("jump", "run"),
        temperature=0.5,
        split_rule="none",
        measured={"cross_validated": 1.0},
    )
    matrix = generator.standard_normal((length, 2), np.float32)
    return ActionModel(about, Linear(matrix, np.zeros(2, np.float32)))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    made = make()
    made.save(tmp_path / "deep" / "actions.npz")
    found = ActionModel.open(tmp_path / "deep" / "actions.npz")
    vectors = np.random.default_rng(1).standard_normal((5, 3 * LENGTH), np.float32)
    assert found.about == made.about
    np.testing.assert_array_equal(found.probabilities(vectors), made.probabilities(vectors))
    np.testing.assert_allclose(found.probabilities(vectors).sum(axis=1), 1, rtol=1e-6)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["actions.npz"]


def test_another_network_is_refused(tmp_path: Path) -> None:
    backbone = open_backbone(write_small_backbone(tmp_path / "small.xml"), threads=1)
    assert make(backbone_id=backbone.model_id).extractor(backbone).frames == 4
    with pytest.raises(ModelUnusable, match="resnet50"):
        make().extractor(backbone)
    for other in (make(backbone_id=backbone.model_id, length=9), make(backbone_id=backbone.model_id, output="gem")):
        with pytest.raises(ModelUnusable, match="numbers"):
            other.extractor(backbone)


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "actions.npz"
    make().save(path)
    whole = path.read_bytes()
    with np.load(path) as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    broken: dict[str, bytes] = {"cut": whole[:500], "empty": b"", "pickle": pickle.dumps({"about": 1})}
    for name, arrays in {
        "objects": kept | {"matrix": np.array([None, {}], object)},
        "shape": kept | {"matrix": kept["matrix"][:, :1]},
        "nan": kept | {"offset": np.full(2, np.nan, np.float32)},
        "missing": {"about": kept["about"]},
        "words": kept | {"about": np.frombuffer(b'{"format_version": 2}', np.uint8)},
    }.items():
        np.savez(tmp_path / f"{name}.npz", **arrays)
        broken[name] = (tmp_path / f"{name}.npz").read_bytes()
    for name, data in broken.items():
        path.write_bytes(data)
        with pytest.raises(ModelUnusable, match=r"actions\.npz"):
            pytest.fail(f"{name} was read: {ActionModel.open(path)}")
    with pytest.raises(ModelUnusable, match="absent"):
        ActionModel.open(tmp_path / "absent.npz")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageUnavailable, match="file"):
        make().save(tmp_path / "file" / "actions.npz")
