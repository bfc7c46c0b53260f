"""Opens what is judged: models by their files, and the methods that they are measured against, by name."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from errors import BadInput
from evaluation.baselines import CopyDescriptor, Method, PDQHash, PHash, SimilarDescriptor
from evaluation.peers.image_match import ImageMatch
from evaluation.peers.mobilenet import MobileNetV2
from feature_extractor.descriptors import Extractor
from feature_extractor.extractor import open_extractor

BASELINES = ("mobilenetv2", "image-match", "pdq", "phash")
"""Methods to compare with; the first two after `install_peers`."""

OWN_NAME = "Retrace"


@dataclass(frozen=True, slots=True)
class Judged:
    """What is judged.

    Attributes:
        extractors: models, by the name that tables show.
        baselines: everything else.
    """

    extractors: Mapping[str, Extractor]
    baselines: tuple[Method, ...]

    @property
    def copy_methods(self) -> tuple[Method, ...]:
        """The `copy` descriptors of the models, then the baselines."""
        return (*(CopyDescriptor(model, name=name) for name, model in self.extractors.items()), *self.baselines)

    @property
    def similar_methods(self) -> tuple[Method, ...]:
        """The `similar` descriptors of the models, then the baselines."""
        return (*(SimilarDescriptor(model, name=name) for name, model in self.extractors.items()), *self.baselines)


def name_models(own: Path, also: Sequence[str]) -> dict[str, Path]:
    """Return models by name: our own, then those given as 'NAME=path.xml'.

    Raises:
        BadInput: one is not of this form, or two have one name.
    """
    models = {OWN_NAME: own}
    for words in also:
        name, separator, path = words.partition("=")
        if not separator or not name or not path or name in models:
            raise BadInput(f"expected NAME=path.xml with another name each; received {words!r}")
        models[name] = Path(path)
    return models


@contextmanager
def open_judged(models: Mapping[str, Path], baselines: Collection[str], peers: Path) -> Iterator[Judged]:
    """Open models and methods for the time of a block.

    Args:
        models: the `.xml` of each, by the name that tables show.
        baselines: names of BASELINES; 'none' among them means nothing.
        peers: the folder that `install_peers` filled.
    Raises:
        BadInput: there is no such baseline.
        ModelUnusable: a model is absent or damaged.
        PartMissing: a baseline is not installed.
    """
    if unknown := set(baselines) - {*BASELINES, "none"}:
        raise BadInput(
            f"expected baselines that we know; received {', '.join(sorted(unknown))}",
            remedy=f"Choose among {', '.join(BASELINES)} and none.",
        )
    with ExitStack() as stack:
        found: dict[str, Method] = {}
        for name in baselines:
            if name == "mobilenetv2":
                found[name] = MobileNetV2(peers)
            elif name == "image-match":
                found[name] = stack.enter_context(ImageMatch(peers))
            elif name != "none":
                found[name] = PDQHash() if name == "pdq" else PHash()
        yield Judged(
            {name: open_extractor(path, threads=0) for name, path in models.items()},
            tuple(found[name] for name in BASELINES if name in found),
        )
