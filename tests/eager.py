"""Indexes that do early what others do when they are large, so that short tests see it."""

from typing import ClassVar

import pytest

from search.vector_index import groups, measured, plan
from search.vector_index.exact import ExactIndex
from search.vector_index.lsh import LSHIndex


class EagerExact(ExactIndex):
    """Tidies up after a few changes."""

    removed_at_least, delta_at_least = 20, 40


class EagerLSH(LSHIndex):
    """Tidies up after a few changes, and draws directions from a few vectors."""

    removed_at_least, delta_at_least = 20, 40
    fitted_at_least: ClassVar[int] = 60


def plan_for_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a hundred vectors have groups and be worth a plan, found by few queries."""
    monkeypatch.setattr(groups, "ROWS_A_GROUP", 16)
    monkeypatch.setattr(measured, "QUERIES", 16)
    monkeypatch.setattr(plan, "_QUERY_NS", 0)
    monkeypatch.setattr(plan, "_RERANK_NS", 50)
