"""A descriptor of faces from the trunk of the model that serves: conv4 maps, a linear map learnt from known people.

The maps of an aligned face are kept as a grid, as a nose is always at one place of it. Their channels are projected
onto principal components, then everything onto those that tell people apart: Fisherfaces (Belhumeur et al., 1997), with
the covariance within a person shrunk towards the identity, as there are more numbers than pictures.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as ops
from pydantic import JsonValue

from errors import BadInput, ModelUnusable, PictureError
from feature_extractor.decode import decode
from feature_extractor.faces.alignment import SIDE_PX, align
from feature_extractor.faces.describer import BATCH, FaceModelMetadata, scaled_to_unit
from feature_extractor.faces.detector import Face, FaceDetector
from feature_extractor.faces.networks import compile_network
from feature_extractor.model_file import hash_model, read_metadata
from feature_extractor.picture import Limits, Picture
from feature_extractor.training.face_people import FacePicture

Say = Callable[[str], None]
Maps = NDArray[np.float16]  # (n, channels, rows, columns)

LIMITS = Limits(max_bytes=16 * 2**20, max_pixels=64_000_000)
DIM = 128
CHANNELS = 1024
MOST_A_PERSON = 10
"""Pictures of one person that are learnt from: some have hundreds."""
_HELD_OUT = 4  # one in so many people chooses the threshold
_SIDE = 7  # of the maps of conv4 of a face of 112 px
_EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class FaceRecipe:
    """What is not learnt.

    Attributes:
        channels: principal components of the maps' channels.
        components: principal components of the grid, at most as many as there are pictures.
        shrinkage: 0..1, how much of the covariance within a person is its mean variance in every direction.
        dim: length of the descriptor.
        false_share: of the pairs of two people that are called one by the threshold.
    """

    channels: int = 256
    components: int = 800
    shrinkage: float = 0.2
    dim: int = DIM
    false_share: float = 0.001


@dataclass(frozen=True, slots=True)
class FaceMap:
    """From maps to descriptors, but for the scaling to norm 1.

    Attributes:
        channels: float32 (1024, channels), the same at every place.
        matrix: float32 (channels × places, dim); the channel counts first, then row, then column.
        bias: float32 (dim,).
    """

    channels: NDArray[np.float32]
    matrix: NDArray[np.float32]
    bias: NDArray[np.float32]

    def apply(self, maps: Maps) -> NDArray[np.float32]:
        """Return descriptors, float32 (n, dim), L2 norm 1."""
        return scaled_to_unit(_project(maps, self.channels) @ self.matrix + self.bias)


def central_face(faces: Sequence[Face], width: int, height: int) -> Face | None:
    """Return the face nearest to the centre of a picture; None where there is none."""

    def distance(face: Face) -> float:
        left, top, right, bottom = face.box
        return (left + right - width) ** 2 + (top + bottom - height) ** 2

    return min(faces, key=distance, default=None)


def align_faces(
    detector: FaceDetector, pictures: Sequence[FacePicture], say: Say = lambda _: None
) -> tuple[list[Picture], list[str]]:
    """Return the aligned central faces of pictures and whose they are; pictures without a face are left out."""
    faces: list[Picture] = []
    people: list[str] = []
    for number, one in enumerate(pictures, start=1):
        try:
            picture = decode(one.path.read_bytes(), LIMITS).pixels
        except (PictureError, OSError) as exc:
            say(f"left out: {one.path.name}: {exc}")
            continue
        face = central_face(detector.find(picture), picture.shape[1], picture.shape[0])
        if face is not None:
            faces.append(align(picture, face.landmarks))
            people.append(one.person)
        if number % 500 == 0:
            say(f"{number} of {len(pictures)} pictures looked at")
    return faces, people


def cut_trunk(model: Path) -> ov.Model:
    """Return the part of a model that serves up to conv4, for faces of 112 px: their `maps`, (n, 1024, 7, 7).

    Raises:
        ModelUnusable: the model is damaged, or has no such maps.
    """
    read_metadata(model)
    whole = ov.Core().read_model(str(model), config={"ENABLE_MMAP": False})
    whole.reshape([-1, SIDE_PX, SIDE_PX, 3])
    wanted = ov.PartialShape([-1, CHANNELS, _SIDE, _SIDE])
    nodes = [
        node
        for node in whole.get_ordered_ops()
        if node.get_type_name() == "Relu" and node.get_output_partial_shape(0) == wanted
    ]
    if not nodes:
        raise ModelUnusable(f"expected maps of {CHANNELS} channels and {_SIDE} px in {model}; found none")
    nodes[-1].output(0).set_names({"maps"})
    return ov.Model([ops.result(nodes[-1], name="maps")], whole.get_parameters(), "retrace-faces")


def see(trunk: Path, faces: Sequence[Picture], *, threads: int) -> Maps:
    """Return the maps of aligned faces: float16 (n, 1024, 7, 7)."""
    network = compile_network(trunk, threads=threads)
    maps = np.empty((len(faces), CHANNELS, _SIDE, _SIDE), np.float16)
    for start in range(0, len(faces), BATCH):
        maps[start : start + BATCH] = network(np.stack(faces[start : start + BATCH]))["maps"]
    return maps


def fit_face_map(maps: Maps, people: Sequence[str], recipe: FaceRecipe) -> FaceMap:
    """Return the map that brings faces of one person together and keeps those of others apart.

    Args:
        maps: (n, 1024, 7, 7); of each person at least two faces.
        people: of each row.
        recipe: what is not learnt.
    Raises:
        BadInput: there are fewer people than numbers in a descriptor.
    """
    labels = np.unique(np.array(people), return_inverse=True)[1]
    if labels.max(initial=-1) < recipe.dim:
        raise BadInput(f"expected more than {recipe.dim} people to learn from; received {labels.max(initial=-1) + 1}")
    channels = _principal(maps.astype(np.float32).mean(axis=(2, 3)), maps, recipe.channels)
    grid = _project(maps, channels)  # (n, channels × places)
    mean = grid.mean(axis=0)
    grid -= mean
    values, vectors = np.linalg.eigh(grid @ grid.T)
    kept = np.argsort(-values)[: recipe.components]
    components = grid.T @ (vectors[:, kept] / np.sqrt(np.maximum(values[kept], _EPSILON)))  # orthonormal columns
    seen = grid @ components
    counts = np.bincount(labels)
    sums = np.zeros((len(counts), seen.shape[1]))
    np.add.at(sums, labels, seen)
    centres = sums / counts[:, None]
    away = seen - centres[labels]
    within = away.T @ away / max(1, len(seen) - len(counts))
    shrunk = (1 - recipe.shrinkage) * within + recipe.shrinkage * np.trace(within) / len(within) * np.eye(len(within))
    sizes, directions = np.linalg.eigh(shrunk)
    whiten = directions / np.sqrt(sizes)
    between = centres @ whiten
    _, _, right = np.linalg.svd(between - between.mean(axis=0), full_matrices=False)
    matrix = components @ (whiten @ right[: recipe.dim].T)
    return FaceMap(channels, matrix.astype(np.float32), (-mean @ matrix).astype(np.float32))


def choose_same_person(descriptors: NDArray[np.float32], people: Sequence[str], *, false_share: float) -> float:
    """Return the cosine that this share of the pairs of two people exceeds; of people that nothing was learnt from."""
    labels = np.array(people)
    first, second = np.triu_indices(len(labels), 1)
    cosines = (descriptors @ descriptors.T)[first, second][labels[first] != labels[second]]
    return float(np.quantile(cosines, 1 - false_share))


def write_face_model(
    trunk: ov.Model,
    face_map: FaceMap,
    target: Path,
    *,
    same_person: float,
    provenance: dict[str, JsonValue],
    measured: dict[str, JsonValue],
) -> FaceModelMetadata:
    """Write the network that describes faces, `.xml` and `.bin`, and its description, `.json`."""
    model = trunk.clone()
    maps = model.output("maps").get_node().input_value(0)
    told = _graph_of(maps, face_map)
    told.output(0).set_names({"face"})
    whole = ov.Model([ops.result(told, name="face")], model.get_parameters(), "retrace-faces")
    target.parent.mkdir(parents=True, exist_ok=True)
    ov.save_model(whole, str(target), compress_to_fp16=False)
    model_id, _, _ = hash_model(target)
    metadata = FaceModelMetadata(
        model_id=model_id,
        dim=len(face_map.bias),
        same_person=round(same_person, 4),
        provenance=provenance,
        measured=measured,
    )
    target.with_suffix(".json").write_text(metadata.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return metadata


def _graph_of(maps: ov.Output, face_map: FaceMap) -> ov.Node:
    """Return the nodes of a map; its matrices are stored in float16."""
    filters = _half(np.ascontiguousarray(face_map.channels.T)[:, :, None, None])
    reduced = ops.convolution(maps, filters, [1, 1], [0, 0], [0, 0], [1, 1])
    flat = ops.reshape(reduced, np.array([0, -1]), special_zero=True)
    product = ops.matmul(flat, _half(face_map.matrix), transpose_a=False, transpose_b=False)
    told = ops.add(product, ops.constant(face_map.bias[None]))
    return ops.normalize_l2(told, np.array([1]), eps=_EPSILON**2, eps_mode="max")


def _half(array: NDArray[np.float32]) -> ov.Node:
    return ops.convert(ops.constant(array.astype(np.float16)), "f32")


def _project(maps: Maps, channels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return maps in the components of their channels, as rows: (n, channels × places)."""
    count, width, rows, columns = maps.shape
    out = np.empty((count, channels.shape[1], rows * columns), np.float32)
    for start in range(0, count, 256):
        some = maps[start : start + 256].astype(np.float32).reshape(-1, width, rows * columns)
        out[start : start + 256] = np.einsum("ncp,ck->nkp", some, channels, optimize=True)
    return out.reshape(count, -1)


def _principal(means: NDArray[np.float32], maps: Maps, count: int) -> NDArray[np.float32]:
    """Return the principal components of the channels over all places: (1024, count)."""
    centre = means.mean(axis=0)
    covariance = np.zeros((len(centre), len(centre)))
    for start in range(0, len(maps), 256):
        some = maps[start : start + 256].astype(np.float32).transpose(0, 2, 3, 1).reshape(-1, len(centre)) - centre
        covariance += some.T @ some
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors[:, np.argsort(-values)[:count]], np.float32)


def train_face_descriptor(
    pictures: Sequence[FacePicture],
    model: Path,
    target: Path,
    detector: FaceDetector,
    *,
    recipe: FaceRecipe,
    threads: int = 0,
    say: Say = lambda _: None,
) -> FaceModelMetadata:
    """Learn a descriptor of faces and write its three files.

    Nothing is learnt from test people, nor from who has one picture only; of one person ten pictures count. The
    threshold is chosen on a quarter of the people, by a map learnt from the others; the map that is written is learnt
    from all of them.

    Args:
        pictures: of known people.
        model: the `.xml` of the model whose trunk sees the faces.
        target: the `.xml` to write.
        detector: finds the faces.
        recipe: what is not learnt.
        threads: cores to use; 0 for all.
        say: told of each step.
    Raises:
        BadInput: there are too few people.
        ModelUnusable: the model is damaged, or has not the right maps.
    """
    chosen = choose_to_learn_from(pictures)
    say(f"align: {len(chosen)} pictures of {len({one.person for one in chosen})} people")
    faces, people = align_faces(detector, chosen, say)
    trunk = cut_trunk(model)
    say("look: conv4 of each face and of its mirror image")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trunk.xml"
        ov.save_model(trunk, str(path), compress_to_fp16=False)
        maps = see(path, faces, threads=threads)
        mirrored = see(path, [np.ascontiguousarray(face[:, ::-1]) for face in faces], threads=threads)
    say("fit")
    face_map, same_person, measured = fit_and_measure(maps, mirrored, people, recipe)
    return write_face_model(
        trunk,
        face_map,
        target,
        same_person=same_person,
        provenance={
            "trunk": read_metadata(model).model_id,
            "recipe": asdict(recipe),
            "learnt_from": {"pictures": len(people), "people": len(set(people))},
        },
        measured=measured,
    )


def choose_to_learn_from(pictures: Sequence[FacePicture]) -> list[FacePicture]:
    """Return the pictures that are learnt from, in their order."""
    by_person: dict[str, list[FacePicture]] = {}
    for one in pictures:
        if not one.is_test:
            by_person.setdefault(one.person, []).append(one)
    return [one for some in by_person.values() if len(some) > 1 for one in some[:MOST_A_PERSON]]


def fit_and_measure(
    maps: Maps, mirrored: Maps, people: Sequence[str], recipe: FaceRecipe
) -> tuple[FaceMap, float, dict[str, JsonValue]]:
    """Return the map learnt from all people, the threshold, and what a map without a quarter of them reaches on these.

    Args:
        maps: of faces.
        mirrored: of their mirror images, which a face is described with too; nothing is learnt from them.
        people: whose they are.
        recipe: what is not learnt.
    """
    names = np.array(people)
    held_out = np.array([sha256(name.encode()).digest()[1] % _HELD_OUT == 0 for name in people])
    learnt = fit_face_map(maps[~held_out], names[~held_out].tolist(), recipe)
    told = scaled_to_unit(learnt.apply(maps[held_out]) + learnt.apply(mirrored[held_out]))
    others = names[held_out].tolist()
    same_person = choose_same_person(told, others, false_share=recipe.false_share)
    first, second = np.triu_indices(len(others), 1)
    right = names[held_out][first] == names[held_out][second]
    found = float(((told @ told.T)[first, second][right] >= same_person).mean())
    measured: dict[str, JsonValue] = {
        "held_out_people": len(set(others)),
        "false_share": recipe.false_share,
        "same_person_found": round(found, 4),
    }
    return fit_face_map(maps, people, recipe), same_person, measured
