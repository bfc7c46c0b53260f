"""Nearest neighbours by cosine: one contract, several methods."""
