"""`evidence` and `verify`: a verdict written down, and made anew."""

from datetime import UTC, datetime
from pathlib import Path

import click

from commands.group import FOUND_NOTHING, command
from commands.opening import engine_source, read_exhibit, read_picture, served_model
from commands.options import FILE, FILE_THERE, as_json
from commands.showing import show
from settings import read_settings, read_version


@command(
    "evidence",
    "evidence mine.jpg theirs.jpg -o evidence.zip",
    "evidence 17 theirs.jpg -o evidence.zip --with-files",
)
@click.argument("first")
@click.argument("second")
@click.option("-o", "--out", required=True, type=FILE, help="The ZIP to write.")
@click.option("--with-files", is_flag=True, help="Put both picture files in, not only small versions of them.")
@as_json
def evidence(first: str, second: str, *, out: Path, with_files: bool, in_json: bool) -> None:
    """Write what one picture is to another, with all that proves it, to one file: PDF, JSON, stills.

    Each is a file, an address, or the id of a picture of the catalogue, whose title, licence, sources and dates then
    come along. (A file whose name is a number: ./17.) What was done is told as if SECOND had been made from FIRST.
    """
    from feature_extractor.extractor import open_extractor
    from search.confidence import read_calibration
    from search.evidence.make import make_evidence
    from search.evidence.pack import save_pack

    settings = read_settings()
    model = served_model(settings)
    extractor = open_extractor(model, threads=0)
    made = make_evidence(
        read_exhibit(settings, extractor, first, look="catalogue"),
        read_exhibit(settings, extractor, second, look="query"),
        extractor,
        engine_source(settings).limits,
        version=read_version(),
        made_at=datetime.now(UTC),
        with_files=with_files,
        calibration=read_calibration(model, extractor.model_id),
    )
    save_pack(made.to_bytes(), out)
    show(made.summary(), [made.record.result.words, f"{out}: check it with `index.py verify`."], in_json)


@command("verify", "verify evidence.zip", "verify evidence.zip mine.jpg theirs.jpg")
@click.argument("pack", type=FILE_THERE)
@click.argument("files", nargs=-1)
@as_json
def verify(pack: Path, *, files: tuple[str, ...], in_json: bool) -> None:
    """Make what an evidence pack says anew, and tell line by line what agrees, differs or could not be checked.

    From the two pictures given (files or addresses, in the order of the pack), or from what the pack holds. Exit status
    1 when anything differs.
    """
    from feature_extractor.extractor import open_extractor
    from search.confidence import read_calibration
    from search.evidence.verify import Inspector, agrees, checks_lines, checks_record, verify_pack

    if len(files) not in (0, 2):
        raise click.UsageError("Give both pictures, or none.")
    settings = read_settings()
    model = served_model(settings)
    extractor = open_extractor(model, threads=0)
    inspector = Inspector(
        extractor,
        engine_source(settings).limits,
        read_version(),
        calibration=read_calibration(model, extractor.model_id),
    )
    checks = verify_pack(pack, inspector, [read_picture(settings, where) for where in files])
    show(checks_record(checks), checks_lines(checks), in_json)
    if not agrees(checks):
        raise click.exceptions.Exit(FOUND_NOTHING)
