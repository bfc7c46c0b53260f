"""Pixels to numbers."""
