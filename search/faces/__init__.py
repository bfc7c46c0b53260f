"""Faces of the catalogue: looked for where an administrator said why, and searched with a picture."""
