"""What a person sees when the machine fails, and that nothing is lost by it: real commands on real broken machines."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from settings import ROOT
from tests.browser.pictures import draw
from tests.other_model import SHIPPED

pytestmark = [pytest.mark.model, pytest.mark.slow]

INDEX = f"{sys.executable} {ROOT / 'index.py'}"
FEW, MORE = 3, 40


def can_mount() -> bool:
    """Return whether this user may mount a file system that nobody else sees."""
    tried = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /mnt"]
    return bool(shutil.which("unshare")) and subprocess.run(tried, capture_output=True, check=False).returncode == 0


def run(script: str, folder: Path, **variables: str) -> list[str]:
    """Run a script in a mount namespace of its own, with the pictures and a small disk; return what it printed."""
    shown = subprocess.run(
        ["unshare", "--mount", "sh", "-ec", script],
        cwd=folder,
        env={**os.environ, "RETRACE_DATA_DIR": str(folder / "disk" / "instance"), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    return shown.stdout.splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with `few` and `more` pictures and the place of a disk."""
    for name, seeds in (("few", range(FEW)), ("more", range(FEW, FEW + MORE))):
        (tmp_path / name).mkdir()
        for seed in seeds:
            draw(seed).save(tmp_path / name / f"{seed}.png")
    (tmp_path / "disk").mkdir()
    if not can_mount():
        pytest.skip("this user may not mount a small disk of its own")
    return tmp_path


def test_a_full_disk_is_named_and_the_same_command_goes_on(folder: Path) -> None:
    lines = run(
        f"""
        mount -t tmpfs -o size=760k none disk
        {INDEX} prepare --no-gallery && {INDEX} add few >/dev/null
        set +e; {INDEX} add more 2>&1 >/dev/null | tail -1; set -e
        mount -o remount,size=64m disk
        {INDEX} check --repair >/dev/null || true
        {INDEX} add more | tail -1
        {INDEX} check
        {INDEX} stats --json | tr -d ' \\n' | grep -o '"images":[0-9]*'
        """,
        folder,
    )
    said, tally, checked, held = lines
    assert "space" in said, said
    assert "0 failed" in tally
    assert (checked, held) == ("Catalogue, thumbnails and indexes agree.", f'"images":{FEW + MORE}')


def test_a_read_only_disk_is_named_by_what_writes(folder: Path) -> None:
    lines = run(
        f"""
        mount -t tmpfs -o size=64m none disk
        {INDEX} prepare --no-gallery && {INDEX} add few >/dev/null
        mount -o remount,ro disk
        set +e; {INDEX} add more 2>&1 >/dev/null | tail -1; set -e
        mount -o remount,rw disk
        {INDEX} check
        """,
        folder,
    )
    assert "write access" in lines[0], lines
    assert lines[1] == "Catalogue, thumbnails and indexes agree."


def test_a_lost_database_is_named(folder: Path) -> None:
    lines = run(
        f"""
        mount -t tmpfs -o size=64m none disk
        {INDEX} prepare --no-gallery && {INDEX} add few >/dev/null && {INDEX} backup saved.tar >/dev/null
        rm disk/instance/catalogue.sqlite*
        set +e; {INDEX} search few/0.png 2>&1; echo $?; set -e
        rm -r disk/instance
        {INDEX} restore saved.tar >/dev/null
        {INDEX} check
        """,
        folder,
    )
    assert "there is no catalogue at" in lines[0]
    assert "make setup" in lines[0]
    assert lines[1:] == ["4", "Catalogue, thumbnails and indexes agree."]


def test_a_damaged_model_is_named_before_it_describes_anything(folder: Path) -> None:
    for suffix in (".xml", ".bin", ".json"):
        shutil.copy(SHIPPED.with_suffix(suffix), folder / f"damaged{suffix}")
    with (folder / "damaged.bin").open("r+b") as weights:
        weights.seek(1000)
        weights.write(b"\xff\xff")
    lines = run(
        f"""
        mount -t tmpfs -o size=64m none disk
        RETRACE_MODEL={SHIPPED} {INDEX} prepare --no-gallery
        set +e; {INDEX} add few 2>&1 >/dev/null | tail -1; {INDEX} stats --json | tr -d ' \\n'
        """,
        folder,
        RETRACE_MODEL=str(folder / "damaged.xml"),
    )
    assert "sha256" in lines[0]
    assert '"images":0' in lines[1]
