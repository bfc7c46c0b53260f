"""Judges search from outside."""
