"""The networks that commands know by name, and where their files are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.opening import peers_of
from errors import PartMissing
from settings import Settings

if TYPE_CHECKING:
    from feature_extractor.backbones import Backbone

OWN = "resnet50"
NAMES = (OWN, "mobilenetv2", "vgg16", "resnet152")
WORDS = {OWN: "ResNet-50 (ours)", "mobilenetv2": "MobileNetV2", "vgg16": "VGG-16", "resnet152": "ResNet-152"}
"""What reports call them."""

backbone_option = click.option(
    "--backbone",
    "backbones",
    multiple=True,
    type=click.Choice(NAMES),
    help="Network that describes pictures; may be repeated [those that are there].",
)


def backbone_path(settings: Settings, name: str) -> Path:
    """Return where the file of a network is, or would be."""
    if name == OWN:
        return settings.model
    if name == "mobilenetv2":
        from evaluation.peers.environments import mobilenet_model

        return mobilenet_model(peers_of(settings))
    return settings.data_dir / "backbones" / f"{name}.xml"


def open_named_backbone(settings: Settings, name: str) -> "Backbone":
    """Load a network by name.

    Raises:
        PartMissing: it is not there; the remedy is the command that brings it.
        ModelUnusable: it is damaged, or another.
    """
    from feature_extractor.backbones import open_backbone

    path = backbone_path(settings, name)
    if not path.is_file():
        raise PartMissing(f"expected {WORDS[name]} in {path}; it is not there", remedy=f"{_remedy(name)}.")
    return open_backbone(path)


def choose_backbones(settings: Settings, asked: Sequence[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the networks to measure, and of those known but not there why not, by what reports call them.

    Args:
        settings: of this run.
        asked: names; none: all that are there.
    """
    absent = {
        WORDS[name]: f"{_remedy(name)}, which needs a network."
        for name in NAMES
        if name != OWN and name not in asked and not backbone_path(settings, name).is_file()
    }
    return tuple(asked) or tuple(name for name in NAMES if WORDS[name] not in absent), absent


def _remedy(name: str) -> str:
    if name == "mobilenetv2":
        return "`python3 index.py evaluate peers` installs it"
    return f"`python3 index.py experiment backbone {name}` fetches the weights that Keras publishes"
