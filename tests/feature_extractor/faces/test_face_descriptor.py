"""A map learnt from faces of some people tells others apart, and the network that is written does what the map does."""

from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from errors import BadInput, ModelUnusable
from feature_extractor.faces.describer import open_describer, scaled_to_unit
from feature_extractor.training.face_descriptor import (
    FaceMap,
    FaceRecipe,
    choose_same_person,
    fit_and_measure,
    fit_face_map,
    write_face_model,
)

RECIPE = FaceRecipe(channels=16, components=60, shrinkage=0.2, dim=16)
CHANNELS, SIDE, TRAITS = 24, 4, 10


def made_up(people: int, each: int, *, seed: int, noise: float = 1.0) -> tuple[np.ndarray, list[str]]:
    """Return maps of people whose looks lie in a few directions, under light that differs more than they do."""
    world = np.random.default_rng(99)
    looks = world.standard_normal((TRAITS, CHANNELS * SIDE * SIDE))
    light = world.standard_normal((4, CHANNELS * SIDE * SIDE))
    generator = np.random.default_rng(seed)
    traits = np.repeat(generator.standard_normal((people, TRAITS)), each, axis=0)
    rows = traits @ looks + 6 * generator.standard_normal((people * each, 4)) @ light
    rows += noise * generator.standard_normal(rows.shape)
    names = [f"{seed} {number // each}" for number in range(people * each)]
    return rows.reshape(-1, CHANNELS, SIDE, SIDE).astype(np.float16), names


def share_first(vectors: np.ndarray, names: list[str]) -> float:
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -2)
    return float(np.mean([names[row] == names[nearest] for row, nearest in enumerate(cosines.argmax(axis=1))]))


def raw(maps: np.ndarray) -> np.ndarray:
    rows = maps.reshape(len(maps), -1).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def test_people_never_seen_are_told_apart_better_than_by_the_maps_themselves() -> None:
    learnt = fit_face_map(*made_up(60, 4, seed=1), RECIPE)
    others, names = made_up(30, 4, seed=2)
    told = learnt.apply(others)
    assert told.shape == (120, 16)
    np.testing.assert_allclose(np.linalg.norm(told, axis=1), 1, atol=1e-5)
    assert share_first(told, names) > share_first(raw(others), names) + 0.2


def test_too_few_people_are_refused() -> None:
    with pytest.raises(BadInput, match="more than 16 people"):
        fit_face_map(*made_up(16, 3, seed=1), RECIPE)


def test_the_threshold_lets_the_wanted_share_pass() -> None:
    others, names = made_up(40, 4, seed=3)
    told = fit_face_map(*made_up(60, 4, seed=1), RECIPE).apply(others)
    threshold = choose_same_person(told, names, false_share=0.05)
    first, second = np.triu_indices(len(names), 1)
    wrong = np.array([names[a] != names[b] for a, b in zip(first, second, strict=True)])
    assert ((told @ told.T)[first, second][wrong] > threshold).mean() == pytest.approx(0.05, abs=0.002)


def test_the_threshold_comes_from_people_the_map_did_not_see() -> None:
    maps, names = made_up(80, 4, seed=5)
    learnt, threshold, measured = fit_and_measure(maps, maps[:, :, :, ::-1], names, RECIPE)
    assert measured["held_out_people"] in range(5, 40)
    assert -1 < threshold < 1
    assert learnt.matrix.shape == (16 * SIDE * SIDE, 16)


@pytest.fixture
def trunk() -> ov.Model:
    """Give a trunk that shrinks a face to 24 channels by fixed filters."""
    pictures = ops.parameter(ov.PartialShape([-1, 112, 112, 3]), ov.Type.u8, name="pictures")
    maps = ops.transpose(ops.convert(pictures, "f32"), np.array([0, 3, 1, 2]))
    filters = np.random.default_rng(0).standard_normal((CHANNELS, 3, 28, 28)).astype(np.float32) / 1300
    told = ops.convolution(maps, ops.constant(filters), [28, 28], [0, 0], [0, 0], [1, 1])
    told.output(0).set_names({"maps"})
    return ov.Model([ops.result(told, name="maps")], [pictures], "trunk")


def test_the_network_that_is_written_is_the_map(trunk: ov.Model, tmp_path: Path) -> None:
    generator = np.random.default_rng(4)
    face_map = FaceMap(
        generator.standard_normal((CHANNELS, 16)).astype(np.float32),
        generator.standard_normal((16 * SIDE * SIDE, 16)).astype(np.float32),
        generator.standard_normal(16).astype(np.float32),
    )
    target = tmp_path / "faces.xml"
    made = write_face_model(trunk, face_map, target, same_person=0.4, provenance={"from": "a test"}, measured={})
    describer = open_describer(target, threads=1)
    assert (describer.model_id, describer.dim, describer.same_person) == (made.model_id, 16, 0.4)
    faces = list(generator.integers(0, 256, (20, 112, 112, 3), np.uint8))
    told = describer.describe(faces)
    network = ov.Core().compile_model(trunk, "CPU")
    both = [
        face_map.apply(network(np.ascontiguousarray(views))["maps"].astype(np.float16))
        for views in (np.stack(faces), np.stack(faces)[:, :, ::-1])
    ]
    np.testing.assert_allclose(told, scaled_to_unit(both[0] + both[1]), atol=0.01)
    mirrored = [np.ascontiguousarray(face[:, ::-1]) for face in faces]
    np.testing.assert_allclose(describer.describe(mirrored), told, atol=1e-5)
    np.testing.assert_allclose(np.concatenate([describer.describe([face]) for face in faces]), told, atol=1e-5)
    assert describer.describe([]).shape == (0, 16)


def test_a_damaged_network_is_refused(trunk: ov.Model, tmp_path: Path) -> None:
    zeros = FaceMap(np.ones((CHANNELS, 16), np.float32), np.ones((256, 16), np.float32), np.ones(16, np.float32))
    target = tmp_path / "faces.xml"
    write_face_model(trunk, zeros, target, same_person=0.4, provenance={}, measured={})
    with target.with_suffix(".bin").open("ab") as file:
        file.write(b"more")
    with pytest.raises(ModelUnusable, match="expected the model"):
        open_describer(target, threads=1)
    target.with_suffix(".json").unlink()
    with pytest.raises(ModelUnusable, match=r"faces\.json"):
        open_describer(target, threads=1)
