import threading
from collections.abc import Iterator

import pytest

from feature_extractor.read_ahead import read_ahead


def test_everything_comes_in_order_from_another_thread() -> None:
    threads = set()

    def source() -> Iterator[int]:
        for number in range(100):
            threads.add(threading.get_ident())
            yield number

    assert list(read_ahead(source(), 3)) == list(range(100))
    assert threads
    assert threading.get_ident() not in threads


def test_what_the_source_raises_comes_after_what_it_gave() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    given = read_ahead(source(), 4)
    assert next(given) == 1
    with pytest.raises(ValueError, match="no more"):
        next(given)


def test_it_is_never_further_ahead_than_allowed_and_ends_with_its_caller() -> None:
    given: list[int] = []

    def source() -> Iterator[int]:
        for number in range(1000):
            given.append(number)
            yield number

    ahead = read_ahead(source(), 2)
    assert next(ahead) == 0
    ahead.close()
    assert len(given) <= 5  # one taken, two waiting, one being handed over, and the one at which it ended
    assert not any(thread.name == "read-ahead" for thread in threading.enumerate())
