"""TinEye's published client works unchanged: every call of it, in its own environment, against a server of ours."""

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from errors import EnvironmentFault
from evaluation.peers.environments import Peer, install_peer
from tests.needs import find_python_with, lack
from tests.web.running_site import RunningSite, running_site
from tests.web.site_parts import BACKLINK, draw, encode

HERE = Path(__file__).resolve().parent
PYTINEYE = Peer("pytineye", HERE.parent / "requirements-pytineye.txt", "pytineye==3.0.0", "MIT")
PIXELS = draw(7, 192, 128)
SMALL = np.asarray(Image.fromarray(PIXELS).resize((96, 64), Image.Resampling.LANCZOS))
PICTURES = [encode(SMALL), encode(PIXELS), encode(PIXELS, "BMP"), encode(draw(8))]
"""The first comes from the web. Three show the same: the third the very pixels of the second."""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python that has pytineye: one that RETRACE_TEST_PYTHONS names, or where all tests must run one made here."""
    if found := find_python_with("pytineye"):
        return found
    if os.environ.get("RETRACE_TEST_ALL") != "1":
        pytest.skip("no Python of RETRACE_TEST_PYTHONS has pytineye; RETRACE_TEST_ALL=1 installs it from an index")
    try:
        return str(install_peer(PYTINEYE, tmp_path_factory.mktemp("peers"), lambda _: None))
    except EnvironmentFault as exc:
        lack(f"pytineye cannot be installed: {exc}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with running_site(tmp_path_factory.mktemp("tineye"), PICTURES, {"a.png": PICTURES[1]}) as running:
        yield running


@pytest.fixture(scope="module")
def answers(python: str, site: RunningSite, tmp_path_factory: pytest.TempPathFactory) -> Any:
    picture = tmp_path_factory.mktemp("pictures") / "a.png"
    picture.write_bytes(PICTURES[1])
    arguments = [f"{site.address}rest/", site.reading, str(picture), f"{site.elsewhere}a.png"]
    done = subprocess.run(
        [python, "-P", str(HERE / "pytineye_calls.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_copies_are_matches(answers: Any, site: RunningSite) -> None:
    matches = answers["search_data"]["matches"]
    assert [match["filesize"] for match in matches[:2]] == [len(PICTURES[1]), len(PICTURES[2])]
    assert len(PICTURES[3]) not in {match["filesize"] for match in matches}
    best = matches[0]
    assert (best["score"], best["width"], best["height"], best["size"]) == (100.0, 192, 128, 192 * 128)
    assert (best["format"], best["tags"], best["domain"]) == ("PNG", [], "")
    assert best["image_url"].startswith(f"{site.address}thumbnail/")
    assert all(0 <= match["score"] <= 100 for match in matches)
    stats = answers["search_data"]["stats"]
    assert stats["total_results"] == stats["total_filtered_results"] == len(matches)
    assert stats["total_backlinks"] == len(matches)
    assert float(stats["query_time"]) >= 0
    assert {**answers["search_url"], "stats": None} == {**answers["search_data"], "stats": None}


def test_backlinks_say_where_it_was_seen(answers: Any) -> None:
    by_size = {match["filesize"]: match for match in answers["search_data"]["matches"]}
    [[url, backlink, seen]] = by_size[len(PICTURES[1])]["backlinks"]
    # Of a path on the server only the last part is told.
    assert (url, backlink) == ("work-001.png", "")
    assert datetime.fromisoformat(seen).time() == datetime.min.time()
    assert all(match["backlinks"] == [] for match in answers["no_backlinks"]["matches"])
    assert [match["filesize"] for match in answers["domain"]["matches"]] == [len(PICTURES[0])]
    for match in answers["domain"]["matches"]:
        assert match["domain"] == "example.org"
        assert match["backlinks"][0][1] == BACKLINK
        assert "secret" not in json.dumps(match)


def test_matches_stand_in_the_order_asked_for(answers: Any) -> None:
    everything, ordered = answers["search_data"]["matches"], answers["sorted"]
    area = {match["filesize"]: match["size"] for match in everything}
    score = {match["filesize"]: match["score"] for match in everything}
    for values, sort in ((area, "size"), (score, "score")):
        ascending = [values[one] for one in ordered[f"{sort} asc"]]
        assert ascending == sorted(ascending)
        assert [values[one] for one in ordered[f"{sort} desc"]] == ascending[::-1]
    assert all(sorted(order) == sorted(area) for order in ordered.values())
    assert answers["second"]["matches"] == everything[1:2]
    assert answers["second"]["stats"]["total_results"] == len(everything)


def test_counts_are_told(answers: Any) -> None:
    assert answers["image_count"] == answers["visitor"] == len(PICTURES)
    # The token may search 50 times an hour; asking how often costs nothing.
    [[left, start, end]] = answers["remaining"]
    assert answers["remaining_before"] == 50
    assert left == 50 - 11
    assert datetime.fromisoformat(start) < datetime.fromisoformat(end)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("no_picture", 415),
        ("empty", 400),
        ("no_address", 400),
        ("private", 422),
        ("gone", 422),
        ("sort", 400),
        ("limit", 400),
        ("offset", 400),
        ("wrong_key", 401),
        ("unknown", 404),
    ],
)
def test_errors_are_the_client_s_own(answers: Any, call: str, code: int) -> None:
    assert answers[call] is not None, "was not refused"
    found, messages, shown = answers[call]
    assert found == code
    assert len(messages) == 3
    assert all(messages)
    assert str(code) in shown


def test_every_method_of_the_client_was_called(python: str) -> None:
    listed = "import pytineye; print(*(name for name in dir(pytineye.TinEyeAPIRequest) if name[0] != '_'))"
    done = subprocess.run([python, "-c", listed], capture_output=True, text=True, check=True)
    calls = (HERE / "pytineye_calls.py").read_text(encoding="utf-8")
    names = done.stdout.split()
    assert len(names) >= 4
    assert [name for name in names if f".{name}" not in calls] == []
