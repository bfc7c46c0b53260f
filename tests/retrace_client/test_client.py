"""The client, call by call, against a running site."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

import retrace_client
from retrace_client import BadRequest, Forbidden, NotFound, Retrace, RetraceError, TokenRefused, TooManyRequests
from tests.web.running_site import RunningSite, running_site
from tests.web.site_parts import WEB_SOURCE, draw, encode

PICTURES = [encode(draw(seed)) for seed in range(4)]
NEW = encode(draw(30_000))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    served = {"known.png": PICTURES[0], "new.png": encode(draw(30_001))}
    with running_site(tmp_path_factory.mktemp("client"), PICTURES, served, rate_limit="6/hour") as running:
        yield running


@pytest.fixture
def writer(site: RunningSite) -> Iterator[Retrace]:
    with Retrace(site.address, token=site.writing) as client:
        yield client


def test_a_picture_is_searched_with_in_every_way(writer: Retrace, site: RunningSite, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PICTURES[0])
    answers = [
        writer.search_file(path),
        writer.search_bytes(PICTURES[0]),
        writer.search_url(f"{site.elsewhere}known.png"),
    ]
    for answer in answers:
        best = answer.copies.hits[0]
        assert (best.verdict, best.image.id, answer.searched) == ("identical", 1, 4)
        assert answer == answers[0]
    source = best.image.sources[0]
    # As everybody sees it: without the user and password of the address.
    assert source.place == WEB_SOURCE.replace("visitor:secret@", "")
    assert source.seen_at.tzinfo is not None
    assert best.raw["image"]["sha256"] == best.image.sha256 == answer.query.sha256


def test_options_are_those_of_the_api(writer: Retrace) -> None:
    answer = writer.search_bytes(PICTURES[0], page_size=1, sort="newest", show_decided=True, collection="squares")
    assert [hit.image.id for hit in answer.copies.hits] == [1]
    assert len(answer.similar.hits) == 1
    assert {hit.image.collection for hit in answer.similar.hits} == {"squares"}
    neighbours = writer.search_image(1)
    assert 1 not in {hit.image.id for hit in (*neighbours.copies.hits, *neighbours.similar.hits)}
    with pytest.raises(BadRequest, match="page_size"):
        writer.search_bytes(PICTURES[0], page_size=0)


def test_pictures_go_in_and_out(writer: Retrace, site: RunningSite, tmp_path: Path) -> None:
    path = tmp_path / "new one.png"
    path.write_bytes(NEW)
    first = writer.add_file(path, title="Ä title", collection="mine", licence="CC0", backlink="https://example.org/")
    again = writer.add_bytes(NEW)
    assert (first.created, again.created) == (True, False)
    assert again.image.id == first.image.id
    image = writer.image(first.image.id)
    assert (image.title, image.collection, image.licence) == ("Ä title", "mine", "CC0")
    assert image.sources[0].place == "new one.png"
    other = writer.add_url(f"{site.elsewhere}new.png", title="by address")
    assert other.created
    assert writer.status().images == 6
    for one in (first, other):
        writer.remove(one.image.id)
        with pytest.raises(NotFound) as caught:
            writer.image(one.image.id)
        assert (caught.value.status, caught.value.kind) == (404, "not-found")
        assert caught.value.request_id
    assert writer.status().images == 4


def test_pictures_are_found_by_their_hashes_alone(writer: Retrace) -> None:
    shared = list(writer.hashes())
    assert [one.image_id for one in shared] == [1, 2, 3, 4]
    assert all(one.quality is not None and 50 <= one.quality <= 100 for one in shared)
    assert [one.image_id for one in writer.hashes(collection="blocks")] == [2, 4]
    found = writer.search_hashes([shared[2].hash, "no hash", shared[0].hash.upper()], max_distance=0)
    assert [(one.hash, one.total) for one in found] == [(shared[2].hash, 1), (shared[0].hash, 1)]
    assert [(match.distance, match.image.id) for one in found for match in one.matches] == [(0, 3), (0, 1)]
    with pytest.raises(BadRequest):
        writer.search_hashes([])


def test_what_the_site_refuses_is_an_error_of_its_kind(site: RunningSite) -> None:
    with Retrace(site.address, token="wrong") as client, pytest.raises(TokenRefused, match="no such token"):
        client.status()
    with Retrace(site.address, token=site.reading) as client, pytest.raises(Forbidden, match="may read alone"):
        client.add_bytes(NEW)
    with Retrace(site.address) as client:
        with pytest.raises(BadRequest) as caught:
            client.search_bytes(b"no picture")
        assert (caught.value.status, caught.value.kind) == (415, "unsupported-format")
        assert caught.value.remedy in str(caught.value)
        with pytest.raises(TokenRefused, match="received none"):
            client.add_bytes(NEW)


def refusal_of(client: Retrace) -> TooManyRequests | None:
    try:
        client.search_image(1)
    except TooManyRequests as exc:
        return exc
    return None


def test_a_used_up_share_is_told_with_when_to_come_back(site: RunningSite) -> None:
    """The site asks for more time than this client has."""
    waits: list[float] = []
    with Retrace(site.address, longest_wait_s=0, sleep=waits.append) as client:
        refused = [error for _ in range(7) if (error := refusal_of(client)) is not None]
    for error in refused:
        assert error.problem.retry_after_s is not None
        assert 1 <= error.problem.retry_after_s <= 2 * 3600
    assert refused
    assert waits == []


def test_errors_are_one_tree() -> None:
    public = [getattr(retrace_client, name) for name in retrace_client.__all__]
    errors = [one for one in public if isinstance(one, type) and issubclass(one, Exception)]
    assert len(errors) == 12
    assert all(issubclass(one, RetraceError) for one in errors)
    drawn = retrace_client.errors.__doc__ or ""
    assert all(one.__name__ in drawn for one in errors)


def test_the_client_says_its_types() -> None:
    assert (Path(retrace_client.__file__).parent / "py.typed").is_file()
    assert {field.name for field in fields(retrace_client.Hit)} >= {"verdict", "score", "probability", "image"}
