"""The index page answers what was measured and names the command of what was not."""

from pathlib import Path

from evaluation.experiments.overview import QUESTIONS, overview_lines, write_overview


def test_what_is_not_measured_is_said_with_its_command(tmp_path: Path) -> None:
    (tmp_path / "faces.md").write_text("# Faces: who is it?\n\nText.\n")
    page = write_overview(tmp_path).read_text(encoding="utf-8")
    assert page.count("Not measured yet") == len(QUESTIONS)
    assert all(question.command in page for question in QUESTIONS)
    assert "[Faces: who is it?](faces.md)" in page
    assert page == "\n".join(overview_lines(tmp_path)) + "\n"  # its own page is none of the others
