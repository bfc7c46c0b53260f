"""The command line, run as people run it."""

import csv
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from commands import main
from commands.group import Commands
from data.gallery import draw_gallery
from data.gallery.programme import programme
from errors import AddressRefused, CatalogueUnavailable, RetraceError
from tests.engines import draw, encode

PICTURES = 8

ROOT = Path(__file__).resolve().parents[1]


def all_commands(group: click.Group, *above: str) -> list[str]:
    """The commands of a group and of the groups in it, as they are typed."""
    found = []
    for name, command in sorted(group.commands.items()):
        found += all_commands(command, *above, name) if isinstance(command, click.Group) else [" ".join((*above, name))]
    return found


COMMANDS = all_commands(main)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, and an empty folder to work in."""
    monkeypatch.setenv("RETRACE_DATA_DIR", str(tmp_path / "instance"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def run(*words: str, answers: str | None = None) -> Result:
    return CliRunner().invoke(main, words, input=answers, catch_exceptions=False)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    shown = run(*name.split(), "--help")
    assert shown.exit_code == 0
    assert f"python3 index.py {name}" in shown.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_line_of_help(name: str) -> None:
    found: click.Command = main
    for word in name.split():
        assert isinstance(found, click.Group)
        found = found.commands[word]
    assert [one.name for one in found.params if isinstance(one, click.Option) and not one.help] == []


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in {"serve", "prepare"}])
def test_every_command_that_answers_can_answer_in_json(name: str) -> None:
    assert "--json" in run(*name.split(), "--help").output


def test_the_plain_file_runs_again_with_the_packages() -> None:
    shown = subprocess.run([sys.executable, ROOT / "index.py", "--help"], capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    assert "Exit status" in shown.stdout


def test_a_wrong_word_is_usage() -> None:
    assert run("find").exit_code == 2
    assert run("list", "--limit", "0").exit_code == 2


def test_a_setting_out_of_range_is_bad_input_and_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETRACE_MAX_UPLOAD_MB", "0")
    shown = run("stats")
    assert shown.exit_code == 3
    assert "RETRACE_MAX_UPLOAD_MB" in shown.stderr


def test_without_a_database_every_reader_says_what_to_do(here: Path) -> None:
    shown = run("stats")
    assert shown.exit_code == 4
    assert "make setup" in shown.stderr
    assert len(shown.stderr.splitlines()) == 1


def _failing(error: Exception) -> click.Group:
    """Return commands as ours are, of which `fail` raises an error."""

    @click.group(cls=Commands)
    def group() -> None:
        """Hold one command."""

    @group.command("fail")
    def fail() -> None:
        """Fail."""
        raise error

    return group


@pytest.mark.parametrize("error", [AddressRefused, CatalogueUnavailable])
def test_errors_are_one_line_with_a_remedy_and_their_exit_status(error: type[RetraceError]) -> None:
    shown = CliRunner().invoke(_failing(error("what happened")), ["fail"])
    assert shown.exit_code == error.exit_status
    assert shown.stderr == f"retrace: what happened. {error.remedy}\n"


@pytest.mark.parametrize("name", ["imagehash", "tensorflow.keras"])
def test_a_command_whose_parts_are_missing_names_the_line_that_installs_them(name: str) -> None:
    shown = CliRunner().invoke(_failing(ModuleNotFoundError(f"No module named {name!r}", name=name)), ["fail"])
    assert shown.exit_code == 4
    assert shown.stderr == (
        f"retrace: expected the package {name}; it is not installed. "
        "Install everything: .venv/bin/pip install -r requirements.txt\n"
    )


@pytest.mark.parametrize("name", ["search.querry", None])
def test_a_module_of_ours_that_is_missing_is_a_bug(name: str | None) -> None:
    shown = CliRunner().invoke(_failing(ModuleNotFoundError("No such module", name=name)), ["fail"])
    assert isinstance(shown.exception, ModuleNotFoundError)


def test_where_nothing_is_installed_it_says_what_to_run(tmp_path: Path) -> None:
    alone = shutil.copy(ROOT / "index.py", tmp_path)  # where there is no .venv beside it
    bare = [sys.executable, "-I", "-S", str(alone), "stats"]
    shown = subprocess.run(bare, capture_output=True, text=True, check=False)
    assert (shown.returncode, "nothing is installed yet: run `make setup`" in shown.stderr) == (4, True)
    assert len(shown.stderr.splitlines()) == 1


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the real model, eight pictures of the gallery and a broken one that was left out."""
    folder = tmp_path_factory.mktemp("filled")
    pictures = folder / "pictures"
    works, _ = programme()
    drawn = draw_gallery(folder / "drawn", workers=1, only=[work.name for work in works[:: len(works) // 9]])
    pictures.mkdir()
    for number, picture in enumerate(drawn[: PICTURES + 1]):
        with Image.open(picture.path) as opened:
            place = pictures if number < PICTURES else folder
            opened.convert("RGB").save(place / f"{number}.png")
    (pictures / "broken.jpg").write_bytes(encode(draw(1), "JPEG")[:200])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RETRACE_DATA_DIR", str(folder / "instance"))
        assert run("prepare", "--no-gallery").exit_code == 0
        failures = str(folder / "failures.csv")
        added = run("add", str(pictures), "--collection", "works", "--failures", failures, "--json")
        assert added.exit_code == 3, added.output
        assert json.loads(added.stdout) == {"added": PICTURES, "known": 0, "failed": 1}
    return folder


@pytest.fixture
def data(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RETRACE_DATA_DIR", str(filled / "instance"))
    return filled


@pytest.mark.model
def test_add_names_what_it_left_out(data: Path) -> None:
    with (data / "failures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["locator", "reason"]
    assert [Path(locator).name for locator, _ in rows[1:]] == ["broken.jpg"]


@pytest.mark.model
def test_adding_again_changes_nothing(data: Path) -> None:
    again = run("add", str(data / "pictures"), "--json")
    assert json.loads(again.stdout) == {"added": 0, "known": PICTURES, "failed": 1}


@pytest.mark.model
def test_search_finds_the_copy_and_tells_what_took_how_long(data: Path) -> None:
    query = data / "query.jpg"
    with Image.open(data / "pictures" / "3.png") as opened:
        opened.save(query, quality=70)
    shown = run("search", str(query), "--json")
    assert shown.exit_code == 0, shown.output
    answer = json.loads(shown.stdout)
    assert [Path(hit["image"]["sources"][0]["locator"]).name for hit in answer["copies"]["hits"]] == ["3.png"]
    assert answer["searched"] == PICTURES
    assert "ms" in run("search", str(query), "--explain").output


@pytest.mark.model
def test_search_is_narrowed_to_what_was_asked_for(data: Path) -> None:
    query = str(data / "pictures" / "3.png")
    wanted = (
        "--source",
        f"{data / 'pictures'}/",
        "--collection",
        "works",
        "--verdict",
        "identical",
        "--sort",
        "oldest",
    )
    answer = json.loads(run("search", query, *wanted, "--json").stdout)
    assert [hit["verdict"] for hit in answer["copies"]["hits"]] == ["identical"]
    assert answer["counts"]["collections"] == {"works": 1}
    elsewhere = run("search", query, "--source", "example.org")
    assert (elsewhere.exit_code, "No copy among those asked for" in elsewhere.output) == (1, True)
    assert run("search", query, "--source", "two words").exit_code == 3


@pytest.mark.model
def test_family_of_a_picture_without_copies_is_exit_status_one(data: Path) -> None:
    shown = run("family", "1", "--json")
    assert shown.exit_code == 1, shown.output
    assert [member["id"] for member in json.loads(shown.stdout)["members"]] == [1]
    assert run("family", "999").exit_code == 1


@pytest.mark.model
def test_search_with_a_part_says_so_and_refuses_what_is_none(data: Path) -> None:
    picture = str(data / "pictures" / "3.png")
    answer = json.loads(run("search", picture, "--region", "0,0,0.75,1", "--json").stdout)
    assert answer["region"] == {"left": 0.0, "top": 0.0, "right": 0.75, "bottom": 1.0}
    assert answer["parts"] == []
    assert "With a part of the picture alone" in run("search", picture, "--region", "0,0,0.75,1").output
    assert run("search", picture, "--region", "0,0,2,1").exit_code == 3
    assert run("search", picture, "--regions", "some").exit_code == 2


@pytest.mark.model
def test_search_without_a_copy_is_exit_status_one(data: Path) -> None:
    shown = run("search", str(data / f"{PICTURES}.png"))
    assert shown.exit_code == 1
    assert "No copy" in shown.output


@pytest.mark.model
def test_search_with_what_is_no_picture_is_bad_input(data: Path) -> None:
    text = data / "notes.txt"
    text.write_text("nothing to see")
    assert run("search", str(text)).exit_code == 3
    assert run("search", str(data / "absent.png")).exit_code == 3
    several = run("search", str(data / "pictures"))
    assert (several.exit_code, "several" in several.stderr) == (3, True)
    (data / "empty").mkdir(exist_ok=True)
    assert run("search", str(data / "empty")).exit_code == 3


@pytest.mark.model
def test_compare(data: Path) -> None:
    one, other = (str(data / "pictures" / f"{seed}.png") for seed in (1, 2))
    assert run("compare", one, one).exit_code == 0
    assert run("compare", one, other).exit_code == 1
    assert json.loads(run("compare", one, one, "--json").stdout)["verdict"] == "identical"


@pytest.mark.model
def test_evidence_is_written_and_verified(data: Path, tmp_path: Path) -> None:
    original, copy = str(data / "pictures" / "4.png"), str(tmp_path / "copy.jpg")
    with Image.open(original) as opened:
        opened.save(copy, quality=60)
    pack = tmp_path / "evidence.zip"
    written = run("evidence", original, copy, "-o", str(pack), "--with-files", "--json")
    assert (written.exit_code, json.loads(written.stdout)["verdict"]) == (0, "copy")
    assert run("evidence", original, copy, "-o", str(pack)).exit_code == 3, "a file is never replaced"
    assert run("verify", str(pack)).exit_code == 0
    checked = json.loads(run("verify", str(pack), original, copy, "--json").stdout)
    assert checked["agrees"]
    assert {check["outcome"] for check in checked["checks"]} == {"agrees", "unchecked"}
    wrong_way = run("verify", str(pack), copy, original)
    assert (wrong_way.exit_code, "differs" in wrong_way.output) == (1, True)
    assert run("verify", str(pack), copy).exit_code == 2
    (tmp_path / "no.zip").write_bytes(b"no zip")
    assert run("verify", str(tmp_path / "no.zip")).exit_code == 3


@pytest.mark.model
def test_evidence_of_a_picture_of_the_catalogue_tells_what_that_knows(data: Path, tmp_path: Path) -> None:
    listed = json.loads(run("list", "--json").stdout)
    number = next(one["id"] for one in listed if one["sources"][0]["locator"].endswith("/5.png"))
    pack = tmp_path / "evidence.zip"
    shown = run("evidence", str(number), str(data / "pictures" / "5.png"), "-o", str(pack))
    assert shown.exit_code == 0, shown.output
    with zipfile.ZipFile(pack) as archive:
        record = json.loads(archive.read("evidence.json"))
    assert record["result"]["verdict"] == "identical"
    assert record["first"]["catalogue"]["collection"] == "works"
    assert record["first"]["catalogue"]["sources"][0]["locator"] == "5.png"
    assert record["second"]["catalogue"] is None
    assert run("evidence", "999", "1", "-o", str(tmp_path / "none.zip")).exit_code == 1


@pytest.mark.model
def test_why_tells_every_step_and_what_settled_it(data: Path) -> None:
    query = data / "why.jpg"
    with Image.open(data / "pictures" / "3.png") as opened:
        opened.save(query, quality=70)
    listed = json.loads(run("list", "--json").stdout)
    ids = {Path(image["sources"][0]["locator"]).name: image["id"] for image in listed}
    copy = run("why", str(query), str(ids["3.png"]), "--json")
    assert copy.exit_code == 0, copy.output
    record = json.loads(copy.stdout)
    assert (record["shown"], record["decision"]["stage"], record["index"]["rank"]) == ("copy", "overlay", 1)
    assert record["decision"]["value"] >= record["decision"]["limit"]
    same = json.loads(run("why", str(query), str(data / "pictures" / "3.png"), "--json").stdout)
    assert same == record, "a file that is in the catalogue is that picture"
    other = run("why", str(query), str(ids["4.png"]))
    assert other.exit_code == 1
    assert other.output.startswith("A search ")
    assert "Copy descriptors" in other.output


@pytest.mark.model
def test_why_of_what_is_not_there_is_an_error(data: Path) -> None:
    picture = str(data / "pictures" / "3.png")
    assert run("why", picture, "4000").exit_code == 1
    assert "no picture 4000" in run("why", picture, "4000").stderr
    assert run("why", picture, str(data / "absent.png")).exit_code == 3
    assert run("why", picture, "9" * 40).exit_code == 1


@pytest.mark.model
def test_evaluate_robustness_writes_a_page_and_changes_nothing(data: Path, tmp_path: Path) -> None:
    before = run("stats", "--json").stdout
    words = ["evaluate", "robustness", "--pictures", "1", "--edit", "jpeg_50", "--out", str(tmp_path / "out")]
    shown = run(*words)
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.startswith("The one edited copy of your pictures is found.\n")
    assert f"{tmp_path / 'out' / 'robustness.html'}\n" in shown.stdout
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".html", ".png", ".json"}
    assert json.loads(run(*words, "--json").stdout)["found_share"] == 1
    assert run("stats", "--json").stdout == before
    assert run(*words, "--edit", "unknown").exit_code == 3


@pytest.mark.model
def test_list_stats_check_rebuild_remove_backup_restore(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = json.loads(run("list", "--collection", "works", "--json").stdout)
    assert len(listed) == PICTURES
    nothing = run("list", "--collection", "nothing")
    assert (nothing.exit_code, nothing.output) == (1, "There are no such pictures in the catalogue.\n")
    assert json.loads(run("list", "--collection", "nothing", "--json").stdout) == []
    ids = tmp_path / "ids.csv"
    assert json.loads(run("list", "--csv", str(ids), "--json").stdout) == {"pictures": PICTURES}
    with ids.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    expected = [(str(one["id"]), source["locator"]) for one in listed for source in one["sources"]]
    assert [(row["id"], row["locator"]) for row in rows] == expected
    assert run("list", "--csv", str(ids), "--limit", "2").output == f"2 pictures in {ids}\n"
    assert run("list", "--csv", str(ids), "--collection", "nothing").exit_code == 1
    assert run("list", "--csv", str(tmp_path / "no" / "ids.csv")).exit_code == 4
    assert json.loads(run("stats", "--json").stdout)["images"] == PICTURES
    assert run("check").exit_code == 0
    assert run("rebuild").exit_code == 0
    archive = tmp_path / "backup.tar"
    assert run("backup", str(archive)).exit_code == 0

    monkeypatch.setenv("RETRACE_DATA_DIR", str(tmp_path / "restored"))
    assert run("restore", str(archive)).exit_code == 0
    assert run("restore", str(archive)).exit_code != 0, "the folder is not empty any more"
    assert run("check").exit_code == 0
    assert run("remove", str(listed[0]["id"]), answers="n\n").exit_code == 1
    assert json.loads(run("stats", "--json").stdout)["images"] == PICTURES
    assert run("remove", str(listed[0]["id"]), "--yes").output == "Removed 1 picture.\n"
    assert run("remove", str(listed[0]["id"]), "--yes").exit_code == 1
    assert run("check").exit_code == 0
    assert json.loads(run("stats", "--json").stdout)["images"] == PICTURES - 1
    assert run("remove", "--yes").exit_code == 3, "nothing said, nothing removed"
    assert run("remove", "--collection", "nothing", "--yes").exit_code == 1
    seen_at = listed[1]["sources"][0]["locator"]
    assert json.loads(run("remove", "--locator", seen_at, "--yes", "--json").stdout) == {"removed": 1}
    assert json.loads(run("remove", "--collection", "works", "--yes", "--json").stdout) == {"removed": PICTURES - 2}
    assert run("check").exit_code == 0
