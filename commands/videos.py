"""`video …`: the videos of the catalogue, and what they show."""

from commands.group import main


@main.group("video")
def video() -> None:
    """Find frames in videos, and videos in videos."""
