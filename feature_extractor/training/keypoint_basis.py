"""Learns the components that local features are projected onto, and writes the file that ships.

python -m feature_extractor.training.keypoint_basis ../shared/data
"""

from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from feature_extractor.keypoints import BASIS, OF_QUERY, Basis, describe_raw, fit_basis
from feature_extractor.training.sample import LabelledPicture, read_sample

_PICTURES = 400
_OF_EACH = 150
_SEED = 20260


def learn_basis(pictures: Sequence[LabelledPicture]) -> Basis:
    """Return the basis learnt from up to 150 features of each of 400 of the pictures, drawn at random."""
    generator = np.random.default_rng(_SEED)
    found = []
    for row in generator.permutation(len(pictures))[:_PICTURES].tolist():
        root = describe_raw(pictures[row].read(), OF_QUERY)[-1]
        found.append(root[generator.permutation(len(root))[:_OF_EACH]])
    return fit_basis(np.concatenate(found))


@click.command()
@click.argument("data", type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=BASIS, show_default=True)
def main(data: Path, out: Path) -> None:
    """Learn the basis from the train pictures of DATA and write it."""
    basis = learn_basis([picture for picture in read_sample(data) if picture.split == "train"])
    np.savez(out, mean=basis.mean, components=basis.components.astype(np.float16), parity=basis.parity)
    click.echo(f"{out}: {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
