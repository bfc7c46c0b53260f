"""An index whose process is killed again and again; as a program, it prints how many kills it stood.

A child adds, removes, compacts and publishes without end; the parent kills it after a random time and looks at what is
left. Children are forks, which start in milliseconds, so nothing here may be done before a fork that does not survive
it: the parent opens the catalogue and the index anew after every kill, in a fork of its own.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, NoReturn

import numpy as np

from data.catalogue import Catalogue
from data.migrate import upgrade
from search.index_check import verify
from search.live_index import LiveIndex
from search.vector_index import groups
from search.vector_index.contract import IndexIdentity
from search.vector_index.lsh import LSHIndex
from search.vector_index.snapshot_home import SnapshotHome
from tests.data.new_images import MODEL, new_image

AT_FIRST = 200
LONGEST_S = 0.1
IDENTITY = IndexIdentity(model_id=MODEL, kind="copy", dim=256)


class EagerLSH(LSHIndex):
    """Has groups and tidies up from a few vectors on."""

    removed_at_least: ClassVar[int] = 20
    delta_at_least: ClassVar[int] = 30
    fitted_at_least: ClassVar[int] = 50


def open_live(folder: Path) -> tuple[Catalogue, LiveIndex]:
    """Open the catalogue in a folder and the index beside it, caught up."""
    catalogue = Catalogue.open(url_of(folder))
    live = LiveIndex(catalogue, IDENTITY, SnapshotHome(folder / "index", EagerLSH))
    live.open()
    return catalogue, live


def url_of(folder: Path) -> str:
    """Return the address of the catalogue in a folder."""
    return f"sqlite:///{folder / 'catalogue.sqlite'}"


def work(folder: Path, seed: int) -> NoReturn:
    """Change the catalogue and follow it until killed."""
    chance = random.Random(seed)
    catalogue, live = open_live(folder)
    while True:
        first = chance.randrange(2**40)
        catalogue.add_batch([new_image(first + number) for number in range(chance.randrange(1, 15))])
        held = live.index.ids()
        if len(held) > AT_FIRST:
            catalogue.remove([int(number) for number in chance.sample(held.tolist(), chance.randrange(1, 15))])
        live.catch_up()
        action = chance.randrange(3)
        if action == 0:
            live.save_snapshot()
        elif action == 1 and isinstance(live.index, EagerLSH):
            live.index.compact()


def check(folder: Path) -> int:
    """Return 0 where the index equals the catalogue and finds what it holds."""
    catalogue, live = open_live(folder)
    problems = [str(problem) for problem in verify(live, catalogue)]
    held = live.index.ids()
    if len(held) < AT_FIRST // 2:
        problems.append(f"only {len(held)} are left")
    for image_id in np.random.default_rng(0).choice(held, 5):
        _, vectors = live.index.vectors(np.array([image_id]))
        found = live.search(vectors / np.linalg.norm(vectors), 1).ids[0, 0]
        if found != image_id:
            problems.append(f"{image_id} is looked for, and {found} found")
    catalogue.close()
    print(*problems, sep="\n", file=sys.stderr)  # noqa: T201 - a program
    return len(problems)


def fork(task: Callable[[], int]) -> int:
    """Run a task in a fork and return its process id."""
    child = os.fork()
    if child:
        return child
    try:
        os._exit(min(task(), 100))
    except BaseException as exc:  # noqa: BLE001 - a fork must never go on as its parent
        print(f"{type(exc).__name__}: {exc}", file=sys.stderr)  # noqa: T201 - a program
        os._exit(101)


def main(folder: Path, kills: int) -> int:
    """Kill so many times and return how many times the index was whole afterwards."""
    groups.ROWS_A_GROUP = 16
    upgrade(url_of(folder))

    def fill() -> int:
        with Catalogue.open(url_of(folder)) as catalogue:
            catalogue.add_batch([new_image(number) for number in range(AT_FIRST)])
        return 0

    os.waitpid(fork(fill), 0)
    chance = random.Random(7)
    whole = 0
    for turn in range(kills):
        child = fork(lambda turn=turn: work(folder, turn))  # type: ignore[misc]  # never returns
        time.sleep(chance.uniform(0.01, LONGEST_S))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            sys.exit(f"the child ended by itself: {status}")
        _, status = os.waitpid(fork(lambda: check(folder)), 0)
        whole += status == 0
    return whole


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), int(sys.argv[2])))  # noqa: T201 - a program
