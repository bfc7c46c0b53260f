"""Who may import the single files at the top, which import-linter cannot take as roots."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("commands", "data", "evaluation", "feature_extractor", "retrace_client", "search", "web")
FILES = ("errors", "index", "settings", "setup")
ALLOWED = {
    "errors": {*PACKAGES, "index", "settings"} - {"retrace_client"},
    "settings": {"web", "commands"},
    "index": set(),
    "setup": set(),
}
"""A file at the top, and the packages and files that may import it."""


def imported_by(path: Path) -> Iterator[str]:
    """Yield the top-level names that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def importers_of(name: str) -> set[str]:
    """Return the packages and top files that import a top file."""
    files = [ROOT / f"{file}.py" for file in FILES]
    files += [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    found = {path.relative_to(ROOT).parts[0] for path in files if name in imported_by(path)}
    return {place.removesuffix(".py") for place in found}


@pytest.mark.parametrize("name", FILES)
def test_a_file_at_the_top_is_imported_only_where_it_may(name: str) -> None:
    assert importers_of(name) <= ALLOWED[name]


def test_the_search_for_importers_finds_them() -> None:
    assert importers_of("settings") == {"web", "commands"}
    assert "errors" in set(imported_by(ROOT / "settings.py"))
