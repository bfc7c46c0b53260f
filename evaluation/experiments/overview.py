"""The index page of the experiments: each question with its answer and its command."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from errors import StorageUnavailable
from evaluation.experiments import actions_page, cifar_page
from evaluation.experiments.actions import ActionReport
from evaluation.experiments.cifar import CifarReport

PAGE = "README.md"


@dataclass(frozen=True, slots=True)
class Question:
    """A question of an older work.

    Attributes:
        title: what is asked, and of which work.
        page: the `.md` that answers it; its numbers are in the `.json` beside it.
        command: that measures it.
        answer: makes the answer of the numbers.
    """

    title: str
    page: str
    command: str
    answer: Callable[[Path], str]


QUESTIONS = (
    Question(
        "Embeddings of CIFAR-10",
        cifar_page.PAGE,
        cifar_page.COMMAND,
        lambda record: cifar_page.answer(CifarReport.read(record)),
    ),
    Question(
        "Actions of UCF101",
        actions_page.PAGE,
        actions_page.COMMAND,
        lambda record: actions_page.answer(ActionReport.read(record)),
    ),
)


def write_overview(folder: Path) -> Path:
    """Write the index page of a folder of experiments and return it.

    Raises:
        BadInput: the numbers of an experiment are not its own.
        StorageUnavailable: the folder cannot be written.
    """
    page = folder / PAGE
    try:
        page.write_text("\n".join(overview_lines(folder)) + "\n", encoding="utf-8")
    except OSError as exc:
        raise StorageUnavailable(f"{page} cannot be written: {exc.strerror}") from exc
    return page


def overview_lines(folder: Path) -> list[str]:
    """Return the index page: what was measured with its answer, what was not with its command, then other pages."""
    words = (
        "The questions of the works that stand behind this one, answered by its own parts on the pictures and clips of "
        "`../shared/data`. Each page is made by one command, from a fresh clone after `make develop`; `make "
        "experiments` runs them all. On a machine of your own, name your own folders: the whole of CIFAR-10 or UCF101."
    )
    lines = [
        "# Experiments",
        "",
        words,
    ]
    for question in QUESTIONS:
        record = (folder / question.page).with_suffix(".json")
        lines += ["", f"## {question.title}", ""]
        if record.is_file():
            lines += [question.answer(record), "", f"All of it: [{question.page}]({question.page}).", ""]
        else:
            lines += ["*Not measured yet: the command measures it.*", ""]
        lines += ["```", question.command, "```"]
    known = {PAGE, *(question.page for question in QUESTIONS)}
    others = [path for path in sorted(folder.glob("*.md")) if path.name not in known]
    if others:
        lines += ["", "## Other pages", "", *(f"- [{_title(path)}]({path.name})" for path in others)]
    return lines


def _title(page: Path) -> str:
    first = page.read_text(encoding="utf-8").partition("\n")[0]
    return first.removeprefix("#").strip() or page.stem
