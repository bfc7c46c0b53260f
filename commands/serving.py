"""`serve` and `prepare`."""

import click

from commands.group import command
from commands.opening import last_change_of
from commands.showing import progress_bar, tell
from commands.taking_in import take_in
from errors import AddressInUse, CatalogueUnavailable
from settings import read_settings

HTTP_PORT = 80
FALLBACK_PORT = 8080


@command("serve", "serve --host 0.0.0.0 --port 8080 --workers 4")
@click.option("--host", help="Address to serve on [RETRACE_HOST].")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0: 80, or 8080 where 80 is refused [RETRACE_PORT].")
@click.option("--workers", type=click.IntRange(1, 256), help="Server processes [RETRACE_WORKERS].")
def serve(host: str | None = None, port: int | None = None, workers: int | None = None) -> None:
    """Serve the search page and the JSON API."""
    from web.server import bind_socket
    from web.server import serve as serve_site

    settings = read_settings(host=host, port=port, workers=workers)
    if settings.port:
        listener = bind_socket(settings.host, settings.port)
    else:
        try:
            listener = bind_socket(settings.host, HTTP_PORT)
        except AddressInUse as exc:
            click.echo(f"retrace: {exc}; trying port {FALLBACK_PORT}", err=True)
            listener = bind_socket(settings.host, FALLBACK_PORT)
    serve_site(settings, listener, on_ready=lambda address: click.echo(f"Retrace is at {address}"))


def _tell_words(done: int, total: int) -> None:
    """Say on stderr how far giving words to the pictures of an older catalogue has come."""
    if done % 20_000 == 0 or done == total:
        tell(f"Pictures that can now be found by words: {done:,} of {total:,}.")


@command("prepare", "prepare")
@click.option("--no-gallery", is_flag=True, help="Leave an empty catalogue empty.")
def prepare(no_gallery: bool) -> None:
    """Check the model, bring the database up to date, fill a new catalogue with the sample gallery."""
    from feature_extractor.model_file import read_metadata

    settings = read_settings()
    read_metadata(settings.model)
    folder = settings.data_dir / "gallery"
    done = folder / ".taken-in"
    try:
        has_pictures = last_change_of(settings) > 0
    except CatalogueUnavailable:
        # Absent or of an older version, or something that migrating will run into and name.
        from data.migrate import upgrade

        upgrade(settings.catalogue_url, _tell_words)
        has_pictures = last_change_of(settings) > 0
    # A gallery half taken in goes on; a catalogue that its owner filled or emptied is left as it is.
    if no_gallery or done.is_file() or (has_pictures and not folder.is_dir()):
        return
    from data.gallery import draw_gallery

    with progress_bar("Drawing the sample gallery") as advance:
        draw_gallery(folder, progress=advance)
    take_in(settings, (str(folder / "gallery.csv"),), collection=None, failures=None, quiet=False)
    done.touch()
