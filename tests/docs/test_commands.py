"""Every command of the documentation is run, page by page, in the order in which it stands."""

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import ImageOps

from commands import main
from tests.browser.pictures import draw
from tests.docs.shell_lines import DOCS, ShellLine, shell_lines
from tests.needs import shared_data
from tests.other_model import write_other_model

pytestmark = [pytest.mark.model, pytest.mark.slow]

PAGES = sorted(page for page in DOCS.glob("*.md") if shell_lines(page))
PASSWORD = "correct horse battery\n" * 2

RUN_ELSEWHERE = {
    "make ": "tests/test_setup.py, and continuous integration runs develop",
    "python3 setup.py": "tests/test_setup.py",
    "python3 index.py serve": "tests/test_end_to_end.py, and so is no command at all",
    "python3 index.py train": "tests/test_training_commands.py: hours on real pictures",
    "python3 index.py refit": "tests/feature_extractor/training/test_refit.py: hundreds of pictures",
    "python3 index.py calibrate": "tests/evaluation: writes beside the model, and some need the whole sample",
    "python3 index.py evaluate": "tests/evaluation: needs the whole sample",
    "python3 index.py benchmark": "tests/evaluation: takes long",
    "python3 index.py faces train": "tests/feature_extractor/training: needs pictures of many people",
    "python3 index.py video": "tests/test_video_command.py: needs videos",
    "python3 index.py watch hook": "tests/test_watch_command.py: sends to a receiver on the web",
    "python3 index.py watch mail": "tests/test_watch_command.py: sends a mail",
    "curl ": "tests/test_api_guide.py and tests/web/test_videos.py: against a server",
}
"""Beginnings of lines that are only parsed here, and what runs them instead."""

MAY_FIND_NOTHING = (
    "python3 index.py search ~/Pictures --report report.html --since",
    "python3 index.py watch findings",
    "python3 index.py hashes search",
)
"""Beginnings of lines that end with 1 where there is nothing new."""


def run(line: ShellLine, *, only_parse: bool = False) -> Result:
    words = [os.path.expanduser(word) for word in line.words[2:]]  # noqa: PTH111 - as a shell does, options too
    return CliRunner().invoke(
        main,
        [*words, "--help"] if only_parse else words,
        input="y\n" if "--remove-smaller" in words else PASSWORD,
        catch_exceptions=False,
    )


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a desk as the pages imagine it, with what `add` made of its pictures beside it."""
    desk = tmp_path_factory.mktemp("desk")
    (desk / "Pictures").mkdir()
    originals = {"original": draw(1), **{f"picture-{seed}": draw(seed) for seed in range(2, 8)}}
    for name, picture in originals.items():
        picture.save(desk / "Pictures" / f"{name}.jpg", quality=95)
    draw(1).crop((0, 0, 300, 400)).save(desk / "Pictures" / "cropped.jpg", quality=70)
    shutil.copy(desk / "Pictures" / "original.jpg", desk / "original.jpg")
    ImageOps.mirror(draw(1)).crop((20, 20, 400, 300)).save(desk / "suspicious.jpg", quality=80)
    draw(20).save(desk / "portrait.jpg")
    (desk / "shared.csv").write_text(f"hash,quality\n{'0f' * 32},100\n", encoding="utf-8")
    (desk / "Portfolio").mkdir()
    shutil.copy(desk / "Pictures" / "picture-3.jpg", desk / "Portfolio")
    shutil.make_archive(str(desk / "photos"), "zip", desk / "Pictures")
    (desk / "listing.csv").write_text("path,title\nPictures/picture-2.jpg,Second\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RETRACE_DATA_DIR", str(desk / "instance"))
        patch.setenv("HOME", str(desk))
        patch.chdir(desk)
        assert run(read("python3 index.py prepare --no-gallery")).exit_code == 0
        added = run(read("python3 index.py add ~/Pictures --collection mine"))
        assert added.exit_code == 0, added.output
    return desk


def read(text: str) -> ShellLine:
    """Return a line of ours in its parts."""
    return ShellLine(text, {}, tuple(text.split()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_page_works(
    page: Path, described: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = tmp_path / "desk"
    shutil.copytree(described, desk, symlinks=True)
    monkeypatch.setenv("RETRACE_DATA_DIR", str(desk / "instance"))
    monkeypatch.setenv("HOME", str(desk))
    monkeypatch.chdir(desk)
    if page.stem == "train":
        (desk / "mine").mkdir()
        write_other_model(desk / "mine" / "model.xml")
    if page.stem == "faces":
        portraits = sorted((shared_data() / "lfw").glob("*.webp"))[:2]  # of one person
        shutil.copytree(portraits[0].parent, desk / "staff", ignore=lambda _, names: {*names} - {portraits[0].name})
        shutil.copy(portraits[1], desk / "portrait.jpg")
    for line in shell_lines(page):
        if line.words[0] == "export":
            for word in line.words[1:]:
                monkeypatch.setenv(*word.split("=", maxsplit=1))
            continue
        if line.words == ("python3", "index.py") or " ".join((*line.words, "")).startswith(tuple(RUN_ELSEWHERE)):
            if len(line.words) > 2 and line.words[0] == "python3":
                assert run(line, only_parse=True).exit_code == 0, line.text
            continue
        with monkeypatch.context() as patch:
            for name, value in line.variables.items():
                patch.setenv(name, value)
            shown = run(line)
        expected = (0, 1) if " ".join(line.text.split()).startswith(MAY_FIND_NOTHING) else (0,)
        assert shown.exit_code in expected, f"{page.name}: {line.text}\n{shown.output}"
