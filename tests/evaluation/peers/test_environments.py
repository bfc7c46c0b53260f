"""Peers are installed from an index of packages: here only what holds without one."""

from pathlib import Path

import pytest

from errors import BadInput, PartMissing
from evaluation.peers.environments import (
    IMAGE_MATCH,
    IMAGEDEDUP,
    INDEXES,
    PEERS,
    install_peers,
    mobilenet_model,
    peer_python,
)
from evaluation.peers.image_match import ImageMatch
from evaluation.peers.mobilenet import MobileNetV2


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_every_package_is_pinned(peer: object) -> None:
    assert isinstance(peer, type(IMAGE_MATCH))
    lines = [line for line in peer.requirements.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert all("==" in line for line in [*lines, peer.alone, *peer.beside])
    assert len(lines) > 5


def test_a_peer_that_is_not_installed_names_the_command(tmp_path: Path) -> None:
    for open_peer in (ImageMatch, MobileNetV2):
        with pytest.raises(PartMissing) as caught:
            open_peer(tmp_path)
        assert "evaluate peers" in caught.value.remedy


def test_what_is_installed_is_left_as_it_is(tmp_path: Path) -> None:
    said: list[str] = []
    there = (
        mobilenet_model(tmp_path),
        peer_python(IMAGE_MATCH, tmp_path),
        peer_python(INDEXES, tmp_path),
        peer_python(IMAGEDEDUP, tmp_path),
    )
    for path in there:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert install_peers(tmp_path, say=said.append) == there
    assert said == []
    assert install_peers(tmp_path, ["index", "mobilenetv2"], say=said.append) == (there[0], there[2])


def test_a_peer_that_nobody_knows_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="received nobody") as caught:
        install_peers(tmp_path, ["index", "nobody"])
    assert caught.value.remedy == "Choose among mobilenetv2, image-match, index, imagededup."
    assert list(tmp_path.iterdir()) == []
