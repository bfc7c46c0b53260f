"""`user …`: those who may sign in on the site."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from commands.group import command, main
from commands.opening import open_catalogue
from commands.options import as_json
from commands.showing import show
from settings import read_settings

if TYPE_CHECKING:
    from data.users import User, Users


@main.group("user")
def user() -> None:
    """Say who may sign in on the site, to decide on copies there; searching needs no name."""


stdin_option = click.option(
    "--stdin", "from_stdin", is_flag=True, help="Read the password from the first line of the input, and ask nothing."
)
"""Never an argument: those stand in the list of processes and in the shell's history."""


@command("add", "user add ann", "user add ann --stdin < password.txt", group=user)
@click.argument("name")
@stdin_option
@as_json
def add_user(name: str, *, from_stdin: bool, in_json: bool) -> None:
    """Add a user. The password is asked for twice; at least 12 characters, any of them."""
    from data.passwords import hash_password
    from data.users import check_name

    wanted = check_name(name)
    with open_users() as users:
        added = users.add(wanted, hash_password(read_password(from_stdin=from_stdin)))
    show(user_record(added), [f"{added.name} may sign in now."], in_json)


@command("password", "user password ann", group=user)
@click.argument("name")
@stdin_option
@as_json
def change_password(name: str, *, from_stdin: bool, in_json: bool) -> None:
    """Give a user another password, and end every sign-in by the one before."""
    from data.passwords import hash_password
    from data.users import check_name

    wanted = check_name(name)
    with open_users() as users:
        users.set_password(wanted, hash_password(read_password(from_stdin=from_stdin)))
    show({"name": wanted}, [f"{wanted} has another password, and is signed in nowhere."], in_json)


@command("list", "user list --json", group=user)
@as_json
def list_users(in_json: bool) -> None:
    """Show who may sign in, and in how many browsers each is signed in now."""
    with open_users() as users:
        found = users.everyone()
    lines = [
        f"{one.name:<24}  added {one.added_at:%Y-%m-%d}, password of {one.password_set_at:%Y-%m-%d}, "
        f"signed in {one.signed_in} times"
        for one in found
    ]
    show(
        [user_record(one) for one in found], lines or ["Nobody may sign in: `python3 index.py user add NAME`."], in_json
    )


@command("remove", "user remove ann", group=user)
@click.argument("name")
@as_json
def remove_user(name: str, in_json: bool) -> None:
    """Remove a user, who is signed out by that. What the user decided stays, under that name."""
    from data.users import check_name

    wanted = check_name(name)
    with open_users() as users:
        users.remove(wanted)
    show({"name": wanted}, [f"{wanted} is removed."], in_json)


@contextmanager
def open_users() -> Iterator["Users"]:
    """Open the users of the catalogue for the time of a block."""
    from data.users import Users

    with open_catalogue(read_settings()) as catalogue:
        yield Users(catalogue.database)


def read_password(*, from_stdin: bool) -> str:
    """Return a password, asked for twice, or the first line of the input."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True)
    return answer


def user_record(one: "User") -> dict[str, Any]:
    """Return a user as plain JSON values."""
    return {
        "name": one.name,
        "added_at": one.added_at.isoformat(),
        "password_set_at": one.password_set_at.isoformat(),
        "signed_in": one.signed_in,
    }
