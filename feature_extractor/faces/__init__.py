"""Faces in pictures: where they are, turned upright, and described."""
