"""The group of all commands: errors become one line and an exit status, every help ends with an example."""

from collections.abc import Callable
from typing import Any, NoReturn

import click

from errors import PartMissing, RetraceError
from settings import read_version

OUR_PACKAGES = frozenset({"commands", "data", "errors", "evaluation", "feature_extractor", "search", "settings", "web"})
FOUND_NOTHING = 1
"""Exit status where nothing was found, or things differ."""


class Commands(click.Group):
    """A group whose errors are one line on stderr and the exit status of their kind."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; translate our errors at this last edge."""
        try:
            return super().invoke(ctx)
        except RetraceError as exc:
            stop(ctx, exc)
        except ModuleNotFoundError as exc:
            if exc.name is None or exc.name.partition(".")[0] in OUR_PACKAGES:
                raise  # a bug, whose trace is wanted
            stop(ctx, PartMissing(f"expected the package {exc.name}; it is not installed"))
        except KeyboardInterrupt:
            click.echo("retrace: stopped", err=True)
            ctx.exit(130)


def stop(ctx: click.Context, error: RetraceError) -> NoReturn:
    """Say what is wrong and what to do, and end with the exit status of its kind."""
    click.echo(f"retrace: {error}. {error.remedy}", err=True)
    ctx.exit(error.exit_status)


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(read_version(), message="%(version)s", prog_name="retrace")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Reverse image search of your own: the copies of a picture, and its similar works.

    Without a command: serve.

    Exit status: 0 done, 1 found nothing or differences, 2 usage, 3 bad input, 4 environment.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(main.commands["serve"])


def command(name: str, *examples: str, group: click.Group = main) -> Callable[[Callable[..., Any]], click.Command]:
    """Return a decorator that makes a subcommand whose help ends with examples."""
    lines = (f"\n  python3 index.py {example}" for example in examples)
    return group.command(name, epilog=f"\b\nExample{'s' if len(examples) > 1 else ''}:{''.join(lines)}")
