"""From proven pairs to groups, without chains: every member is proven against the head of its group."""

from collections import defaultdict
from collections.abc import Callable, Iterable

Edge = tuple[int, int]


def group_by_head(edges: Iterable[Edge], rank: Callable[[int], tuple[int, ...]]) -> list[tuple[int, list[int]]]:
    """Return heads with the other members of their groups, the largest group first; a picture is in one group at most.

    The picture with the most proven copies that are in no group yet becomes a head, and takes them; of equals the one
    of the highest rank. A collage that holds two pictures thus never joins their groups to one: at most it heads a
    group of its own, each member of which it shows.

    Args:
        edges: proven pairs of ids.
        rank: of a picture, among equals: the greatest first.
    """
    near: dict[int, set[int]] = defaultdict(set)
    for one, other in edges:
        near[one].add(other)
        near[other].add(one)
    # Counts only ever fall: a picture whose count is as it was noted is the next head.
    waiting: dict[int, set[int]] = defaultdict(set)
    for picture, copies in near.items():
        waiting[len(copies)].add(picture)
    groups: list[tuple[int, list[int]]] = []
    for count in range(max(waiting, default=0), 0, -1):
        for picture in sorted(waiting[count], key=rank, reverse=True):
            left = near.get(picture)
            if left is None:
                continue
            if len(left) < count:
                waiting[len(left)].add(picture)
                continue
            members = sorted(left)
            groups.append((picture, members))
            for gone in (picture, *members):
                for other in near.pop(gone, set()):
                    if other in near:
                        near[other].discard(gone)
    return groups
