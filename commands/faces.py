"""`faces …`: find people's faces, in collections for which somebody said why."""

from dataclasses import asdict
from pathlib import Path

import click

from commands.group import FOUND_NOTHING, command, main
from commands.opening import engine_source, open_catalogue, read_picture, thumbnails_of
from commands.options import FILE, FOLDER_THERE, as_json, model_option
from commands.showing import progress_bar, show, tell
from errors import BadInput, NotFound
from search.words import count
from settings import read_settings


@main.group("faces")
def faces() -> None:
    """Find people by their faces. Off, collection by collection, until somebody says why.

    Faces are personal data; the site shows them to the signed-in alone, and of a query's faces nothing is kept.
    """


@command("on", 'faces on models --because "The agency looks for pictures of its own models."', group=faces)
@click.argument("collection")
@click.option("--because", required=True, help="Why the faces of this collection are needed: a sentence, kept.")
@as_json
def faces_on(collection: str, *, because: str, in_json: bool) -> None:
    """Allow the faces of a collection to be found, kept and searched."""
    with open_catalogue(read_settings()) as catalogue:
        catalogue.faces.allow(collection, because)
    show({"collection": collection, "because": because}, [f"Faces of {collection} may be kept."], in_json)


@command("off", "faces off models", group=faces)
@click.argument("collection")
@as_json
def faces_off(collection: str, in_json: bool) -> None:
    """Forbid it again, and remove all faces of the collection."""
    with open_catalogue(read_settings()) as catalogue:
        removed = catalogue.faces.forbid(collection)
    lines = [f"Removed {count(removed, 'face')}; no more of {collection} are kept."]
    show({"collection": collection, "removed": removed}, lines, in_json)


@command("add", "faces add models", group=faces)
@click.argument("collection")
@as_json
def faces_add(collection: str, in_json: bool) -> None:
    """Find and describe the faces of a collection's pictures that were not looked at yet.

    Add the pictures first, with `add --collection`. Stop it whenever you like; run again, it goes on. Exit status 3
    when a picture could not be read.
    """
    from data.catalogue import Catalogue
    from feature_extractor.faces.reader import open_reader
    from feature_extractor.threads import limit_threads
    from search.faces.ingest import FaceIntake, look_for_faces

    settings = read_settings()
    limit_threads(0)
    with Catalogue.open(settings.catalogue_url) as catalogue:
        catalogue.faces.check_allowed(collection)
        limits = engine_source(settings).limits
        intake = FaceIntake(open_reader(settings.face_model, threads=0), catalogue, thumbnails_of(settings), limits)
        with progress_bar("Looking for faces", quiet=in_json) as advance:
            tally = look_for_faces(
                intake,
                collection,
                on_progress=lambda so_far, total: advance(so_far.looked_at, total),
                on_failure=lambda where, why: click.echo(f"left out: picture {where}: {why}", err=True),
            )
    line = (
        f"{count(tally.looked_at, 'picture')} looked at ({tally.from_thumbnail} as thumbnails), "
        f"{count(tally.faces, 'face')} kept, {tally.failed} failed."
    )
    show(asdict(tally), [line], in_json)
    if tally.failed:
        raise click.exceptions.Exit(BadInput.exit_status)


@command("search", "faces search portrait.jpg", "faces search group.jpg --collection models --limit 5", group=faces)
@click.argument("picture")
@click.option("--collection", help="Only among the faces of this collection.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="Hits of each face.")
@as_json
def faces_search(picture: str, *, collection: str | None, limit: int, in_json: bool) -> None:
    """Find the faces nearest to each face of a picture, a file or an address. Nothing of the picture is kept.

    `=` marks cosines that faces of one person usually have; it is no proof of who somebody is. Exit status 1 when
    nothing was found.
    """
    from feature_extractor.faces.reader import open_reader
    from feature_extractor.threads import limit_threads
    from search.faces.query import search_faces
    from search.faces.report import answer_lines, answer_record

    settings = read_settings()
    limit_threads(0)
    data = read_picture(settings, picture)
    with open_catalogue(settings) as catalogue:
        answers = search_faces(
            catalogue,
            open_reader(settings.face_model, threads=0),
            data,
            engine_source(settings).limits,
            limit=limit,
            collection=collection,
        )
        consents = [one for one in catalogue.faces.consents() if collection in (None, one.collection)]
    show(answer_record(answers, consents), answer_lines(answers, consents), in_json)
    if not any(answer.hits for answer in answers):
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("list", "faces list --collection models", group=faces)
@click.option("--collection", help="Only of this collection.")
@click.option("--after", "after_id", type=click.IntRange(0), default=0, help="Only ids above this one.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Faces at most.")
@as_json
def faces_list(*, collection: str | None, after_id: int, limit: int, in_json: bool) -> None:
    """List the faces that are kept. Exit status 1 when there is none."""
    from search.faces.report import face_line, face_record

    with open_catalogue(read_settings()) as catalogue:
        found = catalogue.faces.list_faces(collection=collection, after_id=after_id, limit=limit)
    lines = map(face_line, found) if found else ["No such faces are kept."]
    show([face_record(face) for face in found], lines, in_json)
    if not found:
        raise click.exceptions.Exit(FOUND_NOTHING)


@command("remove", "faces remove 17 18", group=faces)
@click.argument("ids", nargs=-1, required=True, type=click.IntRange(1))
@as_json
def faces_remove(ids: tuple[int, ...], *, in_json: bool) -> None:
    """Remove faces by their ids, as `faces list` and `faces search` tell them. Their pictures stay."""
    with open_catalogue(read_settings()) as catalogue:
        removed = catalogue.faces.remove(ids)
    if not removed:
        raise NotFound("no such faces are kept", remedy="See what there is with `faces list`.")
    show({"removed": removed}, [f"Removed {count(removed, 'face')}."], in_json)


@command("stats", "faces stats", group=faces)
@as_json
def faces_stats(in_json: bool) -> None:
    """Show whose faces are kept, how many, and why."""
    from search.faces.report import consent_lines

    with open_catalogue(read_settings()) as catalogue:
        consents = catalogue.faces.consents()
    show([asdict(one) | {"since": one.since.isoformat()} for one in consents], consent_lines(consents), in_json)


@command("train", "faces train lfw-deepfunneled --out mine.xml", group=faces)
@click.argument("folder", type=FOLDER_THERE)
@click.option("--out", required=True, type=FILE, help="The .xml to write; .bin and .json come beside it.")
@model_option
@as_json
def faces_train(folder: Path, *, out: Path, model: Path | None, in_json: bool) -> None:
    """Learn a descriptor of faces from pictures of known people; RETRACE_FACE_MODEL then serves it.

    FOLDER holds labels.csv (file, person), or a folder a person, as LFW does; hundreds of people with two pictures or
    more. Nothing is learnt from about half of the people, chosen by the hash of their names: those are for
    `evaluate faces`. Needs what `make develop` installs.
    """
    from feature_extractor.faces.detector import open_detector
    from feature_extractor.training.face_descriptor import FaceRecipe, train_face_descriptor
    from feature_extractor.training.face_people import read_face_pictures

    settings = read_settings(model=model)
    made = train_face_descriptor(
        read_face_pictures(folder), settings.model, out, open_detector(threads=0), recipe=FaceRecipe(), say=tell
    )
    show(
        made.model_dump(),
        [f"{out}: {made.dim} numbers a face, one person from a cosine of {made.same_person}"],
        in_json,
    )
