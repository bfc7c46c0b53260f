"""Times the steps of a search."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


class Stopwatch:
    """Collects the milliseconds of named steps, in the order they first ran."""

    def __init__(self) -> None:
        """Start with no steps."""
        self.steps_ms: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the body; a step that runs twice is added up."""
        start = perf_counter()
        try:
            yield
        finally:
            self.steps_ms[name] = self.steps_ms.get(name, 0.0) + (perf_counter() - start) * 1e3
