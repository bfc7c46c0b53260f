"""Many pictures in one form, as a browser without JavaScript sends them."""

import csv
import io
import json
import re
from base64 import b64decode
from collections.abc import Callable, Sequence
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from search.answer import Ask
from search.batch.ask import OwnFile, search_files
from search.batch.records import Searched
from search.batch.report import COLUMNS, Row
from search.query import Engine
from tests.web.conftest import csrf_token, json_of
from tests.web.site_parts import BACKLINK, MAX_UPLOAD_MB, draw, encode, noise
from tests.web.test_nothing_written import Watch
from tests.web.test_uploads import HOSTILE
from web import batch_uploads
from web.batch_uploads import LONGEST_NAME, MOST_NAMED, MOST_SEARCHED
from web.batches import TOO_LONG, TOO_MANY, USED_UP

SAME, OTHER_FILE, STRANGER = encode(draw(7)), encode(draw(8), "BMP"), encode(draw(20_000))


def post(client: FlaskClient, files: Sequence[tuple[str, bytes]]) -> TestResponse:
    form = {"csrf_token": csrf_token(client), "files": [(io.BytesIO(data), name) for name, data in files]}
    return client.post("/batch", data=form, content_type="multipart/form-data")


def headline(page: TestResponse) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page.text)
    assert found is not None
    return unescape(found[1])


def rows(page: TestResponse) -> list[list[str]]:
    """Return the words of each cell, a row a list; those that a script fills stand in templates."""
    body = re.search(r"<tbody.*?</tbody>", page.text, re.DOTALL)
    assert body is not None
    cells = [re.findall(r"<td.*?</td>", row, re.DOTALL) for row in re.findall(r"<tr.*?</tr>", body[0], re.DOTALL)]
    return [[" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in row] for row in cells]


def unasked(page: TestResponse) -> str:
    found = re.search(r"<section[^>]*data-unasked.*?</section>", page.text, re.DOTALL)
    assert found is not None
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).split())


def saved(page: TestResponse, name: str) -> str:
    found = re.search(rf'href="data:[^,]*;base64,([^"]*)" download="{re.escape(name)}"', page.text)
    assert found is not None
    return b64decode(found[1]).decode()


def test_the_form_takes_several_files_and_is_led_to_from_every_page(client: FlaskClient) -> None:
    page = client.get("/batch").text
    assert re.search(r'<input[^>]*name="files"[^>]* multiple', page)
    assert f"Up to {MOST_SEARCHED} files and {MAX_UPLOAD_MB} MB at once." in page
    assert 'href="/batch"' in client.get("/about").text
    assert set(COLUMNS) == set(re.search(r'data-columns="([^"]*)"', page)[1].split())  # type: ignore[index]  # it is there


def test_each_copy_is_a_row_and_each_picture_without_one_is_named(client: FlaskClient) -> None:
    page = post(client, [("same.png", SAME), ("other.bmp", OTHER_FILE), ("stranger.png", STRANGER)])
    assert page.status_code == 200
    assert headline(page) == "2 copies of 2 of your 3 pictures."
    first, second = rows(page)
    assert first[:4] == ["same.png", "work-007.png", "Identical file", "The same file."]
    assert second[:4] == ["other.bmp", "work-008.png", "Same pixels", "Another file with the same pixels."]
    assert first[5].startswith("work-007.png")
    assert re.fullmatch(r"\d+ \w+ \d{4}", first[6])
    assert "<li>stranger.png</li>" in page.text
    assert page.text.count("data:image/webp;base64,") == 2
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_csv_and_json_are_those_of_the_command(client: FlaskClient, engine: Engine) -> None:
    page = post(client, [("same.png", SAME), ("broken.png", SAME[:200])])
    [told] = csv.DictReader(io.StringIO(saved(page, "report.csv"), newline=""))
    [by_command] = search_files(engine, [OwnFile("same.png", SAME)], Ask())
    assert isinstance(by_command, Searched)
    [expected] = [Row(by_command, found, None, is_new=True).record() for found in by_command.findings]
    expected["source"] = "work-007.png"  # where files lie on this server is nobody's business
    assert tuple(told) == COLUMNS
    assert told == {name: "" if value is None else str(value) for name, value in expected.items()}
    document = json.loads(saved(page, "report.json"))
    assert document["findings"] == [expected]
    assert [one["locator"] for one in document["unread"]] == ["broken.png"]
    assert (document["pictures"], document["not_searched"]) == (1, [])


def test_the_web_is_told_of_and_the_folders_of_this_server_are_not(client: FlaskClient) -> None:
    page = post(client, [("first.png", encode(draw(0))), ("second.png", encode(draw(1)))])
    table = saved(page, "report.csv")
    assert BACKLINK in table
    for secret in ("/srv/private", "visitor:secret"):
        assert secret not in page.text + table + saved(page, "report.json")
    assert "<script>alert(1)" not in page.text
    assert "Blocks <script>alert(1)</script>" in rows(page)[1][1]


def test_broken_files_among_good_ones_have_a_row_each_with_the_reason(client: FlaskClient) -> None:
    files = [(f"{name}.jpg", data) for name, (data, _) in HOSTILE.items()]
    page = post(client, [*files[:8], ("good.png", SAME), *files[8:]])
    assert page.status_code == 200
    told = {row[0]: row[1:] for row in rows(page)}
    assert list(told) == [name for name, _ in files[:8]] + ["good.png"] + [name for name, _ in files[8:]]
    assert all(len(told[name]) == 1 and told[name][0].endswith(".") for name, _ in files)
    assert told["good.png"][1] == "Identical file"
    assert headline(page) == "1 copy of 1 of your 1 picture."
    assert f"{len(files)} could not be read." in page.text


def test_names_are_text_and_bounded(client: FlaskClient) -> None:
    hostile = '=cmd|"<img src=x onerror=alert(1)>".png'
    page = post(client, [(hostile, SAME), ("long" * 10_000, SAME)])
    assert "<img src=x" not in page.text
    table = list(csv.DictReader(io.StringIO(saved(page, "report.csv"), newline="")))
    assert table[0]["mine"].startswith("'=cmd")
    assert len(table[1]["mine"]) == LONGEST_NAME


def test_no_more_than_a_page_holds_is_searched_with_and_the_others_are_named(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.batches.MOST_SEARCHED", 2)
    page = post(client, [(f"{number}.png", SAME) for number in range(4)])
    assert headline(page) == "2 copies of 2 of your 2 pictures."
    assert unasked(page) == f"Not searched with 2.png {TOO_MANY} 3.png {TOO_MANY}"
    assert [one["locator"] for one in json.loads(saved(page, "report.json"))["not_searched"]] == ["2.png", "3.png"]


def test_what_there_was_no_time_for_is_named(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_uploads, "MOST_S", 0.0)
    page = post(client, [("first.png", SAME), ("second.png", SAME)])
    assert headline(page) == "1 copy of 1 of your 1 picture."
    assert unasked(page) == f"Not searched with second.png {TOO_LONG}"


def test_every_picture_counts_as_a_search(make_client: Callable[..., FlaskClient]) -> None:
    client = make_client(rate_limit="3/hour")
    assert headline(post(client, [("1.png", SAME), ("2.png", b"none")])) == "1 copy of 1 of your 1 picture."
    page = post(client, [("3.png", SAME), ("4.png", SAME), ("5.png", SAME)])
    assert page.status_code == 200
    assert headline(page) == "1 copy of 1 of your 1 picture."
    assert unasked(page) == f"Not searched with 4.png {USED_UP} 5.png {USED_UP}"
    assert post(client, [("6.png", SAME)]).status_code == 429
    assert client.get("/search?image=1").status_code == 429
    assert client.get("/batch").status_code == 200


def test_no_limit_holds_nothing_back(make_client: Callable[..., FlaskClient]) -> None:
    page = post(make_client(rate_limit="none"), [(f"{number}.png", SAME) for number in range(5)])
    assert headline(page) == "5 copies of 5 of your 5 pictures."


def test_a_form_without_files_or_without_its_token_is_refused(client: FlaskClient, token: str) -> None:
    empty = client.post("/batch", data={"csrf_token": token, "files": (io.BytesIO(), "")})
    assert empty.status_code == 400
    assert "Choose pictures" in empty.text
    assert client.post("/batch", data={"files": (io.BytesIO(SAME), "a.png")}).status_code == 400


def test_too_many_files_and_too_many_bytes_are_refused_with_what_is_taken(client: FlaskClient) -> None:
    most = f"At most {MOST_NAMED} files, and {MAX_UPLOAD_MB} MiB of them together, are taken at once."
    many = post(client, [(f"{number}.png", b"x") for number in range(MOST_NAMED + 10)])
    large = client.post(
        "/batch",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(1000 * 2**20), "wsgi.input": io.BytesIO()},
    )
    for page in (many, large):
        assert page.status_code == 413
        assert most in page.text


def test_nothing_is_written(client: FlaskClient) -> None:
    body = (
        f'--edge\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{csrf_token(client)}\r\n'.encode()
        + b"".join(
            b'--edge\r\nContent-Disposition: form-data; name="files"; filename="a.bmp"\r\n\r\n' + data + b"\r\n"
            for data in (noise(4 * 2**20), SAME)
        )
        + b"--edge--\r\n"
    )
    watch = Watch()
    with watch.on():
        answer = client.post("/batch", data=body, content_type="multipart/form-data; boundary=edge")
    assert headline(answer) == "1 copy of 1 of your 2 pictures."
    assert watch.written == []


def test_what_a_script_needs_is_there_unless_the_api_wants_a_token(
    client: FlaskClient, make_client: Callable[..., FlaskClient]
) -> None:
    found = re.search(r'data-search-href="([^"]+)"', client.get("/batch").text)
    assert found is not None
    answer = client.post(unescape(found[1]), data=SAME, content_type="application/octet-stream")
    assert answer.status_code == 200
    document = json_of(answer)
    assert [hit["what_was_done"] for hit in document["copies"]["hits"]] == ["The same file."]
    assert document["similar"]["hits"] == []
    closed = make_client(api_tokens="required")
    page = closed.get("/batch").text
    assert 'data-search-href=""' in page
    assert "js/batch/" not in page
    assert headline(post(closed, [("same.png", SAME)])) == "1 copy of 1 of your 1 picture."
